//! The second half: a floor at work is archived, loses its socket, and the gap is filled.

use std::path::{Path, PathBuf};
use std::time::Duration;

use gc_live::{ArchiveSettings, FlushLimits, archive, gaps, status};
use gc_sim::{Control, LiveFault, LiveTarget};

use crate::life::longest_life;
use crate::{Demo, Error, say};

/// How long after its end the simulated platform's query knows all of a gap: it knows at once.
const HISTORY_LAG: Duration = Duration::from_millis(500);
/// The least time that shows anything.
const LEAST_SECONDS: u64 = 6;

impl Demo {
    pub(crate) async fn show_live(&self, seconds: u64) -> Result<(), Error> {
        let seconds = seconds.max(LEAST_SECONDS);
        let spool = PathBuf::from(format!("{}-spool", self.out.trim_end_matches('/')));
        say(&format!(
            "5. Live. The floor works, sixty times as fast as people do, and every event is archived for\n   \
             {seconds} seconds. After a third of them the socket is cut on purpose; the archiver finds out,\n   \
             reconnects, writes the gap down and fills it from history (gc-live archive):\n"
        ))?;
        let mut settings = ArchiveSettings::new(&self.out, &spool, self.client()?);
        settings.duration = Some(Duration::from_secs(seconds));
        settings.flush = FlushLimits {
            age: Duration::from_secs(2),
            ..FlushLimits::default()
        };
        settings.history_lag = HISTORY_LAG;
        settings.fill_every = Duration::from_secs(1);
        let control = self.sim.control();
        control.live_resume();
        let cut = tokio::spawn(cut_after(control.clone(), Duration::from_secs(seconds) / 3));
        let report = archive(settings).await;
        cut.abort();
        control.live_pause();
        say(&report?.to_text())?;
        say("The ledger (gc-live gaps). The last gap is the time since the archiver stopped:\n")?;
        say(&gaps(&spool)?.to_text())?;
        let open = status(&spool, &gc_core::SystemClock)?.conversations.len();
        say(&format!(
            "{open} conversations are open by what was heard (gc-live status).\n"
        ))?;
        self.show_life()
    }

    fn show_life(&self) -> Result<(), Error> {
        say(
            "6. One conversation, as its events tell it. The platform sends snapshots; what changed is worked out:\n",
        )?;
        say(&longest_life(&Path::new(&self.out).join("events"))?)?;
        say(&format!(
            "Ask for more:\n\n  duckdb -c \"SELECT changeKind, origin, count(*) AS events, count(DISTINCT conversationId) AS conversations \
             FROM read_parquet('{}/events/date=*/hour=*/*.parquet') GROUP BY ALL ORDER BY ALL\"\n",
            self.out
        ))
    }
}

async fn cut_after(control: Control, time: Duration) {
    tokio::time::sleep(time).await;
    control.live_fault(LiveTarget::All, &LiveFault::Cut);
}
