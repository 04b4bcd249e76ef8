//! Seeds: 0.1.5 panics when the hash parameters cannot take one.

use std::io::ErrorKind;

use massmap::{MassMapBuilder, MassMapHashConfig, MemoryWriter, WriteError};
use serde_json::json;
use support::cause;

fn config(parameters: serde_json::Value) -> MassMapHashConfig {
    MassMapHashConfig {
        name: "foldhash".to_owned(),
        parameters,
    }
}

#[test]
fn a_seed_for_parameters_that_are_not_an_object_is_an_error() {
    for parameters in [json!([]), json!([1]), json!("text"), json!(5), json!(true)] {
        let writer = MemoryWriter::from(b"old".to_vec());
        let error = MassMapBuilder::default()
            .with_hash_config(config(parameters))
            .with_hash_seed(1)
            .build(&writer, [(1u8, 2u8)].iter())
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(
            matches!(cause(&error), WriteError::SeedWithoutObject { .. }),
            "{error}"
        );
        assert_eq!(writer.into_inner(), b"old");
    }
}

#[test]
fn a_configuration_set_later_replaces_a_seed_that_did_not_fit() {
    let info = MassMapBuilder::default()
        .with_hash_config(config(json!([])))
        .with_hash_seed(1)
        .with_hash_config(config(json!({ "seed": 2 })))
        .build(&MemoryWriter::new(), [(1u8, 2u8)].iter())
        .unwrap();
    assert_eq!(info.meta.hash_config, config(json!({ "seed": 2 })));
}
