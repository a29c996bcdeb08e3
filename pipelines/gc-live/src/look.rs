//! Looking at a spool: the ledger, and the conversations that are open.

use std::collections::BTreeMap;
use std::path::Path;

use gc_core::{Class, Classify, Clock};
use gc_sink::spool::{Spool, SpoolReader};

use crate::error::Error;
use crate::report::{GapsReport, OpenConversation, StatusReport};
use crate::snapshots::Kept;

/// Returns the gap ledger. When no archiver runs, the time since the last one is an open gap.
///
/// # Errors
///
/// When there is no spool, or it cannot be read.
pub fn gaps(spool: &Path) -> Result<GapsReport, Error> {
    let reader = SpoolReader::open(spool)?;
    let gaps = match Spool::open(spool) {
        Ok(spool) => spool.gaps()?,
        // Whoever writes to it keeps the ledger.
        Err(error) if matches!(error.class(), Class::Held) => reader.gaps()?,
        Err(error) => return Err(error.into()),
    };
    Ok(GapsReport { gaps })
}

/// Returns the conversations that are open by the last snapshots, those that began first first.
///
/// # Errors
///
/// When there is no spool, or it cannot be read.
pub fn status(spool: &Path, clock: &dyn Clock) -> Result<StatusReport, Error> {
    let snapshots = SpoolReader::open(spool)?.open_snapshots()?;
    let now = clock.now();
    // Of several views of one conversation the last one counts.
    let mut open = BTreeMap::new();
    for kept in snapshots.iter().filter_map(Kept::parse) {
        let conversation = OpenConversation::new(kept.conversation_id.clone(), kept.standing, now);
        open.insert(kept.conversation_id, conversation);
    }
    let mut conversations: Vec<_> = open.into_values().collect();
    conversations.sort_by_key(|one| one.started_at);
    Ok(StatusReport { conversations })
}
