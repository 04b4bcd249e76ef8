//! Replays the inputs in `fuzz/regressions`: handmade ones, and all for which fuzzing has ever found a bug.
//!
//! A package of its own, as it sees every layer.

#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod read_file;
mod read_paged;
mod verified;

use std::fs;
use std::path::{Path, PathBuf};

use oracle::read_sealed;

fn regressions(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/regressions")
        .join(target)
}

/// Calls `replay` with each input of a target and returns the number of inputs.
fn replay(target: &str, mut replay: impl FnMut(Vec<u8>)) -> usize {
    let inputs = fs::read_dir(regressions(target)).unwrap();
    inputs
        .map(|entry| {
            let path = entry.unwrap().path();
            eprintln!("{}", path.display());
            replay(fs::read(path).unwrap());
        })
        .count()
}

#[test]
fn every_regression_input_is_read_without_a_failure() {
    let replayed = replay("read_file", |data| oracle::read_file(&data));
    assert!(replayed >= read_file::handmade().len());
}

#[test]
fn every_regression_input_with_corrected_checksums_is_read_without_a_failure() {
    let replayed = replay("read_paged", |data| read_sealed(&data));
    assert!(replayed >= read_paged::handmade().len());
}

#[test]
fn every_regression_input_that_builds_and_changes_a_file_gives_consistent_answers() {
    let replayed = replay("verified", |data| oracle::verified::check(&data));
    assert!(replayed >= 3);
}

#[test]
fn every_prefix_and_every_changed_byte_of_a_small_file_is_read_without_a_failure() {
    let file = read_file::words();
    for length in 0..file.len() {
        oracle::read_file(&file[..length]);
    }
    for_each_change(&file, |changed| oracle::read_file(&changed));
}

#[test]
fn every_changed_byte_of_a_small_file_of_pages_is_read_without_a_failure_with_wrong_and_corrected_checksums()
{
    for_each_change(&read_paged::words(), |changed| {
        oracle::read_file(&changed);
        read_sealed(&changed);
    });
}

fn for_each_change(file: &[u8], mut f: impl FnMut(Vec<u8>)) {
    for position in 0..file.len() {
        for change in [0x01, 0x80, 0xff] {
            let mut changed = file.to_vec();
            changed[position] ^= change;
            f(changed);
        }
    }
}

/// `MASSMAP_WRITE_REGRESSIONS=1 cargo test -p fuzz-regressions` writes missing ones.
#[test]
fn the_handmade_inputs_equal_the_generated_ones() {
    let write = std::env::var_os("MASSMAP_WRITE_REGRESSIONS").is_some();
    let buckets = read_file::handmade()
        .into_iter()
        .map(|input| ("read_file", input));
    let pages = read_paged::handmade()
        .into_iter()
        .map(|input| ("read_paged", input));
    for (target, (name, bytes)) in buckets.chain(pages) {
        let path = regressions(target).join(name);
        assert!(bytes.len() <= 3072, "{name} has {} bytes", bytes.len());
        if write && !path.exists() {
            fs::create_dir_all(regressions(target)).unwrap();
            fs::write(&path, &bytes).unwrap();
        }
        assert_eq!(fs::read(&path).unwrap(), bytes, "{name}");
    }
}
