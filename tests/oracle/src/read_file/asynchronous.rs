//! Maps that are read asynchronously, with their index as a whole and in parts.

use std::io;
use std::ops::Range;

use futures_executor::block_on;
use futures_util::StreamExt;
use massmap::remote::{AsyncMassMap, AsyncOpenOptions, AsyncReader, Bytes, MemoryReader, Suffix};
use massmap::{BytesReader, KnownHashLoader, MassMap, MassMapReader, SourceSize};
use massmap_format::PagedHeader;
use serde_json::Value;

use super::LOOKUPS;

/// Bytes that are read range by range, by readers of either kind.
struct Ranges(Bytes);

impl MassMapReader for Ranges {
    fn read_exact_at<F, R>(&self, offset: u64, length: u64, f: F) -> io::Result<R>
    where
        F: Fn(&[u8]) -> io::Result<R>,
    {
        BytesReader::new(&self.0).read_exact_at(offset, length, f)
    }

    fn source_size(&self) -> Option<SourceSize> {
        Some(SourceSize::of_bytes(self.0.len() as u64))
    }
}

impl AsyncReader for Ranges {
    async fn read(&self, range: Range<u64>) -> io::Result<Bytes> {
        assert!(range.start < range.end, "a read of nothing");
        MemoryReader::new(self.0.clone()).read(range).await
    }

    async fn read_suffix(&self, length: u64) -> io::Result<Suffix> {
        MemoryReader::new(self.0.clone()).read_suffix(length).await
    }
}

/// Reads `data` in both ways.
pub(super) fn check(data: &[u8]) {
    let data = Bytes::copy_from_slice(data);
    let expected = MassMap::<String, Value, _, KnownHashLoader>::load(Ranges(data.clone()));
    for options in [
        AsyncOpenOptions::new(),
        AsyncOpenOptions::new().first_read(512).index_in_parts(true),
    ] {
        let map = AsyncMassMap::<String, Value, _>::open_with(Ranges(data.clone()), &options);
        match (block_on(map), &expected) {
            (Ok(map), Ok(expected)) if headers_differ(&data) => {
                assert!(!block_on(map.verify()).is_ok() && !expected.verify().is_ok());
            }
            (Ok(map), Ok(expected)) => block_on(compare(&map, expected)),
            // A sample of keys, or a part of the index, may be looked at later.
            (Ok(map), Err(_)) => _ = block_on(map.verify()),
            (Err(_), Err(_)) => {}
            // Keys at the end of the file may not lie where they belong.
            (Err(error), Ok(expected)) => assert!(!expected.verify().is_ok(), "refused: {error}"),
        }
    }
}

/// Whether both ends have an intact header, and not the same one, as where a file was written over a longer one. Whoever begins at the end
/// then opens another map than whoever begins at the beginning.
fn headers_differ(data: &[u8]) -> bool {
    let [first, second] =
        [data.first_chunk(), data.last_chunk()].map(|header: Option<&[u8; PagedHeader::SIZE]>| {
            header.and_then(|header| PagedHeader::decode(header).ok())
        });
    first.is_some() && second.is_some() && first != second
}

async fn compare(
    map: &AsyncMassMap<String, Value, Ranges>,
    expected: &MassMap<String, Value, Ranges, KnownHashLoader>,
) {
    let keys: Vec<String> = expected.keys().flatten().take(LOOKUPS).collect();
    for key in keys.iter().chain([&"no such key".to_owned()]) {
        if let (Ok(found), Ok(expected)) = (map.get(key).await, expected.get(key)) {
            assert_eq!(found, expected, "the value of {key:?}");
        }
    }
    if let (Ok(found), Ok(expected)) = (
        map.batch_get::<String>(&keys).await,
        expected.batch_get::<String>(&keys),
    ) {
        assert_eq!(found, expected);
    }
    let count = map
        .iter()
        .filter(|entry| std::future::ready(entry.is_ok()))
        .count()
        .await;
    assert_eq!(count, expected.iter().filter(Result::is_ok).count(), "entries");
    assert_eq!(
        format!("{:?}", map.verify().await),
        format!("{:?}", expected.verify())
    );
}
