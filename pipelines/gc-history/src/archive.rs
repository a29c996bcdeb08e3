//! The archive as history uses it: its one table, and what to call this program in it.

use gc_analytics::{EXPORTED_AT_COLUMN, SOURCE_COLUMN};
use gc_sink::{Archive, Dataset, Scope, Swept};

use crate::error::Error;

/// The version that manifests, leases and reports name.
pub(crate) const PROGRAM_VERSION: &str = concat!("gc-history ", env!("CARGO_PKG_VERSION"));

/// The table of conversations.
pub const CONVERSATIONS: Dataset = Dataset {
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

/// Opens an archive that is there already, with what it was made for.
pub(crate) async fn open_existing(root: &str) -> Result<(Archive, Scope), Error> {
    let absent = || Error::NoArchive {
        root: root.to_owned(),
    };
    let archive = Archive::find(root).await?.ok_or_else(absent)?;
    let scope = Scope::read(&archive).await?.ok_or_else(absent)?;
    Ok((archive, scope))
}

/// Says what an earlier run had left, and what this one could not see.
pub fn tell_swept(swept: &Swept) {
    let Swept { files, uploads, .. } = *swept;
    if files + uploads > 0 {
        tracing::info!(files, uploads, "removed what an earlier run left behind");
    }
    if let Some(reason) = &swept.unlisted {
        tracing::warn!(
            reason,
            "the store does not list its uploads: let it forget incomplete ones by itself"
        );
    }
}
