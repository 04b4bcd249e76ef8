//! What the index stores of the groups of a record.

use super::layout::{GROUP_BITS, GROUPS, RANK_LENGTH, RECORD_LENGTH};

/// The ranks of the groups of a record: for each, how many pages have their first bins before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) number: u32,
    /// Those of the groups that exist, then the number of pages for those behind the last group.
    pub(super) ranks: [u32; GROUPS],
    /// Number of groups that exist.
    groups: u64,
    /// A bit for each group from which it is far to the next first bin, or to the one before.
    is_far: u32,
    /// The rank behind the last group, extrapolated to [`GROUPS`] groups.
    pub(super) end: u32,
}

impl Record {
    /// The rank of its first group.
    const fn base(&self) -> u32 {
        let [base, ..] = self.ranks;
        base
    }

    /// What the index stores instead of the rank of each group: by how much it exceeds the straight line over the record, plus 8;
    /// 0 if that does not fit, or if bins of the group are far from a first bin around them.
    fn deviations(&self) -> [u8; GROUPS] {
        let base = self.base();
        let pages = u64::from(self.end - base);
        let mut place = 0;
        self.ranks.map(|rank| {
            let line = u64::from(base) + ((place * pages) >> 5);
            let is_far = self.is_far >> place & 1 == 1;
            let is_group = place < self.groups;
            place += 1;
            let deviation = (u64::from(rank) + 8)
                .checked_sub(line)
                .filter(|deviation| *deviation < 16);
            match deviation.and_then(|deviation| u8::try_from(deviation).ok()) {
                Some(deviation) if is_group && !is_far => deviation,
                _ => 0,
            }
        })
    }

    /// The rank, and the deviations, two in a byte.
    pub(super) fn encode(&self) -> [u8; RECORD_LENGTH] {
        let deviations = self.deviations();
        let mut bytes = [0; RECORD_LENGTH];
        let (rank, pairs) = bytes.split_at_mut(RANK_LENGTH);
        rank.copy_from_slice(&self.base().to_le_bytes());
        for (pair, [even, odd]) in pairs.iter_mut().zip(deviations.as_chunks().0) {
            *pair = even | odd << 4;
        }
        bytes
    }

    /// Whether the ranks cannot all be told from the deviations.
    pub(super) fn has_table(&self) -> bool {
        let groups = usize::try_from(self.groups).unwrap_or(0);
        self.base() < self.end
            && self
                .deviations()
                .iter()
                .take(groups)
                .any(|deviation| *deviation == 0)
    }
}

/// Makes the records of an index from the first bins of its pages.
#[derive(Debug)]
pub(super) struct Records {
    first_group: u64,
    /// Number of groups of the whole index.
    groups: u64,
    /// The group of the last page so far, and its first bin.
    group: u64,
    last: u64,
    pages: u32,
    ranks: [u32; GROUPS],
    is_far: u32,
}

impl Records {
    /// Of an index with this first bin and number of groups.
    pub(super) fn new(first_bin: u64, groups: u64) -> Self {
        Self {
            first_group: first_bin >> GROUP_BITS,
            groups,
            group: 0,
            last: first_bin,
            pages: 0,
            ranks: [0; GROUPS],
            is_far: 0,
        }
    }

    /// Adds the next page. Calls `emit` with each record that is complete.
    pub(super) fn add<E>(
        &mut self,
        first_bin: u64,
        emit: impl FnMut(Record) -> Result<(), E>,
    ) -> Result<(), E> {
        let is_far = first_bin - self.last >= 1 << GROUP_BITS;
        self.advance((first_bin >> GROUP_BITS) - self.first_group, is_far, emit)?;
        self.last = first_bin;
        self.pages += 1;
        Ok(())
    }

    /// Emits the records that are left.
    pub(super) fn finish<E>(mut self, mut emit: impl FnMut(Record) -> Result<(), E>) -> Result<(), E> {
        self.advance(self.groups - 1, false, &mut emit)?;
        let groups = self.group % GROUPS as u64 + 1;
        let place = usize::try_from(groups).unwrap_or(usize::MAX);
        self.ranks
            .iter_mut()
            .skip(place)
            .for_each(|rank| *rank = self.pages);
        let [base, ..] = self.ranks;
        // As if the groups that are missing had as many pages as the others.
        let pages = u64::from(self.pages - base) * GROUPS as u64;
        let end = u64::from(base) + pages.div_ceil(groups);
        emit(self.record(groups, u32::try_from(end).unwrap_or(u32::MAX)))
    }

    fn record(&self, groups: u64, end: u32) -> Record {
        Record {
            // The bins that an index covers are few enough.
            number: u32::try_from(self.group / GROUPS as u64).unwrap_or(u32::MAX),
            ranks: self.ranks,
            groups,
            is_far: self.is_far,
            end,
        }
    }

    fn advance<E>(
        &mut self,
        group: u64,
        is_far: bool,
        mut emit: impl FnMut(Record) -> Result<(), E>,
    ) -> Result<(), E> {
        self.mark(is_far);
        while self.group < group {
            if self.group % GROUPS as u64 == GROUPS as u64 - 1 {
                emit(self.record(GROUPS as u64, self.pages))?;
                self.is_far = 0;
            }
            self.group += 1;
            let place = usize::try_from(self.group % GROUPS as u64).unwrap_or(usize::MAX);
            if let Some(rank) = self.ranks.get_mut(place) {
                *rank = self.pages;
            }
            self.mark(is_far);
        }
        Ok(())
    }

    fn mark(&mut self, is_far: bool) {
        self.is_far |= u32::from(is_far) << (self.group % GROUPS as u64);
    }
}
