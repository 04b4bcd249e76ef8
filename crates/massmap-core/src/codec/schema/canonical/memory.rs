//! The integers of a sequence, which are hashed as a piece of memory.

/// Longer sequences are collected in a vector.
const SHORT: usize = 64;

/// Collected bytes.
pub(super) struct Memory {
    /// The first bytes, as long as there are no more than fit.
    short: [u8; SHORT],
    length: usize,
    /// All bytes, if there are more.
    long: Vec<u8>,
}

impl Memory {
    #[inline]
    pub(super) fn new() -> Self {
        Self {
            short: [0; SHORT],
            length: 0,
            long: Vec::new(),
        }
    }

    #[inline]
    pub(super) fn push<const N: usize>(&mut self, bytes: [u8; N]) {
        let end = self.length + N;
        match self.short.get_mut(self.length..end) {
            Some(place) => place.copy_from_slice(&bytes),
            None => self.push_more(&bytes),
        }
        self.length = end;
    }

    #[inline(never)]
    fn push_more(&mut self, bytes: &[u8]) {
        if self.long.is_empty() {
            self.long
                .extend_from_slice(self.short.get(..self.length).unwrap_or_default());
        }
        self.long.extend_from_slice(bytes);
    }

    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        match self.short.get(..self.length) {
            Some(short) if self.long.is_empty() => short,
            _ => &self.long,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_collected_in_their_order_however_many_there_are() {
        for count in 0..60u32 {
            let mut memory = Memory::new();
            let mut expected = Vec::new();
            for number in 0..count {
                memory.push(number.to_le_bytes());
                expected.extend_from_slice(&number.to_le_bytes());
                memory.push([1]);
                expected.push(1);
            }
            assert_eq!(memory.bytes(), expected);
        }
    }
}
