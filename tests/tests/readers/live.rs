//! Live events, and what they say together with history.

use std::process::Command;
use std::time::Duration;

use gc_core::{Clock, SystemClock};

use super::engines;
use crate::live::stage::{Live, floor, wait_until};
use crate::stage::{Run, built, python};

/// Exports the days on which the floor worked, by the query: it knows what happened a moment ago.
fn export(live: &Live, first: &str, last: &str) {
    let mut command = Command::new(built("gc-history"));
    command.env_clear().current_dir(live.lake());
    command.env("GENESYS_CLOUD_CLIENT_ID", gc_sim::CLIENT_ID);
    command.env("GENESYS_CLOUD_CLIENT_SECRET", gc_sim::CLIENT_SECRET);
    command.env("GENESYS_CLOUD_API_URL", &live.platform.url);
    command.env("GENESYS_CLOUD_LOGIN_URL", &live.platform.url);
    command.args(["export", "--out", ".", "--via", "query", "--settle", "none"]);
    command.args(["--from", first, "--to", last]);
    Run::of(&mut command).ended_with(0);
}

#[test]
fn a_timeline_tells_live_events_and_history_together() {
    let live = Live::new(floor(100.0));
    let archiver = live.archive(&[]);
    wait_until("conversations end", || {
        let all = live.control().live_conversations();
        all.iter().filter(|one| one.over.is_some()).count() > 5
    });
    // The floor stands still from here on, at a full second, which is how far the query sees: history and
    // events tell of the same.
    live.control().live_pause();
    let past = live
        .control()
        .live_now()
        .subsec_millisecond()
        .unsigned_abs();
    let rest = Duration::from_millis(1_000 - u64::from(past));
    live.control().live_advance(rest);
    let archived = |live: &Live| live.rows().len();
    wait_until("every event is archived", || {
        archived(&live) >= live.sent().0.len()
    });
    live.stop(archiver);
    let (first, last) = (SystemClock.today().back(1), SystemClock.today());
    let (first, last) = (first.to_string(), last.to_string());
    export(&live, &first, &last);
    let mut script = python("timeline.py");
    script.arg(engines()).arg(live.lake());
    script.arg(&live.platform.url).args([first, last]);
    println!("{}", Run::of(&mut script).ended_with(0).stdout);
}
