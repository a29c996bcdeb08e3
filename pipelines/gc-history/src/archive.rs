//! The archive as history uses it: its tables, and what to call this program in it.

use std::collections::BTreeSet;
use std::sync::Arc;

use gc_analytics::{EXPORTED_AT_COLUMN, FLAT_TABLES, SOURCE_COLUMN};
use gc_core::Clock;
use gc_sink::{Archive, Companion, Dataset, Lease, Scope, Swept};

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

/// The flat tables, which are made from the rows of [`CONVERSATIONS`] and lie beside them. Identifiers that
/// repeat from row to row keep their dictionary.
const FLAT: [Dataset; 4] = [
    flat("participants", &["participantId"]),
    flat(
        "sessions",
        &["participantId", "sessionId", "peerId", "protocolCallId"],
    ),
    flat("segments", &[]),
    flat("metrics", &[]),
];

const fn flat(name: &'static str, plain: &'static [&'static str]) -> Dataset {
    Dataset {
        name,
        plain,
        provenance: &[],
        ..CONVERSATIONS
    }
}

/// Returns the names of all tables that an archive can hold, conversations first.
pub fn table_names() -> Vec<&'static str> {
    let flat = FLAT.iter().map(|dataset| dataset.name);
    std::iter::once(CONVERSATIONS.name).chain(flat).collect()
}

/// Returns how to make those of the flat tables that are wanted.
pub fn companions(tables: &BTreeSet<String>) -> Vec<Companion> {
    let wanted = FLAT.iter().filter(|dataset| tables.contains(dataset.name));
    let known = wanted.filter_map(|dataset| {
        let table = FLAT_TABLES
            .iter()
            .find(|table| table.name == dataset.name)?;
        Some(Companion {
            dataset: *dataset,
            schema: table.schema(),
            derive: Arc::new(|conversations| table.rows(conversations)),
        })
    });
    known.collect()
}

/// Opens an archive that is there already, with what it was made for.
pub(crate) async fn open_existing(root: &str) -> Result<(Archive, Scope), Error> {
    let absent = || Error::NoArchive {
        root: root.to_owned(),
    };
    let archive = Archive::find(root).await?.ok_or_else(absent)?;
    let scope = Scope::read(&archive).await?.ok_or_else(absent)?;
    Ok((archive, scope))
}

/// Takes the lease of a dataset, and clears away what a run that died left of it.
///
/// # Errors
///
/// When another run holds it; else when the store refuses or fails. The lease is then given back.
pub async fn take_lease(
    archive: &Archive,
    dataset: &str,
    clock: &Arc<dyn Clock>,
    program_version: &str,
) -> Result<Lease, gc_sink::Error> {
    let lease = Lease::acquire(archive, dataset, Arc::clone(clock), program_version).await?;
    match archive.sweep(&lease).await {
        Ok(swept) => {
            tell_swept(&swept);
            Ok(lease)
        }
        Err(error) => {
            lease.release().await?;
            Err(error)
        }
    }
}

/// Says what an earlier run had left, and what this one could not see.
fn tell_swept(swept: &Swept) {
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
