//! Memory for what may be as large as a record, asked for so that there being none is an error: `Vec` ends the program.

use crate::input::json::error::Problem;

/// As many bytes, or a piece that is longer, are asked for at last: with less, copying would take longer than reading.
const LEAST_STEP: usize = 1 << 16;

/// Memory has no room for a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no memory for the record, of which {wanted} bytes were to be held in one piece; raise the limit on the memory of this \
     program, or split the record"
)]
pub(crate) struct OutOfMemory {
    pub(super) wanted: usize,
}

/// Makes room for `more` bytes behind those in `bytes`.
#[inline]
pub(super) fn reserve(bytes: &mut Vec<u8>, more: usize) -> Result<(), OutOfMemory> {
    if more <= bytes.capacity() - bytes.len() {
        return Ok(());
    }
    grow(bytes, more)
}

#[cold]
fn grow(bytes: &mut Vec<u8>, more: usize) -> Result<(), OutOfMemory> {
    // Twice as much as before, so that many small pieces are not copied over and over.
    if bytes.try_reserve(more).is_ok() {
        return Ok(());
    }
    // Where that is not to be had, less, but never a piece at a time.
    let mut step = bytes.capacity() / 2;
    loop {
        if bytes.try_reserve_exact(step.max(more)).is_ok() {
            return Ok(());
        }
        if step <= more.max(LEAST_STEP) {
            return Err(OutOfMemory {
                wanted: bytes.len().saturating_add(more),
            });
        }
        step /= 2;
    }
}

/// Puts `more` behind `bytes`.
#[inline]
pub(super) fn append(bytes: &mut Vec<u8>, more: &[u8]) -> Result<(), OutOfMemory> {
    reserve(bytes, more.len())?;
    bytes.extend_from_slice(more);
    Ok(())
}

/// Whether that is what an input could not be read for.
pub(super) fn is_cause_of(error: &anyhow::Error) -> bool {
    error.is::<OutOfMemory>() || matches!(error.downcast_ref(), Some(Problem::OutOfMemory(_)))
}

/// A copy of `text`.
pub(super) fn copied(text: &str) -> Result<String, OutOfMemory> {
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
    fn what_no_memory_can_hold_is_an_error_that_says_how_much_it_is() {
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
