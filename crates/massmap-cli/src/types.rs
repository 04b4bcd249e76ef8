//! Keys and values: their types and encodings.

pub(crate) mod dynamic;
pub(crate) mod encoded_json;
pub(crate) mod key;
pub(crate) mod non_finite;
pub(crate) mod value;
