//! Reading extent after extent with few reads.

use crate::index::extent::Extent;

/// Length of the first read, in bytes. Each read after it is twice as long. So a walk that ends soon has not read much in vain.
const FIRST_READ: u64 = 16 << 10;

/// Plans reads for extents that are needed in file order, many extents a read.
///
/// The results are the same as with a read for each extent, down to the errors: if a large read fails, its extents are to be read
/// one by one, so that those that can be read are.
///
/// ```text
/// for each extent, in order:
///     if let Some(read) = ahead.plan(&extent)
///         let mut buffer = ahead.take_buffer()
///         read the range read.offset(), read.length(), and call read.append(&mut buffer, bytes)
///         ahead.put_buffer(buffer)
///     match ahead.get(&extent)
///         Some(bytes) => they are the extent's
///         None        => read the extent on its own
/// ```
#[derive(Debug)]
pub struct ReadAhead {
    /// Bytes of the file, from the offset `start` on; at most twice `longest_read` of them.
    buffer: Vec<u8>,
    start: u64,
    /// Length of the next read, in bytes.
    next_read: u64,
    longest_read: u64,
    /// The offset after the last byte that is needed.
    end: u64,
    /// Extents that begin before this offset are read one by one.
    one_by_one: u64,
    /// End of the planned read.
    planned_end: u64,
}

/// A read that [`ReadAhead::plan`] asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedRead {
    offset: u64,
    length: u64,
    /// Number of bytes of the buffer that stay.
    kept: usize,
}

impl PlannedRead {
    /// Offset in the file, in bytes.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Number of bytes, at least 1.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// Appends `bytes`, the bytes read, to `buffer`. May be called again if the read is repeated.
    pub fn append(&self, buffer: &mut Vec<u8>, bytes: &[u8]) {
        buffer.truncate(self.kept);
        buffer.extend_from_slice(bytes);
    }
}

impl ReadAhead {
    /// Plans reads up to the offset `end`, of up to `longest_read` bytes each. Longer extents are read on their own.
    #[must_use]
    pub fn new(end: u64, longest_read: u64) -> Self {
        Self {
            buffer: Vec::new(),
            start: 0,
            next_read: FIRST_READ.min(longest_read),
            longest_read,
            end,
            one_by_one: 0,
            planned_end: 0,
        }
    }

    /// The bytes of `extent`, if they have been read.
    #[must_use]
    pub fn get(&self, extent: &Extent) -> Option<&[u8]> {
        extent.bytes_in(&self.buffer, self.start)
    }

    /// The read for `extent` and the bytes after it. `None` if the extent has been read already, or is to be read on its own.
    pub fn plan(&mut self, extent: &Extent) -> Option<PlannedRead> {
        let is_alone = extent.length() >= self.longest_read || extent.offset < self.one_by_one;
        if is_alone || extent.is_empty() || self.get(extent).is_some() {
            return None;
        }
        // The last read may have ended within the extent.
        let known = extent.offset.checked_sub(self.start);
        let known = known.and_then(|known| usize::try_from(known).ok());
        match known.filter(|known| *known <= self.buffer.len()) {
            Some(known) => drop(self.buffer.drain(..known)),
            None => self.buffer.clear(),
        }
        self.start = extent.offset;

        let kept = self.buffer.len();
        let offset = self.start.saturating_add(kept as u64);
        let end_of_extent = extent.offset.saturating_add(extent.length());
        self.planned_end = offset
            .saturating_add(self.next_read)
            .min(self.end)
            .max(end_of_extent);
        self.next_read = self.next_read.saturating_mul(2).min(self.longest_read);
        Some(PlannedRead {
            offset,
            length: self.planned_end - offset,
            kept,
        })
    }

    /// The buffer to append the planned read to.
    #[must_use]
    pub fn take_buffer(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.buffer)
    }

    /// Takes the buffer back. If it does not hold all of the planned read, the extents of that read are to be read one by one.
    pub fn put_buffer(&mut self, buffer: Vec<u8>) {
        self.buffer = buffer;
        if self.start.saturating_add(self.buffer.len() as u64) != self.planned_end {
            self.buffer.clear();
            self.one_by_one = self.planned_end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extent(offset: u64, length: u64) -> Extent {
        Extent {
            offset,
            length: length as u32,
            ..Extent::empty(0)
        }
    }

    /// The bytes of a file.
    fn file(length: u64) -> Vec<u8> {
        (0..length).map(|byte| (byte * 7 % 251) as u8).collect()
    }

    /// Reads the extents; `fails` says which reads fail. Returns the reads and how many extents were read on their own.
    fn walk(
        file: &[u8],
        extents: &[(u64, u64)],
        longest_read: u64,
        fails: impl Fn(u64) -> bool,
    ) -> (Vec<(u64, u64)>, usize) {
        let mut ahead = ReadAhead::new(file.len() as u64, longest_read);
        let (mut reads, mut alone) = (Vec::new(), 0);
        for &(offset, length) in extents {
            let extent = extent(offset, length);
            if let Some(read) = ahead.plan(&extent) {
                reads.push((read.offset(), read.length()));
                let mut buffer = ahead.take_buffer();
                let bytes = &file[read.offset() as usize..][..read.length() as usize];
                if !fails(read.offset()) {
                    read.append(&mut buffer, &[1, 2, 3]);
                    read.append(&mut buffer, bytes);
                }
                ahead.put_buffer(buffer);
            }
            match ahead.get(&extent) {
                Some(bytes) => assert_eq!(bytes, &file[offset as usize..][..length as usize]),
                None => alone += 1,
            }
        }
        (reads, alone)
    }

    #[test]
    fn reads_grow_and_every_byte_is_read_once() {
        let file = file(1 << 20);
        let extents: Vec<_> = (0..(1 << 20) / 1000).map(|n| (n * 1000, 1000)).collect();
        let (reads, alone) = walk(&file, &extents, 256 << 10, |_| false);
        assert_eq!(alone, 0);
        let mut end = 0;
        for &(offset, length) in &reads {
            assert_eq!(offset, end);
            end += length;
        }
        assert_eq!(end, 1 << 20);
        let lengths: Vec<_> = reads.iter().map(|(_, length)| *length >> 10).collect();
        assert_eq!(lengths[..6], [16, 32, 64, 128, 256, 256]);
    }

    #[test]
    fn long_extents_and_those_of_a_failed_read_are_read_on_their_own() {
        let file = file(1 << 20);
        let (reads, alone) = walk(
            &file,
            &[(0, 100), (100, 300 << 10), (307_300, 100)],
            256 << 10,
            |_| false,
        );
        assert_eq!((reads.len(), alone), (2, 1));
        let extents: Vec<_> = (0..100).map(|n| (n * 1000, 1000)).collect();
        let (reads, alone) = walk(&file, &extents, 256 << 10, |offset| offset == 0);
        assert_eq!(reads[0], (0, 16 << 10));
        assert_eq!(alone, 17, "those that begin in the first 16 KiB");
        assert_eq!(reads[1].0, 17_000);
    }
}
