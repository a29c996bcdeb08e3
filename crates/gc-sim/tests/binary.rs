//! The program as people run it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

fn program() -> Option<Command> {
    // Absent when the command line is not built.
    option_env!("CARGO_BIN_EXE_gc-sim").map(Command::new)
}

#[test]
fn serve_says_when_it_listens_and_an_interrupt_ends_it_well() {
    let Some(mut program) = program() else { return };
    let mut child = program
        .args(["serve", "--port", "0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let lines: Vec<String> = lines.take(6).map(Result::unwrap).collect();
    let url = lines[0].strip_prefix("listening on ").unwrap();
    assert_eq!(lines[1], format!("export GENESYS_CLOUD_API_URL={url}"));
    assert!(lines[4].starts_with("export GENESYS_CLOUD_CLIENT_SECRET="));
    assert!(lines[5].starts_with("# live: about 2 snapshots a second"));
    Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn wrong_list_of_faults_is_named_with_a_hint() {
    let Some(mut program) = program() else { return };
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(file, r#"[{{"on": "GET /a", "fault": "explode"}}]"#).unwrap();
    let faults = file.path().to_str().unwrap();
    let output = program
        .args(["serve", "--port", "0", "--faults", faults])
        .output()
        .unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(
        complaint.contains("explode") && complaint.contains("hint:"),
        "{complaint}"
    );
}
