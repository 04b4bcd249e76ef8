//! Corrects the checksums of the input and reads it as a file of format 2, so that damage gets past them. The body is in
//! `tests/oracle`, which ordinary tests run as well.
//!
//! ```text
//! mkdir -p fuzz/corpus/read_paged
//! cargo +nightly fuzz run read_paged fuzz/corpus/read_paged fuzz/regressions/read_paged -- -dict=fuzz/massmap.dict
//! ```
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| oracle::read_sealed(data));
