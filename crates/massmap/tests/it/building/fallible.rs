//! Sources and serializers that fail.

use std::io::{Error, ErrorKind};

use massmap::{FormatVersion, MassMapBuilder, MemoryWriter, WriteError};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use serde::{Serialize, Serializer};

/// A value that cannot be serialized if it is 13.
#[derive(Debug, Clone, PartialEq)]
struct Unlucky(u64);

impl Serialize for Unlucky {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            13 => Err(serde::ser::Error::custom("thirteen")),
            number => serializer.serialize_u64(number),
        }
    }
}

fn builders() -> impl Iterator<Item = MassMapBuilder> {
    [FormatVersion::V1, FormatVersion::V2]
        .into_iter()
        .flat_map(|format| {
            [(0, 1), (0, 3), (1 << 30, 0)].map(|(limit, threads)| {
                MassMapBuilder::default()
                    .with_format(format)
                    .with_memory_limit(limit)
                    .with_threads(threads)
            })
        })
}

fn cause(error: &Error) -> &WriteError {
    error
        .get_ref()
        .and_then(|error| error.downcast_ref())
        .expect("a typed error")
}

#[test]
fn an_error_of_the_source_ends_the_build_and_the_entry_is_named() {
    for builder in builders() {
        for ordinal in [0, 1, 5000] {
            let target = MemoryWriter::from(b"what was there".to_vec());
            let mut asked = 0;
            let entries = (0u64..).map(|i| {
                asked += 1;
                match i == ordinal {
                    true => Err(Error::new(ErrorKind::ConnectionReset, "the line is dead")),
                    false => Ok((i, i)),
                }
            });
            let error = builder.clone().try_build(&target, entries).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConnectionReset);
            let WriteError::Source {
                ordinal: named,
                source,
            } = cause(&error)
            else {
                panic!("{error}");
            };
            assert_eq!(*named, ordinal);
            assert_eq!(source.to_string(), "the line is dead");
            assert_eq!(asked, ordinal + 1, "nothing is asked of a source that has failed");
            assert_eq!(target.into_inner(), b"what was there");
        }
    }
}

#[test]
fn errors_of_any_kind_can_come_from_a_source() {
    let entries = [Ok((1, 2)), Err("just a text")];
    let error = MassMapBuilder::default()
        .try_build::<_, i32, i32, _, _>(&MemoryWriter::new(), entries.into_iter())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Other);
    assert_eq!(error.to_string(), "the source of the entries failed at entry 1");
}

#[test]
fn a_value_that_cannot_be_serialized_ends_the_build_and_the_entry_is_named() {
    for builder in builders() {
        for ordinal in [0, 1, 5000] {
            let entry = |i: u64| (i, Unlucky(if i == ordinal { 13 } else { i + 14 }));
            let target = MemoryWriter::from(b"what was there".to_vec());
            let error = builder.clone().build(&target, (0..9000).map(entry)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Other);
            assert!(
                matches!(cause(&error), WriteError::Serialize { ordinal: named, .. } if *named == ordinal)
            );
            let parallel = (0..9000u64).into_par_iter().map(entry);
            let error = builder.clone().par_build(&target, parallel).unwrap_err();
            assert!(
                matches!(cause(&error), WriteError::Serialize { ordinal: named, .. } if *named == ordinal)
            );
            assert_eq!(target.into_inner(), b"what was there");
        }
    }
}

#[test]
fn a_missing_spill_directory_is_named() {
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let target = MemoryWriter::new();
        let error = MassMapBuilder::default()
            .with_format(format)
            .with_memory_limit(0)
            .with_spill_dir("/there/is/no/such/directory")
            .build(&target, (0..100_000u64).map(|i| (i, i)))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(matches!(cause(&error), WriteError::Spill { .. }));
        assert!(
            error.to_string().contains("/there/is/no/such/directory"),
            "{error}"
        );
        assert!(target.into_inner().is_empty());
    }
}
