//! The analytics conversation as the platform documents it, and how it becomes JSON.
//!
//! - One `model!` per platform model: a struct, its field names, its JSON, from one list.
//! - Every field may be unset; what is unset is absent on the wire, never `null`.
//! - `unknown` holds fields that no SDK knows, for one object at a time.
//!
//! Source: `PyPI` `purecloudplatformclientv2` 269.0.0, `models/analytics_*.py`.

use super::json::JsonWriter;
use super::value::{Attributes, Text, Time};

/// Declares a platform model: a struct whose fields are all optional, with its JSON and its names.
macro_rules! model {
    ($(#[$doc:meta])* $model:ident as $name:literal { $($field:ident: $type:ty = $key:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default)]
        pub(crate) struct $model {
            $(pub(crate) $field: $type,)*
            /// Fields no SDK knows: name and raw JSON.
            pub(crate) unknown: Vec<(&'static str, &'static str)>,
        }

        impl $crate::world::model::Model for $model {
            const NAME: &'static str = $name;

            fn fields() -> Vec<(&'static str, String)> {
                vec![$(($key, <$type as $crate::world::value::Field>::kind())),*]
            }

            fn write(&self, out: &mut $crate::world::json::JsonWriter) {
                out.open(b'{');
                $($crate::world::value::Field::write_field(
                    &self.$field, concat!("\"", $key, "\":"), out,
                );)*
                for (name, raw) in &self.unknown {
                    out.raw_field(name, raw);
                }
                out.close(b'}');
            }
        }
    };
}

pub(crate) use model;

mod conversation;
mod measure;
mod quality;
mod routing;
mod segment;
mod session;

pub(crate) use conversation::{Conversation, Participant};
pub(crate) use measure::{EndpointStat, Metric};
pub(crate) use quality::{Evaluation, Resolution, Survey};
pub(crate) use routing::{AgentGroup, Flow, FlowOutcome, ProposedAgent};
pub(crate) use segment::{Property, ScoredAgent, Segment};
pub(crate) use session::Session;

/// A platform model.
pub(crate) trait Model {
    /// Its name in the platform's documentation.
    const NAME: &'static str;

    /// Returns the name and the kind of every documented field.
    fn fields() -> Vec<(&'static str, String)>;

    /// Writes the object.
    fn write(&self, out: &mut JsonWriter);
}

/// A documented field of a platform model, as the simulator knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelField {
    /// The platform's name of the model, such as `AnalyticsSession`.
    pub model: &'static str,
    /// The name of the field, such as `mediaType`.
    pub name: &'static str,
    /// `string`, `date-time`, `integer`, `number`, `boolean`, `map`, the name of a model, or
    /// `array of` one of these.
    pub kind: String,
}

/// Returns every documented field of every model the simulator renders.
pub fn model_fields() -> Vec<ModelField> {
    let mut all = Vec::new();
    list::<Conversation>(&mut all);
    list::<Participant>(&mut all);
    list::<Session>(&mut all);
    list::<Segment>(&mut all);
    list::<Metric>(&mut all);
    list::<EndpointStat>(&mut all);
    list::<Flow>(&mut all);
    list::<FlowOutcome>(&mut all);
    list::<Property>(&mut all);
    list::<ScoredAgent>(&mut all);
    list::<ProposedAgent>(&mut all);
    list::<AgentGroup>(&mut all);
    list::<Evaluation>(&mut all);
    list::<Survey>(&mut all);
    list::<Resolution>(&mut all);
    all
}

fn list<M: Model>(all: &mut Vec<ModelField>) {
    let fields = M::fields().into_iter();
    all.extend(fields.map(|(name, kind)| ModelField {
        model: M::NAME,
        name,
        kind,
    }));
}
