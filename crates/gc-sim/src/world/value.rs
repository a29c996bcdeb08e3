//! What a field of a platform model can hold, and how it is written.

use uuid::Uuid;

use super::json::JsonWriter;
use super::model::Model;

/// Text on the wire; ids are kept as numbers until they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Text {
    Static(&'static str),
    Owned(Box<str>),
    Id(Uuid),
}

impl From<&'static str> for Text {
    fn from(text: &'static str) -> Self {
        Self::Static(text)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::Owned(text.into_boxed_str())
    }
}

impl From<Uuid> for Text {
    fn from(id: Uuid) -> Self {
        Self::Id(id)
    }
}

/// An instant in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Time(pub(crate) i64);

/// Participant data set by flows and scripts; only job results carry it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attributes(pub(crate) Vec<(Text, Text)>);

/// A field of a model: absent when unset.
pub(crate) trait Field {
    /// Returns what the field holds, in the words of [`super::ModelField::kind`].
    fn kind() -> String;

    /// Writes `key`, which carries its quotes and colon, and the value; nothing when unset.
    fn write_field(&self, key: &str, out: &mut JsonWriter);
}

/// A single value.
pub(crate) trait Value {
    fn kind() -> String;
    fn write(&self, out: &mut JsonWriter);
}

impl<V: Value> Field for Option<V> {
    fn kind() -> String {
        V::kind()
    }

    fn write_field(&self, key: &str, out: &mut JsonWriter) {
        if let Some(value) = self {
            out.key(key);
            value.write(out);
        }
    }
}

impl<V: Value> Field for Vec<V> {
    fn kind() -> String {
        format!("array of {}", V::kind())
    }

    fn write_field(&self, key: &str, out: &mut JsonWriter) {
        if self.is_empty() {
            return;
        }
        out.key(key);
        out.open(b'[');
        for value in self {
            out.separate();
            value.write(out);
        }
        out.close(b']');
    }
}

impl Field for Attributes {
    fn kind() -> String {
        "map".to_owned()
    }

    fn write_field(&self, key: &str, out: &mut JsonWriter) {
        if self.0.is_empty() {
            return;
        }
        let from = out.position();
        out.key(key);
        out.open(b'{');
        for (name, value) in &self.0 {
            out.separate();
            name.write(out);
            out.colon();
            value.write(out);
        }
        out.close(b'}');
        out.cut(from);
    }
}

impl Value for Text {
    fn kind() -> String {
        "string".to_owned()
    }

    fn write(&self, out: &mut JsonWriter) {
        match self {
            Self::Static(text) => out.string(text),
            Self::Owned(text) => out.string(text),
            Self::Id(id) => out.id(*id),
        }
    }
}

impl Value for Time {
    fn kind() -> String {
        "date-time".to_owned()
    }

    fn write(&self, out: &mut JsonWriter) {
        out.time(self.0);
    }
}

impl Value for i64 {
    fn kind() -> String {
        "integer".to_owned()
    }

    fn write(&self, out: &mut JsonWriter) {
        out.integer(*self);
    }
}

impl Value for f64 {
    fn kind() -> String {
        "number".to_owned()
    }

    fn write(&self, out: &mut JsonWriter) {
        out.number(*self);
    }
}

impl Value for bool {
    fn kind() -> String {
        "boolean".to_owned()
    }

    fn write(&self, out: &mut JsonWriter) {
        out.raw(if *self { "true" } else { "false" });
    }
}

impl<M: Model> Value for M {
    fn kind() -> String {
        M::NAME.to_owned()
    }

    fn write(&self, out: &mut JsonWriter) {
        Model::write(self, out);
    }
}

impl<M: Model> Model for Box<M> {
    const NAME: &'static str = M::NAME;

    fn fields() -> Vec<(&'static str, String)> {
        M::fields()
    }

    fn write(&self, out: &mut JsonWriter) {
        Model::write(self.as_ref(), out);
    }
}
