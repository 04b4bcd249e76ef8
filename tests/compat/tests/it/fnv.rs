//! FNV-1a, a hash function with a custom loader for each crate.

use massmap_0_1_5 as old;
use support::hash::{FnvBuildHasher, FnvLoader};

use crate::both::Loaders;

impl Loaders for FnvLoader {
    type Ours = Self;
    type Old = OldFnvLoader;
}

/// The loader for 0.1.5.
pub(crate) struct OldFnvLoader;

impl old::MassMapHashLoader for OldFnvLoader {
    type BuildHasher = FnvBuildHasher;

    fn load(config: &old::MassMapHashConfig) -> std::io::Result<FnvBuildHasher> {
        FnvBuildHasher::load(&config.name, &config.parameters)
    }
}
