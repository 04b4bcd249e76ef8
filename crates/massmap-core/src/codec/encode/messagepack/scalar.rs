//! Scalars and headers, each in its shortest form, as rmp-serde writes them.

use rmp::Marker;

use crate::codec::encode::error::Error;
use crate::codec::encode::output::Append;

#[inline]
pub(in crate::codec) fn nil(out: &mut impl Append) -> Result<(), Error> {
    out.put([Marker::Null.to_u8()])
}

#[inline]
pub(in crate::codec) fn boolean(out: &mut impl Append, value: bool) -> Result<(), Error> {
    let marker = if value { Marker::True } else { Marker::False };
    out.put([marker.to_u8()])
}

#[inline]
pub(in crate::codec) fn unsigned(out: &mut impl Append, value: u64) -> Result<(), Error> {
    // Most integers of 64 bits that are stored in large numbers are large, such as hashes.
    if u32::try_from(value).is_err() {
        let [a, b, c, d, e, f, g, h] = value.to_be_bytes();
        return out.put([Marker::U64.to_u8(), a, b, c, d, e, f, g, h]);
    }
    // The shortest forms first.
    if let Ok(value) = u8::try_from(value) {
        return match value < 128 {
            true => out.put([Marker::FixPos(value).to_u8()]),
            false => out.put([Marker::U8.to_u8(), value]),
        };
    }
    if let Ok(value) = u16::try_from(value) {
        let [a, b] = value.to_be_bytes();
        return out.put([Marker::U16.to_u8(), a, b]);
    }
    let [_, _, _, _, a, b, c, d] = value.to_be_bytes();
    out.put([Marker::U32.to_u8(), a, b, c, d])
}

#[inline]
pub(in crate::codec) fn signed(out: &mut impl Append, value: i64) -> Result<(), Error> {
    if let Ok(value) = u64::try_from(value) {
        return unsigned(out, value);
    }
    if let Ok(value) = i8::try_from(value) {
        return match value >= -32 {
            true => out.put([Marker::FixNeg(value).to_u8()]),
            false => out.put([Marker::I8.to_u8(), value.to_be_bytes()[0]]),
        };
    }
    if let Ok(value) = i16::try_from(value) {
        let [a, b] = value.to_be_bytes();
        return out.put([Marker::I16.to_u8(), a, b]);
    }
    if let Ok(value) = i32::try_from(value) {
        let [a, b, c, d] = value.to_be_bytes();
        return out.put([Marker::I32.to_u8(), a, b, c, d]);
    }
    let [a, b, c, d, e, f, g, h] = value.to_be_bytes();
    out.put([Marker::I64.to_u8(), a, b, c, d, e, f, g, h])
}

#[inline]
pub(in crate::codec) fn float_32(out: &mut impl Append, value: f32) -> Result<(), Error> {
    let [a, b, c, d] = value.to_be_bytes();
    out.put([Marker::F32.to_u8(), a, b, c, d])
}

#[inline]
pub(in crate::codec) fn float_64(out: &mut impl Append, value: f64) -> Result<(), Error> {
    let [a, b, c, d, e, f, g, h] = value.to_be_bytes();
    out.put([Marker::F64.to_u8(), a, b, c, d, e, f, g, h])
}

#[inline]
pub(in crate::codec) fn text(out: &mut impl Append, value: &str) -> Result<(), Error> {
    let length = length_of(value.len())?;
    match u8::try_from(length) {
        Ok(length) if length < 32 => out.put([Marker::FixStr(length).to_u8()])?,
        _ => longer_header(out, length, [Marker::Str8, Marker::Str16, Marker::Str32])?,
    }
    out.put_all(value.as_bytes())
}

#[inline]
pub(in crate::codec) fn bytes(out: &mut impl Append, value: &[u8]) -> Result<(), Error> {
    let length = length_of(value.len())?;
    longer_header(out, length, [Marker::Bin8, Marker::Bin16, Marker::Bin32])?;
    out.put_all(value)
}

/// The header of an array of `length` elements.
#[inline]
pub(in crate::codec) fn array_header(out: &mut impl Append, length: usize) -> Result<(), Error> {
    let length = length_of(length)?;
    match u8::try_from(length) {
        Ok(length) if length < 16 => out.put([Marker::FixArray(length).to_u8()]),
        _ => wide_header(out, length, [Marker::Array16, Marker::Array32]),
    }
}

/// The header of a map of `length` entries.
#[inline]
pub(in crate::codec) fn map_header(out: &mut impl Append, length: usize) -> Result<(), Error> {
    let length = length_of(length)?;
    match u8::try_from(length) {
        Ok(length) if length < 16 => out.put([Marker::FixMap(length).to_u8()]),
        _ => wide_header(out, length, [Marker::Map16, Marker::Map32]),
    }
}

fn longer_header(out: &mut impl Append, length: u32, markers: [Marker; 3]) -> Result<(), Error> {
    let [narrow, wide @ ..] = markers;
    match u8::try_from(length) {
        Ok(length) => out.put([narrow.to_u8(), length]),
        Err(_) => wide_header(out, length, wide),
    }
}

fn wide_header(out: &mut impl Append, length: u32, [wide, widest]: [Marker; 2]) -> Result<(), Error> {
    if let Ok(length) = u16::try_from(length) {
        let [a, b] = length.to_be_bytes();
        return out.put([wide.to_u8(), a, b]);
    }
    let [a, b, c, d] = length.to_be_bytes();
    out.put([widest.to_u8(), a, b, c, d])
}

#[inline]
fn length_of(length: usize) -> Result<u32, Error> {
    u32::try_from(length).map_err(|_| too_long(length))
}

#[cold]
fn too_long(length: usize) -> Error {
    serde::ser::Error::custom(format_args!(
        "a length of {length} bytes or elements exceeds the {} that MessagePack allows",
        u32::MAX
    ))
}
