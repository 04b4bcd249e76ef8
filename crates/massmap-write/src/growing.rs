//! Memory for what may be as large as a record, asked for so that an allocator that has none is an error.
//!
//! `Vec` ends the program where memory runs out. Under a limit on the address space, or in a container, one huge record is
//! enough for that.

use std::io::{self, ErrorKind, Write};

use crate::{WriteError, encode};

/// Makes room for `more` bytes behind those in `bytes`.
///
/// # Errors
///
/// [`WriteError::OutOfMemory`].
#[inline]
pub(crate) fn reserve(bytes: &mut Vec<u8>, more: usize) -> Result<(), WriteError> {
    if more <= bytes.capacity() - bytes.len() {
        return Ok(());
    }
    grow(bytes, more)
}

/// Makes room for `more` bytes behind those in `bytes`, and no more than that.
///
/// # Errors
///
/// [`WriteError::OutOfMemory`].
pub(crate) fn reserve_exact(bytes: &mut Vec<u8>, more: usize) -> Result<(), WriteError> {
    bytes
        .try_reserve_exact(more)
        .map_err(|_| out_of_memory(bytes, more))
}

#[cold]
fn grow(bytes: &mut Vec<u8>, more: usize) -> Result<(), WriteError> {
    // Twice as much as before, if that is to be had, so that many small pieces are not copied over and over.
    bytes
        .try_reserve(more)
        .or_else(|_| bytes.try_reserve_exact(more))
        .map_err(|_| out_of_memory(bytes, more))
}

fn out_of_memory(bytes: &[u8], more: usize) -> WriteError {
    WriteError::OutOfMemory {
        ordinal: None,
        wanted: (bytes.len() as u64).saturating_add(more as u64),
    }
}

/// Takes what an encoder writes, behind the bytes that are there.
pub(crate) struct Growing<'a> {
    bytes: &'a mut Vec<u8>,
    /// Why nothing more was taken: the encoder reports its own error, in which this one is lost.
    failure: Option<WriteError>,
}

impl<'a> Growing<'a> {
    pub(crate) fn new(bytes: &'a mut Vec<u8>) -> Self {
        Self { bytes, failure: None }
    }

    /// The bytes, those that were there before among them.
    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes
    }

    /// The same, to be rearranged or cut.
    pub(crate) fn bytes_mut(&mut self) -> &mut Vec<u8> {
        self.bytes
    }

    /// Takes a few bytes.
    #[inline]
    pub(crate) fn put<const N: usize>(&mut self, piece: [u8; N]) -> Result<(), encode::Error> {
        self.put_all(&piece)
    }

    /// Takes bytes.
    #[inline]
    pub(crate) fn put_all(&mut self, piece: &[u8]) -> Result<(), encode::Error> {
        if let Err(failure) = reserve(self.bytes, piece.len()) {
            self.failure = Some(failure);
            return Err(encode::Error::out_of_memory());
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    /// What kept bytes of the entry `ordinal` from being written, if anything did.
    pub(crate) fn failure_of(self, ordinal: u64) -> Option<WriteError> {
        self.failure.map(|failure| failure.of_entry(ordinal))
    }
}

impl Write for Growing<'_> {
    #[inline]
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.write_all(piece).map(|()| piece.len())
    }

    #[inline]
    fn write_all(&mut self, piece: &[u8]) -> io::Result<()> {
        self.put_all(piece).map_err(|_| ErrorKind::OutOfMemory.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_memory_can_hold_is_an_error_that_says_how_much_it_is() {
        let mut bytes = b"here".to_vec();
        let error = reserve(&mut bytes, isize::MAX as usize).unwrap_err();
        let expected = isize::MAX as u64 + 4;
        assert!(matches!(error, WriteError::OutOfMemory { wanted, .. } if wanted == expected));
        assert_eq!(bytes, b"here");
    }

    #[test]
    fn pieces_follow_each_other() {
        let mut bytes = b"a".to_vec();
        let mut growing = Growing::new(&mut bytes);
        for _ in 0..1000 {
            growing.write_all(b"bc").unwrap();
        }
        assert!(growing.failure_of(0).is_none());
        assert_eq!(bytes.len(), 2001);
        assert!(bytes.ends_with(b"bcbc"));
    }
}
