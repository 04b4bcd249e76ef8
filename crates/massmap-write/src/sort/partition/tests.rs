use massmap_format::RawEntry;

use super::*;
use crate::entry::Batch;
use crate::resources::{Memory, TemporaryFiles};

#[test]
fn batches_in_memory_come_between_spilled_ones_in_the_order_of_the_input() {
    let memory = Memory::new(Some(64 << 10));
    let files = TemporaryFiles::default();
    // Stored in one order, but in another order in the input.
    let batch_order: Vec<BatchId> = (0..40).map(|rank| rank * 7 % 40).collect();
    let entries = || {
        let store = PartitionStore::new(PartitionRanges::new(0, 99, 8), memory, &files);
        for id in 0..40 {
            assert_eq!(store.next_id(), id);
            let mut batch = Batch::default();
            for sort_key in 0..100 {
                let entry = RawEntry {
                    key: &id.to_le_bytes(),
                    value: &[],
                };
                batch.push_raw(0, sort_key, &entry).unwrap();
            }
            store.push(id, &mut batch).unwrap();
        }
        store.finish(Some(&batch_order))
    };
    let check = |entries: &PartitionedEntries| {
        let mut sort_keys = 0;
        for partition in 0..entries.count() {
            let mut chunk = entries.load(partition).unwrap();
            chunk.sort(entries.bounds(partition));
            for group in chunk.groups() {
                let ids = group.iter().map(|entry| chunk.bytes(entry));
                let ids: Vec<_> = ids
                    .map(|key| BatchId::from_le_bytes(key.try_into().unwrap()))
                    .collect();
                assert_eq!(ids, batch_order);
                sort_keys += 1;
            }
        }
        assert_eq!(sort_keys, 100);
    };
    let mixed = entries();
    assert!(mixed.spilled.is_some() && !mixed.resident.is_empty());
    check(&mixed);

    // Too large to be loaded: all of it goes to the file.
    let spilled = mixed.loadable(memory, &files).unwrap();
    assert!(spilled.resident.is_empty());
    check(&spilled);

    let mut count = 0;
    let mut ids = vec![Vec::new(); 100];
    entries()
        .into_batches(1 << 10, |batch| {
            for (header, entry) in batch.iter() {
                ids[header.sort_key as usize].push(BatchId::from_le_bytes(entry.key.try_into().unwrap()));
                count += 1;
            }
            Ok(())
        })
        .unwrap();
    assert_eq!(count, 4000);
    assert!(ids.iter().all(|ids| *ids == batch_order));
}
