//! Comparing hash functions by two of their hashes.

use massmap_format::PagedMetadata;

use super::type_names::TypeNames;
use crate::ReadError;

/// The hashes of [`PagedMetadata::PROBES`] that a file stores, and those by this program's hash function.
#[derive(Debug, Clone, Copy)]
pub struct HashProbes {
    /// Those in the file, [`Opened::hash_probes`](crate::Opened::hash_probes). Format 1 stores none.
    pub stored: Option<(u64, u64)>,
    /// Those by this program's hash function: of the integer, a `u64`, and of the string.
    pub computed: (u64, u64),
}

impl HashProbes {
    /// The probes: an integer and a string.
    pub const PROBES: (u64, &'static str) = PagedMetadata::PROBES;

    /// Checks that this program's hash function is that of the file, as far as the file tells.
    ///
    /// # Errors
    ///
    /// [`ReadError::HashFunction`] if the hashes differ.
    pub fn check(&self, names: &TypeNames) -> Result<(), ReadError> {
        match self.stored {
            Some(stored) if stored != self.computed => Err(ReadError::HashFunction {
                name: names.hash().to_owned(),
            }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use massmap_format::{FormatVersion, MassMapMeta};

    use super::*;

    #[test]
    fn hash_functions_that_differ_in_either_hash_are_refused() {
        let names = TypeNames::new(FormatVersion::V2, &MassMapMeta::default());
        let check = |stored, computed| HashProbes { stored, computed }.check(&names);
        check(None, (1, 2)).unwrap();
        check(Some((1, 2)), (1, 2)).unwrap();
        for computed in [(0, 2), (1, 0), (2, 1)] {
            let error = check(Some((1, 2)), computed).unwrap_err();
            assert!(matches!(error, ReadError::HashFunction { .. }));
        }
    }
}
