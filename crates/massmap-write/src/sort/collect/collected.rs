//! All entries that were taken in.

use massmap_format::FormatVersion;

use crate::entry::{Batch, Totals};
use crate::sort::partition::Gathered;

/// All entries, by partition.
#[derive(Debug)]
pub(crate) struct Collected {
    pub(crate) gathered: Gathered,
    pub(crate) totals: Totals,
    /// Whether they are so few that giving them to other threads takes longer than what these would do.
    pub(crate) is_small: bool,
}

/// The sums of a batch. Only files of format 2 are identified by their entries.
pub(crate) fn totals(batch: &Batch, format: FormatVersion) -> Totals {
    if format == FormatVersion::V2 {
        return Totals::of(batch.iter().map(|(head, entry)| (head.order, entry)));
    }
    let mut totals = Totals::default();
    batch.heads.iter().for_each(|head| totals.count(head.length()));
    totals
}
