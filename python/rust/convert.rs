//! Python objects as keys, and values as Python objects.

pub(crate) mod key;
pub(crate) mod value;
