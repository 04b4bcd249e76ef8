//! foldhash, the default hash function.

use foldhash::fast::FixedState;
use massmap_format::MassMapHashConfig;

use crate::{MassMapHashLoader, load_seed};

/// Loads `foldhash` with the parameter `seed`: the default hash function, and the only one in massmap 0.1.5.
#[derive(Debug, Default, Clone, Copy)]
pub struct MassMapDefaultHashLoader;

impl MassMapDefaultHashLoader {
    /// Name of the hash function in a file.
    pub const NAME: &'static str = "foldhash";
}

impl MassMapHashLoader for MassMapDefaultHashLoader {
    type BuildHasher = FixedState;

    fn load(config: &MassMapHashConfig) -> std::io::Result<FixedState> {
        Ok(FixedState::with_seed(load_seed(config, Self::NAME)?))
    }
}
