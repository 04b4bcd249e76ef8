//! Reads the input as a massmap file. The body is in `tests/oracle`, which ordinary tests run as well.
//!
//! ```text
//! mkdir -p fuzz/corpus/read_file
//! cargo +nightly fuzz run read_file fuzz/corpus/read_file fuzz/regressions/read_file -- -dict=fuzz/massmap.dict
//! ```
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| oracle::read_file(data));
