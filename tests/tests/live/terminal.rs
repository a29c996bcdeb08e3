//! What a person at a terminal sees: endings, refusals, selections.

use std::thread::sleep;
use std::time::Duration;

use gc_sim::{Garbage, LiveFault, LiveTarget};

use super::stage::{Live, counted, floor, wait_until};
use crate::stage::{Run, Running, Tap};

#[test]
fn a_run_of_some_duration_ends_with_0_and_says_what_it_did() {
    let live = Live::new(floor(50.0));
    let mut archive = live.command("archive");
    let run = Run::of(archive.args(["--out", "lake", "--duration", "3s"])).ended_with(0);
    let report = run.report();
    assert_eq!(report["events"], live.rows().len(), "{report:#}");
    for field in [
        "duplicates",
        "quarantined",
        "files",
        "reconnects",
        "channels",
    ] {
        assert!(report[field].is_u64(), "{field}");
    }
    assert_eq!(
        (&report["gaps"], &report["rejectedTopics"]),
        (&serde_json::json!([]), &serde_json::json!([]))
    );
    for row in live.rows() {
        let hour = row.received_at.strftime("hour=%H").to_string();
        assert_eq!(row.hour, hour);
    }
}

#[test]
fn a_second_signal_leaves_at_once_and_the_next_run_has_it_all() {
    let live = Live::new(floor(200.0));
    let archiver = live.archive(&["--flush-age", "10m"]);
    wait_until("events come", || live.control().live_counts().written > 200);
    archiver.signal("INT");
    archiver.signal("INT");
    let run = archiver.wait();
    assert_eq!(run.code, Some(130));
    live.control().live_pause();
    live.stop(live.archive(&[]));
    let archived = counted(live.rows().into_iter().filter_map(|row| row.correlation_id));
    assert!(
        archived.len() > 20 && archived.values().all(|count| *count == 1),
        "{}",
        archived.len()
    );
}

#[test]
fn refused_topics_are_named_and_the_others_heard() {
    let mut config = floor(100.0);
    let live = {
        config.live.forbidden_topics = vec!["v2.users.{id}.conversations".to_owned()];
        Live::new(config)
    };
    let queue = live.control().queues()[0].clone();
    let user = "0e5d4f1c-1111-4222-8333-123456789abc";
    let archiver = live.archive(&["--queue", &queue.1, "--user", user]);
    wait_until("events come", || live.control().live_counts().written > 5);
    sleep(Duration::from_millis(300));
    let report = live.stop(archiver).report();
    let refused = report["rejectedTopics"].as_array().unwrap();
    assert_eq!(refused.len(), 1, "{report:#}");
    assert!(refused[0]["topic"].as_str().unwrap().contains(user));
    let rows = live.rows();
    assert!(!rows.is_empty());
}

#[test]
fn a_queue_made_while_the_archiver_runs_is_heard() {
    let live = Live::new(floor(20.0));
    let archiver = live.archive(&["--refresh", "1s"]);
    let id = live.control().add_queue("Night shift");
    let topic = format!("v2.routing.queues.{id}.conversations");
    wait_until("the new queue is subscribed", || {
        live.control()
            .channels()
            .iter()
            .any(|channel| channel.topics.contains(&topic))
    });
    sleep(Duration::from_millis(300));
    live.control().emit(
        &topic,
        &serde_json::json!({"id": "c-night", "participants": []}),
    );
    sleep(Duration::from_millis(1_500));
    live.stop(archiver);
    assert!(
        live.rows()
            .iter()
            .any(|row| row.conversation_id.as_deref() == Some("c-night"))
    );
}

#[test]
fn wrong_secret_and_unknown_queue_end_with_3_and_a_hint() {
    let live = Live::new(floor(1.0));
    let mut archive = live.command("archive");
    archive.env("GENESYS_CLOUD_CLIENT_SECRET", "not-the-secret");
    let run = Run::of(archive.args(["--out", "lake"])).ended_with(3);
    assert!(
        run.stderr.contains("hint: ") && !run.stderr.contains("not-the-secret"),
        "{}",
        run.stderr
    );
    let mut archive = live.command("archive");
    let run = Run::of(archive.args(["--out", "lake", "--queue", "No such queue"])).ended_with(3);
    assert!(run.stderr.contains("No such queue"), "{}", run.stderr);
    let mut gaps = live.command("gaps");
    let run = Run::of(gaps.args(["--spool", "nowhere"]));
    assert_ne!(run.code, Some(0));
}

#[test]
fn no_secret_and_no_payload_is_told_at_trace_level() {
    let live = Live::new(floor(100.0));
    let tap = Tap::on(&live.platform.url);
    let mut archive = live.command("archive");
    archive
        .env("GENESYS_CLOUD_API_URL", &tap.url)
        .env("GENESYS_CLOUD_LOGIN_URL", &tap.url);
    archive.env("RUST_LOG", "trace").env("RUST_BACKTRACE", "1");
    let running = Running::start(archive.args(["--out", "lake", "-vvv", "--duration", "10s"]));
    wait_until("events come", || live.control().live_counts().written > 10);
    let channels = live.control().channels();
    live.control().live_fault(LiveTarget::All, &LiveFault::Cut);
    live.control().live_fault(
        LiveTarget::All,
        &LiveFault::Garbage {
            kind: Garbage::NoTopic,
        },
    );
    let run = running.wait();
    assert!(
        run.stderr.contains("TRACE"),
        "the log is not at trace level"
    );
    let said = run.stdout + &run.stderr;
    let mut secrets = tap.tokens();
    assert!(!secrets.is_empty() && !channels.is_empty());
    secrets.push(gc_sim::CLIENT_SECRET.to_owned());
    secrets.extend(channels.into_iter().map(|channel| channel.id));
    secrets.extend(
        live.control()
            .live_conversations()
            .into_iter()
            .map(|one| one.id),
    );
    for secret in secrets {
        let place = said.find(&secret).map(|at| said[..at].rsplit('\n').next());
        assert_eq!(place, None, "{secret} is told");
    }
}
