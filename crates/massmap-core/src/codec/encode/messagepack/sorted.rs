//! Bringing what has no order into one, so that two encodings of equal values are the same.

use std::any::type_name;

use massmap_format::Walker;

/// Whether the elements that an `I` gives, a collection or an iterator, come in an order that means nothing and differs between
/// collections that are equal: whether they come from a hash map, a hash set or a heap.
///
/// Whatever else there may be is taken to have an order: what is sorted is not seen to come back in another one.
pub(super) fn is_unordered<I>() -> bool {
    let mut name = type_name::<I>();
    loop {
        name = name.trim_start_matches('&').trim_start_matches("mut ");
        match name
            .strip_prefix("core::iter::adapters::")
            .and_then(|name| name.split_once('<'))
        {
            // What it adapts is its first parameter.
            Some((_, adapted)) => name = adapted,
            None => break,
        }
    }
    [
        "std::collections::hash::",
        "hashbrown::",
        "alloc::collections::binary_heap::",
    ]
    .iter()
    .any(|path| name.starts_with(path))
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

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet};

    use super::*;

    fn of<I>(_: I) -> bool {
        is_unordered::<I>()
    }

    #[test]
    fn hash_tables_and_heaps_have_no_order_and_nothing_else_is_taken_to_have_none() {
        let set = HashSet::from([1]);
        let map = HashMap::from([(1, 2)]);
        assert!(of(&set) && of(set.iter()) && of(set.iter().map(|n| n + 1)) && of(&map) && of(map.keys()));
        assert!(of(BinaryHeap::from([1]).iter()));
        let tables = vec![map.clone()];
        assert!(
            !of(&tables) && !of(tables.iter()) && !of(tables.iter().rev()) && !of(tables.iter().map(|_| 1))
        );
        assert!(
            !of(&BTreeMap::from([(1, 2)])) && !of(&BTreeSet::from([1])) && !of([1].iter().rev()) && !of(0..3)
        );
    }
}
