//! Checking everything but the pages of a file of format 2.

use std::io;

use massmap_format::{FormatError, PagedHeader, PagedMetadata, SectionKind};

use super::report::VerifyReport;
use super::tail::Tail;
use crate::index::pages::PagedIndex;

/// Number of bytes of the tail that are read at once. Sections that this version does not know may have any length.
const PIECE: u64 = 256 << 10;

/// Checks the first page, the tail and the end of a file of format 2, as they are in the file now.
#[derive(Debug)]
pub(super) struct FrameCheck<'a> {
    pages: &'a PagedIndex,
    stage: Stage<'a>,
}

#[derive(Debug, Clone)]
enum Stage<'a> {
    FirstPage,
    Tail(Tail<'a>),
    Metadata,
    /// The second header and the zeros before it.
    SecondHeader,
    /// One byte after the end, which should not exist.
    Beyond,
    Done,
}

/// The result of checking a range of a [`FrameCheck`].
#[derive(Debug)]
pub(super) enum Checked<'a> {
    Header(CheckedHeader),
    Tail(Tail<'a>),
    Metadata,
    Beyond,
}

/// One of the two headers and the bytes beside it.
#[derive(Debug, Clone, Copy)]
pub(super) struct CheckedHeader {
    /// Whether it is the one that the file was opened with.
    is_right: bool,
    /// Whether all other bytes are zeros.
    zeros: bool,
}

impl CheckedHeader {
    fn new(header: &PagedHeader, found: &[u8], others: &[u8]) -> Self {
        Self {
            is_right: found == header.encode(),
            zeros: others.iter().all(|byte| *byte == 0),
        }
    }
}

impl<'a> FrameCheck<'a> {
    pub(super) const fn new(pages: &'a PagedIndex) -> Self {
        Self {
            pages,
            stage: Stage::FirstPage,
        }
    }

    /// Offset and length of the range to read; `None` if everything has been checked.
    pub(super) fn next_range(&self) -> Option<(u64, u64)> {
        let header = &self.pages.header;
        let (tail_start, tail_length) = header.tail();
        let end = tail_start + tail_length;
        match &self.stage {
            Stage::FirstPage => Some((0, header.page_size.into())),
            Stage::Tail(tail) => Some((tail.position, PIECE.min(end - tail.position))),
            Stage::Metadata => {
                let section = header.section(SectionKind::Metadata).ok()?;
                Some((section.offset, section.length))
            }
            Stage::SecondHeader => Some((end, header.file_length() - end)),
            Stage::Beyond => Some((header.file_length(), 1)),
            Stage::Done => None,
        }
    }

    /// Checks the bytes of that range.
    pub(super) fn check(&self, bytes: &[u8]) -> Result<Checked<'a>, FormatError> {
        match &self.stage {
            Stage::FirstPage => {
                let (found, others) = bytes.split_at(PagedHeader::SIZE.min(bytes.len()));
                Ok(Checked::Header(CheckedHeader::new(
                    &self.pages.header,
                    found,
                    others,
                )))
            }
            Stage::SecondHeader => {
                let (others, found) = bytes.split_at(bytes.len().saturating_sub(PagedHeader::SIZE));
                Ok(Checked::Header(CheckedHeader::new(
                    &self.pages.header,
                    found,
                    others,
                )))
            }
            Stage::Tail(tail) => {
                let mut tail = tail.clone();
                tail.add(bytes)?;
                Ok(Checked::Tail(tail))
            }
            Stage::Metadata => {
                PagedMetadata::verify_encoding(bytes)?;
                Ok(Checked::Metadata)
            }
            Stage::Beyond | Stage::Done => Ok(Checked::Beyond),
        }
    }

    /// Takes the result of checking that range, or the error of reading it, and moves on to the next range.
    pub(super) fn accept(&mut self, checked: io::Result<Checked<'a>>, report: &mut VerifyReport) {
        let header = &self.pages.header;
        match std::mem::replace(&mut self.stage, Stage::Done) {
            Stage::FirstPage => {
                accept_header(
                    checked,
                    report,
                    "the first header is damaged",
                    "bytes between the first header and the first page are not zero",
                );
                if let Err(error) = header.verify_section_order() {
                    report.note_error(None, &error.into());
                }
                let has_section = header.section(SectionKind::MissFilter).is_ok();
                if !self.pages.has_miss_filter() && has_section {
                    report.note(|| "the miss filter is almost all zeros and is not used".to_owned());
                }
                let (start, length) = header.tail();
                self.stage = match length {
                    0 => Stage::Metadata,
                    _ => Stage::Tail(Tail::new(start, &header.sections)),
                };
            }
            Stage::Tail(_) => self.accept_tail(checked, report),
            Stage::Metadata => {
                if let Err(error) = checked {
                    report.note_error(None, &error);
                }
                self.stage = Stage::SecondHeader;
            }
            Stage::SecondHeader => {
                accept_header(
                    checked,
                    report,
                    "the second header, at the end, is damaged",
                    "bytes before the second header are not zero",
                );
                let (start, _) = header.tail();
                report.bytes += u64::from(header.page_size) + (header.file_length() - start);
                self.stage = Stage::Beyond;
            }
            Stage::Beyond => match checked {
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {}
                beyond => report.expect(
                    beyond.map(|_| false),
                    "there are bytes after the end, as if the file had been written over a longer one",
                ),
            },
            Stage::Done => {}
        }
    }

    fn accept_tail(&mut self, checked: io::Result<Checked<'a>>, report: &mut VerifyReport) {
        let (start, length) = self.pages.header.tail();
        let zeros = match checked {
            Ok(Checked::Tail(tail)) if tail.position < start + length => {
                self.stage = Stage::Tail(tail);
                return;
            }
            Ok(Checked::Tail(mut tail)) => match tail.add(&[]) {
                Ok(()) => Ok(tail.zeros),
                Err(error) => Err(error.into()),
            },
            Ok(_) => Ok(true),
            Err(error) => Err(error),
        };
        report.expect(zeros, "bytes between the sections are not zero");
        self.stage = Stage::Metadata;
    }
}

/// Takes the result of checking one of the headers.
fn accept_header(
    checked: io::Result<Checked<'_>>,
    report: &mut VerifyReport,
    header_wrong: &str,
    others_wrong: &str,
) {
    match checked {
        Ok(Checked::Header(CheckedHeader { is_right, zeros })) => {
            report.expect(Ok(is_right), header_wrong);
            report.expect(Ok(zeros), others_wrong);
        }
        checked => report.expect(checked.map(|_| false), header_wrong),
    }
}
