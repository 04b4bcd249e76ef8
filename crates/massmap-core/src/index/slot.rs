//! The slot of an entry in a run of pages.

/// The slot that the directory of a run of pages puts an entry in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Number of the slot, from 0.
    pub number: u32,
    /// Number of slots of the run.
    pub of: u64,
}
