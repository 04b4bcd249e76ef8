//! What the program puts out.

use std::fmt::Debug;
use std::io::Result;

/// Named outputs, in the order in which they came.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Output {
    /// Each output with its name.
    pub parts: Vec<(String, Vec<u8>)>,
}

impl Output {
    pub(crate) fn bytes(&mut self, name: &str, bytes: Vec<u8>) {
        self.parts.push((name.to_owned(), bytes));
    }

    pub(crate) fn debug(&mut self, name: &str, value: &impl Debug) {
        self.bytes(name, format!("{value:?}").into_bytes());
    }

    /// Puts out the kind of an error that must be one.
    pub(crate) fn refusal(&mut self, name: &str, result: Result<()>) {
        let kind = result.map_err(|error| error.kind());
        self.debug(&format!("refusals: {name}"), &kind);
    }
}
