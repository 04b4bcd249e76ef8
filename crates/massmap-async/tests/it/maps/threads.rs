//! Which executors maps can be used on.

use std::rc::Rc;

use futures_executor::block_on;
use futures_util::StreamExt;
use massmap_async::dynamic::{Key, Value};
use massmap_async::{AsyncMassMap, AsyncUntypedMap, MemoryReader};

use super::file::{build, builder, squares};
use super::store::{Store, StoreReader};

fn assert_send<T: Send>(value: T) -> T {
    value
}

#[test]
fn futures_can_be_moved_between_threads_if_those_of_the_reader_can() {
    let store = Store::new(squares(1000));
    let opening = assert_send(AsyncMassMap::<u64, u64, StoreReader>::open(store.reader()));
    let map = assert_send(block_on(opening).unwrap());
    block_on(assert_send(map.get(&7))).unwrap();
    block_on(assert_send(map.get_bytes(&7))).unwrap();
    block_on(assert_send(map.contains_key(&7))).unwrap();
    block_on(assert_send(map.batch_get([1u64, 2]))).unwrap();
    block_on(assert_send(map.get_many_stream([1u64, 2])).count());
    block_on(assert_send(map.iter()).count());
    block_on(assert_send(map.verify()));
    block_on(assert_send(map.check_keys())).unwrap();

    let opening = assert_send(AsyncUntypedMap::<StoreReader>::open(store.reader()));
    let map = assert_send(block_on(opening).unwrap());
    block_on(assert_send(map.get(7u64))).unwrap();
    block_on(assert_send(map.get_bytes(7u64))).unwrap();
    block_on(assert_send(map.batch_get([7u64]))).unwrap();
    block_on(assert_send(map.batch_get_bytes([7u64]))).unwrap();
    block_on(assert_send(map.get_many_stream([7u64])).count());
    block_on(assert_send(map.iter()).count());
    block_on(assert_send(map.verify()));
}

#[test]
fn a_reader_that_stays_on_one_thread_is_enough() {
    let map = block_on(AsyncMassMap::<u64, u64, _>::open(Rc::new(MemoryReader::new(
        squares(100),
    ))))
    .unwrap();
    assert_eq!(block_on(map.get(&7)).unwrap(), Some(49));
    let store = Store::new(squares(100));
    let map = block_on(AsyncMassMap::<u64, u64, _>::open(Rc::new(store.reader()))).unwrap();
    assert_eq!(block_on(map.get(&7)).unwrap(), Some(49));
    assert_eq!(block_on(map.batch_get([7])).unwrap(), [Some(49)]);
}

/// A handler of requests, say, that owns its keys: what it gives can be moved between threads.
async fn look_up(
    map: &AsyncMassMap<String, u64, StoreReader>,
    untyped: &AsyncUntypedMap<StoreReader>,
    keys: Vec<String>,
) -> std::io::Result<usize> {
    let typed = map.batch_get::<str>(keys.iter().map(String::as_str)).await?;
    let values: Vec<Value> = keys.iter().map(|key| Value::from(key.as_str())).collect();
    let found = untyped.batch_get(values.iter().map(Key::from)).await?;
    let streamed = map.get_many_stream::<String>(&keys).count().await;
    let entries = untyped.iter().count().await;
    Ok(typed.len() + found.len() + streamed + entries)
}

#[test]
fn futures_with_borrowed_keys_can_be_moved_between_threads() {
    let entries = (0..100u64).map(|number| (number.to_string(), number));
    let store = Store::new(build(builder(), entries));
    let map = block_on(AsyncMassMap::open(store.reader())).unwrap();
    let untyped = block_on(AsyncUntypedMap::open(store.reader())).unwrap();
    let keys = vec!["7".to_owned(), "seven".to_owned()];
    assert_eq!(block_on(assert_send(look_up(&map, &untyped, keys))).unwrap(), 106);
}
