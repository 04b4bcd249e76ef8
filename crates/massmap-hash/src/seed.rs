//! The parameters of hash functions whose only parameter is a seed.

use massmap_format::MassMapHashConfig;

use crate::HashError;

/// Reads the seed of the hash function `name` from `config`, whose parameters must be `{"seed": …}`.
///
/// # Errors
///
/// [`HashError::UnknownHash`] if `config` names another function, and [`HashError::InvalidSeed`] if its parameters have no
/// field `seed` with an integer from 0 to 2⁶⁴ − 1. Both have the kind [`InvalidData`](std::io::ErrorKind::InvalidData).
pub fn load_seed(config: &MassMapHashConfig, name: &str) -> std::io::Result<u64> {
    if config.name != name {
        let error = HashError::UnknownHash {
            name: config.name.clone(),
            known: vec![name.to_owned()],
        };
        return Err(error.into());
    }
    config
        .parameters
        .get("seed")
        .and_then(|seed| seed.as_u64())
        .ok_or_else(|| {
            let parameters = config.parameters.to_string();
            HashError::InvalidSeed {
                name: name.to_owned(),
                parameters,
            }
            .into()
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn config(parameters: serde_json::Value) -> MassMapHashConfig {
        MassMapHashConfig {
            name: "h".to_owned(),
            parameters,
        }
    }

    fn hash_error(result: std::io::Result<u64>) -> HashError {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
        error
            .get_ref()
            .unwrap()
            .downcast_ref::<HashError>()
            .unwrap()
            .clone()
    }

    #[test]
    fn a_seed_is_read_over_its_whole_range() {
        for seed in [0, 42, u64::MAX] {
            assert_eq!(
                load_seed(&config(json!({ "seed": seed, "more": [] })), "h").unwrap(),
                seed
            );
        }
    }

    #[test]
    fn another_name_is_refused_with_the_known_one() {
        let error = hash_error(load_seed(&config(json!({ "seed": 0 })), "other"));
        assert_eq!(
            error,
            HashError::UnknownHash {
                name: "h".to_owned(),
                known: vec!["other".to_owned()]
            }
        );
        assert!(
            error.to_string().contains(r#""h""#) && error.to_string().contains(r#""other""#),
            "{error}"
        );
    }

    #[test]
    fn parameters_without_a_usable_seed_are_refused() {
        for parameters in [
            json!({}),
            json!(null),
            json!([1]),
            json!({ "seed": -1 }),
            json!({ "seed": "1" }),
        ] {
            let error = hash_error(load_seed(&config(parameters.clone()), "h"));
            assert_eq!(
                error,
                HashError::InvalidSeed {
                    name: "h".to_owned(),
                    parameters: parameters.to_string()
                }
            );
        }
    }
}
