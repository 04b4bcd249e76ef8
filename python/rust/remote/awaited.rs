//! Lookups that are awaited, as asyncio does.

mod answer;
pub(crate) mod delivery;
pub(crate) mod lookup;
