//! Bringing what has no order into one, so that two encodings of equal values are the same.

use std::any::type_name;

use massmap_format::Walker;

/// Whether the elements that an `I` gives have an order that means something: not where they come from a set.
pub(super) fn is_ordered<I>() -> bool {
    let name = type_name::<I>();
    ["core::slice::", "alloc::vec::", "alloc::collections::"]
        .iter()
        .any(|path| name.starts_with(path))
        && !name.contains("binary_heap")
}

/// Sorts the elements of the array or map at `begin`, the last of `bytes`, of which `group` values belong together: an
/// element is one value, and an entry is two.
pub(super) fn sort(bytes: &mut Vec<u8>, begin: usize, group: usize) {
    let header = match bytes.get(begin) {
        Some(0xdc | 0xde) => 3,
        Some(0xdd | 0xdf) => 5,
        _ => 1,
    };
    let start = begin + header;
    let mut walker = Walker::new(bytes.get(start..).unwrap_or_default());
    let mut elements = Vec::new();
    // What cannot be walked over is refused elsewhere.
    while walker.clone().finish().is_err() {
        let mut element = Vec::new();
        for _ in 0..group {
            let Ok(value) = walker.value() else { return };
            element.extend_from_slice(value);
        }
        elements.push(element);
    }
    elements.sort_unstable();
    bytes.truncate(start);
    elements
        .iter()
        .for_each(|element| bytes.extend_from_slice(element));
}
