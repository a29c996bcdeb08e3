//! Progress bars on a terminal: one for each day in hand.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use gc_core::{Day, Progress, Step};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

const KNOWN: &str = "{prefix} {bar:24} {pos}/{len} rows  {msg}  {eta} left";
const UNKNOWN: &str = "{prefix} {spinner} {pos} rows  {msg}";

/// Progress bars on standard error.
#[derive(Default)]
pub(crate) struct Bars {
    all: MultiProgress,
    days: Mutex<HashMap<Day, DayBar>>,
}

/// The bar of one day.
struct DayBar {
    bar: ProgressBar,
    bytes: u64,
}

impl fmt::Debug for Bars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bars").finish_non_exhaustive()
    }
}

impl Progress for Bars {
    fn step(&self, day: Day, step: Step) {
        let mut days = self.days.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = days
            .entry(day)
            .or_insert_with(|| DayBar::new(&self.all, day));
        match step {
            Step::Started => {}
            Step::Expecting { rows } => {
                shown.bar.set_style(style(KNOWN));
                shown.bar.set_length(rows);
            }
            Step::Read { rows, bytes } => shown.read(rows, bytes),
            Step::Preparing { state } => {
                shown
                    .bar
                    .set_message(format!("job {}", state.to_lowercase()));
            }
            Step::Waiting { reason, duration } => {
                shown
                    .bar
                    .set_message(format!("waiting {} s: {reason}", duration.as_secs()));
            }
            Step::Recovered { what } => shown.bar.set_message(format!("mended: {what}")),
            Step::Finished { verdict } => {
                shown.bar.finish_with_message(verdict.to_string());
                days.remove(&day);
            }
            _ => {}
        }
    }
}

impl DayBar {
    fn new(all: &MultiProgress, day: Day) -> Self {
        let bar = ProgressBar::new_spinner().with_style(style(UNKNOWN));
        Self {
            bar: all.add(bar.with_prefix(day.to_string())),
            bytes: 0,
        }
    }

    fn read(&mut self, rows: u64, bytes: u64) {
        self.bytes += bytes;
        self.bar.inc(rows);
        let milliseconds = u64::try_from(self.bar.elapsed().as_millis()).unwrap_or(u64::MAX);
        let speed = self.bytes / milliseconds.max(1);
        self.bar
            .set_message(format!("{}.{} MB/s", speed / 1_000, speed / 100 % 10));
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
