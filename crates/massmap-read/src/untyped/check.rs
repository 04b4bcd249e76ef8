//! Checking that the keys of an untyped map are what the file names.

use std::io;

use massmap_core::VerifyReport;
use massmap_io::MassMapReader;

use super::UntypedMap;
use crate::verify::verify_keys;

impl<R: MassMapReader> UntypedMap<R> {
    /// Checks a sample of the keys against their type and the hash function, as
    /// [`MassMap::check_key_type`](crate::MassMap::check_key_type) does. The first lookup makes this check otherwise. Returns `false` if
    /// damage keeps it from succeeding.
    ///
    /// # Errors
    ///
    /// Those of [`check_lookups`](Self::check_lookups) and of [`MassMapInner::check_key_type`](crate::MassMapInner::check_key_type).
    pub fn check_keys(&self) -> io::Result<bool> {
        if self.key_check.has_passed() {
            return Ok(true);
        }
        self.check_lookups()?;
        self.key_check.run(&self.inner, &self.stored_keys())
    }

    /// Checks all keys against their type and the hash function. Reads the whole file.
    ///
    /// # Errors
    ///
    /// Those of [`check_lookups`](Self::check_lookups) and of [`MassMapInner::check_all_keys`](crate::MassMapInner::check_all_keys).
    pub fn check_all_keys(&self) -> io::Result<()> {
        self.check_lookups()?;
        self.inner.check_all(&self.stored_keys())?;
        self.key_check.set_passed();
        Ok(())
    }

    /// Reads the whole file and checks everything about it that can be checked, as [`MassMap::verify`](crate::MassMap::verify) does.
    ///
    /// Keys are checked if they can be looked up: [`VerifyReport::keys_checked`].
    pub fn verify(&self) -> VerifyReport {
        match self.check_lookups() {
            Ok(()) => verify_keys(&self.inner, &self.stored_keys(), || Ok(())),
            Err(_) => self.inner.verify(),
        }
    }

    /// Makes sure that the key with this hash is missing if it was not found.
    pub(super) fn confirm<T>(&self, found: Option<T>, hash: u64) -> io::Result<Option<T>> {
        if found.is_none() && !self.key_check.has_passed() {
            self.key_check
                .confirm_miss(&self.inner, &self.stored_keys(), hash)?;
        }
        Ok(found)
    }
}
