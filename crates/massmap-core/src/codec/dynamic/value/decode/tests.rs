use std::any::type_name;
use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Serialize;

use super::*;

const LIMIT: usize = 1 << 20;

fn decode(type_name: &str, bytes: &[u8]) -> Result<Value, ValueError> {
    Type::parse(type_name).decode(bytes, LIMIT)
}

#[track_caller]
fn check<T: Serialize>(value: &T, expected: impl Into<Value>) {
    let bytes = rmp_serde::to_vec(value).unwrap();
    assert_eq!(decode(type_name::<T>(), &bytes).unwrap(), expected.into());
}

#[test]
fn values_of_known_types_are_what_they_were() {
    check(&(), ());
    check(&true, true);
    check(&7u8, 7);
    check(&-7i64, -7);
    check(&u128::MAX, u128::MAX);
    check(&i128::MIN, i128::MIN);
    check(&1.5f32, 1.5);
    check(&-0.25f64, -0.25);
    check(&'é', 'é');
    check(&"text", "text");
    check(&Some(u128::MAX), u128::MAX);
    check(&None::<u8>, Value::Null);
    check(&vec![1u16, 2], [1, 2]);
    check(&vec![1u8, 255], Value::Bytes(vec![1, 255]));
    check(&[u128::MAX, 0], [u128::MAX, 0]);
    check(&(1u8, "a", vec![i128::MIN]), (1, "a", [i128::MIN]));
}

#[test]
fn values_of_other_types_are_what_their_encoding_says() {
    #[derive(Serialize)]
    struct Point {
        x: u8,
        y: Option<f64>,
    }
    #[derive(Serialize)]
    enum Shape {
        Empty,
        Points(Vec<Point>),
    }
    check(&Point { x: 1, y: None }, (1, Value::Null));
    check(&Shape::Empty, "Empty");
    let points = vec![Point { x: 1, y: Some(2.0) }];
    check(
        &Shape::Points(points),
        Value::Map(vec![("Points".into(), Value::from([(1, 2.0)]))]),
    );
    let map = BTreeMap::from([("a", 1), ("b", 2)]);
    check(
        &map,
        Value::Map(vec![("a".into(), 1.into()), ("b".into(), 2.into())]),
    );
    // Integers of 128 bits cannot be told apart from bytes there.
    check(
        &BTreeMap::from([("a", 1u128)]),
        Value::Map(vec![("a".into(), Value::Bytes(1u128.to_be_bytes().into()))]),
    );
}

#[test]
fn a_value_that_is_not_of_the_type_is_decoded_as_what_it_is() {
    assert_eq!(decode("u64", b"\xa1a").unwrap(), "a".into());
    assert_eq!(decode("u128", b"\xc4\x01a").unwrap(), Value::Bytes(b"a".to_vec()));
    assert_eq!(
        decode("alloc::vec::Vec<u8>", b"\x92\x01\xa1a").unwrap(),
        (1, "a").into()
    );
    assert_eq!(
        decode("alloc::vec::Vec<u8>", b"\x91\xcd\x01\x00").unwrap(),
        [256].into()
    );
    assert_eq!(decode("(u8, u8)", b"\x93\x01\x02\x03").unwrap(), [1, 2, 3].into());
    assert_eq!(
        decode("str", b"\xc7\x01\xffa").unwrap(),
        Value::Extension(-1, b"a".to_vec())
    );
}

#[test]
fn values_serialize_to_what_they_were_decoded_from() {
    for bytes in [
        &b"\xc0"[..],
        b"\xc3",
        b"\x07",
        b"\xd1\x80\x00",
        b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\xcb\x3f\xf8\0\0\0\0\0\0",
        b"\xa2ab",
        b"\xc4\x02ab",
        b"\x92\x01\xa1a",
        b"\x82\xa1a\x01\x02\xc0",
        b"\xd4\x05a",
        b"\xc7\x03\xfeabc",
    ] {
        let value = decode("", bytes).unwrap();
        assert_eq!(rmp_serde::to_vec(&value).unwrap(), bytes, "{value:?}");
    }
    assert_eq!(
        rmp_serde::to_vec(&Value::from(u128::MAX)).unwrap(),
        rmp_serde::to_vec(&u128::MAX).unwrap()
    );
    assert_eq!(
        rmp_serde::to_vec(&Value::from(i128::MIN)).unwrap(),
        rmp_serde::to_vec(&i128::MIN).unwrap()
    );
}

#[test]
fn damaged_values_are_errors_that_say_where() {
    for (bytes, expected) in [
        (&b""[..], 0),
        (b"\xc1", 0),
        (b"\x92\x01", 0),
        (b"\x92\x01\xc1", 2),
        (b"\x81\x01", 0),
        (b"\x92\xcd\x01", 1),
    ] {
        match decode("", bytes) {
            Err(ValueError::Damaged { position, .. }) => assert_eq!(position, expected, "{bytes:x?}"),
            other => panic!("{bytes:x?}: {other:?}"),
        }
    }
    assert!(matches!(
        decode("", b"\x91\xa1\xff"),
        Err(ValueError::InvalidText { position: 1 })
    ));
    assert!(matches!(
        decode("", b"\x01\x02\x03"),
        Err(ValueError::TrailingBytes { length: 2 })
    ));
}

#[test]
fn depth_is_limited() {
    let nested = |depth: usize| [&b"\x91".repeat(depth)[..], b"\x01"].concat();
    decode("", &nested(MAX_DEPTH)).unwrap();
    assert!(matches!(
        decode("", &nested(MAX_DEPTH + 1)),
        Err(ValueError::TooDeep)
    ));
    let maps = [&b"\x81\x01".repeat(MAX_DEPTH + 1)[..], b"\x01"].concat();
    assert!(matches!(decode("", &maps), Err(ValueError::TooDeep)));
}

#[test]
fn memory_is_limited_and_not_taken_for_what_is_not_there() {
    for bytes in [
        &b"\xdd\xff\xff\xff\xff"[..],
        b"\xdf\xff\xff\xff\xff",
        b"\xdd\x00\x10\x00\x00\x01",
    ] {
        assert!(matches!(
            decode("", bytes),
            Err(ValueError::Damaged { position: 0, .. })
        ));
    }
    let many = [&b"\xdd\x00\x01\x00\x00"[..], &b"\xc0".repeat(1 << 16)].concat();
    let least = (1 << 16) * size_of::<Value>();
    assert!(Type::parse("").decode(&many, least).is_ok());
    let error = Type::parse("").decode(&many, least - 1).unwrap_err();
    assert!(matches!(error, ValueError::TooLarge { limit } if limit == least - 1));
    let text = [&b"\xdb\x00\x01\x00\x00"[..], &b"a".repeat(1 << 16)].concat();
    assert!(Type::parse("").decode(&text, 1 << 16).is_ok());
    assert!(matches!(
        Type::parse("").decode(&text, 65_535),
        Err(ValueError::TooLarge { .. })
    ));
    // As bytes they take what they are.
    let ones = [&b"\xdd\x00\x01\x00\x00"[..], &b"\x01".repeat(1 << 16)].concat();
    assert!(Type::parse("[u8]").decode(&ones, 1 << 16).is_ok());
}

#[test]
fn a_value_is_not_large() {
    assert!(size_of::<Value>() <= 32);
}

proptest! {
    #[test]
    fn no_bytes_make_trouble(bytes: Vec<u8>, name in prop::sample::select(&["", "u128", "[u8]", "(u8, [u128])"])) {
        if let Ok(value) = decode(name, &bytes) {
            let again = rmp_serde::to_vec(&value).unwrap();
            prop_assert_eq!(format!("{:?}", decode(name, &again).unwrap()), format!("{value:?}"));
        }
    }
}
