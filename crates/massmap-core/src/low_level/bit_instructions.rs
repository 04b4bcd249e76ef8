//! Instructions that not every processor of an architecture has.

/// Whether the processor has the bit-counting instructions that speed up searches in a page index.
#[derive(Debug, Clone, Copy)]
pub struct BitInstructions(bool);

impl BitInstructions {
    /// Asks the processor.
    #[must_use]
    pub fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        return Self(
            std::arch::is_x86_feature_detected!("popcnt")
                && std::arch::is_x86_feature_detected!("bmi1")
                && std::arch::is_x86_feature_detected!("bmi2")
                && std::arch::is_x86_feature_detected!("lzcnt"),
        );
        #[cfg(not(target_arch = "x86_64"))]
        return Self(false);
    }

    /// Calls `f`, compiled with these instructions if the processor has them.
    ///
    /// Meant for whole lookups, not for the search in the index alone: a function with other instructions cannot be inlined, so
    /// its result goes through memory.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn run<T>(self, f: impl FnOnce() -> T) -> T {
        #[cfg(target_arch = "x86_64")]
        if self.0 {
            #[expect(unsafe_code, reason = "calls a function for processors with certain features")]
            // SAFETY: the processor has them: only `detect` sets this, after checking.
            return unsafe { with_bit_instructions(f) };
        }
        f()
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "popcnt,bmi1,bmi2,lzcnt")]
fn with_bit_instructions<T>(f: impl FnOnce() -> T) -> T {
    f()
}

#[cfg(test)]
mod tests {
    use massmap_format::{PageIndex, encode_page_index};

    use super::*;

    #[test]
    fn the_index_says_the_same_with_and_without_these_instructions() {
        // Pages of one bin, of several, and runs of pages.
        let first_bins: Vec<u64> = (0..300).map(|page| page * page / 7).collect();
        let bins = 20_000;
        let bytes = encode_page_index(&first_bins, bins).unwrap();
        let index = PageIndex::new(bytes.as_slice(), 300, bins).unwrap();
        for bin in index.bins().step_by(if cfg!(miri) { 97 } else { 1 }) {
            assert_eq!(
                BitInstructions::detect().run(|| index.run_of_bin(bin)).unwrap(),
                index.run_of_bin(bin).unwrap()
            );
        }
    }
}
