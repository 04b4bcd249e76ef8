//! Keys and values as MessagePack, which is what builders encode them as, whatever the layout of the file.

pub use super::encode::messagepack::{encode, encode_entry};
pub use super::excerpt::excerpt;
pub use super::strict_decode::decode_strict;
