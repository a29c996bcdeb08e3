//! The names of ids, asked for on the way of an export: whatever goes wrong with them is told, and never
//! costs the export anything but its time.

use gc_auth::Client;
use gc_core::{Class, Classify, describe};
use gc_sink::Archive;

use crate::error::Error;
use crate::reference::Refresh;
use crate::report::Report;
use crate::settings::{ExportSettings, Names};
use crate::tables::TableReport;

/// Refreshes the tables of names, unless told not to, and puts into the report what came of it.
pub(crate) async fn refresh(
    settings: &ExportSettings,
    archive: &Archive,
    client: Client,
    report: &mut Report,
) {
    if settings.names == Names::Left {
        return;
    }
    let refresh = Refresh {
        archive,
        client,
        tables: None,
        clock: &settings.clock,
        interruption: &settings.interruption,
    };
    match run(&refresh).await {
        Ok(tables) => report.reference = tables,
        Err(error) if matches!(error.class(), Class::Interrupted) => {}
        Err(error) => {
            let error = format!("names not refreshed: failed to {}", describe(&error));
            tracing::warn!("{error}");
            report.reference_note = Some(error);
        }
    }
}

async fn run(refresh: &Refresh<'_>) -> Result<Vec<TableReport>, Error> {
    let lease = refresh.take().await?;
    let tables = refresh.run(&lease).await;
    lease.release().await?;
    tables
}
