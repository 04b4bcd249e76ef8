//! The values of a column, as far as one batch of rows goes.

pub(super) mod build;
pub(super) mod convert;
mod decimal;
mod hash;
pub(super) mod json;
mod map_keys;
mod moment;
mod scalars;
pub(super) mod serialize;
pub(super) mod values;
