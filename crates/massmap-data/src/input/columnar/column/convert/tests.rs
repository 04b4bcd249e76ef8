use arrow_array::{Float64Array, StringArray};
use arrow_buffer::ScalarBuffer;
use massmap::dynamic::Value;

use super::*;

fn cells(column: &Column, rows: usize) -> Vec<Value> {
    let encoded = (0..rows).map(|row| rmp_serde::to_vec(&Cell { column, row }).unwrap());
    encoded
        .map(|encoded| {
            massmap::dynamic::Type::parse("")
                .decode(&encoded, 1 << 20)
                .unwrap()
        })
        .collect()
}

fn converted(column: Column, rows: usize, target: Target) -> Result<Vec<Value>, (usize, String)> {
    match convert(column, rows, None, target) {
        Ok(column) => Ok(cells(&column, rows)),
        Err(bad) => Err((bad.row, bad.cause.to_string())),
    }
}

#[test]
fn numbers_become_other_numbers_if_these_are_equal() {
    let integers = || Column::I64(ScalarBuffer::from(vec![0, 200, 1 << 53]));
    let doubles = |values: Vec<f64>| Column::F64(Float64Array::from(values).values().clone());
    let same = |values: [u64; 3]| Ok(values.map(Value::from).to_vec());
    assert_eq!(
        converted(integers(), 3, Target::Key(KeyType::U64)),
        same([0, 200, 1 << 53])
    );
    assert_eq!(
        converted(integers(), 3, Target::Key(KeyType::U32)),
        Err((2, "the key 9007199254740992 is not of type u32".to_owned()))
    );
    assert_eq!(
        converted(integers(), 3, Target::Key(KeyType::U8)),
        Err((2, "the key 9007199254740992 is not of type u8".to_owned()))
    );
    assert_eq!(
        converted(integers(), 3, Target::Key(KeyType::I8)),
        Err((1, "the key 200 is not of type i8".to_owned()))
    );
    // As pandas has integers in columns with nulls.
    assert_eq!(
        converted(doubles(vec![0.0, 3.0, 1e15]), 3, Target::Value(ValueType::U64)),
        same([0, 3, 1_000_000_000_000_000])
    );
    for (value, target) in [
        (0.5, ValueType::U64),
        (-1.0, ValueType::U64),
        (-0.0, ValueType::I64),
        (f64::NAN, ValueType::I128),
        (f64::INFINITY, ValueType::I128),
        (1e39, ValueType::U128),
    ] {
        let error = converted(doubles(vec![value]), 1, Target::Value(target)).unwrap_err();
        assert_eq!(
            error.1,
            format!("the value {value} is not of type {}", target.name())
        );
    }
    let float = |value: i64| {
        let column = Column::I64(ScalarBuffer::from(vec![value]));
        converted(column, 1, Target::Value(ValueType::F64)).is_ok()
    };
    assert!(float(1 << 53) && float(i64::MIN) && float(-1));
    assert!(!float((1 << 53) + 1) && !float(i64::MAX));
    let wide = Column::U128(vec![u128::MAX]);
    assert!(converted(wide, 1, Target::Value(ValueType::F64)).is_err());
}

#[test]
fn digits_are_integers_in_keys_only() {
    let texts = || Column::Text(StringArray::from(vec!["12", "-3"]));
    assert_eq!(
        converted(texts(), 2, Target::Key(KeyType::I16)),
        Ok(vec![Value::from(12), Value::from(-3)])
    );
    assert_eq!(
        converted(texts(), 2, Target::Key(KeyType::U16)),
        Err((1, "the key \"-3\" is not of type u16".to_owned()))
    );
    assert_eq!(
        converted(texts(), 2, Target::Value(ValueType::I64)),
        Err((0, "the value \"12\" is not of type i64".to_owned()))
    );
    let integers = || Column::I8(ScalarBuffer::from(vec![12, -3]));
    assert_eq!(
        converted(integers(), 2, Target::Key(KeyType::Text)),
        Ok(vec![Value::from("12"), Value::from("-3")])
    );
    assert_eq!(
        converted(integers(), 2, Target::Value(ValueType::String)),
        Err((0, "the value 12 is not of type string".to_owned()))
    );
}

#[test]
fn rows_that_are_left_out_need_not_be_convertible() {
    let texts = Column::Text(StringArray::from(vec!["none", "7"]));
    let valid = NullBuffer::from(vec![false, true]);
    let Ok(column) = convert(texts, 2, Some(&valid), Target::Key(KeyType::U8)) else {
        panic!("the first row does not count");
    };
    assert_eq!(cells(&column, 2)[1], Value::from(7));
}

#[test]
fn json_has_sorted_members_and_the_shortest_integers() {
    let column = || {
        Column::Struct(vec![
            ("b", Column::I64(ScalarBuffer::from(vec![-1, 300]))),
            ("a", Column::F32(ScalarBuffer::from(vec![0.5, 2.0]))),
            (
                "c",
                Column::Optional {
                    valid: Some(NullBuffer::from(vec![true, false])),
                    inner: Box::new(Column::Text(StringArray::from(vec!["x", ""]))),
                },
            ),
        ])
    };
    let Ok(Column::Json(values)) = convert(column(), 2, None, Target::Value(ValueType::Json)) else {
        panic!("it can be converted");
    };
    let expected = [
        serde_json::json!({"a": 0.5, "b": -1, "c": "x"}),
        serde_json::json!({"a": 2.0, "b": 300, "c": null}),
    ];
    for (value, expected) in values.iter().zip(&expected) {
        let encoded = rmp_serde::to_vec(expected).unwrap();
        assert_eq!(value.as_ref().unwrap().as_bytes(), encoded);
    }
    let infinite = Column::F64(ScalarBuffer::from(vec![0.0, f64::INFINITY]));
    let error = converted(infinite, 2, Target::Value(ValueType::Json)).unwrap_err();
    assert_eq!(error.0, 1);
    assert!(error.1.starts_with("inf is not JSON"), "{}", error.1);
}
