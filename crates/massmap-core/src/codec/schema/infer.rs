//! The schema of a value, from how it is serialized.

mod compound;
mod inferrer;
mod serializer;

use massmap_format::Schema;
use serde::Serialize;

use super::conform::conforms;
use crate::codec::EncodeRules;
use inferrer::Inferrer;

/// Widens `schema` so that it describes `value` as well, which is encoded by `rules`.
///
/// ```
/// use massmap_core::codec::{EncodeRules, widen_schema};
/// use massmap_format::Schema;
///
/// let mut schema = Schema::Never;
/// widen_schema(&mut schema, &(7u32, "seven"), EncodeRules::default());
/// assert_eq!(schema.to_string(), "(u32, string)");
/// widen_schema(&mut schema, &(8u32, 'c'), EncodeRules::default());
/// assert_eq!(schema.to_string(), "(u32, any)");
/// ```
#[inline]
pub fn widen<T: Serialize + ?Sized>(schema: &mut Schema, value: &T, rules: EncodeRules) {
    if !conforms(schema, value, rules) {
        widen_by(schema, value, rules);
    }
}

/// The same without a comparison before: parts of a value may be serialized once only, since some move on to the next one.
#[cold]
fn widen_by<T: Serialize + ?Sized>(schema: &mut Schema, value: &T, rules: EncodeRules) {
    *schema = schema.join(&schema_of(value, rules));
}

/// The schema of `value`, which is encoded by `rules`.
///
/// A value that does not serialize again as before, although it has been encoded, may be anything.
fn schema_of<T: Serialize + ?Sized>(value: &T, rules: EncodeRules) -> Schema {
    value.serialize(Inferrer { rules }).unwrap_or(Schema::Any)
}
