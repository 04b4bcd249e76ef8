//! Compares massmap with the published crate massmap 0.1.5: the same files, the same answers, the same API.
#![expect(
    clippy::unwrap_used,
    reason = "an error that a test does not expect is a failed test"
)]

mod api;
mod both;
mod building;
mod compat;
mod fnv;
mod golden;
mod ported;
