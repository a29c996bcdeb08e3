//! Live: channels, topics, the socket's life, and what a snapshot says that changed.

mod diff;
mod event;
mod interpret;
mod standing;
mod subject;
mod twins;

pub use diff::Change;
pub use event::{ChangeKind, Event, EventBatch, Origin, event_id, event_schema};
pub use interpret::{Body, Reading};
pub use standing::Standing;
pub use twins::Twins;
