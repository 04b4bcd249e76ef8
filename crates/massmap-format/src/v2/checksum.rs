//! Checksums, `FORMAT.md` section 2.1.

/// CRC-32 as in ISO 3309, zlib and Ethernet.
#[must_use]
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    crc32fast::hash(bytes)
}

/// The CRC-32 of all of `bytes` but the first four, which are `word` in little-endian order.
///
/// Computed over all of them, from a state that these four turn into the one in which a CRC-32 begins. A whole page is a
/// multiple of what is hashed at a time; four bytes less leave a rest that takes as long as half of the page.
pub(crate) fn crc32_behind(word: u32, bytes: &[u8]) -> u32 {
    /// The state that four zero bytes turn into that in which a CRC-32 begins.
    const BEFORE_ZEROS: u32 = 0x9226_f562;
    let mut hasher = crc32fast::Hasher::new_with_initial(!(BEFORE_ZEROS ^ word));
    hasher.update(bytes);
    hasher.finalize()
}

/// What the checksum of a page is combined with, so that a page in the wrong place or the wrong file is noticed.
#[must_use]
pub(crate) fn page_tweak(file_id: u64, first_page: u64) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "the low half is what is wanted")]
    {
        super::placement::spread(file_id ^ first_page.wrapping_mul(0x9e37_79b9_7f4a_7c15)) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, bit by bit, without any special instructions.
    fn portable(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |state, byte| {
            (0..8).fold(state ^ u32::from(*byte), |state, _| {
                (state >> 1) ^ (0xedb8_8320 & (state & 1).wrapping_neg())
            })
        })
    }

    #[test]
    fn whatever_instructions_compute_it_the_checksum_is_the_one_of_the_definition() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        let bytes: Vec<u8> = (0..10_000u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        // Lengths around those from which on, and by which, faster instructions are used.
        for length in (0..300).chain([511, 512, 1023, 1024, 4095, 4096, 4097, 9000]) {
            for start in [0, 1, 15] {
                let bytes = &bytes[start..start + length];
                assert_eq!(crc32(bytes), portable(bytes), "{length} bytes");
            }
        }
    }

    #[test]
    fn the_first_four_bytes_can_be_left_out_by_hashing_them() {
        let bytes: Vec<u8> = (0..=255).cycle().take(5000).collect();
        for length in [4, 5, 63, 64, 512, 4096, 5000] {
            for start in [0, 1, 77] {
                let Some(bytes) = bytes.get(start..length) else {
                    continue;
                };
                let Some(word) = bytes.first_chunk() else { continue };
                assert_eq!(crc32_behind(u32::from_le_bytes(*word), bytes), crc32(&bytes[4..]));
            }
        }
    }
}
