//! Sorting unordered elements, so that equal values have equal encodings.

use std::any::type_name;

use massmap_format::Walker;

/// Whether the elements of `I`, a collection or an iterator, come in an arbitrary order, which differs between equal collections:
/// whether they come from a hash map, a hash set or a heap.
///
/// Everything else counts as ordered: with sorted elements, a comparison does not detect that their order has changed.
pub(super) fn is_unordered<I>() -> bool {
    let mut name = type_name::<I>();
    loop {
        name = name.trim_start_matches('&').trim_start_matches("mut ");
        match name
            .strip_prefix("core::iter::adapters::")
            .and_then(|name| name.split_once('<'))
        {
            // The adapted iterator is the first parameter.
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

/// Sorts the elements of the array or map at `begin`, which `bytes` end with. `group` values belong together: an element is one
/// value, an entry two.
pub(super) fn sort(bytes: &mut Vec<u8>, begin: usize, group: usize) {
    let header = match bytes.get(begin) {
        Some(0xdc | 0xde) => 3,
        Some(0xdd | 0xdf) => 5,
        _ => 1,
    };
    let start = begin + header;
    let mut walker = Walker::new(bytes.get(start..).unwrap_or_default());
    let mut elements = Vec::new();
    // Invalid encodings are refused elsewhere.
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
    fn only_hash_tables_and_heaps_are_unordered() {
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
