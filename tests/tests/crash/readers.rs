//! Readers that look at the archive all the while, with a plain glob and nothing else.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use gc_core::Day;

use crate::stage::{Archive, Run, python, read_ids};

/// A thread that reads every file, again and again.
pub(crate) struct GlobReader {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<u64>,
}

impl GlobReader {
    /// Starts to read; `states` are the ids that a day's file may hold, whole and once each.
    pub(crate) fn start(archive: &Archive, states: BTreeMap<Day, [Vec<String>; 2]>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (archive, stopped) = (archive.clone(), Arc::clone(&stop));
        let thread = thread::spawn(move || {
            let mut looks = 0;
            while !stopped.load(Ordering::Relaxed) {
                for (date, states) in &states {
                    let ids = read_ids(&archive.data_file(*date)).unwrap();
                    assert!(states.contains(&ids), "{date} holds neither state whole");
                }
                assert_eq!(archive.visible(), states.len(), "files in the glob");
                looks += 1;
            }
            looks
        });
        Self { stop, thread }
    }

    /// Ends the reading; returns how often it looked.
    pub(crate) fn finish(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

/// A DuckDB that reads all files as one table, again and again.
pub(crate) struct DuckDb(Child);

impl DuckDb {
    pub(crate) fn start(archive: &Archive) -> Self {
        let mut script = python("exactly_once.py");
        script.arg(&archive.0).stdin(Stdio::piped());
        let mut child = script
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The readers are there before the first kill.
        let mut line = String::new();
        let stdout = child.stdout.as_mut().unwrap();
        BufReader::with_capacity(1, stdout)
            .read_line(&mut line)
            .unwrap();
        assert_eq!(line, "reading\n");
        Self(child)
    }

    /// Ends the reading; returns how often it looked.
    pub(crate) fn finish(mut self) -> String {
        drop(self.0.stdin.take());
        let run = Run::from(self.0.wait_with_output().unwrap()).ended_with(0);
        run.stdout.trim().to_owned()
    }
}
