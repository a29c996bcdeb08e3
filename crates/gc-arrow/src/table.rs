//! The table of fields: what a record may hold, written so that a person can read and extend it.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field as ArrowField, Fields, TimeUnit};

/// One field of an object.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The key in JSON and the name of the column.
    pub name: &'static str,
    /// What the field holds.
    pub kind: Kind,
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Kind {
    /// Any text, enums included: `Utf8`.
    Text,
    /// A whole number: `Int64`.
    Integer,
    /// A number: `Float64`.
    Double,
    /// `Boolean`.
    Boolean,
    /// An instant, as ISO 8601 text or epoch milliseconds: `Timestamp(ms, UTC)`.
    Time,
    /// An object with fields of its own: `Struct`.
    Object(&'static [Field]),
    /// An object whose keys are data: `Map<Utf8, Utf8>`.
    TextMap,
    /// A list of texts.
    Texts,
    /// A list of whole numbers.
    Integers,
    /// A list of objects.
    Objects(&'static [Field]),
}

impl Kind {
    /// Returns the Arrow type of a column of this kind. Every level is nullable.
    pub fn data_type(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Integer => DataType::Int64,
            Self::Double => DataType::Float64,
            Self::Boolean => DataType::Boolean,
            Self::Time => utc_milliseconds(),
            Self::Object(fields) => DataType::Struct(schema(fields)),
            Self::TextMap => DataType::Map(map_entries(), false),
            Self::Texts => list_of(&Self::Text),
            Self::Integers => list_of(&Self::Integer),
            Self::Objects(fields) => list_of(&Self::Object(fields)),
        }
    }
}

fn list_of(item: &Kind) -> DataType {
    DataType::List(Arc::new(ArrowField::new_list_field(item.data_type(), true)))
}

/// Returns the entries field of a map column, as Parquet readers expect it.
pub(crate) fn map_entries() -> Arc<ArrowField> {
    Arc::new(ArrowField::new(
        "entries",
        DataType::Struct(map_fields()),
        false,
    ))
}

/// Returns the two fields of a map's entries: `key`, never null, and `value`.
pub(crate) fn map_fields() -> Fields {
    Fields::from(vec![
        ArrowField::new("key", DataType::Utf8, false),
        ArrowField::new("value", DataType::Utf8, true),
    ])
}

/// Returns the type of every timestamp column.
pub fn utc_milliseconds() -> DataType {
    DataType::Timestamp(TimeUnit::Millisecond, Some(Arc::from("UTC")))
}

/// Returns the Arrow fields of a table, in its order.
pub fn schema(fields: &[Field]) -> Fields {
    fields
        .iter()
        .map(|field| ArrowField::new(field.name, field.kind.data_type(), true))
        .collect()
}

macro_rules! constructors {
    ($($(#[$doc:meta])* $name:ident => $kind:ident;)*) => {
        $($(#[$doc])*
        pub const fn $name(name: &'static str) -> Field {
            Field { name, kind: Kind::$kind }
        })*
    };
}

constructors! {
    /// A text.
    text => Text;
    /// A list of texts.
    texts => Texts;
    /// A whole number of at most 64 bits.
    integer => Integer;
    /// A list of whole numbers.
    integers => Integers;
    /// A number with a fraction; whole numbers are accepted.
    double => Double;
    /// True or false.
    boolean => Boolean;
    /// An instant.
    time => Time;
    /// An object whose keys are data and whose values are texts.
    text_map => TextMap;
}

/// One object.
pub const fn object(name: &'static str, fields: &'static [Field]) -> Field {
    Field {
        name,
        kind: Kind::Object(fields),
    }
}

/// A list of objects.
pub const fn objects(name: &'static str, fields: &'static [Field]) -> Field {
    Field {
        name,
        kind: Kind::Objects(fields),
    }
}
