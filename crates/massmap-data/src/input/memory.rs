//! Fallible allocation for buffers that may be as large as a record. A failed allocation of `Vec` would abort the program.

/// Least growth of a buffer, in bytes, unless less is needed at once. Smaller steps would spend more time on copying than on
/// reading.
const LEAST_GROWTH: usize = 1 << 16;

/// Memory is too small for a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is not enough memory for the record, which needs {wanted} bytes in one piece; raise the memory limit of this program, \
     or split the record"
)]
pub(crate) struct OutOfMemory {
    pub(crate) wanted: usize,
}

/// Reserves memory for `more` bytes after those in `bytes`.
#[inline]
pub(crate) fn reserve(bytes: &mut Vec<u8>, more: usize) -> Result<(), OutOfMemory> {
    if more <= bytes.capacity() - bytes.len() {
        return Ok(());
    }
    grow(bytes, more)
}

#[cold]
fn grow(bytes: &mut Vec<u8>, more: usize) -> Result<(), OutOfMemory> {
    // Doubles the capacity, so that many small pieces are not copied over and over.
    if bytes.try_reserve(more).is_ok() {
        return Ok(());
    }
    // If that fails, less, down to the least growth.
    let mut step = bytes.capacity() / 2;
    loop {
        if bytes.try_reserve_exact(step.max(more)).is_ok() {
            return Ok(());
        }
        if step <= more.max(LEAST_GROWTH) {
            return Err(OutOfMemory {
                wanted: bytes.len().saturating_add(more),
            });
        }
        step /= 2;
    }
}

/// Appends `more` to `bytes`.
#[inline]
pub(crate) fn append(bytes: &mut Vec<u8>, more: &[u8]) -> Result<(), OutOfMemory> {
    reserve(bytes, more.len())?;
    bytes.extend_from_slice(more);
    Ok(())
}

/// Copies `text`.
pub(crate) fn copy(text: &str) -> Result<String, OutOfMemory> {
    let wanted = text.len();
    let mut copy = String::new();
    copy.try_reserve_exact(wanted)
        .map_err(|_| OutOfMemory { wanted })?;
    copy.push_str(text);
    Ok(copy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_tells_how_much_memory_was_needed() {
        let mut bytes = b"here".to_vec();
        let wanted = isize::MAX as usize + 4;
        assert_eq!(
            reserve(&mut bytes, isize::MAX as usize),
            Err(OutOfMemory { wanted })
        );
        append(&mut bytes, b" and there").unwrap();
        assert_eq!(bytes, b"here and there");
    }
}
