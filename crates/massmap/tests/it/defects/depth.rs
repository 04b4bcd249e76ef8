//! Values nested so deeply that they could be written but not read.

use std::io::ErrorKind;

use massmap::{BytesReader, MassMap, MassMapBuilder, MemoryWriter, WriteError};
use serde_json::{Value, json};
use support::cause;
use support::files::try_build;

/// `depth` nested arrays and objects, in turn.
fn nested(depth: usize) -> Value {
    (0..depth).fold(json!(0), |inner, level| match level % 2 {
        0 => json!([inner]),
        _ => json!({ "in": inner }),
    })
}

fn build(value: Value) -> std::io::Result<Vec<u8>> {
    try_build(MassMapBuilder::default().with_bucket_count(2), &[(1u8, value)])
}

#[test]
fn nesting_that_can_be_written_can_be_read_and_deeper_nesting_is_an_error() {
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
fn an_entry_that_could_not_be_read_leaves_the_target_unchanged() {
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
