use std::any::type_name;
use std::borrow::Cow;
use std::fmt::Debug;
use std::num::{NonZero, Wrapping};

use proptest::prelude::*;
use serde::Serialize;

use super::*;

/// Notes each call of a hasher.
#[derive(Default, PartialEq, Debug)]
struct Recorder(Vec<String>);

macro_rules! record {
    ($($method:ident($value:ty))+) => {
        $(fn $method(&mut self, value: $value) {
            self.0.push(format!(concat!(stringify!($method), "({:?})"), value));
        })+
    };
}

impl Hasher for Recorder {
    record! {
        write(&[u8])
        write_u8(u8) write_u16(u16) write_u32(u32) write_u64(u64) write_u128(u128) write_usize(usize)
        write_i8(i8) write_i16(i16) write_i32(i32) write_i64(i64) write_i128(i128) write_isize(isize)
    }

    fn finish(&self) -> u64 {
        0
    }
}

fn calls(key: &(impl Hash + ?Sized)) -> Recorder {
    let mut recorder = Recorder::default();
    key.hash(&mut recorder);
    recorder
}

/// Checks that a key is encoded and hashed by the name of its type as it is by its type.
fn check<K: Serialize + Hash + Debug>(key: &K, value: impl Into<Value>) {
    let key_type = Type::parse(type_name::<K>());
    let encoded = rmp_serde::to_vec(key).unwrap();
    let value = value.into();
    let dynamic = key_type.key(&value).unwrap();
    assert_eq!(dynamic.as_bytes(), encoded, "{key:?}");
    assert_eq!(calls(&dynamic), calls(key), "{key:?}");
    let stored = key_type.key(Key::encoded(&encoded)).unwrap();
    assert_eq!(calls(&stored), calls(key), "{key:?}");
    assert!(dynamic.is_same(&encoded).unwrap());
    assert_eq!(
        key_type
            .key(key_type.decode(&encoded, 1 << 20).unwrap())
            .unwrap()
            .as_bytes(),
        encoded
    );
}

proptest! {
    #[test]
    fn integers(a: u8, b: u16, c: u32, d: u64, e: u128, f: usize, g: i8, h: i16, i: i32, j: i64, k: i128, l: isize) {
        check(&a, a); check(&b, b); check(&c, c); check(&d, d); check(&e, e); check(&f, f);
        check(&g, g); check(&h, h); check(&i, i); check(&j, j); check(&k, k); check(&l, l);
        check(&&c, c);
        check(&Box::new(d), d);
        check(&Wrapping(h), h);
        if let (Some(a), Some(k)) = (NonZero::new(a), NonZero::new(k)) {
            check(&a, a.get());
            check(&k, k.get());
        }
    }

    #[test]
    fn strings_characters_and_booleans(text: String, character: char, boolean: bool) {
        let value = Value::from(text.as_str());
        check(&text, value.clone());
        check(&text.as_str(), value.clone());
        check(&Box::<str>::from(text.as_str()), value.clone());
        check(&Cow::Borrowed(text.as_str()), value);
        check(&character, character);
        check(&boolean, boolean);
    }

    #[test]
    fn sequences(
        bytes: Vec<u8>,
        shorts: Vec<i16>,
        longs in proptest::collection::vec(any::<u64>(), 0..40),
        wide: [i128; 3],
        texts: Vec<String>,
        flags: [bool; 4],
        nested in proptest::collection::vec(any::<[u16; 2]>(), 0..20),
        sizes: Vec<usize>,
    ) {
        check(&bytes, bytes.clone());
        check(&bytes, Value::Bytes(bytes.clone()));
        check(&bytes.as_slice(), Value::Bytes(bytes.clone()));
        check(&bytes.clone().into_boxed_slice(), bytes.clone());
        check(&shorts, shorts.clone());
        check(&longs, longs.clone());
        check(&wide, wide);
        check(&texts, texts.clone());
        check(&flags, flags);
        check(&nested, nested.clone());
        check(&sizes, sizes.clone());
        check(&[0u8; 0], [0u8; 0]);
        // What is wrapped is hashed element by element.
        check(&longs.iter().collect::<Vec<&u64>>(), longs.clone());
        check(&longs.iter().copied().map(Wrapping).collect::<Vec<_>>(), longs.clone());
        check(&longs.iter().copied().map(Box::new).collect::<Vec<_>>(), longs.clone());
        check(&longs.iter().copied().filter_map(NonZero::new).collect::<Vec<_>>(),
            longs.iter().copied().filter(|long| *long != 0).collect::<Vec<_>>());
    }

    #[test]
    fn tuples_and_optional_values(
        pair: (u32, String),
        single: (u8,),
        many: (bool, i64, char, Vec<u8>, Option<u16>),
        optional: Option<String>,
        optionals: Vec<Option<(u8, u8)>>,
    ) {
        check(&pair, pair.clone());
        check(&(pair.0, pair.1.as_str()), pair.clone());
        check(&single, single);
        check(&many, many.clone());
        check(&optional, optional.clone());
        check(&optionals, optionals.clone());
    }
}

fn key(type_name: &str, value: impl Into<Value>) -> Result<Vec<u8>, KeyError> {
    let key_type = Type::parse(type_name);
    key_type.key(value.into()).map(|key| key.as_bytes().to_vec())
}

#[test]
fn one_key_in_several_encodings_is_one_key() {
    for (name, one, other) in [
        ("u64", &b"\x07"[..], &b"\xcc\x07"[..]),
        ("i64", b"\x07", b"\xd0\x07"),
        ("i64", b"\xff", b"\xd3\xff\xff\xff\xff\xff\xff\xff\xff"),
        ("u128", b"\xc4\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x07", b"\x07"),
        ("str", b"\xa1a", b"\xd9\x01a"),
        ("str", b"\xa1a", b"\xc4\x01a"),
        ("[u8]", b"\x92\x01\x02", b"\xc4\x02\x01\x02"),
        ("(u8, str)", b"\x92\x01\xa1a", b"\xdc\x00\x02\xcc\x01\xd9\x01a"),
    ] {
        let key_type = Type::parse(name);
        let [one_key, other_key] = [one, other].map(|bytes| key_type.key(Key::encoded(bytes)).unwrap());
        assert!(one_key.is_same(other).unwrap(), "{name}");
        assert!(other_key.is_same(one).unwrap(), "{name}");
        assert_eq!(calls(&one_key), calls(&other_key), "{name}");
    }
    let seven = Type::parse("u64");
    assert!(
        !seven
            .key(Key::encoded(b"\x07"))
            .unwrap()
            .is_same(b"\x08")
            .unwrap()
    );
}

#[test]
fn a_value_of_another_type_is_no_key() {
    for (name, value) in [
        ("u64", Value::from("7")),
        ("u64", Value::from(7.0)),
        ("u64", Value::Null),
        ("str", Value::from(7)),
        ("str", Value::Bytes(b"a".to_vec())),
        ("char", Value::from("ab")),
        ("char", Value::from("")),
        ("bool", Value::from(1)),
        ("[u16]", Value::Bytes(b"a".to_vec())),
        ("[u8]", Value::from("a")),
        ("(u8, u8)", Value::from(1)),
        ("core::option::Option<u8>", Value::from("a")),
        ("(u8, str)", Value::from((1, 2))),
    ] {
        let error = key(name, value.clone()).unwrap_err();
        assert!(
            matches!(error, KeyError::WrongType { .. }),
            "{name}, {value:?}: {error}"
        );
    }
    let error = key("(u8, &str)", (1, 2)).unwrap_err().to_string();
    assert_eq!(
        error,
        "the key is an integer, and the keys of the file are of the type string"
    );
}

#[test]
fn what_the_type_does_not_have_is_told_apart_from_other_types() {
    for (name, value) in [
        ("u8", Value::from(256)),
        ("u8", Value::from(-1)),
        ("i64", Value::from(u64::MAX)),
        ("u64", Value::from(u128::MAX)),
        ("i128", Value::from(u128::MAX)),
        ("core::num::nonzero::NonZero<u8>", Value::from(0)),
        ("[u8]", Value::from([1, 256])),
    ] {
        let error = key(name, value.clone()).unwrap_err();
        assert!(
            matches!(error, KeyError::OutOfRange { .. }),
            "{name}, {value:?}: {error}"
        );
    }
    for (name, value) in [
        ("[u8; 2]", Value::from([1])),
        ("[u8; 2]", Value::Bytes(vec![1, 2, 3])),
        ("(u8, u8)", Value::from([1, 2, 3])),
    ] {
        let error = key(name, value.clone()).unwrap_err();
        assert!(
            matches!(error, KeyError::WrongLength { .. }),
            "{name}, {value:?}: {error}"
        );
    }
}

#[test]
fn a_type_that_is_not_known_has_no_keys() {
    for name in ["my::Key", "f64", "alloc::vec::Vec<my::Key>", "()"] {
        assert!(
            matches!(key(name, 1), Err(KeyError::UnknownType { .. })),
            "{name}"
        );
        assert!(matches!(
            Type::parse(name).key(Key::encoded(b"\x01")),
            Err(KeyError::UnknownType { .. })
        ));
    }
    let error = key("my::Key", 1).unwrap_err().to_string();
    assert!(error.contains("my::Key"), "{error}");
}

#[test]
fn bytes_that_encode_no_key_of_the_type_are_errors() {
    let check = |name: &str, bytes: &[u8]| Type::parse(name).key(Key::encoded(bytes)).map(drop).unwrap_err();
    for bytes in [&b""[..], b"\xcd\x01", b"\xc1", b"\x01\x01"] {
        let error = check("u64", bytes);
        assert!(matches!(error, KeyError::Damaged { .. }), "{bytes:x?}: {error}");
    }
    assert!(matches!(
        check("[u8]", b"\xdd\xff\xff\xff\xff"),
        KeyError::Damaged { .. }
    ));
    for (name, bytes) in [
        ("u64", &b"\xa1a"[..]),
        ("u64", b"\xc4\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x07"),
        ("u128", b"\xc4\x01\x07"),
        ("str", b"\xa1\xff"),
        ("char", b"\xa2ab"),
        ("bool", b"\xc0"),
        ("u8", b"\xca\0\0\0\0"),
        ("(u8, u8)", b"\xc4\x02\x01\x02"),
    ] {
        let error = check(name, bytes);
        assert!(
            matches!(error, KeyError::WrongType { .. }),
            "{name}, {bytes:x?}: {error}"
        );
    }
    assert!(matches!(
        check("u8", b"\xcd\x01\x00"),
        KeyError::OutOfRange { .. }
    ));
    assert!(matches!(
        check("(u8, u8)", b"\x91\x01"),
        KeyError::WrongLength { .. }
    ));
    let key_type = Type::parse("u8");
    assert!(
        key_type
            .key(Key::encoded(b"\x01"))
            .unwrap()
            .is_same(b"\xa1a")
            .is_err()
    );
}

#[test]
fn a_key_shows_what_it_is() {
    let key_type = Type::parse("&str");
    let key = key_type.key(Key::encoded(b"\xa1a")).unwrap();
    assert_eq!(format!("{key:?}"), r"EncodedKey(\xa1a of the type string)");
}

proptest! {
    #[test]
    fn no_bytes_make_trouble(bytes: Vec<u8>, name in prop::sample::select(&[
        "u8", "i128", "str", "char", "bool", "[u8]", "[u64; 2]", "(u8, [bool], core::option::Option<str>)", "[[str]]",
    ])) {
        let key_type = Type::parse(name);
        if let Ok(key) = key_type.key(Key::encoded(&bytes)) {
            calls(&key);
            prop_assert!(key.is_same(&bytes).unwrap());
            prop_assert!(key.is_same(&key.canonical(&bytes).unwrap()).unwrap());
        }
    }
}
