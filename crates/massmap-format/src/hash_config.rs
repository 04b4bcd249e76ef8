//! The hash function of a file.

use serde::{Deserialize, Serialize};

mod parameters;

/// Name and parameters of the hash function that distributes the keys of a map.
///
/// Stored in the file; a hash loader turns it into the function. The default is `foldhash` with seed 0.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
pub struct MassMapHashConfig {
    /// Name of the hash function.
    pub name: String,
    /// Parameters of the hash function; its loader defines their meaning.
    ///
    /// Numbers are stored as 64-bit integers or floats, even if some crate of the build enables serde_json's feature
    /// `arbitrary_precision`; writing a file fails for numbers that do not fit.
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
