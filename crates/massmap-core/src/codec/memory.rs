//! Memory for data that may be as large as a record, where a failed allocation is an error.
//!
//! `Vec` aborts the program when memory runs out. Under a limit on the address space, or in a container, one huge record is
//! enough to do so.

/// Memory that could not be allocated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{wanted} bytes of memory could not be allocated in one piece")]
#[non_exhaustive]
pub struct OutOfMemory {
    /// Number of bytes requested in one piece.
    pub wanted: u64,
}

/// Makes room for `more` bytes after those in `bytes`, in amortized constant time per byte.
///
/// # Errors
///
/// [`OutOfMemory`], which leaves `bytes` as they are.
#[inline]
pub fn reserve(bytes: &mut Vec<u8>, more: usize) -> Result<(), OutOfMemory> {
    if more <= bytes.capacity() - bytes.len() {
        return Ok(());
    }
    grow(bytes, more)
}

/// Makes room for exactly `more` bytes after those in `bytes`.
///
/// # Errors
///
/// [`OutOfMemory`], which leaves `bytes` as they are.
pub fn reserve_exact(bytes: &mut Vec<u8>, more: usize) -> Result<(), OutOfMemory> {
    bytes
        .try_reserve_exact(more)
        .map_err(|_| out_of_memory(bytes, more))
}

#[cold]
fn grow(bytes: &mut Vec<u8>, more: usize) -> Result<(), OutOfMemory> {
    // Twice the capacity if possible, so that many small pieces are not copied over and over.
    bytes
        .try_reserve(more)
        .or_else(|_| bytes.try_reserve_exact(more))
        .map_err(|_| out_of_memory(bytes, more))
}

fn out_of_memory(bytes: &[u8], more: usize) -> OutOfMemory {
    OutOfMemory {
        wanted: (bytes.len() as u64).saturating_add(more as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_impossible_allocation_is_an_error_that_states_its_size() {
        let mut bytes = b"here".to_vec();
        let error = reserve(&mut bytes, isize::MAX as usize).unwrap_err();
        let expected = isize::MAX as u64 + 4;
        assert!(matches!(error, OutOfMemory { wanted, .. } if wanted == expected));
        assert_eq!(bytes, b"here");
    }
}
