//! What the archive is told about the table of conversations.

use gc_analytics::{EXPORTED_AT_COLUMN, SOURCE_COLUMN};
use gc_sink::Dataset;

/// The version that manifests, leases and reports name.
pub(crate) const PROGRAM_VERSION: &str = concat!("gc-history ", env!("CARGO_PKG_VERSION"));

/// The table of conversations.
pub(crate) const CONVERSATIONS: Dataset = Dataset {
    name: "conversations",
    key: "conversationId",
    sort: "conversationStart",
    provenance: &[SOURCE_COLUMN, EXPORTED_AT_COLUMN],
    bloom: &["conversationId"],
    plain: &[
        "conversationId",
        "participants.participantId",
        "participants.sessions.sessionId",
        "participants.sessions.peerId",
        "participants.sessions.protocolCallId",
        "participants.sessions.segments.segmentStart",
        "participants.sessions.segments.segmentEnd",
        "participants.sessions.metrics.emitDate",
        "conversationStart",
        "conversationEnd",
        "durationMs",
    ],
};
