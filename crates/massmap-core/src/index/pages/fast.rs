//! Lookups in memory in few instructions.
//!
//! A lookup in a map that lies in memory waits for the memory. The processor uses that time for the next lookups, if it can see them:
//! some 250 instructions ahead, up to a branch that it mispredicts. The general path, [`Index::probe`](crate::Index::probe),
//! [`Index::block`](crate::Index::block) and [`Block::find`](crate::Block::find), handles runs of any length, explains errors, and
//! takes several times as many. So there is this one for what nearly all lookups are: the page index has been checked, the run is a
//! single page whose directory lies in its first cache line, and the page is intact.
//!
//! It decides nothing else. Whatever is not so is a [`Fallback`], and the general path is asked, which says the same where both can
//! answer. The steps are those of the general path, with what follows from the header worked out when the file is opened, and the
//! bounds of memory checked for a line or for some entries rather than for a field. Batches take the steps one by one, for many keys
//! each.

mod candidates;
mod layout;
mod parts;
mod place;

pub(crate) use layout::FastLayout;

pub use candidates::Candidates;
pub use place::FastPlace;

use std::borrow::Borrow;

use massmap_format::{EntryWidths, RawEntry};
use serde::Deserialize;

use super::PagedIndex;
use crate::BitInstructions;
use crate::codec::fixed::{ShortKey, is_short};
use crate::error::fallback::Fallback;

/// Fast lookups in a file in memory, from [`Index::fast_search`](crate::Index::fast_search).
#[derive(Debug, Clone, Copy)]
pub struct FastSearch<'a> {
    pages: &'a PagedIndex,
    layout: &'a FastLayout,
    /// The bytes of the file.
    memory: &'a [u8],
}

impl PagedIndex {
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn fast_search<'a>(&'a self, memory: &'a [u8]) -> Option<FastSearch<'a>> {
        Some(FastSearch {
            pages: self,
            layout: self.fast.as_ref()?,
            memory,
        })
    }
}

impl<'a> FastSearch<'a> {
    /// Looks up the entry of the key `sought`, which has the hash `hash`, and calls `f` with the number of its page and the entry.
    ///
    /// Meant to be called within [`BitInstructions::run`].
    ///
    /// # Errors
    ///
    /// [`Fallback`] if only the general path can tell.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn look_up<K, Q, T>(
        &self,
        instructions: BitInstructions,
        hash: u64,
        sought: &Q,
        f: impl FnOnce(usize, &RawEntry<'a>) -> T,
    ) -> Result<Option<T>, Fallback>
    where
        K: for<'de> Deserialize<'de> + Borrow<Q>,
        Q: Eq + ?Sized,
    {
        if !is_short::<K, Q>() {
            return self.look_up_key_here::<K, Q, T>(instructions, hash, sought, f);
        }
        // Of the records, the type of the key leaves one.
        match self.short_key::<K, Q>(sought) {
            Some((ShortKey::One(key), widths)) => self.look_up_record(instructions, hash, key, widths, f),
            Some((ShortKey::Two(key), widths)) => self.look_up_record(instructions, hash, key, widths, f),
            Some((ShortKey::Four(key), widths)) => self.look_up_record(instructions, hash, key, widths, f),
            Some((ShortKey::Eight(key), widths)) => self.look_up_record(instructions, hash, key, widths, f),
            Some((ShortKey::Sixteen(key), widths)) => self.look_up_record(instructions, hash, key, widths, f),
            None => self.look_up_key::<K, Q, T>(instructions, hash, sought, f),
        }
    }

    /// The record of the key `sought`, if it is known without encoding it, and the widths of entries that are short enough to be
    /// compared at once.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn short_key<K, Q: ?Sized>(&self, sought: &Q) -> Option<(ShortKey, EntryWidths)> {
        let (keys, widths) = self.layout.short?;
        Some((keys.short_key::<K, Q>(sought)?, widths))
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn look_up_record<const W: usize, T>(
        &self,
        instructions: BitInstructions,
        hash: u64,
        sought: [u8; W],
        widths: EntryWidths,
        f: impl FnOnce(usize, &RawEntry<'a>) -> T,
    ) -> Result<Option<T>, Fallback> {
        let Some(place) = self.place(hash)? else {
            return Ok(None);
        };
        self.prefetch_records(&place);
        let candidates = self.candidates(&place, instructions)?;
        match self.find_record(&candidates, sought, widths)? {
            Some(entry) => Ok(Some(f(candidates.page(), &entry))),
            None => Ok(None),
        }
    }

    /// A function of its own, so that lookups of records have all registers. Called with a copy, so that theirs need not be in memory.
    #[inline(never)]
    fn look_up_key<K, Q, T>(
        self,
        instructions: BitInstructions,
        hash: u64,
        sought: &Q,
        f: impl FnOnce(usize, &RawEntry<'a>) -> T,
    ) -> Result<Option<T>, Fallback>
    where
        K: for<'de> Deserialize<'de> + Borrow<Q>,
        Q: Eq + ?Sized,
    {
        instructions.run(
            #[cfg_attr(not(debug_assertions), inline(always))]
            |instructions| self.look_up_key_here::<K, Q, T>(instructions, hash, sought, f),
        )
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn look_up_key_here<K, Q, T>(
        &self,
        instructions: BitInstructions,
        hash: u64,
        sought: &Q,
        f: impl FnOnce(usize, &RawEntry<'a>) -> T,
    ) -> Result<Option<T>, Fallback>
    where
        K: for<'de> Deserialize<'de> + Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let Some(place) = self.place(hash)? else {
            return Ok(None);
        };
        self.prefetch(&place);
        let candidates = self.candidates(&place, instructions)?;
        match self.find_key::<K, Q>(&candidates, sought)? {
            Some(entry) => Ok(Some(f(candidates.page(), &entry))),
            None => Ok(None),
        }
    }
}
