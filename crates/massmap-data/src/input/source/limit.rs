//! Limits the size of records, so that an endless record does not fill the memory.

use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

/// A record is longer than the limit.
#[derive(Debug, thiserror::Error)]
#[error("the record is longer than {limit} bytes; --max-record allows longer ones")]
pub(crate) struct RecordTooLong {
    pub(crate) limit: u64,
    /// The line, counted from 1, on which the record or the separator before it begins.
    pub(crate) line: u64,
}

/// Reads text and fails in a record that exceeds the limit.
pub(crate) struct Limited<R> {
    inner: R,
    record: RecordLimit,
}

/// The limit, and what the current record has used of it.
#[derive(Debug, Clone)]
pub(crate) struct RecordLimit(Rc<Counts>);

#[derive(Debug)]
struct Counts {
    limit: u64,
    /// Number of bytes that the record may still have.
    left: Cell<u64>,
    /// Number of line breaks read.
    line_breaks: Cell<u64>,
    /// Number of line breaks before the record.
    line_breaks_before: Cell<u64>,
}

impl RecordLimit {
    pub(crate) fn new(limit: u64) -> Self {
        Self(Rc::new(Counts {
            limit,
            left: Cell::new(limit),
            line_breaks: Cell::new(0),
            line_breaks_before: Cell::new(0),
        }))
    }

    /// Begins a record at the next byte.
    pub(crate) fn begin(&self) {
        self.0.left.set(self.0.limit);
        self.0.line_breaks_before.set(self.0.line_breaks.get());
    }

    fn use_up(&self, text: &[u8]) {
        let Counts {
            left, line_breaks, ..
        } = &*self.0;
        left.set(left.get().saturating_sub(text.len() as u64));
        let breaks = memchr::memchr_iter(b'\n', text).count() as u64;
        line_breaks.set(line_breaks.get() + breaks);
    }

    fn exceeded(&self) -> io::Error {
        io::Error::new(
            io::ErrorKind::InvalidData,
            RecordTooLong {
                limit: self.0.limit,
                line: self.0.line_breaks_before.get() + 1,
            },
        )
    }
}

impl<R> Limited<R> {
    pub(crate) fn new(inner: R, record: &RecordLimit) -> Self {
        Self {
            inner,
            record: record.clone(),
        }
    }
}

impl<R: BufRead> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.record.use_up(buffer.get(..count).unwrap_or_default());
        self.inner.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Limited<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let left = self.record.0.left.get();
        let text = self.inner.fill_buf()?;
        if left == 0 && !text.is_empty() {
            return Err(self.record.exceeded());
        }
        let length = usize::try_from(left).map_or(text.len(), |left| left.min(text.len()));
        Ok(text.get(..length).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        // Returns the same bytes as before.
        if let Ok(text) = self.inner.fill_buf() {
            self.record.use_up(text.get(..count).unwrap_or_default());
        }
        self.inner.consume(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn too_long(error: &io::Error) -> (u64, u64) {
        let payload = error.get_ref().and_then(|payload| payload.downcast_ref());
        let RecordTooLong { limit, line } = payload.unwrap();
        (*limit, *line)
    }

    #[test]
    fn records_may_be_as_long_as_the_limit() {
        let record = RecordLimit::new(5);
        let mut text = Limited::new(&b"12345"[..], &record);
        let mut read = String::new();
        assert_eq!(text.read_to_string(&mut read).unwrap(), 5);

        let record = RecordLimit::new(5);
        let mut text = Limited::new(&b"123456"[..], &record);
        read.clear();
        assert_eq!(too_long(&text.read_to_string(&mut read).unwrap_err()), (5, 1));
        assert_eq!(read, "12345");
    }

    #[test]
    fn the_limit_restarts_with_each_record_and_the_error_names_its_first_line() {
        for size in 1..5 {
            let record = RecordLimit::new(4);
            let mut text = Limited::new(&b"ab\nabc\n\n\nabcd\n"[..], &record);
            let mut read = |count| {
                let mut buffer = vec![0; count];
                let (mut done, buffer) = (0, &mut buffer[..]);
                while done < count {
                    let end = count.min(done + size);
                    done += text.read(&mut buffer[done..end])?;
                }
                Ok::<_, io::Error>(())
            };
            read(3).unwrap();
            record.begin();
            read(4).unwrap();
            record.begin();
            assert_eq!(too_long(&read(7).unwrap_err()), (4, 3));
        }
    }
}
