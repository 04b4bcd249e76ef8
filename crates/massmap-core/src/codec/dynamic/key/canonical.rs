//! Encoding keys as Rust programs do.

use rmp::encode;

use crate::codec::dynamic::Integer;
use crate::codec::dynamic::key::parts::Parts;
use crate::codec::dynamic::types::{IntegerType, Kind, Width};

/// The encoding of a key, in which each part is as short as can be.
#[derive(Default)]
pub(super) struct Canonical(Vec<u8>);

impl Canonical {
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// Why writing to memory succeeds.
const INFALLIBLE: &str = "a vector takes all that is written to it";

impl Parts for Canonical {
    fn boolean(&mut self, value: bool) {
        encode::write_bool(&mut self.0, value).expect(INFALLIBLE);
    }

    fn character(&mut self, value: char) {
        self.text(value.encode_utf8(&mut [0; 4]));
    }

    fn text(&mut self, value: &str) {
        encode::write_str(&mut self.0, value).expect(INFALLIBLE);
    }

    fn bytes(&mut self, value: &[u8]) {
        encode::write_bin(&mut self.0, value).expect(INFALLIBLE);
    }

    fn integer(&mut self, integer_type: IntegerType, value: Integer) {
        if integer_type.width == Width::Bits128 {
            encode::write_bin(&mut self.0, &value.low_128_bits().to_be_bytes()).expect(INFALLIBLE);
        } else if let Ok(value) = u64::try_from(value) {
            encode::write_uint(&mut self.0, value).expect(INFALLIBLE);
        } else {
            let value = i64::try_from(value).expect("an integer of up to 64 bits that is negative");
            encode::write_sint(&mut self.0, value).expect(INFALLIBLE);
        }
    }

    fn none(&mut self) {
        encode::write_nil(&mut self.0).expect(INFALLIBLE);
    }

    fn some(&mut self) {}

    fn begin_sequence(&mut self, _: &Kind, length: u32) {
        encode::write_array_len(&mut self.0, length).expect(INFALLIBLE);
    }

    fn end_sequence(&mut self) {}

    fn begin_tuple(&mut self, length: u32) {
        encode::write_array_len(&mut self.0, length).expect(INFALLIBLE);
    }
}
