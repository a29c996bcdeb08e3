//! A platform, an empty archive, and the program that goes between them.

use std::process::Command;

use gc_core::Day;
use gc_sim::SimConfig;
use tempfile::TempDir;

use super::{Archive, Platform, Run, Running, built};

/// A platform, an archive, and the program that goes between them.
pub(crate) struct Scene {
    pub(crate) platform: Platform,
    pub(crate) archive: Archive,
    folder: TempDir,
}

impl Scene {
    pub(crate) fn new(config: SimConfig) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            platform: Platform::start(config),
            archive: Archive(folder.path().join("lake")),
            folder,
        }
    }

    /// Returns `gc-history`, told of this platform and of nothing else.
    pub(crate) fn command(&self) -> Command {
        self.command_at(&self.platform.url)
    }

    /// The same, told of a platform at `url`.
    pub(crate) fn command_at(&self, url: &str) -> Command {
        let mut command = Command::new(built("gc-history"));
        // Neither the environment nor a `.env` on the way up may change what a test sees.
        command.env_clear().current_dir(self.folder.path());
        command.env("GENESYS_CLOUD_CLIENT_ID", gc_sim::CLIENT_ID);
        command.env("GENESYS_CLOUD_CLIENT_SECRET", gc_sim::CLIENT_SECRET);
        command.env("GENESYS_CLOUD_API_URL", url);
        command.env("GENESYS_CLOUD_LOGIN_URL", url);
        command
    }

    /// Returns the export of some days into the archive, with a JSON report.
    pub(crate) fn exporting(&self, first: Day, last: Day) -> Command {
        self.exporting_from(&self.platform, first, last)
    }

    /// The same, from another platform.
    pub(crate) fn exporting_from(&self, platform: &Platform, first: Day, last: Day) -> Command {
        let mut command = self.exporting_for_people(platform, first, last);
        command.args(["--report", "json"]);
        command
    }

    /// The same, with a report in words.
    pub(crate) fn exporting_for_people(
        &self,
        platform: &Platform,
        first: Day,
        last: Day,
    ) -> Command {
        let mut command = self.command_at(&platform.url);
        command.args(["export", "--out", "lake"]);
        command.args(["--from", &first.to_string(), "--to", &last.to_string()]);
        command
    }

    /// Exports one day and nothing else.
    pub(crate) fn export(&self, date: Day) -> Run {
        self.export_with(date, &["--settle", "none"])
    }

    /// Exports one day with more flags.
    pub(crate) fn export_with(&self, date: Day, flags: &[&str]) -> Run {
        Run::of(self.exporting(date, date).args(flags))
    }

    /// Starts the export of one day and waits until its job is on the platform and in the lease.
    pub(crate) fn start_and_await_job(&self, date: Day) -> Running {
        let mut running = Running::start(&mut self.exporting(date, date));
        while self.archive.carried_jobs().is_empty() {
            assert!(!running.has_ended(), "{:#?}", running.wait());
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        running
    }
}
