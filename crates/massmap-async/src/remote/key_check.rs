//! Whether a key that is not found can be reported as missing.
//!
//! Opening costs one request or two, and a lookup one. So no request is made for the check alone, unless there is no other way: keys at
//! the end of the file that opening has read are examined, then those in the page where the first missing key would be.

use std::io;

use massmap_core::{Examined, Extent, PlacementRange, Probe, ReadError, with_causes};
use massmap_hash::MassMapHashLoader;
use massmap_read::steps::{StoredKeys, examine};

use super::turns::Turns;
use super::{Remote, range_of};
use crate::reader::AsyncReader;
use crate::remote::opening::ReadSuffix;

impl<R, H, S> Remote<'_, R, H, S>
where
    R: AsyncReader,
    H: MassMapHashLoader,
    S: StoredKeys<R, H> + Copy,
{
    /// Makes the part of the check that needs no request: of the hash function, of the names of types, and of keys in `suffix`, if there
    /// are any.
    pub(crate) fn check_at_opening(self, suffix: &ReadSuffix) -> io::Result<()> {
        if self.shared.key_check.begin(self.inner, &self.keys)?.is_none() {
            return Ok(());
        }
        let index = self.inner.index();
        let Some(pages) = index.paged_header().filter(|header| header.page_count > 0) else {
            return Ok(());
        };
        // The first page that may be there as a whole.
        let first = suffix.offset().div_ceil(pages.page_size.into()).saturating_sub(1);
        let first = usize::try_from(first).unwrap_or(usize::MAX);
        for extent in index.extents_within(first..usize::MAX).take(2) {
            let Ok(extent) = extent else { break };
            // Damage does not keep a map from opening.
            if let Some(bytes) = suffix.get(&extent)
                && let Ok(examined) = self.examine(&extent, &index.placement_range(&extent), bytes)
                && self.takes_for_evidence(examined)?
            {
                break;
            }
        }
        Ok(())
    }

    /// Makes sure that the key with the hash `hash`, which was not found, is missing. `near` are the extent in which it belongs and the
    /// bytes of it; `None` if it belongs in none.
    pub(crate) async fn confirm_miss(
        self,
        hash: u64,
        near: Option<(&Extent, &[u8])>,
        turns: Turns,
    ) -> io::Result<()> {
        if self.shared.key_check.has_passed() {
            return Ok(());
        }
        let index = self.inner.index();
        if let Some((extent, bytes)) = near {
            let placement = index.placement_around(hash)?;
            if self.takes_for_evidence(self.examine(extent, &placement, bytes)?)? {
                return Ok(());
            }
        } else if index.next_missing().is_some()
            // A sample of all extents would need all of the index.
            && let Probe::Read(extent) = self.probe_unfiltered(hash).await?
        {
            let bytes = self.inner.reader.read(range_of(&extent)).await?;
            let placement = index.placement_around(hash)?;
            if self.takes_for_evidence(self.examine(&extent, &placement, &bytes)?)? {
                return Ok(());
            }
        }
        let has_passed = match turns {
            Turns::Waited => self.check_keys().await?,
            Turns::Ignored => self.check_keys_now().await?,
        };
        if has_passed {
            return Ok(());
        }
        let examined = near
            .map(|(extent, bytes)| self.examine(extent, &index.placement_around(hash)?, bytes))
            .transpose()?;
        self.shared.key_check.confirm(self.inner, &self.keys, examined)?;
        Ok(())
    }

    /// Reads and examines a sample of the keys, unless that has been done. Returns whether they are evidence enough.
    pub(crate) async fn check_keys(self) -> io::Result<bool> {
        let state = &self.shared.key_check;
        if state.has_passed() {
            return Ok(true);
        }
        let _turn = self.shared.checking.lock().await;
        // Another may have made the check meanwhile, and the rest of an index that is read in parts is not needed for less.
        match state.has_passed() {
            true => Ok(true),
            false => self.check_keys_now().await,
        }
    }

    /// The same without waiting for others that do so: for lookups of a stream, which may not be polled while the program waits for another
    /// lookup. If that waited for them, it would wait for ever.
    async fn check_keys_now(self) -> io::Result<bool> {
        let state = &self.shared.key_check;
        self.complete_index().await?;
        let Some(mut check) = state.begin(self.inner, &self.keys)? else {
            return Ok(state.has_passed());
        };
        while let Some(extent) = check.next_extent() {
            let bytes = match self.inner.reader.read(range_of(&extent)).await {
                // What is no fault of the file says nothing about it: the next lookup tries again.
                Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error),
                bytes => bytes,
            };
            let placement = self.inner.index().placement_range(&extent);
            match bytes.and_then(|bytes| self.examine(&extent, &placement, &bytes)) {
                Ok(examined) => check.add(examined)?,
                Err(error) => check.unreadable(with_causes(&error)),
            }
        }
        state.finish(check)
    }

    fn examine(self, extent: &Extent, placement: &PlacementRange<'_>, bytes: &[u8]) -> io::Result<Examined> {
        let block = self.inner.index().block::<io::Error>(extent, bytes)?;
        examine(self.inner, &self.keys, extent, placement, &block)
    }

    /// Passes the check if `examined` is evidence enough, and returns whether it is.
    fn takes_for_evidence(self, examined: Examined) -> io::Result<bool> {
        let state = &self.shared.key_check;
        match state.confirm(self.inner, &self.keys, Some(examined)) {
            Ok(()) => {
                state.set_passed();
                Ok(true)
            }
            Err(ReadError::Unverified { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
