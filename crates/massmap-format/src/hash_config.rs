//! The hash function that a file names.

use serde::{Deserialize, Serialize};

mod parameters;

/// Name and parameters of the hash function that distributes a map's keys.
///
/// Stored in the file; a hash loader turns it back into the function. The default is `foldhash` with seed 0.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
pub struct MassMapHashConfig {
    /// Name of the hash function.
    pub name: String,
    /// Parameters of the hash function; what they mean is up to its loader.
    ///
    /// Numbers are stored as 64-bit integers or floats, also when serde_json's `arbitrary_precision` is switched on
    /// somewhere in the build; what does not fit is an error when the file is written.
    #[serde(with = "parameters")]
    pub parameters: serde_json::Value,
}

impl Default for MassMapHashConfig {
    fn default() -> Self {
        Self {
            name: "foldhash".to_owned(),
            parameters: serde_json::json!({ "seed": 0 }),
        }
    }
}

#[cfg(test)]
mod tests;
