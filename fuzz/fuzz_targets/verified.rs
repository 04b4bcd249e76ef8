//! Builds a small file from the input, changes it and corrects its checksums. If verification accepts the file, every reader
//! and every call must give the same answers, in little memory. The body is in `tests/oracle`, which ordinary tests run as
//! well.
//!
//! ```text
//! mkdir -p fuzz/corpus/verified
//! cargo +nightly fuzz run verified fuzz/corpus/verified fuzz/regressions/verified -- -max_len=400
//! ```
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| oracle::verified::check(data));
