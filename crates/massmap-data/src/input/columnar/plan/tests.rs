use std::sync::Arc;

use arrow_schema::TimeUnit;

use super::*;
use crate::input::settings::column_rules::Times;
use crate::types::key::KeyType;
use crate::types::value::ValueType;

fn columns(columns: &[(&str, DataType)]) -> Columns {
    let columns = columns.iter();
    columns
        .map(|(name, data_type)| Field::new(*name, data_type.clone(), true))
        .collect()
}

fn structure(fields: &[(&str, DataType)]) -> DataType {
    DataType::Struct(columns(fields))
}

fn settings(key: Option<&str>, value: Option<&str>) -> InputSettings {
    let mut settings = InputSettings::new([]);
    settings.fields.key = key.map(str::to_owned);
    settings.fields.value = value.map(str::to_owned);
    settings
}

/// Key and value, or the message of the error.
fn types(columns: &Columns, settings: &InputSettings) -> Result<[String; 2], String> {
    let plan = Plan::choose(columns, settings, "first".to_owned());
    let plan = plan.map_err(|error| format!("{error:#}"))?;
    Ok([&plan.key, &plan.value].map(|part| part.schema().unwrap().to_string()))
}

fn found(key: &str, value: &str) -> Result<[String; 2], String> {
    Ok([key.to_owned(), value.to_owned()])
}

#[test]
fn the_first_column_is_the_key_and_all_others_are_the_value() {
    let two = columns(&[("id", DataType::UInt32), ("n", DataType::Int8)]);
    assert_eq!(types(&two, &settings(None, None)), found("u32", "i8"));
    assert_eq!(types(&two, &settings(Some("n"), None)), found("i8", "u32"));
    let three = columns(&[
        ("id", DataType::UInt32),
        ("n", DataType::Int8),
        ("t", DataType::Utf8),
    ]);
    assert_eq!(
        types(&three, &settings(None, None)),
        found("u32", "{n: i8, t: string}")
    );
    assert_eq!(
        types(&three, &settings(Some("t"), None)),
        found("string", "{id: u32, n: i8}")
    );
    assert_eq!(
        types(&three, &settings(Some("id,t"), None)),
        found("(u32, string)", "i8")
    );
    assert_eq!(
        types(&three, &settings(Some("t,id"), Some("id,n"))),
        found("(string, u32)", "{id: u32, n: i8}")
    );
    let mut tuple = settings(None, Some("t,n"));
    tuple.column_rules.value_shape = ValueShape::Tuple;
    assert_eq!(types(&three, &tuple), found("u32", "(string, i8)"));
}

#[test]
fn fields_inside_of_columns_are_named_with_dots() {
    let inner = structure(&[("c", DataType::Int16), ("d.e", DataType::Boolean)]);
    let columns = columns(&[
        ("id", DataType::Int64),
        ("a", structure(&[("b", inner), ("c", DataType::Float64)])),
        ("x.y", DataType::Int8),
        ("p,q", DataType::Utf8),
    ]);
    let value = |name| types(&columns, &settings(None, Some(name)));
    assert_eq!(value("a.b.c"), found("i64", "i16"));
    assert_eq!(value("a.b.d.e"), found("i64", "bool"));
    assert_eq!(value("x.y"), found("i64", "i8"));
    assert_eq!(value("p,q"), found("i64", "string"));
    assert_eq!(value("a.b"), found("i64", "{c: i16, d.e: bool}"));
    // Fields of the same name have the whole path as theirs.
    assert_eq!(value("a.c,a.b.c"), found("i64", "{a.c: f64, a.b.c: i16}"));
    assert_eq!(value("a.c,x.y"), found("i64", "{c: f64, x.y: i8}"));
    for (name, problem) in [
        ("a.z", "in \"a\": there is no column \"z\" among \"b\", \"c\""),
        ("id.z", "the column \"id\" has no fields"),
        (
            "z",
            "there is no column \"z\" among \"id\", \"a\", \"x.y\", \"p,q\"",
        ),
        ("id,z", "there is no column \"z\" among "),
        ("x.y,x.y", "the column \"x.y\" is chosen twice"),
        ("id", "\"id\" is both key and value"),
    ] {
        let message = value(name).unwrap_err();
        assert!(message.starts_with(problem), "{name}: {message}");
    }
}

#[test]
fn tables_without_a_choice_are_errors() {
    let message = |columns: &Columns| types(columns, &settings(None, None)).unwrap_err();
    assert_eq!(message(&columns(&[])), "it has no columns");
    assert_eq!(
        types(&columns(&[]), &settings(Some("id"), None)).unwrap_err(),
        "there is no column \"id\": the table has no columns"
    );
    assert_eq!(
        message(&columns(&[("id", DataType::Int8)])),
        "there is no column for the value: it has only \"id\"; --value chooses one"
    );
    let twice = [
        ("id", DataType::Int8),
        ("a", DataType::Int8),
        ("a", DataType::Int8),
    ];
    assert_eq!(
        message(&columns(&twice)),
        "there are two columns \"a\"; choose the value with --value"
    );
    let chosen = types(&columns(&twice), &settings(None, Some("a")));
    assert_eq!(
        chosen.unwrap_err(),
        "there are two columns \"a\": rename one of them"
    );
    assert_eq!(
        types(&columns(&twice), &settings(None, Some("id"))).unwrap_err(),
        "\"id\" is both key and value"
    );
}

#[test]
fn what_has_no_hash_or_no_place_in_a_map_is_refused() {
    let entries = Field::new(
        "entries",
        structure(&[("k", DataType::Utf8), ("v", DataType::Utf8)]),
        false,
    );
    let union = DataType::Union(
        arrow_schema::UnionFields::from_fields([Field::new("a", DataType::Int8, true)]),
        arrow_schema::UnionMode::Dense,
    );
    let list = DataType::List(Arc::new(Field::new("item", DataType::Float32, true)));
    let columns = columns(&[
        ("float", DataType::Float64),
        ("list", list),
        ("map", DataType::Map(Arc::new(entries), false)),
        ("null", DataType::Null),
        ("union", union),
        ("id", DataType::Int8),
    ]);
    for (key, value, problem) in [
        (
            "float",
            "id",
            "the column \"float\" cannot be a key: it has floats",
        ),
        ("id,float", "id", "the column \"float\" cannot be a key"),
        ("list", "id", "the column \"list\" cannot be a key: it has floats"),
        ("map", "id", "the column \"map\" cannot be a key: it has maps"),
        (
            "null",
            "id",
            "the column \"null\" cannot be a key: it has always null",
        ),
        (
            "id",
            "union",
            "the column \"union\" cannot be used: it is a union",
        ),
    ] {
        let message = types(&columns, &settings(Some(key), Some(value))).unwrap_err();
        assert!(message.starts_with(problem), "{key} {value}: {message}");
    }
    // An exact type is asked for.
    let mut typed = settings(Some("float"), Some("id"));
    typed.key_types = vec![KeyType::U64];
    typed.value_types = vec![ValueType::F64];
    assert_eq!(types(&columns, &typed), found("u64", "f64"));
    let mut typed = settings(Some("id"), Some("float,list"));
    typed.value_types = vec![ValueType::F64];
    assert_eq!(
        types(&columns, &typed).unwrap_err(),
        "a value of type f64 is one column: choose it with --value"
    );
}

#[test]
fn nulls_and_times_follow_the_rules() {
    let columns = columns(&[
        ("id", DataType::Int64),
        ("at", DataType::Timestamp(TimeUnit::Millisecond, None)),
        ("s", structure(&[("d", DataType::Date32)])),
    ]);
    let mut settings = settings(None, None);
    assert_eq!(
        types(&columns, &settings),
        found("i64", "{at: string, s: {d: string}}")
    );
    settings.column_rules.nulls = Nulls::Keep;
    settings.column_rules.times = Times::Integer;
    assert_eq!(
        types(&columns, &settings),
        found("i64", "{at: optional i64, s: optional {d: optional i32}}")
    );
    settings.fields.value = Some("s.d".to_owned());
    assert_eq!(types(&columns, &settings), found("i64", "optional i32"));
}

#[test]
fn later_inputs_have_the_same_columns_in_any_order() {
    let first = columns(&[
        ("id", DataType::Int64),
        ("a", DataType::Utf8),
        ("b", DataType::Null),
    ]);
    let mut plan = Plan::choose(&first, &settings(None, None), "first".to_owned()).unwrap();
    let other = columns(&[
        ("b", DataType::Int8),
        ("id", DataType::Int64),
        (
            "a",
            DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::LargeUtf8)),
        ),
    ]);
    plan.join(&other).unwrap();
    assert_eq!(plan.value.schema().unwrap().to_string(), "{a: string, b: i8}");
    let id = ("id", DataType::Int64);
    let (a, b) = (("a", DataType::Utf8), ("b", DataType::Int8));
    for (other, problem) in [
        (vec![id.clone(), a.clone()], "it lacks \"b\""),
        (
            vec![id.clone(), a.clone(), b.clone(), ("c", DataType::Int8)],
            "it has \"c\" in addition",
        ),
        (
            vec![id.clone(), a.clone(), ("c", DataType::Int8)],
            "it lacks \"b\" and has \"c\" instead",
        ),
        (
            vec![id.clone(), a.clone(), ("b", DataType::Int16)],
            "its column \"b\" is i16, but that of first is i8",
        ),
        (vec![("id", DataType::UInt64), a, b], "its column \"id\" is u64"),
    ] {
        let message = format!("{:#}", plan.join(&columns(&other)).unwrap_err());
        assert!(message.contains(problem), "{message}");
    }
    // Other columns do not matter if the value is chosen.
    let mut plan = Plan::choose(&first, &settings(None, Some("a")), "first".to_owned()).unwrap();
    plan.join(&columns(&[id, ("a", DataType::Utf8View), ("z", DataType::Int8)]))
        .unwrap();
}

#[test]
fn a_null_in_any_input_makes_values_optional() {
    let required = |is_nullable| -> Columns {
        [
            Field::new("id", DataType::Int64, false),
            Field::new("a", DataType::Utf8, is_nullable),
        ]
        .into_iter()
        .collect()
    };
    let mut settings = settings(None, None);
    settings.column_rules.nulls = Nulls::Keep;
    let mut plan = Plan::choose(&required(false), &settings, "first".to_owned()).unwrap();
    assert_eq!(plan.value.schema().unwrap().to_string(), "string");
    plan.join(&required(true)).unwrap();
    plan.join(&required(false)).unwrap();
    assert_eq!(plan.value.schema().unwrap().to_string(), "optional string");
}
