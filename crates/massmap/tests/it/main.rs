//! Tests of the facade and of everything below it, used as a program uses them. `tests/compat` compares the crate with the
//! published massmap 0.1.5.
#![expect(
    clippy::unwrap_used,
    reason = "an error that a test does not expect is a failed test"
)]

mod api;
mod building;
mod damage;
mod defects;
mod format_2;
mod front_door;
mod memory;
mod reading;
mod shapes;
