//! Verification and iteration ask for every byte of a file, and for the byte behind it.

use std::io;

use bytes::Bytes;
use massmap_core::{ChecksumPolicy, Opened, Opening, ReadAhead, Step, Verification, VerifyReport};
use massmap_format::FormatVersion;
use massmap_hash::Xxh3HashLoader;
use massmap_io::MemoryWriter;
use massmap_write::MassMapBuilder;

fn file(format: FormatVersion) -> Vec<u8> {
    let writer = MemoryWriter::new();
    MassMapBuilder::<Xxh3HashLoader>::default()
        .with_format(format)
        .build(&writer, (0..10_000u64).map(|number| (number, number)))
        .unwrap();
    writer.into_inner()
}

fn opened(file: &[u8]) -> Opened {
    match Opening::of_bytes(Bytes::copy_from_slice(file)).step().unwrap() {
        Step::Done(opened) => opened,
        Step::Read(request) => panic!("{request:?}"),
    }
}

/// Verifies `file` with what opening `opened` gave. Returns the report and how often each byte was read.
fn verify(opened: &Opened, file: &[u8]) -> (VerifyReport, Vec<u8>) {
    let mut reads = vec![0; file.len()];
    let mut read = |offset: u64, length: u64| {
        let range = offset as usize..(offset + length) as usize;
        let bytes = file.get(range.clone()).ok_or(io::ErrorKind::UnexpectedEof)?;
        reads[range].iter_mut().for_each(|count| *count += 1);
        Ok::<_, io::Error>(bytes)
    };
    let index = &opened.index;
    let mut verification =
        Verification::new(index, &opened.meta, &opened.header, opened.duplicate_keys, false);
    verification.check_index();
    while let Some((extent, placement)) = verification.next_extent() {
        let checked = read(extent.offset(), extent.length()).and_then(|bytes| {
            let block =
                index.block_with_policy::<io::Error>(&extent, bytes, Some(ChecksumPolicy::EveryRead))?;
            verification.check_block(&extent, &placement, &block, |_| Ok(None))
        });
        verification.add_block(&extent, checked);
    }
    while let Some((offset, length)) = verification.next_range() {
        let checked = read(offset, length).and_then(|bytes| verification.check_range(bytes));
        verification.add_range(checked);
    }
    (verification.finish(), reads)
}

#[test]
fn an_intact_file_of_format_2_has_no_problems_and_every_byte_is_read() {
    let file = file(FormatVersion::V2);
    let (report, reads) = verify(&opened(&file), &file);
    assert!(report.is_ok(), "{report:?}");
    assert_eq!((report.entries, report.bytes), (10_000, file.len() as u64));
    assert!(reads.iter().all(|count| *count > 0));
}

#[test]
fn an_intact_file_of_format_1_has_no_problems() {
    let file = file(FormatVersion::V1);
    let (report, _) = verify(&opened(&file), &file);
    assert!(report.is_ok(), "{report:?}");
    assert_eq!((report.entries, report.bytes), (10_000, file.len() as u64));
}

#[test]
fn any_flipped_byte_of_format_2_is_a_problem_and_so_is_a_byte_behind_the_end() {
    let mut file = file(FormatVersion::V2);
    let opened = opened(&file);
    for place in (0..file.len()).step_by(997) {
        file[place] ^= 0x40;
        let (report, _) = verify(&opened, &file);
        assert!(!report.is_ok(), "byte {place}");
        file[place] ^= 0x40;
    }
    file.push(0);
    let (report, _) = verify(&opened, &file);
    assert_eq!(report.problem_count, 1);
    assert!(report.problems[0].message.contains("after the end"));
}

#[test]
fn iterating_gives_every_entry_with_few_reads() {
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let file = file(format);
        let index = opened(&file).index;
        let mut ahead = ReadAhead::new(index.end(), 64 << 10);
        let (mut entries, mut reads) = (0, 0);
        for extent in index.extents() {
            let extent = extent.unwrap();
            if let Some(read) = ahead.plan(&extent) {
                reads += 1;
                let mut buffer = ahead.take_buffer();
                read.append(
                    &mut buffer,
                    &file[read.offset() as usize..][..read.length() as usize],
                );
                ahead.put_buffer(buffer);
            }
            let block = index
                .block::<io::Error>(&extent, ahead.get(&extent).unwrap())
                .unwrap();
            block
                .for_each(|_| {
                    entries += 1;
                    Ok::<_, io::Error>(())
                })
                .unwrap();
        }
        assert_eq!(entries, 10_000);
        assert!(reads <= 8, "{reads} reads");
    }
}
