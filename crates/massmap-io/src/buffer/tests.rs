use std::io::Result;

use super::aligned::{Buffer, LINE, PAGE};
use super::fill;
use super::transfer::INITIAL_BUFFER;
use crate::IoError;
use crate::conformance::sample;

/// Reads from `bytes`, at most `max` at a time and only aligned, like a file that is read without the page cache.
fn read(
    bytes: &[u8],
    range: (u64, u64),
    alignment: usize,
    max: usize,
    buffer: &mut Buffer,
) -> Result<Vec<u8>> {
    let mut fell_short = false;
    let read = |free: &mut [u8], position: u64| {
        assert_eq!(position % alignment as u64, 0);
        assert_eq!(free.len() % alignment, 0);
        assert_eq!(free.as_ptr().align_offset(alignment), 0);
        assert_fast_to_copy_to(free, position, alignment, fell_short);
        let rest = bytes.get(position as usize..).unwrap_or_default();
        let count = rest.len().min(free.len()).min(max);
        free[..count].copy_from_slice(&rest[..count]);
        free[count..].fill(0xEE);
        fell_short |= count < free.len();
        Ok(count)
    };
    fill(buffer, range, alignment, read).map(<[u8]>::to_vec)
}

/// Checks that a read goes to a cache line, unless an earlier read of the range fell short, and never to a page offset that is a
/// few bytes greater than that of its source.
fn assert_fast_to_copy_to(free: &[u8], position: u64, alignment: usize, fell_short: bool) {
    let address = free.as_ptr().addr();
    assert!(fell_short || address.is_multiple_of(LINE));
    if alignment == 1 {
        let behind = address.wrapping_sub(position as usize) % PAGE;
        assert!(behind == 0 || behind > PAGE - LINE, "{behind} bytes behind");
    }
}

#[test]
fn each_read_goes_to_a_cache_line_at_its_page_offset() {
    let sample = &sample()[..40_003];
    // While the buffer grows, and when it is long enough; twice, for other addresses.
    for mut buffer in [Buffer::new(), Buffer::new()] {
        for alignment in [1, 512, 4096] {
            for offset in (0..5000).step_by(61).chain([4080, 4081, 4095, 4096, 8192]) {
                for length in [1, 100, 4096, 16_385, 30_000] {
                    let range = (offset, length);
                    let bytes = read(sample, range, alignment, usize::MAX, &mut buffer).unwrap();
                    assert!(bytes == sample[offset as usize..(offset + length) as usize]);
                }
            }
        }
    }
}

#[test]
fn a_sufficient_buffer_does_not_grow_whatever_the_offset() {
    let sample = sample();
    let mut buffer = Buffer::new();
    read(&sample, (0, INITIAL_BUFFER as u64), 1, usize::MAX, &mut buffer).unwrap();
    let size = buffer.size();
    for offset in 0..4200 {
        read(
            &sample,
            (offset, INITIAL_BUFFER as u64),
            1,
            usize::MAX,
            &mut buffer,
        )
        .unwrap();
    }
    assert_eq!(buffer.size(), size);
}

#[test]
fn aligned_reads_give_every_range_even_if_they_fall_short() {
    let sample = &sample()[..40_003];
    let mut buffer = Buffer::new();
    for (alignment, max) in [
        (1, usize::MAX),
        (1, 7000),
        (1, 1),
        (512, usize::MAX),
        (512, 700),
        (4096, 5000),
        (1 << 16, 1 << 16),
    ] {
        for (offset, length) in [
            (0, 1),
            (511, 2),
            (512, 512),
            (4095, 4098),
            (39_990, 13),
            (0, 40_003),
            (1, 20_000),
        ] {
            let bytes = read(sample, (offset, length), alignment, max, &mut buffer).unwrap();
            assert!(bytes == sample[offset as usize..(offset + length) as usize]);
        }
    }
}

#[test]
fn the_error_of_a_missing_range_says_how_much_is_there_and_it_takes_no_memory() {
    let sample = &sample()[..40_003];
    for alignment in [1, 512, 4096] {
        for (offset, length) in [
            (40_000, 10),
            (39_000, u64::MAX / 2),
            (40_003, 1),
            (1 << 40, u64::MAX),
        ] {
            let mut buffer = Buffer::new();
            let error = read(sample, (offset, length), alignment, usize::MAX, &mut buffer).unwrap_err();
            let expected = 40_003u64.saturating_sub(offset);
            assert!(
                matches!(
                    error.get_ref().unwrap().downcast_ref::<IoError>().unwrap(),
                    IoError::UnexpectedEnd { available, .. } if *available == expected
                ),
                "{error}"
            );
            assert!(buffer.size() <= INITIAL_BUFFER + PAGE);
            assert!(length <= INITIAL_BUFFER as u64 || buffer.size() <= INITIAL_BUFFER);
        }
    }
}

#[test]
fn a_second_read_of_a_block_without_new_bytes_is_the_end() {
    let sample = sample();
    let error = read(&sample, (0, 600), 512, 100, &mut Buffer::new()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
}
