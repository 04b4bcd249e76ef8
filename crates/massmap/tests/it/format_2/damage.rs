//! Detection of damage by opening, lookups and verification.

mod flips;
mod grafts;
mod unfinished;
mod verdicts;
mod verify;
