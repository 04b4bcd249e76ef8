//! Checking the sections of a file of format 2 and the bytes between them, piece by piece.

use massmap_format::{FormatError, Section, SectionCheck};

/// Progress of checking the tail.
#[derive(Debug, Clone)]
pub(super) struct Tail<'a> {
    pub(super) position: u64,
    /// The sections that do not end before `position`, and the check of the first of them.
    pub(super) sections: &'a [Section],
    check: Option<SectionCheck>,
    /// Whether all bytes between sections have been zero.
    pub(super) zeros: bool,
}

impl<'a> Tail<'a> {
    pub(super) fn new(position: u64, sections: &'a [Section]) -> Self {
        Self {
            position,
            sections,
            check: sections.first().map(Section::begin_check),
            zeros: true,
        }
    }

    /// Checks the next bytes.
    pub(super) fn add(&mut self, mut bytes: &[u8]) -> Result<(), FormatError> {
        while let [section, rest @ ..] = self.sections {
            let is_gap = self.position < section.offset;
            let end = match is_gap {
                true => section.offset,
                // The sections follow each other and end at the largest offset at the latest.
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
    use massmap_format::SectionKind;

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
