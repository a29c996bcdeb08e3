//! The programs as people run them: built once, started, waited for.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

use gc_core::Day;
use serde_json::Value;

/// Returns the path of a program of this workspace.
///
/// `scripts/check.sh` says in `GC_PROGRAMS` where it has built them; otherwise they are built here.
pub(crate) fn built(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(folder).join(name)
}

fn folder() -> PathBuf {
    if let Some(folder) = env::var_os("GC_PROGRAMS") {
        return folder.into();
    }
    // The same features as for the tests of the workspace, or every dependency is built twice.
    let build = ["build", "--quiet", "--workspace", "--all-targets"];
    let status = Command::new(env!("CARGO"))
        .args(build)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    assert!(status.unwrap().success(), "the programs do not build");
    // target/debug/deps/main-…: programs are one folder up.
    let test = env::current_exe().unwrap();
    test.ancestors().nth(2).map(Path::to_owned).unwrap()
}

/// A program that has ended.
#[derive(Debug)]
pub(crate) struct Run {
    /// None when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Run {
    pub(crate) fn of(command: &mut Command) -> Self {
        command.stdin(Stdio::null()).output().unwrap().into()
    }

    /// Passes the run on when it ended with this exit code.
    #[track_caller]
    pub(crate) fn ended_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// Returns the one JSON object on standard output.
    #[track_caller]
    pub(crate) fn report(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// Returns what the JSON report says of a day.
    #[track_caller]
    pub(crate) fn partition(&self, date: Day) -> Value {
        let report = self.report();
        let partitions = report["partitions"].as_array().unwrap();
        let found = partitions
            .iter()
            .find(|partition| partition["date"] == date.to_string().as_str());
        found
            .cloned()
            .unwrap_or_else(|| panic!("no {date} in {report:#}"))
    }
}

/// A program that runs.
#[derive(Debug)]
pub(crate) struct Running(Child);

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::null());
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(command.spawn().unwrap())
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }

    /// Returns how many bytes of memory it has now.
    pub(crate) fn memory(&self) -> u64 {
        let status = format!("/proc/{}/status", self.0.id());
        let status = std::fs::read_to_string(status).unwrap();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = resident.and_then(|line| line.split_whitespace().next());
        kib.unwrap().parse::<u64>().unwrap() * 1024
    }

    /// Sends a signal by its name, such as `INT`.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.0.id().to_string();
        let status = Command::new("kill")
            .args([&format!("-{name}"), &pid])
            .status();
        assert!(status.unwrap().success());
    }

    /// Ends it as `kill -9` does; returns whether it was still running.
    pub(crate) fn kill(mut self) -> bool {
        let running = !self.has_ended();
        self.0.kill().unwrap();
        self.0.wait().unwrap();
        running
    }

    pub(crate) fn wait(self) -> Run {
        self.0.wait_with_output().unwrap().into()
    }
}
