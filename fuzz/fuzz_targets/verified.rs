//! Builds a small file as the input says, changes it and sets its checksums right; what verifying then accepts has to be
//! answered alike by every reader and call, in little memory. The body is in `tests/oracle`, which ordinary tests run as
//! well.
//!
//! ```text
//! mkdir -p fuzz/corpus/verified
//! cargo +nightly fuzz run verified fuzz/corpus/verified fuzz/regressions/verified -- -max_len=400
//! ```
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| oracle::verified::check(data));
