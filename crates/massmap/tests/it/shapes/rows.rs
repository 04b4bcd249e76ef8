//! The rows of the table, one for each shape.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, VecDeque};
use std::fmt::Debug;
use std::hash::Hash;
use std::marker::PhantomData;
use std::net::{IpAddr, SocketAddr};
use std::num::{NonZeroU8, Wrapping};
use std::ops::Bound;
use std::time::{Duration, UNIX_EPOCH};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::types::*;
use super::{How, Outcome, outcome};

/// A row of the table: a shape, and the outcomes of an example.
pub(super) struct Row {
    /// Name of the shape.
    pub(super) shape: &'static str,
    /// Rust expression of the example.
    pub(super) example: &'static str,
    /// Type of the example, without its path.
    pub(super) type_name: &'static str,
    /// The outcome for each way of building a map.
    pub(super) outcomes: Vec<(How, Outcome)>,
}

fn value_row<V>(shape: &'static str, example: &'static str, value: V) -> Row
where
    V: Serialize + DeserializeOwned + PartialEq + Clone + Debug,
{
    Row {
        shape,
        example,
        type_name: short_name::<V>(),
        outcomes: How::all().map(|how| (how, outcome(&7u32, &value, how))).collect(),
    }
}

fn key_row<K>(shape: &'static str, example: &'static str, key: K) -> Row
where
    K: Serialize + DeserializeOwned + Hash + Eq + Clone + Debug,
{
    Row {
        shape,
        example,
        type_name: short_name::<K>(),
        outcomes: How::all().map(|how| (how, outcome(&key, &7u32, how))).collect(),
    }
}

/// The name of a type without its path and parameters.
fn short_name<T>() -> &'static str {
    let name = std::any::type_name::<T>();
    let path = name.split('<').next().unwrap_or(name);
    path.rsplit("::").next().unwrap_or(path)
}

macro_rules! rows {
    ($row:ident, $($shape:literal: $value:expr;)*) => {
        vec![$($row($shape, stringify!($value), $value)),*]
    };
}

fn address() -> IpAddr {
    [192, 0, 2, 1].into()
}

/// The rows about values.
pub(super) fn values() -> Vec<Row> {
    let text = || "text".to_owned();
    let point = || Point { x: 1, y: -2 };
    let big = || BigField {
        big: 1 << 100,
        small: 3,
    };
    rows! { value_row,
        "integer": u64::MAX;
        "negative integer": i64::MIN;
        "128-bit integer": u128::MAX;
        "negative 128-bit integer": i128::MIN;
        "float": 0.1f32;
        "double": -1.0e300f64;
        "boolean": true;
        "character": '🦀';
        "string": text();
        "borrowed or owned string": Cow::Borrowed("text");
        "unit": ();
        "unit struct": Unit;
        "struct without fields": Empty {};
        "marker": PhantomData::<u8>;
        "list": vec![1u16, 2, 300];
        "list of bytes": vec![0u8, 127, 255];
        "list of units": vec![(), ()];
        "array": [1u8, 2, 200];
        "tuple": (1u8, text(), 2.5f64);
        "queue": VecDeque::from([3, 1, 2]);
        "sorted set": BTreeSet::from([3, 1, 2]);
        "hash set": (0..50).collect::<HashSet<i32>>();
        "boxed list of options": vec![None, Some(Box::new(1u8))];
        "sorted map": BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)]);
        "hash map": (0..50).map(|n| (n, text())).collect::<HashMap<u8, String>>();
        "map keyed by structs": BTreeMap::from([(point(), 1)]);
        "map keyed by tuples": HashMap::from([((1u8, 'x'), 1)]);
        "map keyed by enums": BTreeMap::from([(External::Unit, 1), (External::Newtype(1), 2)]);
        "map keyed by units": HashMap::from([((), 1)]);
        "map keyed by options": HashMap::from([(None, 1), (Some(1u8), 2)]);
        "map keyed by 128-bit integers": BTreeMap::from([(1u128, 1)]);
        "map of hash maps": (0..9).map(|n| (n, HashMap::from([(n, 1), (n + 1, 2), (n + 2, 3)]))).collect::<HashMap<u8, HashMap<u8, u8>>>();
        "JSON": json!({ "list": [1, -1, 0.5, null, true], "text": "text" });
        "result": Ok::<u8, String>(1);
        "result of unit": Ok::<(), String>(());
        "range": 1..5u8;
        "bound": Bound::Included(5u8);
        "duration": Duration::new(5, 6);
        "time": UNIX_EPOCH + Duration::new(5, 6);
        "IP address": address();
        "socket address": SocketAddr::new(address(), 443);
        "wrapping integer": Wrapping(255u8);
        "integer other than zero": NonZeroU8::MIN;

        "option, none": None::<u8>;
        "option, some": Some(1u8);
        "option of a 128-bit integer": Some(u128::MAX);
        "option of a unit": Some(());
        "option of a unit struct": Some(Unit);
        "option of a marker": Some(PhantomData::<u8>);
        "option of an option, none": None::<Option<u8>>;
        "option of an option, some of none": Some(None::<u8>);
        "option of an option, some of some": Some(Some(1u8));
        "option of a newtype of none": Some(Newtype(None::<u8>));
        "option of JSON's null": Some(json!(null));
        "option of an untagged unit variant": Some(Untagged::Unit);
        "option of a list of none": Some(vec![None::<u8>]);
        "list of options of options": vec![None, Some(None), Some(Some(1u8))];

        "struct": point();
        "struct of structs": Nested { name: text(), at: point(), note: None };
        "newtype struct": Newtype(point());
        "tuple struct": Pair(1, text());
        "struct with a marker": Generic { of: PhantomData::<String>, id: 1 };
        "`transparent`": Transparent { inner: vec![1, 2] };
        "`rename`, `rename_all`, `alias`, `deny_unknown_fields`": Renamed { first_name: text(), number: 1 };
        "`rename` to another name for reading": RenamedOneWay { field: 1 };
        "`default` for the struct": Defaults { a: 3, b: None };
        "`from` and `into`": Converted { a: 1, b: 2 };

        "`skip_serializing_if`, nothing skipped": Offer { discount: Some(1), price: Some(99) };
        "`skip_serializing_if`, skipped before another field": Offer { discount: None, price: Some(99) };
        "`skip_serializing_if`, skipped before a field of another type": SkipsFirst { tags: vec![], count: 3 };
        "`skip_serializing_if` and `default`, skipped at the end": SkipsLast { count: 1, note: None };
        "`skip_serializing_if` and `default`, all skipped": Offer { discount: None, price: None };
        "`skip_serializing_if` without `default`, skipped at the end": SkipsLastWithoutDefault { count: 1, note: None };
        "`skip`, with the default": SkipsAlways { a: 1, cache: 0, b: 2 };
        "`skip_serializing`, with the default": SkipsWriting { a: 1, old: 0, b: 2 };
        "`skip_serializing_if` in a tuple struct": SkipsElement(None, Some(1));
        "`skip_serializing_if` in a tuple variant": Skipping::Tuple(None, Some(1));
        "`skip_serializing_if` in a struct variant": Skipping::Struct { a: None, b: Some(1) };

        "externally tagged, unit variant": External::Unit;
        "externally tagged, newtype variant": External::Newtype(1);
        "externally tagged, struct variant": External::Struct { x: 1, y: text() };
        "externally tagged, tuple variant": External::Tuple(1, text());
        "externally tagged, newtype of none": External::Optional(None);
        "externally tagged, newtype of a unit": External::Nothing(());
        "externally tagged, 128-bit integer": External::Big(1 << 100);
        "externally tagged, field of 128 bits": External::BigField { big: -1 };
        "externally tagged, IP address": External::Address(address());

        "internally tagged, unit variant": Internal::Unit;
        "internally tagged, struct variant": Internal::Struct { x: 1, y: text() };
        "internally tagged, newtype of a struct": Internal::Newtype(point());
        "internally tagged, newtype of a unit struct": Internal::UnitStruct(Unit);
        "internally tagged, newtype of a map": Internal::Map(BTreeMap::from([(text(), 1)]));
        "internally tagged, newtype of a number": Internal::Number(1);
        "internally tagged, `flatten`": Internal::Flattened { id: 1, rest: point() };
        "internally tagged, field of 128 bits": Internal::Big { big: 1 << 100 };
        "internally tagged, newtype of a struct with 128 bits": Internal::BigNewtype(big());
        "internally tagged, list of 128-bit integers": Internal::BigList { list: vec![-1] };
        "internally tagged, IP address": Internal::Address { address: address() };
        "internally tagged, skipped before another field": Internal::Skips { a: None, b: Some(1) };

        "adjacently tagged, unit variant": Adjacent::Unit;
        "adjacently tagged, newtype variant": Adjacent::Newtype(1);
        "adjacently tagged, newtype of a struct": Adjacent::OfStruct(point());
        "adjacently tagged, struct variant": Adjacent::Struct { x: 1, y: text() };
        "adjacently tagged, tuple variant": Adjacent::Tuple(1, text());
        "adjacently tagged, newtype of none": Adjacent::Optional(None);
        "adjacently tagged, newtype of a unit": Adjacent::Nothing(());
        "adjacently tagged, 128-bit integer": Adjacent::Big(1 << 100);
        "adjacently tagged, IP address": Adjacent::Address(address());
        "adjacently tagged, tuple of itself": Adjacent::Recursive(Box::new(Adjacent::Tuple(1, text())), 2);

        "untagged, unit variant": Untagged::Unit;
        "untagged, newtype variant": Untagged::Number(1);
        "untagged, tuple variant": Untagged::Tuple(1, text());
        "untagged, struct variant": Untagged::Struct { x: 1, y: text() };
        "untagged, 128-bit integer": UntaggedBig::Big(u128::from_be_bytes(*b"sixteen letters."));

        "untagged, IP address": UntaggedBig::Address(address());

        "tagged struct": TaggedStruct { x: 1, big: 1 << 100 };
        "`flatten` of a struct": Flat { id: 1, rest: point() };
        "`flatten` of an option, some": Flat { id: 1, rest: Some(point()) };
        "`flatten` of an option, none": Flat { id: 1, rest: None::<Point> };
        "`flatten` of a map": Flat { id: 1, rest: BTreeMap::from([(text(), 1)]) };
        "`flatten` of a hash map": Flat { id: 1, rest: (0..20).map(|n| (n.to_string(), n)).collect::<HashMap<String, u8>>() };
        "`flatten` of a map with a key like a field": Flat { id: 1, rest: BTreeMap::from([("id".to_owned(), 1)]) };
        "`flatten` of an externally tagged enum": Flat { id: 1, rest: External::Struct { x: 1, y: text() } };
        "`flatten` of an internally tagged enum": Flat { id: 1, rest: Internal::Struct { x: 1, y: text() } };
        "`flatten` of an adjacently tagged unit variant": Flat { id: 1, rest: Adjacent::Unit };
        "`flatten` of an adjacently tagged struct variant": Flat { id: 1, rest: Adjacent::Struct { x: 1, y: text() } };
        "`flatten` of a struct beside 128 bits and an address": FlatBesideBig { id: 1 << 100, address: address(), rest: point() };
        "`flatten` beside a skipped field": FlatSkips { a: None, rest: point(), b: Some(1) };
        "`flatten` of a struct with 128 bits": Flat { id: 1, rest: big() };
        "`flatten` of a map of 128-bit integers": Flat { id: 1, rest: BTreeMap::from([(text(), 1u128)]) };
        "`flatten` of a struct with an IP address": Flat { id: 1, rest: AddressField { address: address() } };
        "`flatten` of a struct variant with 128 bits": Flat { id: 1, rest: External::BigField { big: 1 } };
    }
}

/// A key that hashes a field that is not serialized.
#[derive(serde::Serialize, serde::Deserialize, Debug, Clone, PartialEq, Eq, Hash)]
struct HashesSkipped {
    id: u8,
    #[serde(skip)]
    cache: u8,
}

/// The rows about keys.
pub(super) fn keys() -> Vec<Row> {
    let text = || "text".to_owned();
    let point = || Point { x: 1, y: -2 };
    rows! { key_row,
        "integer": u64::MAX;
        "128-bit integer": i128::MIN;
        "string": text();
        "unit": ();
        "tuple": (1u8, text());
        "list": vec![1u8, 2];
        "sorted map": BTreeMap::from([(text(), 1)]);
        "IP address": address();
        "option, none": None::<u8>;
        "option of an option, none": None::<Option<u8>>;
        "option of an option, some of none": Some(None::<u8>);
        "option of an option, some of some": Some(Some(1u8));
        "option of a unit": Some(());
        "struct": point();
        "newtype struct": Newtype(point());
        "`rename` to another name for reading": RenamedOneWay { field: 1 };
        "`skip_serializing_if`, skipped before another field": Offer { discount: None, price: Some(99) };
        "`skip_serializing_if` and `default`, skipped at the end": SkipsLast { count: 1, note: None };
        "`skip_serializing_if` without `default`, skipped at the end": SkipsLastWithoutDefault { count: 1, note: None };
        "`skip_serializing_if` in a tuple struct": SkipsElement(None, Some(1));
        "`skip`, hashed, with the default": HashesSkipped { id: 1, cache: 0 };
        "`skip`, hashed, with something else": HashesSkipped { id: 1, cache: 5 };
        "externally tagged, unit variant": External::Unit;
        "externally tagged, struct variant": External::Struct { x: 1, y: text() };
        "internally tagged, struct variant": Internal::Struct { x: 1, y: text() };
        "internally tagged, field of 128 bits": Internal::Big { big: 1 << 100 };
        "adjacently tagged, unit variant": Adjacent::Unit;
        "adjacently tagged, newtype variant": Adjacent::Newtype(1);
        "adjacently tagged, struct variant": Adjacent::Struct { x: 1, y: text() };
        "untagged, tuple variant": Untagged::Tuple(1, text());
        "untagged, struct variant": Untagged::Struct { x: 1, y: text() };
        "`flatten` of a struct": Flat { id: 1, rest: point() };
        "`flatten` of a struct with 128 bits": Flat { id: 1, rest: BigField { big: 1, small: 2 } };
    }
}

/// Not in the table, since a heap has no equality.
#[test]
fn a_heap_comes_back_in_any_order_of_its_elements() {
    let heap = BinaryHeap::from([5, 1, 4, 2, 3]);
    for how in How::all() {
        let file = how.build(&[(1u8, heap.clone())]).unwrap();
        let map = massmap::MassMap::<u8, BinaryHeap<i32>, _>::load(massmap::BytesReader::new(file)).unwrap();
        assert_eq!(map.get(&1).unwrap().unwrap().into_sorted_vec(), [1, 2, 3, 4, 5]);
    }
}
