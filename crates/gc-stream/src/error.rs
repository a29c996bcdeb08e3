//! What can go wrong between the selection and the frames.

use std::time::Duration;

use gc_core::{Class, Classify};

use crate::notice::Cause;
use crate::topic::MEDIA;

/// What can go wrong between the selection and the frames.
///
/// No text of any variant holds the address of a socket, which is a credential, or a payload.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A medium has no topic.
    #[error("select media `{word}`")]
    Media {
        /// What was given.
        word: String,
    },
    /// A user is not named by an id.
    #[error("select user `{word}`: it is not an id")]
    User {
        /// What was given.
        word: String,
    },
    /// No queue has the name.
    #[error("find queue `{name}`")]
    UnknownQueue {
        /// What was given.
        name: String,
        /// A few names that are like it.
        near: Vec<String>,
    },
    /// Several queues have the name.
    #[error("choose between {count} queues named `{name}`")]
    AmbiguousQueue {
        /// What was given.
        name: String,
        /// How many there are.
        count: usize,
        /// The ids of a few of them.
        ids: Vec<String>,
    },
    /// The organisation shows no queue.
    #[error("find a queue to listen to")]
    NoQueues,
    /// The organisation's queues cannot be listed.
    #[error(transparent)]
    Queues(#[from] Box<gc_reference::Error>),
    /// There are more topics than channels can hold.
    #[error("listen to {topics} topics where {room} fit")]
    TooManyTopics {
        /// How many subscriptions are needed.
        topics: usize,
        /// How many fit.
        room: usize,
    },
    /// The platform refused a channel, or what was to be heard on it.
    #[error("{attempt}")]
    Channel {
        /// What was attempted: create a channel, subscribe to topics.
        attempt: &'static str,
        /// The cause.
        #[source]
        source: Box<gc_auth::Error>,
    },
    /// The platform's answer names no address for the socket.
    #[error("read the address of the socket")]
    Address,
    /// The socket was not opened.
    #[error("open the socket")]
    Handshake {
        /// The cause.
        #[source]
        source: Box<gc_auth::Error>,
    },
    /// Something answered that is no WebSocket.
    #[error("open the socket: {reason}")]
    NoSocket {
        /// What is wrong with the answer.
        reason: &'static str,
    },
    /// The socket stood and gave no frame.
    #[error("hear a first frame within {} s: {cause}", .limit.as_secs_f64())]
    NoFrame {
        /// How long was waited.
        limit: Duration,
        /// What became of the socket.
        cause: Cause,
    },
    /// Not one topic was permitted.
    #[error("subscribe: all {count} topics rejected ({reason})")]
    AllRejected {
        /// How many there were.
        count: usize,
        /// The platform's reason for one of them.
        reason: String,
        /// The permissions that the platform named.
        permissions: Vec<String>,
    },
    /// A part of the program ended that must not.
    #[error("keep listening: a task ended")]
    Task,
}

impl Classify for Error {
    fn class(&self) -> Class {
        match self {
            Self::Queues(source) => source.class(),
            Self::Channel { source, .. } | Self::Handshake { source } => source.class(),
            Self::NoFrame { .. } => Class::TRANSIENT,
            Self::Address => Class::Data,
            Self::Task => Class::Bug,
            _ => Class::operator(self.remedy()),
        }
    }
}

impl Error {
    /// Returns what a person can do about an error that is not another crate's.
    fn remedy(&self) -> String {
        match self {
            Self::Media { .. } => format!("use some of {}", MEDIA.join(", ")),
            Self::User { .. } => "name users by id, as in the address of their page".to_owned(),
            Self::UnknownQueue { near, .. } if near.is_empty() => {
                "name a queue as it is named in the administration, or by its id".to_owned()
            }
            Self::UnknownQueue { near, .. } => format!("did you mean {}?", near.join(", ")),
            Self::AmbiguousQueue { ids, .. } => format!("use an id: {}", ids.join(", ")),
            Self::NoQueues => "give the role of the OAuth client routing:queue:view in the \
                               divisions of the queues, or make a queue"
                .to_owned(),
            Self::TooManyTopics { room, .. } => format!(
                "name at most {room} queues and users, or share them between archivers with OAuth \
                 clients of their own"
            ),
            Self::AllRejected { permissions, .. } if !permissions.is_empty() => format!(
                "give the role of the OAuth client the permission {}, in the divisions to archive",
                permissions.join(" and ")
            ),
            Self::AllRejected { .. } => {
                "give the role of the OAuth client the permissions that the topics need, in the \
                 divisions to archive"
                    .to_owned()
            }
            _ => "check the network, and that the proxy lets WebSockets through".to_owned(),
        }
    }
}
