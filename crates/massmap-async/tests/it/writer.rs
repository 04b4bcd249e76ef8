//! `ObjectWriter`: into memory, into a store that fails at any call, and into one that imitates S3.

mod failures;
mod maps;
mod order;
mod s3;
mod store;

/// The length of parts here, the shortest that stores take.
const PART: usize = 5 << 20;

/// Bytes without repetitions.
fn sample(length: usize) -> Vec<u8> {
    let numbers = (0u32..).flat_map(u32::to_le_bytes);
    numbers.take(length).collect()
}
