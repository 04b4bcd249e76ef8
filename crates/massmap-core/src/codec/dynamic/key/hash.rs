//! Hashing keys as Rust types are hashed.

use std::hash::{Hash, Hasher};

use crate::codec::dynamic::Integer;
use crate::codec::dynamic::key::parts::Parts;
use crate::codec::dynamic::types::{IntegerType, Kind, Width};

/// Feeds a hasher as the [`Hash`] implementations of the standard library do, call by call: some hash functions make a
/// difference between a number and its bytes.
pub(super) struct Feed<'h, H> {
    state: &'h mut H,
    /// The elements so far of a sequence that is hashed as a piece of memory.
    memory: Option<Vec<u8>>,
}

impl<'h, H: Hasher> Feed<'h, H> {
    pub(super) fn new(state: &'h mut H) -> Self {
        Self { state, memory: None }
    }
}

/// The integer as a value of its type, for an expression of which that type is a part.
macro_rules! with_integer {
    ($integer_type:expr, $value:expr, $typed:ident => $result:expr) => {
        match ($integer_type.width, $integer_type.is_signed) {
            (Width::Bits8, false) => with_integer!(@ u8, $value, $typed => $result),
            (Width::Bits16, false) => with_integer!(@ u16, $value, $typed => $result),
            (Width::Bits32, false) => with_integer!(@ u32, $value, $typed => $result),
            (Width::Bits64, false) => with_integer!(@ u64, $value, $typed => $result),
            (Width::Bits128, false) => with_integer!(@ u128, $value, $typed => $result),
            (Width::Bits8, true) => with_integer!(@ i8, $value, $typed => $result),
            (Width::Bits16, true) => with_integer!(@ i16, $value, $typed => $result),
            (Width::Bits32, true) => with_integer!(@ i32, $value, $typed => $result),
            (Width::Bits64, true) => with_integer!(@ i64, $value, $typed => $result),
            (Width::Bits128, true) => with_integer!(@ i128, $value, $typed => $result),
            // One that has no place here came from a machine with wider addresses, and was hashed there as so wide an integer.
            (Width::Size, false) => match usize::try_from($value) {
                Ok($typed) => $result,
                Err(_) => with_integer!(@ u64, $value, $typed => $result),
            },
            (Width::Size, true) => match isize::try_from($value) {
                Ok($typed) => $result,
                Err(_) => with_integer!(@ i64, $value, $typed => $result),
            },
        }
    };
    (@ $type:ty, $value:expr, $typed:ident => $result:expr) => {{
        let $typed = <$type>::try_from($value).expect("an integer of its type");
        $result
    }};
}

impl<H: Hasher> Parts for Feed<'_, H> {
    fn boolean(&mut self, value: bool) {
        value.hash(self.state);
    }

    fn character(&mut self, value: char) {
        value.hash(self.state);
    }

    fn text(&mut self, value: &str) {
        value.hash(self.state);
    }

    fn bytes(&mut self, value: &[u8]) {
        self.state.write_usize(value.len());
        self.state.write(value);
    }

    fn integer(&mut self, integer_type: IntegerType, value: Integer) {
        match &mut self.memory {
            #[expect(clippy::host_endian_bytes, reason = "slices are hashed as they lie in memory")]
            Some(memory) => {
                with_integer!(integer_type, value, typed => memory.extend_from_slice(&typed.to_ne_bytes()))
            }
            None => with_integer!(integer_type, value, typed => typed.hash(self.state)),
        }
    }

    fn none(&mut self) {
        None::<()>.hash(self.state);
    }

    fn some(&mut self) {
        Some(()).hash(self.state);
    }

    fn begin_sequence(&mut self, element: &Kind, length: u32) {
        // The length in front of the elements of a slice.
        self.state.write_usize(length as usize);
        if matches!(element, Kind::Integer(integer) if !integer.is_wrapped) {
            self.memory = Some(Vec::new());
        }
    }

    fn end_sequence(&mut self) {
        if let Some(memory) = self.memory.take() {
            self.state.write(&memory);
        }
    }

    fn begin_tuple(&mut self, _: u32) {}
}
