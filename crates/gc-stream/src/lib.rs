//! Live: channels, topics, the socket's life, and what a snapshot says that changed.
//!
//! - [`listen`] turns a [`Selection`] into [`Notices`]: every frame that a socket received, and
//!   from when to when each topic was heard.
//! - A frame is an event, control or junk; none is dropped, and payloads are not copied.
//! - When notices are not taken, sockets are not read: memory is bounded.
//! - [`Body`] reads an event against the last snapshot of its conversation; [`Event`] is what is kept
//!   of it, [`EventBatch`] its columns.
//!
//! Not guaranteed, since the platform has neither replay nor acknowledgement: what happens while
//! no link is up is not heard, and what two links hear comes twice ([`Twins`]).

mod backoff;
mod channel;
mod connect;
mod diff;
mod directory;
mod error;
mod event;
mod frame;
mod interpret;
mod lane;
mod life;
mod link;
mod notice;
mod outlet;
mod roster;
mod selection;
mod settings;
mod shared;
mod socket;
mod standing;
mod subject;
mod supervisor;
mod topic;
mod twins;
mod upkeep;

pub use backoff::Backoff;
pub use diff::Change;
pub use error::Error;
pub use event::{ChangeKind, Event, EventBatch, Origin, event_id, event_schema};
pub use interpret::{Body, Reading, conversation_of};
pub use notice::{Cause, EventFrame, JunkFrame, LinkId, Notice};
pub use outlet::Notices;
pub use selection::Selection;
pub use settings::StreamSettings;
pub use standing::Standing;
pub use subject::Audience;
pub use supervisor::listen;
pub use topic::MEDIA;
pub use twins::Twins;
