//! A platform, an empty bucket, and days that are large enough to be uploaded in parts.

use std::fmt::Write;
use std::fs;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gc_core::Day;
use gc_sim::SimConfig;

use crate::stage::{Bucket, Platform, Run, Scene, Wire, day, past_watermark};

pub(super) const DATE: &str = "2026-11-01";

/// A platform, a bucket, and the program that goes between them.
pub(super) struct Place {
    pub(super) scene: Scene,
    pub(super) bucket: Bucket,
}

impl Place {
    /// None, and says so, without a store.
    pub(super) fn new(config: SimConfig) -> Option<Self> {
        let bucket = Bucket::fresh()?;
        Some(Self {
            scene: Scene::new(config),
            bucket,
        })
    }

    /// A platform with one small day.
    pub(super) fn small() -> Option<Self> {
        Self::new(past_watermark(DATE, DATE, 60))
    }

    pub(super) fn platform(&self) -> &Platform {
        &self.scene.platform
    }

    /// Returns a command of the program, told of this platform, this archive and nothing else.
    pub(super) fn command(&self, name: &str, first: Day, last: Day) -> Command {
        self.command_from(&self.scene.platform, name, first, last)
    }

    /// The same, told of another platform.
    pub(super) fn command_from(
        &self,
        platform: &Platform,
        name: &str,
        first: Day,
        last: Day,
    ) -> Command {
        let mut command = self.scene.command_at(&platform.url);
        self.bucket.tell(&mut command);
        command.args([name, "--out", &self.bucket.root, "--report", "json"]);
        command.args(["--from", &first.to_string(), "--to", &last.to_string()]);
        command
    }

    /// Returns the export of the one day.
    pub(super) fn exporting(&self) -> Command {
        self.command("export", day(DATE), day(DATE))
    }

    /// Returns the question for what is known of the archive.
    pub(super) fn status(&self) -> Command {
        let mut command = self.scene.command();
        self.bucket.tell(&mut command);
        command.args(["status", "--out", &self.bucket.root, "--report", "json"]);
        command
    }

    /// Exports the one day.
    pub(super) fn export(&self) -> Run {
        Run::of(&mut self.exporting())
    }
}

/// Leads a program to the store over a wire.
pub(super) fn over<'a>(wire: &Wire, command: &'a mut Command) -> &'a mut Command {
    command.env("AWS_ENDPOINT_URL", &wire.url)
}

/// Returns the address of the store.
pub(super) fn endpoint() -> String {
    std::env::var("AWS_ENDPOINT_URL").unwrap()
}

/// A platform whose one day has these conversations, each with `bytes` that no compression makes smaller.
pub(super) fn heavy(conversations: std::ops::Range<u64>, bytes: usize) -> Platform {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("records");
    let mut records = String::new();
    for number in conversations.clone() {
        let mut dice = fastrand::Rng::with_seed(number ^ (conversations.start << 32));
        let mut noise = vec![0; bytes];
        dice.fill(&mut noise);
        let (noise, minute) = (STANDARD.encode(noise), number % 60);
        writeln!(
            records,
            r#"{{"conversationId":"c-{number:04}","conversationStart":"{DATE}T10:{minute:02}:00.000Z","conversationEnd":"{DATE}T11:00:00.000Z","participants":[{{"participantId":"p-{number}","attributes":{{"note":"{noise}"}}}}]}}"#
        )
        .unwrap();
    }
    fs::write(&file, records).unwrap();
    let mut config = past_watermark(DATE, DATE, 1);
    config.records = Some(file);
    // Rendered before it listens.
    Platform::start(config)
}
