//! FNV-1a, a hash function that massmap does not provide.

use std::hash::{BuildHasher, Hasher};
use std::io::{Error, ErrorKind, Result};

use serde_json::Value;

/// Name of the hash function in files.
pub const NAME: &str = "fnv-1a";

/// Loads FNV-1a with the parameter `basis`.
#[derive(Debug)]
pub struct FnvLoader;

impl massmap::MassMapHashLoader for FnvLoader {
    type BuildHasher = FnvBuildHasher;

    fn load(config: &massmap::MassMapHashConfig) -> Result<FnvBuildHasher> {
        FnvBuildHasher::load(&config.name, &config.parameters)
    }
}

/// FNV-1a that starts from `basis`.
#[derive(Debug, Clone)]
pub struct FnvBuildHasher {
    basis: u64,
}

impl FnvBuildHasher {
    /// FNV-1a with the basis in the parameters.
    ///
    /// # Errors
    ///
    /// An error of the kind `InvalidData` if the name is another one or there is no basis.
    pub fn load(name: &str, parameters: &Value) -> Result<Self> {
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

/// The state of FNV-1a.
#[derive(Debug)]
pub struct FnvHasher(u64);

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
