//! Python objects as keys, and values as Python objects.

pub(crate) mod bytes;
pub(crate) mod decode;
pub(crate) mod key;
pub(crate) mod masked;
pub(crate) mod shape;
