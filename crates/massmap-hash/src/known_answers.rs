//! Known answers: the hashes that existing files were built with.
//!
//! A failure here means that existing files can no longer be read. Never change the numbers.

use std::hash::BuildHasher;

use serde_json::json;

use crate::{MassMapDefaultHashLoader, MassMapHashConfig, MassMapHashLoader, Xxh3HashLoader};

fn answers<H: MassMapHashLoader>(seed: u64) -> [u64; 12] {
    let config = MassMapHashConfig {
        parameters: json!({ "seed": seed }),
        ..H::default_config()
    };
    let state = H::load(&config).unwrap();
    [
        state.hash_one(0u64),
        state.hash_one(1u64),
        state.hash_one(u64::MAX),
        state.hash_one(7u8),
        state.hash_one(-1i32),
        state.hash_one(1u128 << 100),
        state.hash_one(""),
        state.hash_one("apple"),
        state.hash_one("The quick brown fox jumps over the lazy dog"),
        state.hash_one("x".repeat(1000)),
        state.hash_one((1u32, "a")),
        state.hash_one(vec![1u8, 2, 3]),
    ]
}

#[track_caller]
fn check<H: MassMapHashLoader>(seed: u64, expected: [u64; 12]) {
    assert_eq!(
        answers::<H>(seed).map(|hash| format!("{hash:016x}")),
        expected.map(|hash| format!("{hash:016x}"))
    );
}

// Only on 64-bit little-endian platforms, which files of 0.1.5 are used on: foldhash promises nothing for others.
#[cfg(all(target_endian = "little", target_pointer_width = "64"))]
#[test]
fn foldhash_gives_the_hashes_that_files_were_built_with() {
    check::<MassMapDefaultHashLoader>(
        0,
        [
            0x5fdf1327d2d8911f,
            0x9f633a9fad5c2231,
            0x5fdf4a97c2d3115f,
            0x1b7c3c4ee24a05c8,
            0x99fc9d424293ef03,
            0x93385bb857c8eb8e,
            0x36ce5d2e63322a37,
            0x418533d61f936dd2,
            0x774404898d85228f,
            0x7e97a2c11031ef89,
            0xd415810c9a70d75a,
            0x25e48baf5cdf89fa,
        ],
    );
    check::<MassMapDefaultHashLoader>(
        42,
        [
            0xed5b50726db8abda,
            0x2cef7e2a243c74b7,
            0xe95c854149b2cb02,
            0xaa08aab993351afa,
            0x087f583cc9f235a6,
            0x20a59eade8a8d168,
            0xc22a4f1205e8520a,
            0x4e7f910b18959a49,
            0xb99084c14bdd9249,
            0x53458c41f3ed7d37,
            0xb0a8823bd7942e82,
            0xe5ed03b33c661c42,
        ],
    );
}

// Checked against the Python package xxhash 3, over the bytes that `Xxh3HashLoader` documents.
#[test]
fn xxh3_gives_the_hashes_that_files_were_built_with() {
    check::<Xxh3HashLoader>(
        0,
        [
            0xc77b3abb6f87acd9,
            0x2fbc593564db792e,
            0x5111c7e47d784413,
            0x4c5cca45d0f4811f,
            0xcd6b1c920d3f662c,
            0xad32feb55d7e624d,
            0xd6bcec3c6b29d72e,
            0x4e346f374e356905,
            0xee2bf91ba1fb7ee7,
            0xd1441fca1528abfe,
            0xe2fb26fd9e0d5548,
            0xc70305c85a044cde,
        ],
    );
    check::<Xxh3HashLoader>(
        42,
        [
            0x4596708167f8eb2e,
            0xe3acd5dec7d7d3fb,
            0x412b089853a0709e,
            0xc72384329881f542,
            0xbd845d52687eba8d,
            0xe09c572e05a07313,
            0xa7c5cca16d77ecdd,
            0xee611e371f6a3f44,
            0x67303c0b7a65b2b6,
            0x9c0cac019c82b57f,
            0x5865bf1d4a8564be,
            0xfbe0bb17e001abe6,
        ],
    );
}
