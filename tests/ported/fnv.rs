//! A custom hash function.

use std::hash::{BuildHasher, Hasher};
use std::io::{Error, ErrorKind, Result};

use massmap::{MassMapHashConfig, MassMapHashLoader};

/// Loads FNV-1a with a salt.
#[derive(Debug)]
pub(crate) struct FnvLoader;

impl FnvLoader {
    pub(crate) fn config(salt: u64) -> MassMapHashConfig {
        MassMapHashConfig {
            name: "fnv".to_string(),
            parameters: serde_json::json!({ "salt": salt }),
        }
    }
}

impl MassMapHashLoader for FnvLoader {
    type BuildHasher = FnvBuildHasher;

    fn load(config: &MassMapHashConfig) -> Result<Self::BuildHasher> {
        match config.parameters["salt"].as_u64() {
            Some(salt) if config.name == "fnv" => Ok(FnvBuildHasher(salt)),
            _ => Err(Error::new(ErrorKind::InvalidData, "no salted FNV")),
        }
    }
}

#[derive(Debug)]
pub(crate) struct FnvBuildHasher(u64);

impl BuildHasher for FnvBuildHasher {
    type Hasher = FnvHasher;

    fn build_hasher(&self) -> FnvHasher {
        FnvHasher(0xcbf2_9ce4_8422_2325 ^ self.0)
    }
}

#[derive(Debug)]
pub(crate) struct FnvHasher(u64);

impl Hasher for FnvHasher {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
