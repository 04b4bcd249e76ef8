//! Choices determined by the bytes of an input.

/// Takes choices from the front of a byte string. When it is used up, each choice is the first one.
#[derive(Debug)]
pub struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
    /// Takes choices from `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    /// A number below `end`, which is at least 1.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let bytes = match end {
            0..=0x100 => 1,
            0x101..=0x1_0000 => 2,
            _ => 3,
        };
        (0..bytes).fold(0, |number, _| number << 8 | usize::from(self.byte())) % end
    }

    pub(crate) fn bool(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    pub(crate) fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// A number of any size, often small or with few bits.
    pub(crate) fn number(&mut self) -> u64 {
        let byte = u64::from(self.byte());
        match self.byte() % 5 {
            0 => byte,
            1 => 1 << (byte % 64),
            2 => (1 << (byte % 64)) - 1,
            3 => u64::MAX - byte,
            _ => (0..7).fold(byte, |number, _| number << 8 | u64::from(self.byte())),
        }
    }
}
