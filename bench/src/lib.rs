//! What the contenders of `scripts/bench.sh` share.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

/// Whatever went wrong: a contender stops at the first error.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Returns the arguments of the program, which has to have exactly `N`.
///
/// # Errors
///
/// When there are more or fewer; the error says how to call the program.
pub fn arguments<const N: usize>(usage: &str) -> Result<[OsString; N], Failure> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    arguments
        .try_into()
        .map_err(|_| format!("usage: {usage}").into())
}

/// Returns the files of a folder in the order of their names.
///
/// # Errors
///
/// When the folder cannot be read.
pub fn files(folder: &OsString) -> Result<Vec<PathBuf>, Failure> {
    let entries = std::fs::read_dir(folder)?;
    let mut files = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    files.sort();
    Ok(files)
}

/// Prints what the script reads: one JSON object.
///
/// # Errors
///
/// When standard output is closed.
pub fn report(rows: u64, took: Duration) -> Result<(), Failure> {
    let seconds = took.as_secs_f64();
    writeln!(
        std::io::stdout(),
        r#"{{"rows": {rows}, "seconds": {seconds}}}"#
    )?;
    Ok(())
}
