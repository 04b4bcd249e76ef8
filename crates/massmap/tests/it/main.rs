//! Holds this crate against the published crate massmap 0.1.5, and against what must not be taken over from it.
#![expect(
    clippy::unwrap_used,
    reason = "an error that a test does not expect is a failed test"
)]

mod alignment;
mod allocation;
mod api;
mod backends;
mod both;
mod building;
mod compat;
mod counting;
mod craft;
mod damage;
mod defects;
mod fnv;
mod golden;
mod iterators;
mod loaders;
mod memory_file;
mod no_allocation;
mod oracle;
mod paged;
mod ported;
mod raw_block;
mod reads;
mod shapes;
mod sparse;
mod verified;
mod walks;
