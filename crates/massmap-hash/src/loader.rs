//! The trait of hash loaders.

use std::hash::BuildHasher;

use massmap_format::MassMapHashConfig;

/// Makes the hash function that a file names.
///
/// Implement it to use a hash function that is not built in. For the same key and configuration, the function that `load`
/// returns must give the same hash in every program that opens the file, on every platform, for as long as the file
/// exists.
pub trait MassMapHashLoader {
    /// The hash function.
    type BuildHasher: BuildHasher;

    /// Makes the hash function that `config` describes.
    ///
    /// # Errors
    ///
    /// Fails if this loader does not know the function that `config` names, or if its parameters are missing or invalid.
    /// [`HashError`](crate::HashError) has variants for both; [`load_seed`](crate::load_seed) returns them for functions
    /// with a seed.
    fn load(config: &MassMapHashConfig) -> std::io::Result<Self::BuildHasher>;

    /// The configuration that a builder with this loader starts from.
    ///
    /// The provided method returns that of the default loader: `foldhash` with seed 0.
    #[must_use]
    fn default_config() -> MassMapHashConfig {
        MassMapHashConfig::default()
    }
}
