//! Ranges of a batch that are read with one request.

use std::ops::Range;

/// When neighbouring ranges are read at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Coalescing {
    /// Most bytes between them, which are read in vain.
    pub(crate) largest_gap: u64,
    /// Most bytes of all of them together.
    pub(crate) longest_request: u64,
}

/// Where the bytes of a group come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// The end of the file, which was read first.
    Kept,
    /// A request for this range.
    Request(Range<u64>),
    /// Nowhere: the range extends beyond the end.
    Beyond {
        /// Offset of the range.
        offset: u64,
        /// Length of the range, in bytes.
        length: u64,
    },
}

/// Ranges that follow each other in a batch, and whose bytes come from one place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Group<C> {
    pub(crate) source: Source,
    /// With their companions, in their order.
    pub(crate) members: Vec<(C, Range<u64>)>,
}

/// Groups the ranges of a batch, in their order.
pub(crate) struct Groups<I> {
    ranges: I,
    coalescing: Coalescing,
    /// Where the bytes begin that were read first.
    kept_from: u64,
    file_length: u64,
}

impl<C, I: Iterator<Item = (C, u64, u64)>> Groups<std::iter::Peekable<I>> {
    pub(crate) fn new(ranges: I, coalescing: Coalescing, kept_from: u64, file_length: u64) -> Self {
        Self {
            ranges: ranges.peekable(),
            coalescing,
            kept_from,
            file_length,
        }
    }

    fn source(&self, offset: u64, length: u64) -> Source {
        match offset.checked_add(length) {
            // Needs no bytes, whatever its offset.
            _ if length == 0 => Source::Kept,
            Some(end) if end <= self.file_length => match offset >= self.kept_from {
                true => Source::Kept,
                false => Source::Request(offset..end),
            },
            _ => Source::Beyond { offset, length },
        }
    }
}

/// The source of two groups together, if they can be one.
fn joined(first: &Source, second: &Source, coalescing: Coalescing) -> Option<Source> {
    match (first, second) {
        (Source::Kept, Source::Kept) => Some(Source::Kept),
        (Source::Request(first), Source::Request(second)) => {
            let end = first.end.max(second.end);
            let is_near = first.start <= second.start
                && second.start <= first.end.saturating_add(coalescing.largest_gap)
                && (end == first.end || end - first.start <= coalescing.longest_request);
            is_near.then_some(Source::Request(first.start..end))
        }
        _ => None,
    }
}

impl<C, I: Iterator<Item = (C, u64, u64)>> Iterator for Groups<std::iter::Peekable<I>> {
    type Item = Group<C>;

    fn next(&mut self) -> Option<Group<C>> {
        let (companion, offset, length) = self.ranges.next()?;
        let mut group = Group {
            source: self.source(offset, length),
            members: vec![(companion, offset..offset.saturating_add(length))],
        };
        while let Some(&(_, offset, length)) = self.ranges.peek() {
            if length > 0 {
                let source = self.source(offset, length);
                match joined(&group.source, &source, self.coalescing) {
                    Some(joined) => group.source = joined,
                    None => break,
                }
            }
            let Some((companion, ..)) = self.ranges.next() else {
                break;
            };
            group
                .members
                .push((companion, offset..offset.saturating_add(length)));
        }
        Some(group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The groups of ranges in a file of 1000 bytes, of which the last 100 were read first.
    fn groups(ranges: &[(u64, u64)], largest_gap: u64, longest_request: u64) -> Vec<(Source, usize)> {
        let coalescing = Coalescing {
            largest_gap,
            longest_request,
        };
        let ranges = ranges.iter().map(|&(offset, length)| ((), offset, length));
        Groups::new(ranges, coalescing, 900, 1000)
            .map(|group| (group.source, group.members.len()))
            .collect()
    }

    #[test]
    fn neighbours_are_read_at_once_unless_the_gap_or_the_request_is_too_large() {
        use Source::Request;
        let ranges = [(0, 10), (10, 10), (25, 5), (31, 1), (5, 2)];
        assert_eq!(groups(&ranges, 5, 100), [(Request(0..32), 5)]);
        assert_eq!(
            groups(&ranges, 4, 100),
            [(Request(0..20), 2), (Request(25..32), 2), (Request(5..7), 1)]
        );
        assert_eq!(
            groups(&ranges, 0, 15),
            [
                (Request(0..10), 1),
                (Request(10..20), 1),
                (Request(25..30), 1),
                (Request(31..32), 1),
                (Request(5..7), 1)
            ]
        );
        // A range that is longer than a request is one of its own, with what lies within it.
        assert_eq!(
            groups(&[(0, 500), (10, 10), (500, 1)], 5, 100),
            [(Request(0..500), 2), (Request(500..501), 1)]
        );
    }

    #[test]
    fn ranges_that_were_read_first_are_no_requests() {
        let ranges = [(890, 10), (900, 100), (950, 1), (899, 2)];
        assert_eq!(
            groups(&ranges, 1000, 1000),
            [
                (Source::Request(890..900), 1),
                (Source::Kept, 2),
                (Source::Request(899..901), 1)
            ]
        );
    }

    #[test]
    fn empty_ranges_belong_to_any_group_and_ranges_beyond_the_end_to_none() {
        let beyond = |offset, length| (Source::Beyond { offset, length }, 1);
        let ranges = [
            (u64::MAX, 0),
            (0, 10),
            (u64::MAX, 0),
            (20, 10),
            (995, 6),
            (u64::MAX, 1),
            (0, u64::MAX),
        ];
        assert_eq!(
            groups(&ranges, 100, 100),
            [
                (Source::Kept, 1),
                (Source::Request(0..30), 3),
                beyond(995, 6),
                beyond(u64::MAX, 1),
                beyond(0, u64::MAX),
            ]
        );
    }
}
