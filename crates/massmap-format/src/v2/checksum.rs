//! Checksums, `FORMAT.md` section 2.1.

/// The CRC-32 of ISO 3309, zlib and Ethernet.
#[must_use]
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    crc32fast::hash(bytes)
}

/// The CRC-32 of `bytes` without the first four, which are `word` in little-endian order.
///
/// Hashes all of `bytes`, from a state that the first four turn into the initial state of a CRC-32. A whole page is a
/// multiple of the number of bytes that are hashed at a time. With four bytes less, the remainder would take as long as half
/// of the page.
pub(crate) fn crc32_behind(word: u32, bytes: &[u8]) -> u32 {
    /// The state that four zero bytes turn into the initial state of a CRC-32.
    const BEFORE_ZEROS: u32 = 0x9226_f562;
    let mut hasher = crc32fast::Hasher::new_with_initial(!(BEFORE_ZEROS ^ word));
    hasher.update(bytes);
    hasher.finalize()
}

/// Combined with the checksum of a page, so that a page at the wrong position or in the wrong file is noticed.
#[must_use]
pub(crate) fn page_tweak(file_id: u64, first_page: u64) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "only the low half is wanted")]
    {
        super::placement::spread(file_id ^ first_page.wrapping_mul(0x9e37_79b9_7f4a_7c15)) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, bit by bit, without special instructions.
    fn portable(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |state, byte| {
            (0..8).fold(state ^ u32::from(*byte), |state, _| {
                (state >> 1) ^ (0xedb8_8320 & (state & 1).wrapping_neg())
            })
        })
    }

    #[test]
    fn the_checksum_is_that_of_the_definition_whatever_instructions_compute_it() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        let bytes: Vec<u8> = (0..10_000u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        // Lengths around the thresholds and block sizes of faster instructions.
        for length in (0..300).chain([511, 512, 1023, 1024, 4095, 4096, 4097, 9000]) {
            for start in [0, 1, 15] {
                let bytes = &bytes[start..start + length];
                assert_eq!(crc32(bytes), portable(bytes), "{length} bytes");
            }
        }
    }

    #[test]
    fn the_first_four_bytes_are_left_out() {
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
