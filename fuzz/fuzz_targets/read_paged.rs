//! Reads what is given as a file of format 2 whose checksums are right, so that damage gets past them. The bodies are in
//! `../read_file.rs` and in the tests of the crate `massmap`, which ordinary tests run as well.
//!
//! ```text
//! mkdir -p fuzz/corpus/read_paged
//! cargo +nightly fuzz run read_paged fuzz/corpus/read_paged fuzz/regressions/read_paged -- -dict=fuzz/massmap.dict
//! ```
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../read_file.rs"]
mod read_file;

#[path = "../../crates/massmap/tests/it/oracle/seal.rs"]
mod seal;

fuzz_target!(|data: &[u8]| {
    let mut data = data.to_vec();
    seal::seal(&mut data);
    read_file::read_file(&data);
});
