//! Whether a key that is not found can be reported as missing.

use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use massmap_core::{Examined, Extent, KeyCheck, Probe, Verdict, confirm_miss, with_causes};
use massmap_hash::MassMapHashLoader;
use massmap_io::MassMapReader;

use super::stored_keys::StoredKeys;
use crate::MassMapInner;

/// State of the check of a map's hash function and key type. See [`massmap_core::KeyCheck`].
#[derive(Debug, Default)]
pub(crate) struct KeyCheckState {
    passed: AtomicBool,
    /// Why the sample was not enough evidence, once it has been taken.
    doubt: OnceLock<String>,
}

impl KeyCheckState {
    /// Whether a key that is not found can be reported as missing.
    #[inline]
    pub(crate) fn has_passed(&self) -> bool {
        // Relaxed is enough: the flag guards no other data.
        self.passed.load(Ordering::Relaxed)
    }

    /// Notes that the check has passed.
    pub(crate) fn set_passed(&self) {
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
        if self.has_passed() || self.doubt.get().is_some() {
            return Ok(self.has_passed());
        }
        inner.check_hash_function()?;
        keys.check_names(inner)?;
        let mut check = KeyCheck::new(inner.index(), inner.names(), keys.type_name(), inner.probes())?;
        while let Some(extent) = check.next_extent() {
            match examine(inner, keys, &extent) {
                Ok(examined) => check.add(examined)?,
                Err(error) => check.unreadable(with_causes(&error)),
            }
        }
        match check.verdict()? {
            Verdict::Passed => self.set_passed(),
            Verdict::Unverified(reason) => _ = self.doubt.set(reason),
        }
        Ok(self.has_passed())
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
            Probe::Read(extent) => Some(examine(inner, keys, &extent)?),
        };
        let reason = self.doubt.get().map_or("", String::as_str);
        confirm_miss(inner.index(), inner.names(), keys.type_name(), examined, reason)?;
        Ok(())
    }
}

/// Re-hashes those keys of an extent that can be decoded.
fn examine<R, H>(
    inner: &MassMapInner<R, H>,
    keys: &impl StoredKeys<R, H>,
    extent: &Extent,
) -> io::Result<Examined>
where
    R: MassMapReader,
    H: MassMapHashLoader,
{
    let index = inner.index();
    inner.read(extent, |block| {
        Examined::new(index, extent, &block, |key| keys.hash(inner, key))
    })
}

impl Clone for KeyCheckState {
    fn clone(&self) -> Self {
        Self {
            passed: AtomicBool::new(self.has_passed()),
            doubt: self.doubt.clone(),
        }
    }
}
