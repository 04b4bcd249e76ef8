//! What the types of columns become.

mod nulls;

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::builder::{Int32Builder, MapBuilder, StringBuilder};
use arrow_array::types::{Float16Type, Int32Type, IntervalDayTime, IntervalMonthDayNano};
use arrow_array::{
    Array, ArrayRef, BinaryViewArray, Date32Array, Date64Array, Decimal32Array, Decimal64Array,
    Decimal128Array, Decimal256Array, DurationMillisecondArray, FixedSizeListArray, Float32Array, Int8Array,
    Int32Array, IntervalDayTimeArray, IntervalMonthDayNanoArray, IntervalYearMonthArray, LargeBinaryArray,
    LargeListArray, LargeListViewArray, ListViewArray, PrimitiveArray, RecordBatch, StringArray,
    Time32MillisecondArray, Time64NanosecondArray, TimestampNanosecondArray, TimestampSecondArray,
};
use arrow_buffer::i256;
use massmap_data::{Input, Times};
use serde::Serialize;

use crate::harness::{ByteString, Tables, build, build_entries, settings};

/// Checks that values are these, in Arrow IPC and, if it has the type, in Parquet.
fn check<V: Serialize>(column: ArrayRef, times: Times, values: impl IntoIterator<Item = V>, parquet: bool) {
    let entries: Vec<_> = (0i8..).zip(values).collect();
    assert_eq!(entries.len(), column.len());
    let expected = build_entries(&entries);
    let keys = (0i8..).take(column.len()).map(Some).collect::<Int8Array>();
    let name = column.data_type().clone();
    let batch = RecordBatch::try_from_iter([("k", Arc::new(keys) as ArrayRef), ("v", column)]).unwrap();
    let tables = Tables::new();
    let mut paths = vec![
        tables.arrow("a.arrow", &batch),
        tables.arrow("b.arrow", &batch.slice(0, batch.num_rows())),
    ];
    paths.extend(parquet.then(|| tables.parquet("a.parquet", &batch)));
    for path in paths {
        let mut settings = settings([&path]);
        settings.column_rules.times = times;
        let built = build(&settings).unwrap_or_else(|message| panic!("{name}: {message}"));
        assert!(built == expected, "{name} {path:?}");
    }
}

fn text<V: Serialize>(column: impl Array + 'static, values: impl IntoIterator<Item = V>) {
    check(Arc::new(column), Times::Text, values, true);
}

fn integer<V: Serialize>(column: impl Array + 'static, values: impl IntoIterator<Item = V>) {
    check(Arc::new(column), Times::Integer, values, true);
}

/// What Parquet does not have.
fn only_arrow<V: Serialize>(column: impl Array + 'static, values: impl IntoIterator<Item = V>) {
    check(Arc::new(column), Times::Text, values, false);
}

#[test]
fn half_floats_become_floats() {
    let half = |value| half::f16::from_f32(value);
    let column = PrimitiveArray::<Float16Type>::from(vec![half(1.5), half(-0.0), half::f16::INFINITY]);
    text(column, [1.5f32, -0.0, f32::INFINITY]);
    text(Float32Array::from(vec![0.1, f32::MIN]), [0.1f32, f32::MIN]);
}

#[test]
fn bytes_stay_bytes() {
    let strings = || [ByteString(vec![1, 0]), ByteString(vec![])];
    text(LargeBinaryArray::from(vec![&b"\x01\0"[..], b""]), strings());
    text(BinaryViewArray::from(vec![&b"\x01\0"[..], b""]), strings());
}

#[test]
fn decimals_keep_all_digits() {
    let decimal = |values: Vec<i128>, precision, scale| {
        Decimal128Array::from(values)
            .with_precision_and_scale(precision, scale)
            .unwrap()
    };
    text(decimal(vec![1230, -5, 0], 10, 2), ["12.30", "-0.05", "0.00"]);
    text(decimal(vec![7, -8], 18, 0), [7i64, -8]);
    text(decimal(vec![i128::MAX / 2], 38, 0), [i128::MAX / 2]);
    only_arrow(decimal(vec![7, -8], 5, -3), [7000i64, -8000]);
    let narrow = Decimal32Array::from(vec![105, -1])
        .with_precision_and_scale(9, 1)
        .unwrap();
    text(narrow, ["10.5", "-0.1"]);
    let middle = Decimal64Array::from(vec![i64::MAX])
        .with_precision_and_scale(18, 18)
        .unwrap_or_else(|_| {
            Decimal64Array::from(vec![999_999_999_999_999_999])
                .with_precision_and_scale(18, 18)
                .unwrap()
        });
    let digits = middle.value(0);
    let expected = match digits {
        i64::MAX => "9.223372036854775807",
        _ => "0.999999999999999999",
    };
    text(middle, [expected]);
    let wide = i256::from_string(&"9".repeat(76)).unwrap();
    let column = Decimal256Array::from(vec![wide])
        .with_precision_and_scale(76, 0)
        .unwrap();
    text(column, ["9".repeat(76)]);
    let column = Decimal256Array::from(vec![i256::from_i128(-12)])
        .with_precision_and_scale(40, 1)
        .unwrap();
    text(column, ["-1.2"]);
}

#[test]
fn dates_and_times_are_text_or_the_numbers_that_they_are() {
    let dates = || Date32Array::from(vec![0, 19_782, -1]);
    text(dates(), ["1970-01-01", "2024-02-29", "1969-12-31"]);
    integer(dates(), [0i32, 19_782, -1]);
    let dates = || Date64Array::from(vec![86_400_000]);
    check(Arc::new(dates()), Times::Text, ["1970-01-02"], true);
    check(Arc::new(dates()), Times::Integer, [86_400_000i64], false);
    let stamps = || TimestampSecondArray::from(vec![-1, 951_782_400]);
    only_arrow(stamps(), ["1969-12-31T23:59:59", "2000-02-29T00:00:00"]);
    check(Arc::new(stamps()), Times::Integer, [-1i64, 951_782_400], false);
    // The instant, whatever the zone.
    let zoned =
        || TimestampNanosecondArray::from(vec![1_700_000_000_123_456_789]).with_timezone("Europe/Berlin");
    text(zoned(), ["2023-11-14T22:13:20.123456789Z"]);
    integer(zoned(), [1_700_000_000_123_456_789i64]);
    text(Time32MillisecondArray::from(vec![3_723_004]), ["01:02:03.004"]);
    integer(Time32MillisecondArray::from(vec![-5]), [-5i32]);
    text(
        Time64NanosecondArray::from(vec![86_399_999_999_999]),
        ["23:59:59.999999999"],
    );
    only_arrow(DurationMillisecondArray::from(vec![-1500]), [-1500i64]);
}

#[test]
fn intervals_become_their_parts() {
    #[derive(Serialize)]
    struct DayTime {
        days: i32,
        milliseconds: i32,
    }
    #[derive(Serialize)]
    struct MonthDayNano {
        months: i32,
        days: i32,
        nanoseconds: i64,
    }
    only_arrow(IntervalYearMonthArray::from(vec![14]), [14i32]);
    let column = IntervalDayTimeArray::from(vec![IntervalDayTime::new(3, -4)]);
    let days = DayTime {
        days: 3,
        milliseconds: -4,
    };
    only_arrow(column, [days]);
    let column = IntervalMonthDayNanoArray::from(vec![IntervalMonthDayNano::new(1, 2, -3)]);
    let months = MonthDayNano {
        months: 1,
        days: 2,
        nanoseconds: -3,
    };
    only_arrow(column, [months]);
}

#[test]
fn lists_of_all_kinds_become_sequences() {
    let lists = [Some(vec![Some(1), Some(2)]), Some(vec![]), Some(vec![Some(3)])];
    let values = || [vec![1, 2], vec![], vec![3]];
    text(
        LargeListArray::from_iter_primitive::<Int32Type, _, _>(lists.clone()),
        values(),
    );
    let elements = || Arc::new(Int32Array::from(vec![3, 1, 2, 1, 2])) as ArrayRef;
    let field = || {
        Arc::new(arrow_schema::Field::new(
            "item",
            arrow_schema::DataType::Int32,
            true,
        ))
    };
    // Views overlap, and are in any order.
    let views = [vec![1, 2], vec![], vec![2, 1]];
    let column = ListViewArray::new(
        field(),
        vec![3, 0, 2].into(),
        vec![2, 0, 2].into(),
        elements(),
        None,
    );
    only_arrow(column, views.clone());
    let column = LargeListViewArray::new(
        field(),
        vec![3, 0, 2].into(),
        vec![2, 0, 2].into(),
        elements(),
        None,
    );
    only_arrow(column, views);
    let fixed = FixedSizeListArray::new(field(), 2, Arc::new(Int32Array::from(vec![1, 2, 3, 4])), None);
    text(fixed, [[1, 2], [3, 4]]);
}

#[test]
fn maps_stay_maps() {
    let mut maps = MapBuilder::new(None, StringBuilder::new(), Int32Builder::new());
    for (key, value) in [("a", 1), ("b", 2)] {
        maps.keys().append_value(key);
        maps.values().append_value(value);
    }
    maps.append(true).unwrap();
    maps.append(true).unwrap();
    let values = [BTreeMap::from([("a", 1), ("b", 2)]), BTreeMap::new()];
    text(maps.finish(), values);
}

#[test]
fn the_schema_tells_what_would_be_built() {
    let tables = Tables::new();
    let batch = RecordBatch::try_from_iter([
        ("id", Arc::new(Int32Array::from(vec![1, 2])) as ArrayRef),
        ("a", Arc::new(Float32Array::from(vec![0.5, 1.5])) as ArrayRef),
        ("b", Arc::new(Date32Array::from(vec![1, 2])) as ArrayRef),
    ])
    .unwrap();
    let parquet = tables.parquet("a.parquet", &batch);
    let arrow = tables.arrow("b.arrow", &batch);
    let mut settings = settings([&parquet, &arrow]);
    settings.column_rules.times = Times::Integer;
    let schema = Input::open(&settings).unwrap().schema();
    assert_eq!(schema.key.part_type, "i32");
    assert_eq!(schema.value.part_type, "{a: f32, b: i32}");
    assert_eq!(schema.entry_widths, Some([4, 8]));
    let names: Vec<_> = schema
        .value
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    assert_eq!(names, ["a", "b"]);
    let rows: Vec<_> = schema
        .inputs
        .iter()
        .map(|input| (input.format, input.rows))
        .collect();
    assert_eq!(rows, [("parquet", Some(2)), ("arrow", None)]);
    settings.column_rules.times = Times::Text;
    let schema = Input::open(&settings).unwrap().schema();
    assert_eq!(
        (schema.value.part_type.as_str(), schema.entry_widths),
        ("{a: f32, b: string}", None)
    );
    let text = tables.path("c.csv");
    std::fs::write(&text, "id,name\n1,a\n").unwrap();
    let schema = Input::open(&crate::harness::settings([&text])).unwrap().schema();
    assert_eq!(
        (schema.key.part_type.as_str(), schema.value.part_type.as_str()),
        ("string", "string")
    );
    assert_eq!(schema.key.columns[0].name, "id");
    assert_eq!(schema.value.columns[0].name, "name");
}

#[test]
fn a_dictionary_of_structs_is_read_like_structs() {
    let values = arrow_array::StructArray::try_from(vec![(
        "x",
        Arc::new(StringArray::from(vec!["p", "q"])) as ArrayRef,
    )]);
    #[derive(Serialize)]
    struct Inner {
        x: &'static str,
    }
    let column = arrow_array::DictionaryArray::new(Int8Array::from(vec![1, 0, 1]), Arc::new(values.unwrap()));
    only_arrow(column, [Inner { x: "q" }, Inner { x: "p" }, Inner { x: "q" }]);
}
