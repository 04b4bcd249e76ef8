//! The hash function of the names of temporary files.

/// FNV-1a with 64 bits, of the parts one after the other, each with its end. Not one of the standard library's hashes: other
/// programs, which may be compiled by another version of it, have to come to the same result.
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
    fn hashes_are_those_of_the_published_function_and_parts_are_told_apart() {
        // Test vectors of FNV-1a with 64 bits, of which the text ends in a zero byte here.
        assert_eq!(hash(&[]), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash(&[b"foobar"]), 0x3453_1ca7_168b_8f38);
        assert_ne!(hash(&[b"ab", b"c"]), hash(&[b"a", b"bc"]));
    }
}
