//! Value types.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::both::{Settings, assert_alike};

fn assert_values_alike<V>(values: Vec<V>)
where
    V: Serialize + DeserializeOwned + Clone + PartialEq + Debug,
{
    let entries: Vec<(u16, V)> = (0..).map(|i| i * 77).zip(values).collect();
    for field_names in [false, true] {
        let settings = Settings {
            field_names: Some(field_names),
            ..Settings::buckets(4)
        };
        assert_alike(&settings, &entries, &[1, 2, 3]);
    }
}

#[test]
fn maps_to_numbers_are_alike() {
    assert_values_alike(vec![u8::MIN, 127, 128, u8::MAX]);
    assert_values_alike(vec![i64::MIN, -129, -33, -32, -1, 0, 127, 128, 65536, i64::MAX]);
    assert_values_alike(vec![u128::MIN, u128::MAX, 1 << 64]);
    assert_values_alike(vec![i128::MIN, -1, i128::MAX]);
    assert_values_alike(vec![0.0f32, -1.5, f32::MAX, f32::INFINITY]);
    assert_values_alike(vec![
        0.0f64,
        -0.0,
        1.0 / 3.0,
        f64::MIN_POSITIVE,
        f64::NEG_INFINITY,
    ]);
}

#[test]
fn maps_to_units_booleans_characters_and_strings_are_alike() {
    assert_values_alike(vec![(), (), ()]);
    assert_values_alike(vec![true, false]);
    assert_values_alike(vec!['a', 'ß', '🦀']);
    assert_values_alike(vec![
        String::new(),
        "x".repeat(31),
        "x".repeat(32),
        "ä".repeat(200),
        "y".repeat(70_000),
    ]);
}

#[test]
fn maps_to_options_are_alike() {
    assert_values_alike(vec![None, Some(1u32), Some(u32::MAX)]);
    assert_values_alike(vec![
        None,
        Some(vec![None, Some("text".to_owned())]),
        Some(vec![]),
    ]);
}

#[test]
fn maps_to_sequences_are_alike() {
    assert_values_alike((0..20u32).map(|i| (0..i).collect::<Vec<_>>()).collect());
    assert_values_alike(vec![vec![0u8; 300], vec![255; 70], vec![]]);
    assert_values_alike(vec![vec![(); 17], vec![]]);
    assert_values_alike(vec![(1u8, "two".to_owned(), [3.0f64; 3]); 4]);
    assert_values_alike(vec![vec![7u64; 70_000]]);
}

#[test]
fn maps_to_maps_are_alike() {
    let tree = |n: i32| -> BTreeMap<String, i32> { (0..n).map(|i| (format!("{i}"), -i)).collect() };
    assert_values_alike((0..20).map(tree).collect());
    let hash = |n: u32| -> HashMap<u32, Vec<u32>> { (0..n).map(|i| (i, vec![i; 2])).collect() };
    assert_values_alike((0..40).map(hash).collect());
}

#[test]
fn maps_to_json_are_alike() {
    assert_values_alike(vec![
        json!(null),
        json!(true),
        json!([1, -1, 1.5, u64::MAX, i64::MIN]),
        json!({ "a": { "b": [{}, [], "text"] }, "c": null }),
    ]);
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Default)]
struct Person {
    name: String,
    age: u8,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    nickname: Option<String>,
    address: Address,
    marker: Marker,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Default)]
struct Address {
    #[serde(rename = "zip-code")]
    zip: u32,
    lines: Vec<String>,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Default)]
struct Marker;

#[test]
fn maps_to_nested_structs_are_alike() {
    let person = |i: u8| Person {
        name: format!("name {i}"),
        age: i * 20,
        // In an array, leaving out the third of five fields would shift those after it.
        nickname: Some("nick".to_owned()),
        address: Address {
            zip: u32::from(i) * 10_000,
            lines: vec![format!("{i}"); usize::from(i)],
        },
        marker: Marker,
    };
    assert_values_alike((0..12).map(person).collect());
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
enum Shape {
    Nothing,
    Circle(f64),
    Rectangle(f64, f64),
    Polygon { points: Vec<(i32, i32)>, closed: bool },
    Group(Vec<Shape>),
}

#[test]
fn maps_to_enums_of_every_kind_of_variant_are_alike() {
    let polygon = Shape::Polygon {
        points: vec![(0, 1), (2, -3)],
        closed: true,
    };
    assert_values_alike(vec![
        Shape::Nothing,
        Shape::Circle(1.5),
        Shape::Rectangle(1.0, 2.0),
        polygon.clone(),
        Shape::Group(vec![
            polygon,
            Shape::Nothing,
            Shape::Group(vec![Shape::Circle(0.5)]),
        ]),
    ]);
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
#[serde(tag = "kind")]
enum Tagged {
    Number { value: i64 },
    Text { value: String },
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Extended {
    fixed: u8,
    #[serde(flatten)]
    rest: BTreeMap<String, i32>,
}

#[test]
fn maps_to_values_that_serialize_as_maps_of_unknown_length_are_alike() {
    let rest = [("x".to_owned(), 1), ("y".to_owned(), 2)].into();
    assert_values_alike(vec![Extended { fixed: 1, rest }]);
    let entries = [
        (1u8, Tagged::Number { value: -1 }),
        (
            2,
            Tagged::Text {
                value: "t".to_owned(),
            },
        ),
    ];
    let settings = Settings {
        field_names: Some(true),
        ..Settings::buckets(3)
    };
    assert_alike(&settings, &entries, &[3]);
}
