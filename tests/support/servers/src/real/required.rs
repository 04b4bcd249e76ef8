//! Servers that may not be installed.

use std::env;
use std::fmt;
use std::io;

/// Why a server is not there.
#[derive(Debug)]
pub struct NotInstalled {
    /// What it is called.
    pub(crate) server: &'static str,
    /// The environment variable that says where it is.
    pub(crate) variable: &'static str,
    /// How to get it.
    pub(crate) advice: &'static str,
    /// What happened.
    pub(crate) reason: io::Error,
}

impl fmt::Display for NotInstalled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} cannot be started ({}): {}, or say in {} where it is",
            self.server, self.reason, self.advice, self.variable
        )
    }
}

/// The server, or `None` if it is not installed and need not be: the test then says on standard error what it leaves out, and passes.
///
/// # Panics
///
/// Panics if the server is not there although the environment variable `MASSMAP_TEST_SERVERS` is `required`.
pub fn or_left_out<S>(server: Result<S, NotInstalled>) -> Option<S> {
    match server {
        Ok(server) => Some(server),
        Err(missing) if env::var_os("MASSMAP_TEST_SERVERS").is_some_and(|value| value == "required") => {
            panic!("{missing}")
        }
        Err(missing) => {
            eprintln!("left out: {missing}");
            None
        }
    }
}
