//! What the packages of benches have in common: pseudorandom integers, and times of contestants that take turns.

mod chain;
mod mix;
mod rounds;
mod scale;
mod targets;

pub use chain::{chain, chain_of_misses, fence};
pub use mix::mix;
pub use rounds::{Contestant, Time, Times, take_all_turns, take_turns};
pub use scale::{entries, is_full_run, is_wanted, scales};
pub use targets::{Limit, Target, report};
