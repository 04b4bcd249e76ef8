//! Output of the program.

use std::fmt::Debug;
use std::io::Result;

/// Named outputs, in order.
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

    /// Outputs the kind of an expected error.
    pub(crate) fn refusal(&mut self, name: &str, result: Result<()>) {
        let kind = result.map_err(|error| error.kind());
        self.debug(&format!("refusals: {name}"), &kind);
    }
}
