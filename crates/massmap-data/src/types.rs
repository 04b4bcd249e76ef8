//! Keys and values: their types and encodings.

pub(crate) mod dynamic;
pub(crate) mod encoded_json;
pub(crate) mod key;
pub mod non_finite;
pub(crate) mod value;

pub use dynamic::{DynamicValue, FromDynamic};
pub use encoded_json::EncodedJson;
pub use key::{Key, KeyTask, KeyType, UnknownKeyType, decode as decode_key};
pub use value::ValueType;
