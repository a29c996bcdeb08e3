//! Readers and clients that are not ours: scripts for Python.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns a command that runs a script of `scripts/python`.
///
/// # Panics
///
/// When there is no Python with what the scripts need: a test that cannot look must not pass.
pub(crate) fn python(script: &str) -> Command {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let default = || workspace.join(".tools/venv/bin/python");
    let python = env::var_os("GC_PYTHON").map_or_else(default, PathBuf::from);
    assert!(
        python.is_file(),
        "no Python at {}: run scripts/test.sh once, it installs what the tests need",
        python.display()
    );
    let mut command = Command::new(python);
    command.env("NO_PROXY", "127.0.0.1");
    command.arg(workspace.join("scripts/python").join(script));
    command
}
