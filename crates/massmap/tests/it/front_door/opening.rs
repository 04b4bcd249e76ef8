//! Every option of opening.
#![expect(unsafe_code, reason = "files are mapped")]

use std::{path::Path, sync::LazyLock};

use massmap::{
    AnyReader, Builder, BytesReader, Error, FilePool, FormatError, IoError, Map, MappedFileOptions,
    MassMapReader, OpenOptions, ReadError,
};
use rayon::iter::ParallelIterator;
use serde::{Deserialize, Serialize};
use support::readers::CountingReader;

use super::files::{ENTRIES, Scratch, file_of_squares, old_squares, squares};

fn check<R: MassMapReader + Sync>(map: &Map<u64, u64, R>) {
    for number in (0..ENTRIES).step_by(61) {
        assert_eq!(map.get(&number).unwrap(), Some(number * number));
        assert_eq!(map.get(&(number + ENTRIES)).unwrap(), None);
    }
    let keys: Vec<u64> = (0..500).map(|number| number * 7919 % (2 * ENTRIES)).collect();
    let expected = keys.iter().map(|key| (*key < ENTRIES).then(|| key * key));
    assert_eq!(map.batch_get(&keys).unwrap(), expected.collect::<Vec<_>>());
    assert_eq!(map.iter().map(Result::unwrap).count() as u64, ENTRIES);
    assert_eq!(map.par_iter().map(Result::unwrap).count() as u64, ENTRIES);
    assert!(map.verify().is_ok());
}

/// What the options make of a path.
fn kind(options: &OpenOptions, path: &Path) -> &'static str {
    let map = options.open::<u64, u64>(path).unwrap();
    check(&map);
    match map.reader() {
        AnyReader::File(_) => "file",
        AnyReader::Pooled(_) => "pooled",
        AnyReader::Mapped(_) => "mapped",
        AnyReader::Bytes(_) => "bytes",
        AnyReader::Uring(_) => "ring",
        #[cfg(target_os = "linux")]
        AnyReader::Direct(_) => "direct",
        #[cfg(target_os = "linux")]
        AnyReader::DirectUring(_) => "direct ring",
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_path_is_enough_whatever_the_format_and_the_hash_function() {
    let (scratch, path) = file_of_squares();
    check(&massmap::open(&path).unwrap());
    let old = scratch.file("old.massmap", old_squares());
    check(&massmap::open(&old).unwrap());
}

#[test]
fn files_are_read_unless_options_say_otherwise() {
    let (_scratch, path) = file_of_squares();
    let new = OpenOptions::new;
    assert_eq!(kind(&new(), &path), "file");
    assert_eq!(kind(&new().pooled(&FilePool::new(1)), &path), "pooled");
    assert_eq!(kind(&new().io_uring(16), &path), "ring");
    // SAFETY: nobody else knows the directory, and nothing writes the file again.
    let mapped = unsafe { new().mapped() };
    assert_eq!(kind(&mapped, &path), "mapped");
    // SAFETY: the same.
    let populated = unsafe { new().mapped_with(MappedFileOptions::new().populate(true)) };
    assert_eq!(kind(&populated, &path), "mapped");
    // The last one counts.
    assert_eq!(kind(&mapped.pooled(&FilePool::default()), &path), "pooled");
}

#[test]
#[cfg(target_os = "linux")]
fn files_are_read_past_the_page_cache_where_that_can_be_done() {
    let (_scratch, path) = file_of_squares();
    let options = OpenOptions::new().direct();
    match options.open::<u64, u64>(&path) {
        Err(Error::File(IoError::DirectRefused { .. })) => eprintln!("not tested: the file system refuses"),
        _ => {
            assert_eq!(kind(&options, &path), "direct");
            assert_eq!(kind(&options.io_uring(16), &path), "direct ring");
        }
    }
}

#[test]
fn options_that_exclude_each_other_are_an_error() {
    let (_scratch, path) = file_of_squares();
    let ring = OpenOptions::new().io_uring(16);
    // SAFETY: nobody else knows the directory, and nothing writes the file again.
    let mapped = unsafe { ring.clone().mapped() };
    for options in [ring.pooled(&FilePool::default()), mapped] {
        let error = options.open::<u64, u64>(&path).unwrap_err();
        assert!(matches!(error, Error::OptionsConflict { .. }), "{error}");
    }
}

#[test]
fn bytes_and_readers_are_opened_like_files() {
    static LASTING: LazyLock<Vec<u8>> = LazyLock::new(|| Builder::new().build_bytes(squares()).unwrap());
    let bytes = LASTING.clone();
    check(&OpenOptions::new().open_bytes(bytes.clone()).unwrap());
    check(&OpenOptions::new().open_bytes(&LASTING[..]).unwrap());
    check(
        &OpenOptions::new()
            .open_reader(BytesReader::new(&bytes[..]))
            .unwrap(),
    );
    check(&OpenOptions::new().open_reader(AnyReader::from(bytes)).unwrap());
}

#[test]
fn a_file_that_cannot_be_opened_is_named_whatever_the_backend() {
    let scratch = Scratch::new();
    let path = scratch.path("no such file");
    let new = OpenOptions::new;
    let mut all = vec![new(), new().pooled(&FilePool::default()), new().io_uring(1)];
    // SAFETY: there is no file.
    all.push(unsafe { new().mapped() });
    #[cfg(target_os = "linux")]
    all.extend([new().direct(), new().direct().io_uring(1)]);
    for options in all {
        let error = options.open::<u64, u64>(&path).unwrap_err();
        assert!(error.to_string().contains("no such file"), "{error}");
        assert!(
            matches!(&error, Error::File(IoError::Open { path: named, .. }) if *named == path),
            "{error:?}"
        );
    }
}

#[test]
fn types_that_are_expected_must_be_named_by_the_file() {
    let bytes = Builder::new().build_bytes([("apple", 1u32)]).unwrap();
    let open = |key: &str, value: &str| {
        OpenOptions::new()
            .expect_key_type(key)
            .expect_value_type(value)
            .open_bytes::<String, u32>(bytes.clone())
    };
    // A file of `&str` has strings.
    for name in [
        "str",
        "&str",
        "alloc::string::String",
        "alloc::boxed::Box<str>",
        "string",
    ] {
        assert!(open(name, "u32").is_ok(), "{name}");
    }
    for (key, value, wrong, found) in [
        ("u64", "u32", "key", "string"),
        ("alloc::vec::Vec<u8>", "u32", "key", "string"),
        ("str", "i32", "value", "u32"),
        ("str", "my::Fruit", "value", "u32"),
    ] {
        match open(key, value) {
            Err(Error::UnexpectedType {
                role,
                expected,
                found: named,
            }) => {
                assert_eq!((role, named.as_str()), (wrong, found));
                assert_eq!(expected, if role == "key" { key } else { value });
            }
            other => panic!("{key}, {value}: {other:?}"),
        }
    }
}

/// A key of which a part is hashed, and not stored.
#[derive(Serialize, Deserialize, Hash, PartialEq, Eq, Debug)]
struct Partial {
    number: u32,
    #[serde(skip)]
    tag: u8,
}

#[test]
fn a_sample_of_the_keys_is_checked_unless_all_of_them_are_asked_for() {
    let key = |number: u32| Partial {
        number,
        tag: (number == 2077).into(),
    };
    let bytes = Builder::new()
        .build_bytes((0..5000).map(|number| (key(number), number)))
        .unwrap();
    let options = OpenOptions::new();
    assert!(options.open_bytes::<Partial, u32>(bytes.clone()).is_ok());
    let error = options
        .clone()
        .check_all_keys(true)
        .open_bytes::<Partial, u32>(bytes.clone());
    assert!(
        matches!(error, Err(Error::Read(ReadError::HashMismatch { .. }))),
        "{error:?}"
    );
    let options = options.check_all_keys(true).check_all_keys(false);
    assert!(options.open_bytes::<Partial, u32>(bytes).is_ok());
    let (_scratch, path) = file_of_squares();
    check(&OpenOptions::new().check_all_keys(true).open(&path).unwrap());
}

#[test]
fn keys_of_another_type_are_refused() {
    let (_scratch, path) = file_of_squares();
    let error = massmap::open::<String, u64>(&path).unwrap_err();
    assert!(
        matches!(error, Error::Read(ReadError::KeyType { .. })),
        "{error:?}"
    );
    let error = massmap::open::<(u8, u8), u64>(&path).unwrap_err();
    assert!(
        matches!(error, Error::Read(ReadError::TypeDiffers { .. })),
        "{error:?}"
    );
}

#[test]
fn what_is_no_map_is_refused() {
    let scratch = Scratch::new();
    let path = scratch.file("fruits.json", "{\"apple\": 1, \"banana\": 2, \"cherry\": 3}");
    let error = massmap::open::<String, u64>(&path).unwrap_err();
    assert!(
        matches!(error, Error::Format(FormatError::Magic { .. })),
        "{error:?}"
    );
    let path = scratch.file("empty", "");
    let error = massmap::open::<String, u64>(&path).unwrap_err();
    assert!(
        matches!(error, Error::File(IoError::UnexpectedEnd { .. })),
        "{error:?}"
    );
}

#[test]
fn keys_are_checked_when_a_map_is_opened_and_not_once_more() {
    let reader = CountingReader::new(Builder::new().build_bytes(squares()).unwrap());
    let map = OpenOptions::new().open_reader::<u64, u64, _>(reader).unwrap();
    // The header, the tail and a page.
    assert_eq!(map.reader().take().len(), 3);
    assert_eq!(map.get(&7).unwrap(), Some(49));
    assert_eq!(map.get(&ENTRIES).unwrap(), None);
    assert_eq!(map.reader().take().len(), 2);
}
