//! Secrets stay where they belong: in no output, no log, no file.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use gc_sim::{CLIENT_ID, CLIENT_SECRET, Fault, Rule, When};

use crate::stage::{Run, Scene, Tap, operation, past_watermark};

const DATE: &str = "2026-11-01";

/// Exports over a tapped line, logging all there is, and asserts that no secret got out.
fn nothing_leaks(faults: Vec<Rule>, denied: &[&str], codes: [i32; 2]) {
    let scene = Scene::new(past_watermark(DATE, DATE, 120));
    for fault in faults {
        scene.platform.control.add_fault(fault);
    }
    for permission in denied {
        scene.platform.control.deny(permission);
    }
    let tap = Tap::on(&scene.platform.url);
    let mut said = String::new();
    for (command, exits) in ["export", "verify"].into_iter().zip(codes) {
        let mut program = scene.command_at(&tap.url);
        program.args([command, "--date", DATE, "--out", "lake", "-vvv"]);
        program.env("RUST_LOG", "trace").env("RUST_BACKTRACE", "1");
        let run = Run::of(&mut program).ended_with(exits);
        assert!(
            run.stderr.contains("TRACE"),
            "the log is not at trace level"
        );
        said += &(run.stdout + &run.stderr);
    }
    let tokens = tap.tokens();
    assert!(tokens.len() >= 2, "the tap heard {} tokens", tokens.len());
    let pair = format!("{CLIENT_ID}:{CLIENT_SECRET}");
    let mut secrets = tokens;
    secrets.push(CLIENT_SECRET.to_owned());
    secrets.push(STANDARD.encode(&pair).trim_end_matches('=').to_owned());
    secrets.push(URL_SAFE_NO_PAD.encode(&pair));
    let written = scene.archive.files();
    let written = written
        .iter()
        .map(|path| (path.display().to_string(), fs::read(path).unwrap()));
    for (place, bytes) in written.chain([("output".to_owned(), said.into_bytes())]) {
        let text = String::from_utf8_lossy(&bytes);
        for secret in &secrets {
            assert!(!place.contains(secret.as_str()));
            assert!(!text.contains(secret.as_str()), "{secret} is in {place}");
        }
    }
}

#[test]
fn a_run_at_trace_level_tells_no_secret() {
    nothing_leaks(Vec::new(), &[], [0, 0]);
}

#[test]
fn a_run_full_of_faults_tells_no_secret() {
    let faults = vec![
        Rule::on(operation::TOKEN)
            .times(1)
            .fault(Fault::ServerError { status: 503 }),
        Rule::on(operation::TOKEN)
            .skip(1)
            .times(1)
            .fault(Fault::CutBody),
        Rule::on(operation::AVAILABILITY)
            .times(1)
            .fault(Fault::Reset { when: When::After }),
        Rule::on(operation::RESULTS)
            .times(1)
            .fault(Fault::TokenRevoked),
        Rule::on(operation::RESULTS)
            .skip(1)
            .times(1)
            .fault(Fault::CutBody),
    ];
    nothing_leaks(faults, &[], [0, 0]);
}

#[test]
fn a_run_that_is_refused_tells_no_secret() {
    nothing_leaks(Vec::new(), &["analytics:conversationDetail:view"], [3, 3]);
}

#[test]
fn a_login_answer_that_is_cut_short_tells_no_secret() {
    let half = Rule::on(operation::TOKEN).times(1);
    nothing_leaks(vec![half.fault(Fault::TruncatedJson)], &[], [3, 5]);
}
