//! The trait that stands for a family of hash functions.

use std::hash::BuildHasher;

use massmap_format::MassMapHashConfig;

/// Makes the hash function that a file names.
///
/// Implement it on a type of your own to use another hash function than the built-in ones. The function that `load`
/// returns must give the same hash for the same key and the same configuration in every program that opens the file, on
/// every platform and for as long as the file lives.
pub trait MassMapHashLoader {
    /// The hash function.
    type BuildHasher: BuildHasher;

    /// Makes the hash function that `config` describes.
    ///
    /// # Errors
    ///
    /// An error if the function that `config` names is not one of this loader's, or its parameters are missing or
    /// invalid. [`HashError`](crate::HashError) has variants for both; [`load_seed`](crate::load_seed) makes them for
    /// functions with a seed.
    fn load(config: &MassMapHashConfig) -> std::io::Result<Self::BuildHasher>;

    /// The configuration that a builder with this loader starts from.
    ///
    /// Unless overridden, the configuration of the default loader, `foldhash` with seed 0.
    #[must_use]
    fn default_config() -> MassMapHashConfig {
        MassMapHashConfig::default()
    }
}
