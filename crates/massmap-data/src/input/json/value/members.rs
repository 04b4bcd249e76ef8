//! Objects: members sorted by key.

use massmap_format::Walker;

use super::encode::{Open, encode_text};
use crate::excerpt;
use crate::input::json::error::Problem;
use crate::input::memory::{OutOfMemory, reserve};

/// The members of an object that is being written. Closing it sorts them by key.
pub(in crate::input) struct Members {
    open: Open,
    /// Number of keys written.
    count: usize,
    /// Position of the last key.
    last_key: usize,
    /// Whether each key is greater than the one before it.
    in_order: bool,
}

impl Members {
    /// Begins an object at the end of `out`.
    pub(in crate::input) fn new(out: &mut Vec<u8>) -> Self {
        Self {
            open: Open::new(out),
            count: 0,
            last_key: 0,
            in_order: true,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Appends a key to `out`. Its value must follow.
    pub(in crate::input) fn add_key(&mut self, key: &str, out: &mut Vec<u8>) -> Result<(), Problem> {
        let start = out.len();
        encode_text(key, out)?;
        self.begin_value(start, out);
        Ok(())
    }

    /// Registers the key at the end of `out` that begins at `start`.
    pub(super) fn begin_value(&mut self, start: usize, out: &[u8]) {
        let key_at = |start| key(out.get(start..).unwrap_or_default());
        if self.count > 0 && self.in_order {
            self.in_order = key_at(self.last_key) < key_at(start);
        }
        self.last_key = start;
        self.count += 1;
    }

    /// Ends the object: sorts its members by key.
    ///
    /// # Errors
    ///
    /// Fails if two have the same key.
    pub(in crate::input) fn close(self, out: &mut Vec<u8>) -> Result<(), Problem> {
        if !self.in_order {
            let start = self.open.start() + 1;
            sort(out.get_mut(start..).unwrap_or_default(), self.count)?;
        }
        self.open.close_map(self.count, out)
    }
}

/// Position of a member within the bytes of all members.
#[derive(Clone, Copy)]
struct Member {
    start: u32,
    end: u32,
}

/// Sorts the `count` members in `bytes` by key.
fn sort(bytes: &mut [u8], count: usize) -> Result<(), Problem> {
    let mut members = Vec::new();
    members.try_reserve_exact(count).map_err(|_| OutOfMemory {
        wanted: count.saturating_mul(size_of::<Member>()),
    })?;
    let mut walker = Walker::new(bytes);
    for _ in 0..count {
        let start = walker.position();
        skip(&mut walker);
        skip(&mut walker);
        let place = |at| u32::try_from(at).map_err(|_| Problem::TooLarge);
        members.push(Member {
            start: place(start)?,
            end: place(walker.position())?,
        });
    }
    let bytes_of = |member: Member| {
        bytes
            .get(member.start as usize..member.end as usize)
            .unwrap_or_default()
    };
    members.sort_unstable_by(|a, b| key(bytes_of(*a)).cmp(key(bytes_of(*b))));
    let mut last = None;
    for member in &members {
        let key = key(bytes_of(*member));
        if last.replace(key) == Some(key) {
            let key = excerpt::quoted(&String::from_utf8_lossy(key));
            return Err(Problem::DuplicateMember { key });
        }
    }
    let mut sorted = Vec::new();
    reserve(&mut sorted, bytes.len())?;
    for member in members {
        sorted.extend_from_slice(bytes_of(member));
    }
    bytes.copy_from_slice(&sorted);
    Ok(())
}

/// Skips a value that this module wrote.
fn skip(walker: &mut Walker<'_>) {
    walker
        .value()
        .expect("it was written here, and no deeper than the parser allows");
}

/// The key of a member, without its header.
fn key(member: &[u8]) -> &[u8] {
    let mut walker = Walker::new(member);
    let key = walker.string().unwrap_or_default();
    let header = match key.first() {
        Some(0xd9) => 2,
        Some(0xda) => 3,
        Some(0xdb) => 5,
        _ => 1,
    };
    key.get(header..).unwrap_or_default()
}
