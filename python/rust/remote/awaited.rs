//! Lookups that are awaited, as asyncio does.

mod answer;
pub(crate) mod delivery;
mod future;
mod lookup;
mod python;
