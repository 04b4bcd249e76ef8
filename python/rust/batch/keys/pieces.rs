//! Strings or bytes, one behind the other.

use std::ops::Index;
use std::ops::Range;

/// Numbered strings or bytes in one piece of memory.
#[derive(Debug, Default)]
pub(super) struct Pieces<A> {
    all: A,
    /// The number of each, and where it ends.
    ends: Vec<(usize, usize)>,
}

impl<A> Pieces<A> {
    pub(super) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All of them, with their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &<A as Index<Range<usize>>>::Output)>
    where
        A: Index<Range<usize>>,
    {
        let mut start = 0;
        self.ends.iter().map(move |&(number, end)| {
            let piece = &self.all[start..end];
            start = end;
            (number, piece)
        })
    }
}

impl Pieces<String> {
    pub(super) fn push(&mut self, number: usize, text: &str) {
        self.all.push_str(text);
        self.ends.push((number, self.all.len()));
    }
}

impl Pieces<Vec<u8>> {
    pub(super) fn push(&mut self, number: usize, bytes: &[u8]) {
        self.all.extend_from_slice(bytes);
        self.ends.push((number, self.all.len()));
    }
}
