//! A part of an object, before it is sent.

use bytes::Bytes;
use object_store::PutPayload;

/// Length of the pieces, so that a part takes about as much memory as it has bytes, however long it may become.
const PIECE: usize = 1 << 20;

/// Bytes that can still be written again.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// All but the last have [`PIECE`] bytes.
    pieces: Vec<Vec<u8>>,
    length: u64,
}

impl Part {
    pub(super) fn len(&self) -> u64 {
        self.length
    }

    /// Writes all of `bytes` at `offset`, which must be at most the length.
    pub(super) fn write(&mut self, offset: u64, mut bytes: &[u8]) {
        self.length = self.length.max(offset + bytes.len() as u64);
        let piece = PIECE as u64;
        let mut index = usize::try_from(offset / piece).unwrap_or(usize::MAX);
        let mut within = usize::try_from(offset % piece).expect("it is less than a piece");
        while !bytes.is_empty() {
            if index == self.pieces.len() {
                self.pieces.push(Vec::new());
            }
            let piece = self
                .pieces
                .get_mut(index)
                .expect("the offset is at most the length");
            let (now, later) = bytes.split_at(bytes.len().min(PIECE - within));
            let old = piece.get_mut(within..).expect("the offset is at most the length");
            let (again, new) = now.split_at(now.len().min(old.len()));
            for (old, new) in old.iter_mut().zip(again) {
                *old = *new;
            }
            piece.extend_from_slice(new);
            bytes = later;
            (index, within) = (index + 1, 0);
        }
    }

    /// The bytes, to be sent.
    pub(super) fn into_payload(self) -> PutPayload {
        self.pieces.into_iter().map(Bytes::from).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_may_be_written_again_and_across_pieces() {
        let mut part = Part::default();
        let mut expected = Vec::new();
        for (offset, length, byte) in [
            (0, 10, 1),
            (5, 10, 2),
            (15, PIECE, 3),
            (0, 1, 4),
            (PIECE - 1, 3, 5),
            (PIECE + 15, 2 * PIECE, 6),
            (7, 3 * PIECE, 7),
            (3 * PIECE + 15, 0, 8),
        ] {
            expected.resize(expected.len().max(offset + length), 0);
            expected[offset..offset + length].fill(byte);
            part.write(offset as u64, &vec![byte; length]);
            assert_eq!(part.len(), expected.len() as u64);
        }
        assert_eq!(Bytes::from(part.into_payload()), expected);
    }
}
