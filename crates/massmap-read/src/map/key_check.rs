//! Whether a key that is not found can be reported as missing.

use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use massmap_core::{
    Block, Examined, Extent, KeyCheck, PlacementRange, Probe, ReadError, Verdict, confirm_miss, with_causes,
};
use massmap_hash::MassMapHashLoader;
use massmap_io::MassMapReader;

use super::stored_keys::StoredKeys;
use crate::MassMapInner;

/// State of the check of a map's hash function and key type, which lookups share. See [`massmap_core::KeyCheck`].
#[derive(Debug, Default)]
pub struct KeyCheckState {
    passed: AtomicBool,
    /// Why the sample was not enough evidence, once it has been taken.
    doubt: OnceLock<String>,
}

impl KeyCheckState {
    /// Whether a key that is not found can be reported as missing.
    #[inline]
    pub fn has_passed(&self) -> bool {
        // Relaxed is enough: the flag guards no other data.
        self.passed.load(Ordering::Relaxed)
    }

    /// Notes that the check has passed.
    pub fn set_passed(&self) {
        self.passed.store(true, Ordering::Relaxed);
    }

    /// Checks the map, whose keys are `keys`, when first called. Returns whether the check has passed.
    ///
    /// # Errors
    ///
    /// [`ReadError::HashMismatch`](crate::ReadError::HashMismatch), [`ReadError::HashFunction`](crate::ReadError::HashFunction),
    /// [`ReadError::KeyType`](crate::ReadError::KeyType) or [`ReadError::UndecodableKeys`](crate::ReadError::UndecodableKeys) if the
    /// hash function or the key type is not that of the file.
    #[cold]
    pub(crate) fn run<R, H>(
        &self,
        inner: &MassMapInner<R, H>,
        keys: &impl StoredKeys<R, H>,
    ) -> io::Result<bool>
    where
        R: MassMapReader,
        H: MassMapHashLoader,
    {
        let Some(mut check) = self.begin(inner, keys)? else {
            return Ok(self.has_passed());
        };
        while let Some(extent) = check.next_extent() {
            match read_and_examine(inner, keys, &extent) {
                Ok(examined) => check.add(examined)?,
                Err(error) => check.unreadable(with_causes(&error)),
            }
        }
        self.finish(check)
    }

    /// Begins the check of `inner`, whose keys are `keys`, with what needs no read. `None` if the check was made before.
    ///
    /// # Errors
    ///
    /// [`ReadError::HashFunction`](crate::ReadError::HashFunction), [`ReadError::KeyType`](crate::ReadError::KeyType) or
    /// [`ReadError::TypeDiffers`](crate::ReadError::TypeDiffers).
    pub fn begin<'a, R, H: MassMapHashLoader>(
        &self,
        inner: &'a MassMapInner<R, H>,
        keys: &impl StoredKeys<R, H>,
    ) -> io::Result<Option<KeyCheck<'a>>> {
        if self.has_passed() || self.doubt.get().is_some() {
            return Ok(None);
        }
        inner.check_hash_function()?;
        keys.check_names(inner)?;
        let check = KeyCheck::new(inner.index(), inner.names(), keys.type_name(), inner.probes())?;
        Ok(Some(check))
    }

    /// Takes note of the verdict of `check`. Returns whether it has passed.
    ///
    /// # Errors
    ///
    /// [`ReadError::UndecodableKeys`](crate::ReadError::UndecodableKeys).
    pub fn finish(&self, check: KeyCheck<'_>) -> io::Result<bool> {
        match check.verdict()? {
            Verdict::Passed => self.set_passed(),
            Verdict::Unverified(reason) => _ = self.doubt.set(reason),
        }
        Ok(self.has_passed())
    }

    /// Confirms that a key that was not found in `examined`, the extent in which it belongs, is missing although the check has not
    /// passed: the other keys there may be enough evidence. `None` if the key belongs in no extent.
    ///
    /// # Errors
    ///
    /// [`ReadError::Unverified`](crate::ReadError::Unverified) if they are not;
    /// [`ReadError::HashMismatch`](crate::ReadError::HashMismatch).
    pub fn confirm<R, H: MassMapHashLoader>(
        &self,
        inner: &MassMapInner<R, H>,
        keys: &impl StoredKeys<R, H>,
        examined: Option<Examined>,
    ) -> Result<(), ReadError> {
        let reason = self.doubt.get().map_or("", String::as_str);
        confirm_miss(inner.index(), inner.names(), keys.type_name(), examined, reason)
    }

    /// Confirms that the key with the hash `hash`, which was not found, is missing although the check has not passed: the other
    /// keys near it may be enough evidence.
    ///
    /// # Errors
    ///
    /// [`ReadError::Unverified`](crate::ReadError::Unverified) if they are not;
    /// [`ReadError::HashMismatch`](crate::ReadError::HashMismatch); any error of the reader.
    #[cold]
    pub(crate) fn confirm_miss<R, H>(
        &self,
        inner: &MassMapInner<R, H>,
        keys: &impl StoredKeys<R, H>,
        hash: u64,
    ) -> io::Result<()>
    where
        R: MassMapReader,
        H: MassMapHashLoader,
    {
        let examined = match inner.index().probe::<io::Error>(hash)? {
            Probe::Miss => None,
            Probe::Read(extent) => Some(read_and_examine(inner, keys, &extent)?),
        };
        Ok(self.confirm(inner, keys, examined)?)
    }
}

/// Re-hashes those keys of `block`, which is `extent`, that can be decoded. `placement` are the hashes that they may have.
///
/// # Errors
///
/// [`InvalidData`](io::ErrorKind::InvalidData) with a [`ReadError`] if the block is damaged.
pub fn examine<R, H: MassMapHashLoader>(
    inner: &MassMapInner<R, H>,
    keys: &impl StoredKeys<R, H>,
    extent: &Extent,
    placement: &PlacementRange<'_>,
    block: &Block<'_>,
) -> io::Result<Examined> {
    Examined::with_placement(extent, placement, block, |key| keys.hash(inner, key))
}

fn read_and_examine<R, H>(
    inner: &MassMapInner<R, H>,
    keys: &impl StoredKeys<R, H>,
    extent: &Extent,
) -> io::Result<Examined>
where
    R: MassMapReader,
    H: MassMapHashLoader,
{
    let placement = inner.index().placement_range(extent);
    inner.read(extent, |block| examine(inner, keys, extent, &placement, &block))
}

impl Clone for KeyCheckState {
    fn clone(&self) -> Self {
        Self {
            passed: AtomicBool::new(self.has_passed()),
            doubt: self.doubt.clone(),
        }
    }
}
