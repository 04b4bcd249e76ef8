//! Every variant of the error, and its way into `std::io::Error` and back.

use std::error::Error as _;
use std::io;

use massmap::dynamic::{Integer, KeyError, ValueError};
use massmap::{
    Builder, Error, FormatError, HashError, IoError, MassMapBuilder, MassMapHashConfig, MemoryWriter,
    OpenOptions, ReadError, WriteError,
};
use support::hash::{FnvLoader, NAME};

use super::files::Scratch;

/// One of each variant, and the kind that it has.
fn all() -> Vec<(Error, io::ErrorKind)> {
    use io::ErrorKind::{AddrInUse, InvalidData, InvalidInput, NotFound, Unsupported};
    let open = IoError::Open {
        path: "fruits".into(),
        source: NotFound.into(),
    };
    vec![
        (Error::Io(io::Error::new(AddrInUse, "its own")), AddrInUse),
        (Error::Io(io::Error::from_raw_os_error(2)), NotFound),
        (open.into(), NotFound),
        (FormatError::Magic { found: [0; 8] }.into(), InvalidData),
        (
            FormatError::TooManyBuckets {
                bucket_count: 1 << 32,
            }
            .into(),
            InvalidInput,
        ),
        (
            HashError::UnknownHash {
                name: "md5".to_owned(),
                known: vec![],
            }
            .into(),
            InvalidData,
        ),
        (ReadError::NotInMemory.into(), Unsupported),
        (
            ReadError::BucketOutOfRange {
                bucket: 1,
                bucket_count: 1,
            }
            .into(),
            InvalidInput,
        ),
        (WriteError::NoMaps.into(), InvalidData),
        (
            KeyError::OutOfRange {
                integer: Integer::from(256),
                type_name: "u8",
            }
            .into(),
            InvalidInput,
        ),
        (ValueError::TooDeep.into(), InvalidData),
        (
            Error::UnexpectedType {
                role: "key",
                expected: "u64".to_owned(),
                found: "u32".to_owned(),
            },
            InvalidData,
        ),
        (
            Error::OptionsConflict {
                one: "this",
                other: "that",
            },
            InvalidInput,
        ),
    ]
}

#[test]
fn every_variant_becomes_an_io_error_of_its_kind_and_comes_back() {
    for (error, kind) in all() {
        let (message, shown) = (error.to_string(), format!("{error:?}"));
        let as_io = io::Error::from(error);
        assert_eq!(as_io.kind(), kind, "{shown}");
        assert_eq!(as_io.to_string(), message);
        let back = Error::from(as_io);
        assert_eq!(format!("{back:?}"), shown);
        // As often as one likes.
        let again = Error::from(io::Error::from(back));
        assert_eq!(format!("{again:?}"), shown);
    }
}

#[test]
fn the_payload_of_an_io_error_is_the_one_that_was_wrapped() {
    for (error, _) in all() {
        let variant = std::mem::discriminant(&error);
        let as_io = io::Error::from(error);
        let payload = as_io.get_ref();
        let is_ours = payload.is_some_and(|payload| {
            payload.is::<FormatError>()
                || payload.is::<HashError>()
                || payload.is::<IoError>()
                || payload.is::<ReadError>()
                || payload.is::<WriteError>()
                || payload.is::<KeyError>()
                || payload.is::<ValueError>()
                || payload.is::<Error>()
        });
        let back = Error::from(as_io);
        assert_eq!(std::mem::discriminant(&back), variant);
        assert_eq!(is_ours, !matches!(back, Error::Io(_)), "{back:?}");
    }
}

#[test]
fn an_io_error_of_another_kind_stays_what_it_is() {
    // A program has wrapped an error of ours, and called it something else.
    let error = io::Error::new(io::ErrorKind::BrokenPipe, WriteError::NoMaps);
    let error = Error::from(error);
    assert!(matches!(error, Error::Io(_)), "{error:?}");
    let error = io::Error::from(error);
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    assert!(matches!(error.downcast::<WriteError>(), Ok(WriteError::NoMaps)));
}

#[test]
fn causes_are_told_once() {
    for (error, _) in all() {
        let mut messages = vec![error.to_string()];
        let mut cause = error.source();
        while let Some(error) = cause {
            messages.push(error.to_string());
            cause = error.source();
        }
        let count = messages.len();
        messages.dedup();
        assert_eq!(messages.len(), count, "{messages:?}");
    }
}

#[test]
fn an_error_is_small_enough_to_return() {
    assert!(size_of::<Error>() <= 112, "{}", size_of::<Error>());
}

#[test]
fn an_unknown_hash_function_is_named() {
    let config = MassMapHashConfig {
        name: NAME.to_owned(),
        parameters: serde_json::json!({ "basis": 7 }),
    };
    let writer = MemoryWriter::new();
    let builder = MassMapBuilder::<FnvLoader>::default().with_hash_config(config);
    builder.build(&writer, [("apple", 1u32)].iter()).unwrap();
    let error = OpenOptions::new()
        .open_bytes::<String, u32>(writer.into_inner())
        .unwrap_err();
    assert!(
        matches!(&error, Error::Hash(HashError::UnknownHash { name, .. }) if name == NAME),
        "{error:?}"
    );
}

#[test]
fn an_entry_that_no_reader_would_give_back_is_refused_while_building() {
    let entries = [(1, Some(None)), (2, Some(Some(3)))];
    let error = Builder::new()
        .build_bytes::<u8, Option<Option<u8>>>(entries)
        .unwrap_err();
    assert!(
        matches!(error, Error::Write(WriteError::Shape { .. })),
        "{error:?}"
    );
}

#[test]
fn a_directory_is_no_target() {
    let scratch = Scratch::new();
    let path = scratch.path("directory");
    std::fs::create_dir(&path).unwrap();
    let error = Builder::new().build(&path, [("apple", 1u32)]).unwrap_err();
    assert!(
        matches!(&error, Error::File(IoError::IsDirectory { path: named }) if *named == path),
        "{error:?}"
    );
}
