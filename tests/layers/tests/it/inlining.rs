//! `inline(always)` is for optimised builds. In a debug build, which tests use, it would copy the code of a whole lookup into
//! each of its callers, and tests would take several times as long to compile.

use crate::sources::{repository, rust_files, shown};

#[test]
fn functions_are_always_inlined_in_optimised_builds_only() {
    for top in ["crates", "examples", "python/rust", "tests"] {
        for file in rust_files(&repository().join(top)) {
            let text = std::fs::read_to_string(&file).unwrap();
            for (number, line) in text.lines().enumerate() {
                // Written so that this file does not mention it.
                let is_bare = line.trim_start().starts_with(concat!("#[inline", "(always)]"));
                assert!(
                    !is_bare,
                    "{}:{}: write #[cfg_attr(not(debug_assertions), inline(always))]",
                    shown(&file),
                    number + 1
                );
            }
        }
    }
}
