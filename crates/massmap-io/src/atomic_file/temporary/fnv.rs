//! The hash function for names of temporary files.

/// 64-bit FNV-1a of the parts, one after the other, each followed by a zero byte. The standard library's hashes will not do:
/// programs that were compiled with another version of it must compute the same hash.
pub(super) fn hash(parts: &[&[u8]]) -> u64 {
    const END: u8 = 0;
    let bytes = parts.iter().flat_map(|part| part.iter().chain(&[END]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_fnv_1a_and_distinguish_parts() {
        // Test vectors of 64-bit FNV-1a, with a zero byte at the end of the text.
        assert_eq!(hash(&[]), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash(&[b"foobar"]), 0x3453_1ca7_168b_8f38);
        assert_ne!(hash(&[b"ab", b"c"]), hash(&[b"a", b"bc"]));
    }
}
