//! Entries of maps.

/// Entries from strings to integers, all different.
pub fn strings(range: std::ops::Range<u32>) -> Vec<(String, u32)> {
    range.map(|i| (format!("key {i}"), i * 1000)).collect()
}
