//! How damage is noticed, by opening, by lookups and by verifying.

mod flips;
mod grafts;
mod verdicts;
mod verify;
