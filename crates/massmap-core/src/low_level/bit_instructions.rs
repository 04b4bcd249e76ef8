//! Instructions that not every processor of an architecture has.

/// Whether the processor has the bit-counting instructions that speed up lookups. Who has one that says so may use them.
#[derive(Debug, Clone, Copy)]
pub struct BitInstructions(bool);

impl BitInstructions {
    /// Nothing is known of the processor.
    pub(crate) const UNKNOWN: Self = Self(false);

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

    /// Calls `f`, compiled with these instructions if the processor has them, with what is then known when it is compiled.
    ///
    /// Meant for whole lookups, not for the search in the index alone: a function with other instructions cannot be inlined, so
    /// its result goes through memory.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn run<T>(self, f: impl FnOnce(Self) -> T) -> T {
        #[cfg(target_arch = "x86_64")]
        if self.0 {
            #[expect(unsafe_code, reason = "calls a function for processors with certain features")]
            // SAFETY: the processor has them: only `detect` sets this, after checking.
            return unsafe { with_bit_instructions(f) };
        }
        without_bit_instructions(f)
    }

    /// Whether the processor has them.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) const fn are_there(self) -> bool {
        self.0
    }
}

/// A function of its own, so that callers do not hold `f` twice.
#[cfg_attr(target_arch = "x86_64", inline(never))]
#[cfg_attr(all(not(target_arch = "x86_64"), not(debug_assertions)), inline(always))]
fn without_bit_instructions<T>(f: impl FnOnce(BitInstructions) -> T) -> T {
    f(BitInstructions(false))
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "popcnt,bmi1,bmi2,lzcnt")]
fn with_bit_instructions<T>(f: impl FnOnce(BitInstructions) -> T) -> T {
    // The processor has them, since this function is called.
    f(BitInstructions(true))
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
                BitInstructions::detect().run(|_| index.run_of_bin(bin)).unwrap(),
                index.run_of_bin(bin).unwrap()
            );
        }
    }
}
