//! FNV-1a, a hash function that massmap does not bring.

use std::hash::{BuildHasher, Hasher};
use std::io::{Error, ErrorKind, Result};

use serde_json::Value;

/// Name of the hash function in files.
pub(crate) const NAME: &str = "fnv-1a";

/// Loads FNV-1a with the parameter `basis`.
pub(crate) struct FnvLoader;

impl massmap::MassMapHashLoader for FnvLoader {
    type BuildHasher = FnvBuildHasher;

    fn load(config: &massmap::MassMapHashConfig) -> Result<FnvBuildHasher> {
        FnvBuildHasher::load(&config.name, &config.parameters)
    }
}

/// FNV-1a that starts from `basis`.
#[derive(Debug, Clone)]
pub(crate) struct FnvBuildHasher {
    basis: u64,
}

impl FnvBuildHasher {
    pub(crate) fn load(name: &str, parameters: &Value) -> Result<Self> {
        match parameters.get("basis").and_then(Value::as_u64) {
            Some(basis) if name == NAME => Ok(Self { basis }),
            _ => Err(Error::new(ErrorKind::InvalidData, "not FNV-1a with a basis")),
        }
    }
}

impl BuildHasher for FnvBuildHasher {
    type Hasher = FnvHasher;

    fn build_hasher(&self) -> FnvHasher {
        FnvHasher(self.basis)
    }
}

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
