//! All entries of the input.

use massmap_format::FormatVersion;

use crate::entry::{Batch, Totals};
use crate::sort::partition::PartitionedEntries;

/// All entries of the input, by partition.
#[derive(Debug)]
pub(crate) struct CollectedEntries {
    pub(crate) entries: PartitionedEntries,
    pub(crate) totals: Totals,
    /// Whether they are so few that other threads would not save time.
    pub(crate) is_small: bool,
}

/// The sums over a batch. Only format 2 needs the hashes of the entries.
pub(crate) fn totals(batch: &Batch, format: FormatVersion) -> Totals {
    if format == FormatVersion::V2 {
        let mut totals = Totals::of_entries(batch.iter().map(|(header, entry)| (header.sort_key, entry)));
        totals.join_types(&batch.types);
        return totals;
    }
    let mut totals = Totals::default();
    batch
        .headers
        .iter()
        .for_each(|header| totals.count(header.length()));
    totals
}
