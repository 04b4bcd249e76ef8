//! The command line, which the package brings with it.

use std::ffi::OsString;
use std::panic;

use pyo3::prelude::*;

/// What the program exits with that panicked: a defect of it.
const PANICKED: u8 = 101;

/// Runs the command line with `arguments`, the first of which is the name of the program, and returns the exit code.
///
/// SIGINT and SIGTERM end the process meanwhile.
#[pyfunction]
pub(crate) fn run_command_line(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    // What it says of a panic is on stderr.
    py.detach(|| panic::catch_unwind(|| massmap_cli::run(arguments)).unwrap_or(PANICKED))
}
