//! FNV-1a, a hash function with a loader of its own for each crate.

use massmap_0_1_5 as old;

use crate::both::Loaders;

#[path = "../../../../crates/massmap/tests/it/fnv.rs"]
mod ours;
pub(crate) use ours::{FnvLoader, NAME};

impl Loaders for FnvLoader {
    type Ours = Self;
    type Old = Self;
}

impl old::MassMapHashLoader for FnvLoader {
    type BuildHasher = ours::FnvBuildHasher;

    fn load(config: &old::MassMapHashConfig) -> std::io::Result<ours::FnvBuildHasher> {
        ours::FnvBuildHasher::load(&config.name, &config.parameters)
    }
}
