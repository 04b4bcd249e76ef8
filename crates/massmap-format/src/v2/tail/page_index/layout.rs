//! The layout of a page index: the bins that it covers, and where its parts lie.

/// Number of bins of a group, as a power of two: a first bin's position in its group takes a byte.
pub(super) const GROUP_BITS: u32 = 8;

/// Number of groups of a record.
pub(super) const GROUPS: usize = 32;

/// Length of the two bins at the beginning.
pub(super) const HEADER_LENGTH: usize = 16;

/// Length of a rank: that of a record, or one of an exact table.
pub(super) const RANK_LENGTH: usize = 4;

/// Length of a record's deviations, half a byte for each group.
pub(super) const DEVIATIONS_LENGTH: usize = 16;

/// Length of a record: its rank and its deviations.
pub(super) const RECORD_LENGTH: usize = RANK_LENGTH + DEVIATIONS_LENGTH;

/// Length of an exact table: a rank for each group of its record.
pub(super) const TABLE_LENGTH: usize = 128;

/// The most bins from the first one to the last one, for each page. Bounds the length of an index by its number of pages.
const MOST_BINS_A_PAGE: u64 = 1 << 13;

/// The layout of an index. Follows from its length, the numbers of pages and bins, and its first 16 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// Number of pages, from 1 to 2^32 − 1.
    pub(super) pages: u64,
    /// The first bin of the first page.
    pub(super) first_bin: u64,
    /// The bin behind the last run.
    pub(super) end_bin: u64,
    /// Number of groups, from that of the first bin to that of the last one.
    pub(super) groups: u64,
    /// The group of the first bin.
    pub(super) first_group: u64,
    /// Number of groups that [`PageIndex::single_page_of_bin`](super::PageIndex::single_page_of_bin) looks at: all but the first
    /// one and the last two.
    pub(super) inner_groups: u32,
    /// 1 + the last page from which on there are ten, as many as it looks at.
    pub(super) inner_pages: u64,
    /// Number of records.
    pub(super) records: usize,
    /// Where the positions of the first bins begin, in bytes.
    pub(super) positions: usize,
    /// Where the numbers of the records with exact tables begin, in bytes.
    pub(super) numbers: usize,
    /// Number of exact tables.
    pub(super) tables: usize,
}

impl Layout {
    /// The layout for `pages` pages and the bins from `first_bin` to before `end_bin`, without exact tables. `None` if there is no
    /// such index.
    pub(super) fn new(pages: u64, first_bin: u64, end_bin: u64) -> Option<Self> {
        let most = pages.saturating_mul(MOST_BINS_A_PAGE);
        let is_possible =
            (1..=u64::from(u32::MAX)).contains(&pages) && first_bin < end_bin && end_bin - first_bin <= most;
        if !is_possible {
            return None;
        }
        let groups = ((end_bin - 1) >> GROUP_BITS) - (first_bin >> GROUP_BITS) + 1;
        let records = usize::try_from(groups.div_ceil(GROUPS as u64)).ok()?;
        let records_length = records.checked_mul(RECORD_LENGTH)?;
        let positions = records_length.checked_add(HEADER_LENGTH + RANK_LENGTH)?;
        let numbers = positions.checked_add(usize::try_from(pages).ok()?)?;
        Some(Self {
            pages,
            first_bin,
            end_bin,
            groups,
            first_group: first_bin >> GROUP_BITS,
            inner_groups: u32::try_from(groups.saturating_sub(3)).unwrap_or(u32::MAX - 1),
            inner_pages: pages.saturating_sub(9),
            records,
            positions,
            numbers,
            tables: 0,
        })
    }

    /// The layout of an index of `length` bytes that begins with `beginning`, for `pages` pages over `bins` bins.
    pub(super) fn decode(beginning: &[u8], length: u64, pages: u64, bins: u64) -> Option<Self> {
        let [first_bin, end_bin] = beginning.as_chunks().0.first_chunk()?.map(u64::from_le_bytes);
        let layout = Self::new(pages, first_bin, end_bin).filter(|_| end_bin <= bins)?;
        let tables = length.checked_sub(layout.numbers as u64)?;
        let table = (RANK_LENGTH + TABLE_LENGTH) as u64;
        let count = tables / table;
        let tables = usize::try_from(count).ok()?;
        (length == layout.numbers as u64 + count * table && tables <= layout.records)
            .then_some(Self { tables, ..layout })
    }

    /// Where the exact tables begin, in bytes.
    pub(super) fn table_start(&self) -> usize {
        self.numbers + RANK_LENGTH * self.tables
    }

    /// The group of `bin`, if the index covers it.
    pub(super) fn group_of(&self, bin: u64) -> Option<u64> {
        let is_covered = (self.first_bin..self.end_bin).contains(&bin);
        is_covered.then(|| (bin >> GROUP_BITS) - (self.first_bin >> GROUP_BITS))
    }

    /// The bin at `position` in `group`.
    pub(super) fn bin_at(&self, group: u64, position: u8) -> Option<u64> {
        let group = (self.first_bin >> GROUP_BITS).checked_add(group)?;
        let bin = group << GROUP_BITS | u64::from(position);
        (self.first_bin..self.end_bin).contains(&bin).then_some(bin)
    }
}
