//! One JSON value into one slot of one column.
//!
//! [`Value`] visits whatever the parser meets and puts it where it belongs; it is the whole decoder.
//! A value that does not fit leaves a [`Misfit`] in the [`Context`] and stops the parser.

use std::borrow::Cow;
use std::fmt;

use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use sonic_rs::LazyValue;

use crate::column::{Column, ObjectColumn};
use crate::extra::{self, Extra};
use crate::misfit::{Found, Misfit};
use crate::nesting::begins_shallow;
use crate::path::{self, Part};
use crate::time;

/// Where the decoder stands, and what it found there.
#[derive(Debug, Default)]
pub(crate) struct Context {
    pub(crate) path: Vec<Part>,
    pub(crate) extra: Extra,
    pub(crate) misfit: Option<Misfit>,
    /// Whether the input as a whole was found to be shallow.
    pub(crate) is_shallow: bool,
}

impl Context {
    pub(crate) fn here(&self) -> String {
        path::exact(&self.path, None)
    }

    /// Refuses the record. The parser's own error says nothing: it could repeat the value.
    fn refuse<E: Error>(&mut self, misfit: Misfit) -> E {
        self.misfit = Some(misfit);
        E::custom("misfit")
    }

    /// Refuses an unknown value that is nested too deeply, before the parser passes over it.
    fn look_ahead<E: Error>(&mut self, name: &str, input: &str) -> Result<(), E> {
        let begin = name.as_ptr().addr().wrapping_sub(input.as_ptr().addr());
        let is_shallow = match input.get(begin.wrapping_add(name.len() + 1)..) {
            Some(value) => begins_shallow(value, extra::MAX_DEPTH),
            // A key with escapes is not part of the input, and does not say where it stands.
            None if self.is_shallow => true,
            None => {
                self.is_shallow = begins_shallow(input, extra::MAX_INPUT_DEPTH);
                self.is_shallow
            }
        };
        if is_shallow {
            return Ok(());
        }
        Err(self.too_deep(name))
    }

    fn keep_unknown<E: Error>(&mut self, name: &str, raw: &str) -> Result<(), E> {
        if !begins_shallow(raw, extra::MAX_DEPTH) {
            return Err(self.too_deep(name));
        }
        if !extra::has_whole_escapes(raw) {
            return Err(E::custom("half a character"));
        }
        self.extra.keep(&self.path, name, raw);
        Ok(())
    }

    fn too_deep<E: Error>(&mut self, name: &str) -> E {
        let path = path::exact(&self.path, Some(name));
        self.refuse(Misfit::TooDeep { path })
    }
}

/// A value on its way into a slot.
pub(crate) struct Value<'a> {
    pub(crate) column: &'a mut Column,
    pub(crate) slot: usize,
    pub(crate) context: &'a mut Context,
    /// What the parser reads.
    pub(crate) input: &'a str,
}

impl Value<'_> {
    /// Forgets the unknown fields of a value that this one replaces.
    fn forget_replaced(&mut self) {
        if self.column.holds_nested(self.slot) {
            self.context.extra.forget_under(&self.context.path);
        }
    }

    fn wrong_type<E: Error>(self, found: Found) -> E {
        let (path, expected) = (self.context.here(), self.column.expected());
        self.context.refuse(Misfit::WrongType {
            path,
            expected,
            found,
        })
    }

    fn put_time<E: Error>(self, milliseconds: Option<i64>) -> Result<(), E> {
        let (Column::Time(column), Some(milliseconds)) = (self.column, milliseconds) else {
            let path = self.context.here();
            return Err(self.context.refuse(Misfit::NoTime { path }));
        };
        column.put(self.slot, milliseconds);
        Ok(())
    }

    fn put_text<E: Error>(self, text: &str) -> Result<(), E> {
        match self.column {
            Column::Text(column) => column.put(self.slot, text),
            Column::Time(_) => self.put_time(time::parse(text))?,
            _ => return Err(self.wrong_type(Found::Text)),
        }
        Ok(())
    }

    fn put_integer<E: Error>(self, value: i64) -> Result<(), E> {
        match self.column {
            Column::Integer(column) => column.put(self.slot, value),
            #[expect(
                clippy::cast_precision_loss,
                reason = "a double is what the field holds"
            )]
            Column::Double(column) => column.put(self.slot, value as f64),
            Column::Time(_) => self.put_time(time::from_epoch(value))?,
            _ => return Err(self.wrong_type(Found::Number)),
        }
        Ok(())
    }

    fn put_double<E: Error>(self, value: f64) -> Result<(), E> {
        match self.column {
            Column::Double(column) if value.is_finite() => column.put(self.slot, value),
            Column::Double(_) => {
                let path = self.context.here();
                return Err(self.context.refuse(Misfit::NoDouble { path }));
            }
            Column::Integer(_) | Column::Time(_) => match whole(value) {
                Some(value) => self.put_integer(value)?,
                None => {
                    let path = self.context.here();
                    return Err(self.context.refuse(Misfit::NoInteger { path }));
                }
            },
            _ => return Err(self.wrong_type(Found::Number)),
        }
        Ok(())
    }
}

/// Returns a double as the whole number it is, when it is one that a double holds exactly.
fn whole(value: f64) -> Option<i64> {
    const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;
    let exact = value.fract() == 0.0 && value.abs() <= LARGEST_EXACT;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked to be whole and in range"
    )]
    exact.then_some(value as i64)
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.column.expected())
    }

    fn visit_unit<E: Error>(mut self) -> Result<(), E> {
        self.forget_replaced();
        // Null is what a slot holds when nothing is put there; of a repeated key the last counts.
        self.column.cut(self.slot);
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        let Column::Boolean(column) = self.column else {
            return Err(self.wrong_type(Found::Boolean));
        };
        column.put(self.slot, value);
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.put_integer(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        match i64::try_from(value) {
            Ok(value) => self.put_integer(value),
            #[expect(
                clippy::cast_precision_loss,
                reason = "a double is what the field holds"
            )]
            Err(_) => self.put_double(value as f64),
        }
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.put_double(value)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.put_text(text)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        self.forget_replaced();
        let Column::List(list) = self.column else {
            return Err(self.wrong_type(Found::List));
        };
        let first = list.begin(self.slot);
        let mut next = first;
        loop {
            self.context.path.push(Part::Item(next - first));
            let item = Value {
                column: list.item(),
                slot: next,
                context: self.context,
                input: self.input,
            };
            let more = items.next_element_seed(item)?;
            self.context.path.pop();
            if more.is_none() {
                break;
            }
            next += 1;
        }
        list.end(next);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, map: A) -> Result<(), A::Error> {
        self.forget_replaced();
        match self.column {
            Column::Object(object) => {
                visit_object(object, self.slot, (self.context, self.input), map)
            }
            Column::TextMap(column) => {
                let entries = read_entries(self.context, map)?;
                let entries = entries
                    .iter()
                    .map(|(key, value)| (&**key, value.as_deref()));
                column.put(self.slot, entries);
                Ok(())
            }
            _ => Err(self.wrong_type(Found::Object)),
        }
    }
}

fn visit_object<'de, A: MapAccess<'de>>(
    object: &mut ObjectColumn,
    slot: usize,
    (context, input): (&mut Context, &str),
    mut map: A,
) -> Result<(), A::Error> {
    object.begin(slot);
    let mut last = None;
    while let Some(key) = map.next_key_seed(Key { object, last })? {
        match key {
            KeyOf::Field(field) => {
                object.remember(last, field);
                last = Some(field);
                context.path.push(Part::Field(object.name(field)));
                map.next_value_seed(Value {
                    column: object.column(field),
                    slot,
                    context,
                    input,
                })?;
                context.path.pop();
            }
            KeyOf::Unknown(name) => {
                context.look_ahead(&name, input)?;
                let value: LazyValue<'de> = map.next_value()?;
                context.keep_unknown(&name, value.as_raw_str())?;
            }
        }
    }
    Ok(())
}

/// Which field a key names.
enum KeyOf<'de> {
    Field(usize),
    Unknown(Cow<'de, str>),
}

/// A key on its way to the field it names.
struct Key<'a> {
    object: &'a ObjectColumn,
    last: Option<usize>,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = KeyOf<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key<'_> {
    type Value = KeyOf<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Self::Value, E> {
        let field = self.object.find(name, self.last);
        Ok(field.map_or(KeyOf::Unknown(Cow::Borrowed(name)), KeyOf::Field))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        let field = self.object.find(name, self.last);
        Ok(field.map_or_else(|| KeyOf::Unknown(Cow::Owned(name.to_owned())), KeyOf::Field))
    }
}

type Entries<'de> = IndexMap<Cow<'de, str>, Option<Cow<'de, str>>, foldhash::fast::FixedState>;

/// Reads an object whose keys are data; of a key given twice the last value counts.
fn read_entries<'de, A: MapAccess<'de>>(
    context: &mut Context,
    mut map: A,
) -> Result<Entries<'de>, A::Error> {
    let mut entries = Entries::default();
    while let Some(MapText(key)) = map.next_key::<MapText<'de>>()? {
        let value = map.next_value_seed(MapValue { context, key: &key })?;
        entries.insert(key, value);
    }
    Ok(entries)
}

/// A text, borrowed from the record unless it holds escapes.
#[derive(Deserialize)]
struct MapText<'a>(#[serde(borrow)] Cow<'a, str>);

/// The value of an entry of a map on its way.
struct MapValue<'a> {
    context: &'a mut Context,
    key: &'a str,
}

impl MapValue<'_> {
    /// Refuses the value without a look into it.
    fn wrong_type<T, E: Error>(self, found: Found) -> Result<T, E> {
        let (path, expected) = (path::exact(&self.context.path, Some(self.key)), "a text");
        Err(self.context.refuse(Misfit::WrongType {
            path,
            expected,
            found,
        }))
    }
}

impl<'de> DeserializeSeed<'de> for MapValue<'_> {
    type Value = Option<Cow<'de, str>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for MapValue<'_> {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: Error>(self, _value: bool) -> Result<Self::Value, E> {
        self.wrong_type(Found::Boolean)
    }

    fn visit_i64<E: Error>(self, _value: i64) -> Result<Self::Value, E> {
        self.wrong_type(Found::Number)
    }

    fn visit_u64<E: Error>(self, _value: u64) -> Result<Self::Value, E> {
        self.wrong_type(Found::Number)
    }

    fn visit_f64<E: Error>(self, _value: f64) -> Result<Self::Value, E> {
        self.wrong_type(Found::Number)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _items: A) -> Result<Self::Value, A::Error> {
        self.wrong_type(Found::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, _map: A) -> Result<Self::Value, A::Error> {
        self.wrong_type(Found::Object)
    }
}
