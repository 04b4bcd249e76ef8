//! Keys and values: their types, and how they are encoded.

pub(crate) mod dynamic;
pub(crate) mod encoded_json;
pub(crate) mod key;
pub(crate) mod messagepack;
