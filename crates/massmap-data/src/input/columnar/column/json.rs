//! The value of a row as a JSON value.

use anyhow::{anyhow, bail, ensure};
use rmp::encode;

use super::serialize::Cell;
use super::values::{Column, at, json_at};
use crate::types::encoded_json::EncodedJson;

const INFALLIBLE: &str = "writing to a vector cannot fail";

/// Appends the encoding of the JSON value that a row has to `out`: that of an object for a struct, whose members are sorted by
/// their names.
///
/// # Errors
///
/// Fails for what JSON does not have: bytes, infinite floats, and integers beyond 64 bits.
pub(in crate::input::columnar) fn encode(cell: Cell<'_>, out: &mut Vec<u8>) -> anyhow::Result<()> {
    let Cell { column, row } = cell;
    let unsigned = |value: u64, out: &mut Vec<u8>| {
        encode::write_uint(out, value).expect(INFALLIBLE);
        Ok(())
    };
    let signed = |value: i64, out: &mut Vec<u8>| {
        match u64::try_from(value) {
            Ok(value) => encode::write_uint(out, value).expect(INFALLIBLE),
            Err(_) => encode::write_sint(out, value).expect(INFALLIBLE),
        };
        Ok(())
    };
    let float = |value: f64, out: &mut Vec<u8>| {
        ensure!(
            value.is_finite(),
            "{value} is not JSON; without --value-type json, values are of the type of their columns"
        );
        encode::write_f64(out, value).expect(INFALLIBLE);
        Ok(())
    };
    let text = |value: &str, out: &mut Vec<u8>| {
        ensure!(
            u32::try_from(value.len()).is_ok(),
            "a string is longer than 4 GiB"
        );
        encode::write_str(out, value).expect(INFALLIBLE);
        Ok(())
    };
    match column {
        Column::Null => {
            encode::write_nil(out).expect(INFALLIBLE);
            Ok(())
        }
        Column::Bool(values) => {
            encode::write_bool(out, values.value(row)).expect(INFALLIBLE);
            Ok(())
        }
        Column::I8(values) => signed(at(values, row).into(), out),
        Column::I16(values) => signed(at(values, row).into(), out),
        Column::I32(values) => signed(at(values, row).into(), out),
        Column::I64(values) => signed(at(values, row), out),
        Column::U8(values) => unsigned(at(values, row).into(), out),
        Column::U16(values) => unsigned(at(values, row).into(), out),
        Column::U32(values) => unsigned(at(values, row).into(), out),
        Column::U64(values) => unsigned(at(values, row), out),
        Column::I128(values) => wide(at(values, row), out),
        Column::U128(values) => match u64::try_from(at(values, row)) {
            Ok(value) => unsigned(value, out),
            Err(_) => bail!("the integer {} has more than 64 bits", at(values, row)),
        },
        Column::F32(values) => float(at(values, row).into(), out),
        Column::F64(values) => float(at(values, row), out),
        Column::Text(values) => text(values.value(row), out),
        Column::LargeText(values) => text(values.value(row), out),
        Column::TextView(values) => text(values.value(row), out),
        Column::Json(values) => {
            out.extend_from_slice(json_at(values, row).map_or(&[], EncodedJson::as_bytes));
            Ok(())
        }
        Column::Bytes(_) | Column::LargeBytes(_) | Column::BytesView(_) | Column::FixedBytes(_) => {
            bail!("JSON has no bytes; without --value-type json, values are of the type of their columns")
        }
        Column::Indexed { indexes, values } => encode(
            Cell {
                column: values,
                row: at(indexes, row),
            },
            out,
        ),
        Column::Optional { valid, inner } => match Column::is_valid(valid.as_ref(), row) {
            true => encode(Cell { column: inner, row }, out),
            false => {
                encode::write_nil(out).expect(INFALLIBLE);
                Ok(())
            }
        },
        Column::List { ranges, element } => {
            let rows = ranges.of(row);
            encode::write_array_len(out, length(rows.len())?).expect(INFALLIBLE);
            for row in rows {
                encode(Cell { column: element, row }, out)?;
            }
            Ok(())
        }
        Column::Tuple(elements) => {
            encode::write_array_len(out, length(elements.len())?).expect(INFALLIBLE);
            for column in elements {
                encode(Cell { column, row }, out)?;
            }
            Ok(())
        }
        Column::Struct(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            encode::write_map_len(out, length(fields.len())?).expect(INFALLIBLE);
            for (name, column) in fields {
                text(name, out)?;
                encode(Cell { column, row }, out)?;
            }
            Ok(())
        }
        Column::Map { ranges, key, value } => {
            let mut members = Vec::new();
            for row in ranges.of(row) {
                let mut name = Vec::new();
                encode(Cell { column: key, row }, &mut name)?;
                let marker = rmp::decode::read_marker(&mut name.as_slice()).ok();
                let is_text = matches!(
                    marker,
                    Some(
                        rmp::Marker::FixStr(_) | rmp::Marker::Str8 | rmp::Marker::Str16 | rmp::Marker::Str32
                    )
                );
                ensure!(
                    is_text,
                    "the keys of JSON objects are strings; without --value-type json, values are of the type of their columns"
                );
                members.push((name, row));
            }
            let start_of_text = |name: &[u8]| match name.first() {
                Some(0xd9) => 2,
                Some(0xda) => 3,
                Some(0xdb) => 5,
                _ => 1,
            };
            members.sort_unstable_by(|(one, _), (other, _)| {
                let text = |name: &[u8]| name.get(start_of_text(name)..).map(<[u8]>::to_vec);
                text(one).cmp(&text(other))
            });
            encode::write_map_len(out, length(members.len())?).expect(INFALLIBLE);
            for (name, row) in members {
                out.extend_from_slice(&name);
                encode(Cell { column: value, row }, out)?;
            }
            Ok(())
        }
    }
}

fn wide(value: i128, out: &mut Vec<u8>) -> anyhow::Result<()> {
    match (u64::try_from(value), i64::try_from(value)) {
        (Ok(value), _) => encode::write_uint(out, value).map(drop),
        (_, Ok(value)) => encode::write_sint(out, value).map(drop),
        _ => bail!("the integer {value} has more than 64 bits"),
    }
    .expect(INFALLIBLE);
    Ok(())
}

fn length(length: usize) -> anyhow::Result<u32> {
    u32::try_from(length).map_err(|_| anyhow!("it has more than {} elements", u32::MAX))
}
