//! Lookups of many keys at once in memory, stage by stage.

use std::io;

use massmap_core::{Candidates, Fallback, FastPlace, FastSearch};
use massmap_format::RawEntry;
use massmap_hash::MassMapHashLoader;

use crate::MassMapInner;

/// Number of keys that are looked up in memory at the same time: enough to overlap their cache misses, and few enough that the
/// lines fetched for the first key are still cached when those of the last one arrive.
pub(super) const AT_ONCE: usize = 32;

/// How far the fast lookup of a key is.
#[derive(Clone, Copy)]
enum Fast<'a> {
    /// The map does not have the key.
    Missing,
    /// If the map has the key, its entry is in this page.
    Place(FastPlace<'a>),
    /// If the map has the key, its entry is one of these.
    Candidates(Candidates<'a>),
    /// Only the general path can tell.
    Unknown,
}

/// The page and the entry of a key, if the map has it; [`Fallback`] if only the general path can tell.
type Found<'a> = Result<Option<(usize, RawEntry<'a>)>, Fallback>;

/// Looks up keys, each with its number, many at a time, as [fast lookups](FastSearch) do. `hash` gives the hash of a key, `find` looks for
/// it among the entries that may have it, and `f` gets what was found. Stops early if most of the keys are not for this file.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) fn look_up_all_fast<'a, B, R, H: MassMapHashLoader>(
    inner: &MassMapInner<R, H>,
    search: FastSearch<'a>,
    keys: &mut impl Iterator<Item = (usize, B)>,
    hash: impl Fn(&B) -> u64,
    find: impl Fn(&Candidates<'a>, &B) -> Found<'a>,
    mut f: impl FnMut(usize, B, Found<'a>) -> io::Result<()>,
) -> io::Result<()> {
    let instructions = inner.bit_instructions();
    let mut pending = Vec::with_capacity(keys.size_hint().0.min(AT_ONCE));
    let mut all = [Fast::Missing; AT_ONCE];
    loop {
        pending.extend(keys.by_ref().take(AT_ONCE));
        if pending.is_empty() {
            return Ok(());
        }
        // Each stage is a function of its own, which has all registers for the state of its loop.
        instructions.run(
            #[cfg_attr(not(debug_assertions), inline(always))]
            |_| {
                for (fast, (_, key)) in all.iter_mut().zip(&pending) {
                    *fast = match search.place(hash(key)) {
                        Ok(Some(place)) => {
                            search.prefetch_directory(&place);
                            Fast::Place(place)
                        }
                        Ok(None) => Fast::Missing,
                        Err(Fallback) => Fast::Unknown,
                    };
                }
            },
        );
        instructions.run(
            #[cfg_attr(not(debug_assertions), inline(always))]
            |instructions| {
                for fast in all.iter_mut().take(pending.len()) {
                    if let Fast::Place(place) = *fast {
                        *fast = match search.candidates(&place, instructions) {
                            Ok(candidates) => {
                                search.prefetch_candidates(&candidates);
                                Fast::Candidates(candidates)
                            }
                            Err(Fallback) => Fast::Unknown,
                        };
                    }
                }
            },
        );
        let unusual = instructions.run(
            #[cfg_attr(not(debug_assertions), inline(always))]
            |_| finish(&all, &mut pending, &find, &mut f),
        )?;
        if unusual > AT_ONCE / 2 {
            return Ok(());
        }
    }
}

/// Calls `f` for each of the `pending` keys, which are as far as `all` says. Returns for how many the general path was asked.
#[cfg_attr(not(debug_assertions), inline(always))]
fn finish<'a, B>(
    all: &[Fast<'a>],
    pending: &mut Vec<(usize, B)>,
    find: &impl Fn(&Candidates<'a>, &B) -> Found<'a>,
    f: &mut impl FnMut(usize, B, Found<'a>) -> io::Result<()>,
) -> io::Result<usize> {
    let mut unusual = 0;
    for (fast, (number, key)) in all.iter().zip(pending.drain(..)) {
        let found = match fast {
            Fast::Candidates(candidates) => find(candidates, &key),
            Fast::Missing => Ok(None),
            // No `Place` is left: all have become candidates, or unknown.
            Fast::Place(_) | Fast::Unknown => Err(Fallback),
        };
        unusual += usize::from(found.is_err());
        f(number, key, found)?;
    }
    Ok(unusual)
}
