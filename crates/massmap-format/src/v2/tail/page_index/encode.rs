//! Encoding the page index.

use super::layout::Layout;
use super::record::{Record, Records};
use crate::FormatError;

/// Number of positions that are written at once.
const PIECE: usize = 4096;

/// Encodes the index of pages with these first bins. `end_bin` is the bin behind those of the last run.
///
/// # Errors
///
/// [`FormatError::FirstBins`] unless there are from 1 to 2^32 − 1 pages, and their first bins are sorted, below `end_bin`, and lie
/// within 8192 bins for each page.
pub fn encode_page_index(first_bins: &[u64], end_bin: u64) -> Result<Vec<u8>, FormatError> {
    let mut bytes = Vec::new();
    stream_page_index(
        first_bins.len() as u64,
        end_bin,
        |page| first_bins.iter().try_for_each(|&bin| page(bin)),
        |piece| {
            bytes.extend_from_slice(piece);
            Ok(())
        },
    )?;
    Ok(bytes)
}

/// Encodes the index of `pages` pages without holding it in memory. `end_bin` is the bin behind those of the last run.
///
/// `scan` calls its argument with the first bin of each page, in order. It is called several times, and must do the same each
/// time. `write` gets the encoded index piece by piece.
///
/// # Errors
///
/// Those of `scan` and `write`, and [`FormatError::FirstBins`] unless there are from 1 to 2^32 − 1 pages, and the first bins are
/// `pages` in number, sorted, below `end_bin`, and lie within 8192 bins for each page.
pub fn stream_page_index<E: From<FormatError>>(
    pages: u64,
    end_bin: u64,
    mut scan: impl FnMut(&mut dyn FnMut(u64) -> Result<(), E>) -> Result<(), E>,
    mut write: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let invalid = || E::from(FormatError::FirstBins { pages, bins: end_bin });
    let (mut count, mut first_bin, mut last) = (0, 0, 0);
    scan(&mut |bin| {
        if count == 0 {
            first_bin = bin;
        }
        if bin < last || bin >= end_bin {
            return Err(invalid());
        }
        last = bin;
        count += 1;
        Ok(())
    })?;
    let layout = Layout::new(pages, first_bin, end_bin).filter(|_| count == pages);
    let layout = layout.ok_or_else(invalid)?;

    write(&first_bin.to_le_bytes())?;
    write(&end_bin.to_le_bytes())?;
    let mut end = 0;
    for_each_record(&layout, &mut scan, |record| {
        end = record.end;
        write(&record.encode())
    })?;
    write(&end.to_le_bytes())?;

    let mut positions = Vec::with_capacity(PIECE);
    scan(&mut |bin| {
        let [position, ..] = bin.to_le_bytes();
        positions.push(position);
        if positions.len() == PIECE {
            write(&positions)?;
            positions.clear();
        }
        Ok(())
    })?;
    write(&positions)?;

    let mut has_tables = false;
    for_each_record(&layout, &mut scan, |record| {
        has_tables |= record.has_table();
        match record.has_table() {
            true => write(&record.number.to_le_bytes()),
            false => Ok(()),
        }
    })?;
    if has_tables {
        for_each_record(&layout, &mut scan, |record| match record.has_table() {
            true => record
                .ranks
                .iter()
                .try_for_each(|rank| write(&rank.to_le_bytes())),
            false => Ok(()),
        })?;
    }
    Ok(())
}

/// Calls `emit` with each record of the index of the pages that `scan` gives.
fn for_each_record<E>(
    layout: &Layout,
    scan: &mut impl FnMut(&mut dyn FnMut(u64) -> Result<(), E>) -> Result<(), E>,
    mut emit: impl FnMut(Record) -> Result<(), E>,
) -> Result<(), E> {
    let mut records = Records::new(layout.first_bin, layout.groups);
    scan(&mut |bin| records.add(bin, &mut emit))?;
    records.finish(emit)
}
