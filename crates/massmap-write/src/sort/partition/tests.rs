use massmap_format::RawEntry;

use super::*;
use crate::entry::Batch;
use crate::resources::{Memory, TemporaryFiles};

#[test]
fn what_stayed_in_memory_comes_between_what_was_spilled_in_the_order_of_the_batches() {
    let memory = Memory::new(Some(64 << 10));
    let files = TemporaryFiles::default();
    // Stored in one order, meant in another.
    let order: Vec<BatchId> = (0..40).map(|rank| rank * 7 % 40).collect();
    let gathered = || {
        let store = Store::new(Ranges::new(0, 99, 8), memory, &files);
        for id in 0..40 {
            assert_eq!(store.next_id(), id);
            let mut batch = Batch::default();
            for order in 0..100 {
                let entry = RawEntry {
                    key: &id.to_le_bytes(),
                    value: &[],
                };
                batch.push_raw(0, order, &entry).unwrap();
            }
            store.push(id, &mut batch).unwrap();
        }
        store.finish(Some(&order))
    };
    let check = |gathered: &Gathered| {
        let mut orders = 0;
        for partition in 0..gathered.count() {
            let mut chunk = gathered.load(partition).unwrap();
            chunk.sort(gathered.bounds(partition));
            for group in chunk.groups() {
                let ids = group.iter().map(|entry| chunk.bytes(entry));
                let ids: Vec<_> = ids
                    .map(|key| BatchId::from_le_bytes(key.try_into().unwrap()))
                    .collect();
                assert_eq!(ids, order);
                orders += 1;
            }
        }
        assert_eq!(orders, 100);
    };
    let mixed = gathered();
    assert!(mixed.spill.is_some() && !mixed.resident.is_empty());
    check(&mixed);

    // Too large to be loaded: all of it goes to the file.
    let spilled = mixed.loadable(memory, &files).unwrap();
    assert!(spilled.resident.is_empty());
    check(&spilled);

    let mut count = 0;
    let mut ids = vec![Vec::new(); 100];
    gathered()
        .into_batches(1 << 10, |batch| {
            for (head, entry) in batch.iter() {
                ids[head.order as usize].push(BatchId::from_le_bytes(entry.key.try_into().unwrap()));
                count += 1;
            }
            Ok(())
        })
        .unwrap();
    assert_eq!(count, 4000);
    assert!(ids.iter().all(|ids| *ids == order));
}
