//! Checking what surrounds the pages of a file of format 2.

use std::io;

use massmap_format::{FormatError, PagedHeader, PagedMetadata, Section, SectionCheck, SectionKind};
use massmap_io::MassMapReader;

use crate::VerifyReport;
use crate::layout::Pages;

/// How much of the tail is read at once, in bytes: sections that this version does not know may have any length.
const PIECE: u64 = 256 << 10;

/// Checks the first page and the tail, as they are in the file now, and that nothing follows.
pub(crate) fn check_frame<R: MassMapReader>(reader: &R, pages: &Pages, report: &mut VerifyReport) {
    let header = &pages.header;
    let first_page = reader.read_exact_at(0, header.page_size.into(), |bytes| {
        let (start, rest) = bytes.split_at(PagedHeader::SIZE.min(bytes.len()));
        Ok(start == header.encode() && rest.iter().all(|byte| *byte == 0))
    });
    report.expect(first_page, "the first page is not the header and zeros");
    if let Err(error) = header.verify_section_order() {
        report.note_error(None, &error.into());
    }

    let filters = [SectionKind::MissFilter, SectionKind::MissFilterParts];
    if pages.filter.is_none() && filters.iter().any(|kind| header.section(*kind).is_ok()) {
        report.note(|| "the miss filter is almost all zeros, and is left out for that".to_owned());
    }
    report.expect(
        check_tail(reader, header),
        "bytes between the sections are not zero",
    );
    if let Err(error) = check_metadata(reader, header) {
        report.note_error(None, &error);
    }
    let (offset, length) = header.tail();
    report.bytes += u64::from(header.page_size) + length;

    match reader.read_exact_at(offset + length, 1, |_| Ok(())) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {}
        behind => report.expect(
            behind.map(|()| false),
            "there are bytes behind the end, as when a file is written over a longer one",
        ),
    }
}

/// Checks what opening a file lets pass in its metadata.
fn check_metadata<R: MassMapReader>(reader: &R, header: &PagedHeader) -> io::Result<()> {
    let section = header.section(SectionKind::Metadata)?;
    reader.read_exact_at(section.offset, section.length, |bytes| {
        Ok(PagedMetadata::verify_encoding(bytes)?)
    })
}

/// Whether the bytes between the sections of the tail are zero; an error if a checksum is wrong.
fn check_tail<R: MassMapReader>(reader: &R, header: &PagedHeader) -> io::Result<bool> {
    let (start, length) = header.tail();
    let mut tail = Tail::new(start, &header.sections);
    let mut left = length;
    while left > 0 {
        let piece = left.min(PIECE);
        // A reader may call this more than once.
        tail = reader.read_exact_at(tail.position, piece, |bytes| {
            let mut tail = tail.clone();
            tail.add(bytes)?;
            Ok(tail)
        })?;
        left -= piece;
    }
    tail.add(&[])?;
    Ok(tail.zeros)
}

/// How far the tail has been checked.
#[derive(Debug, Clone)]
struct Tail<'a> {
    position: u64,
    /// The sections that do not end before `position`, and the check of the first of them.
    sections: &'a [Section],
    check: Option<SectionCheck>,
    /// Whether all bytes between sections have been zero.
    zeros: bool,
}

impl<'a> Tail<'a> {
    fn new(position: u64, sections: &'a [Section]) -> Self {
        Self {
            position,
            sections,
            check: sections.first().map(Section::begin_check),
            zeros: true,
        }
    }

    /// Checks the bytes that follow.
    fn add(&mut self, mut bytes: &[u8]) -> Result<(), FormatError> {
        while let [section, rest @ ..] = self.sections {
            let is_gap = self.position < section.offset;
            let end = match is_gap {
                true => section.offset,
                // The sections lie one behind the other, and end at most at the largest offset.
                false => section.offset.saturating_add(section.length),
            };
            if !is_gap && self.position == end {
                self.check.take().map_or(Ok(()), SectionCheck::finish)?;
                self.sections = rest;
                self.check = rest.first().map(Section::begin_check);
                continue;
            }
            let wanted = usize::try_from(end - self.position).unwrap_or(usize::MAX);
            let (part, behind) = bytes.split_at(wanted.min(bytes.len()));
            if part.is_empty() {
                return Ok(());
            }
            match (is_gap, &mut self.check) {
                (true, _) => self.zeros &= part.iter().all(|byte| *byte == 0),
                (false, Some(check)) => check.add(part),
                (false, None) => {}
            }
            self.position += part.len() as u64;
            bytes = behind;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sections with these bytes, and the tail that they make.
    fn sections(contents: &[&[u8]]) -> (Vec<Section>, Vec<u8>) {
        let mut tail = Vec::new();
        let sections = contents.iter().map(|bytes| {
            tail.resize(tail.len().next_multiple_of(8), 0);
            let section = Section::new(SectionKind::Metadata, 512 + tail.len() as u64, bytes);
            tail.extend_from_slice(bytes);
            section
        });
        (sections.collect(), tail)
    }

    fn check(sections: &[Section], tail: &[u8], piece: usize) -> Result<bool, FormatError> {
        let mut checked = Tail::new(512, sections);
        tail.chunks(piece).try_for_each(|piece| checked.add(piece))?;
        checked.add(&[])?;
        assert!(checked.sections.is_empty());
        Ok(checked.zeros)
    }

    #[test]
    fn every_byte_of_a_tail_is_checked_whatever_the_pieces() {
        for contents in [
            &[&b"metadata."[..], b"", b"12345678", b"x", b""][..],
            &[b""],
            &[b"one"],
        ] {
            let (sections, tail) = sections(contents);
            for piece in [1, 2, 7, 8, 9, 1000] {
                assert!(check(&sections, &tail, piece).unwrap());
                for place in 0..tail.len() {
                    let mut tail = tail.clone();
                    tail[place] ^= 1;
                    let at = 512 + place as u64;
                    let inside = sections
                        .iter()
                        .any(|section| (section.offset..section.offset + section.length).contains(&at));
                    let found = check(&sections, &tail, piece);
                    match inside {
                        true => assert!(matches!(found, Err(FormatError::SectionChecksum { .. }))),
                        false => assert!(!found.unwrap()),
                    }
                }
            }
        }
    }
}
