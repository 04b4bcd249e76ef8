//! What encoders append to.

use std::io::{self, ErrorKind, Write};

use super::error::Error;
use crate::codec::memory::{OutOfMemory, reserve};

/// Takes encoded bytes.
pub(in crate::codec) trait Append {
    /// Appends bytes.
    fn put_all(&mut self, piece: &[u8]) -> Result<(), Error>;

    /// Appends a few bytes.
    #[inline]
    fn put<const N: usize>(&mut self, piece: [u8; N]) -> Result<(), Error> {
        self.put_all(&piece)
    }
}

/// Appends to bytes.
pub(in crate::codec) struct Output<'a> {
    bytes: &'a mut Vec<u8>,
    /// The first failed allocation. It is kept here since serializers may turn it into an error of their own.
    out_of_memory: Option<OutOfMemory>,
}

impl<'a> Output<'a> {
    #[inline]
    pub(in crate::codec) fn new(bytes: &'a mut Vec<u8>) -> Self {
        Self {
            bytes,
            out_of_memory: None,
        }
    }

    /// All bytes, including those that were there before.
    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes
    }

    /// All bytes, to be rearranged or cut.
    pub(super) fn bytes_mut(&mut self) -> &mut Vec<u8> {
        self.bytes
    }

    /// The allocation that failed, if one did.
    pub(in crate::codec) fn out_of_memory(&self) -> Option<OutOfMemory> {
        self.out_of_memory
    }
}

impl Append for Output<'_> {
    #[inline]
    fn put_all(&mut self, piece: &[u8]) -> Result<(), Error> {
        if let Err(failure) = reserve(self.bytes, piece.len()) {
            self.out_of_memory = Some(failure);
            return Err(Error::out_of_memory());
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }
}

impl Write for Output<'_> {
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
    fn pieces_follow_each_other() {
        let mut bytes = b"a".to_vec();
        let mut output = Output::new(&mut bytes);
        for _ in 0..1000 {
            output.write_all(b"bc").unwrap();
        }
        assert!(output.out_of_memory().is_none());
        assert_eq!(bytes.len(), 2001);
        assert!(bytes.ends_with(b"bcbc"));
    }
}
