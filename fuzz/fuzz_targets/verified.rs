//! Builds a small file as the input says, changes it and sets its checksums right; what verifying then accepts has to be
//! answered alike by every reader and call, in little memory. The body is in the tests of the crate `massmap`, which run it as
//! well.
//!
//! ```text
//! mkdir -p fuzz/corpus/verified
//! cargo +nightly fuzz run verified fuzz/corpus/verified fuzz/regressions/verified -- -max_len=400
//! ```
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/massmap/tests/it/counting.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod counting;

#[path = "../../crates/massmap/tests/it/oracle.rs"]
mod oracle;

fuzz_target!(|data: &[u8]| oracle::check(data));
