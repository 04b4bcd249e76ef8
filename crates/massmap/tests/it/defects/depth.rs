//! Values nested so deeply that they could be written and not be read again.

use std::io::ErrorKind;

use massmap::{BytesReader, FormatError, MassMap, MassMapBuilder, MemoryWriter, ReadError, WriteError};
use serde_json::{Value, json};

use super::cause;
use crate::both::{DefaultLoaders, Settings, build_old};

/// Arrays and objects in turn, `depth` of them.
fn nested(depth: usize) -> Value {
    (0..depth).fold(json!(0), |inner, level| match level % 2 {
        0 => json!([inner]),
        _ => json!({ "in": inner }),
    })
}

fn build(value: Value) -> std::io::Result<Vec<u8>> {
    let writer = MemoryWriter::new();
    MassMapBuilder::default()
        .with_bucket_count(2)
        .build(&writer, [(1u8, value)].iter())?;
    Ok(writer.into_inner())
}

#[test]
fn whatever_nesting_can_be_written_can_be_read_and_the_rest_is_an_error() {
    for depth in [0, 1, 100, 127, 128] {
        let map = MassMap::<u8, Value, _>::load(BytesReader::new(build(nested(depth)).unwrap())).unwrap();
        assert_eq!(map.get(&1).unwrap(), Some(nested(depth)), "{depth}");
    }
    for depth in [129, 130, 1000] {
        let error = build(nested(depth)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        assert!(
            matches!(cause(&error), WriteError::Unreadable { ordinal: 0, .. }),
            "{error}"
        );
    }
}

#[test]
fn an_entry_that_could_not_be_read_leaves_the_target_as_it_was() {
    let writer = MemoryWriter::from(b"old".to_vec());
    let entries = [(1u8, json!(1)), (2, nested(129))];
    let error = MassMapBuilder::default()
        .build(&writer, entries.iter())
        .unwrap_err();
    assert!(
        matches!(cause(&error), WriteError::Unreadable { ordinal: 1, .. }),
        "{error}"
    );
    assert_eq!(writer.into_inner(), b"old");
}

#[test]
fn a_value_nested_deeper_in_a_file_of_0_1_5_is_an_error_of_its_lookup_and_not_of_the_map() {
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
