//! Values nested so deeply that 0.1.5 writes them and cannot read them.

use massmap::{BytesReader, FormatError, MassMap, ReadError};
use serde_json::{Value, json};
use support::cause;

use crate::both::{DefaultLoaders, Settings, build_old};

/// `depth` nested arrays and objects, in turn.
fn nested(depth: usize) -> Value {
    (0..depth).fold(json!(0), |inner, level| match level % 2 {
        0 => json!([inner]),
        _ => json!({ "in": inner }),
    })
}

#[test]
fn a_value_nested_too_deeply_in_a_file_of_0_1_5_is_an_error_of_its_lookup_and_not_of_the_map() {
    let entries = [(1u8, nested(200)), (2, json!("flat"))];
    let settings = Settings::buckets(1000);
    let file = build_old::<DefaultLoaders, _, _>(&settings, &entries)
        .unwrap()
        .bytes;
    let map = MassMap::<u8, Value, _>::load(BytesReader::new(file)).unwrap();
    assert_eq!(map.get(&2).unwrap(), Some(json!("flat")));
    let error = map.get(&1).unwrap_err();
    assert!(
        matches!(
            cause(&error),
            ReadError::DamagedBucket {
                source: FormatError::TooDeep { limit: 128, .. },
                ..
            }
        ),
        "{error}"
    );
}
