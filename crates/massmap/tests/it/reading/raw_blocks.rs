//! Encoded entries of parts of a file.

use massmap::{BytesReader, FormatVersion, MassMapBuilder, MassMapInner, MemoryWriter, Xxh3HashLoader};

type Map = MassMapInner<BytesReader<Vec<u8>>, Xxh3HashLoader>;

/// A file with short and long runs of pages, or with some empty buckets.
fn map(format: FormatVersion) -> Map {
    let builder = MassMapBuilder::<Xxh3HashLoader>::default().with_format(format);
    let builder = match format {
        FormatVersion::V1 => builder.with_bucket_count(90),
        _ => builder.with_page_size(512).with_longest_run(4),
    };
    // The longest takes more than what is read at once.
    let length = |number: u64| match number % 40 {
        0 => 1_200_000,
        1 => 700,
        short => short as usize,
    };
    let entries: Vec<_> = (0..120)
        .map(|number| (number, "x".repeat(length(number))))
        .collect();
    let writer = MemoryWriter::new();
    builder.build(&writer, entries.iter()).unwrap();
    MassMapInner::load(BytesReader::new(writer.into_inner())).unwrap()
}

/// The keys of some pages or buckets.
fn keys(map: &Map, range: std::ops::Range<usize>) -> Vec<Vec<u8>> {
    let blocks: Vec<_> = map.raw_blocks_within(range).map(Result::unwrap).collect();
    let keys = blocks.iter().flat_map(|block| block.iter());
    keys.map(|entry| entry.key.to_vec()).collect()
}

#[test]
fn the_blocks_of_parts_of_a_file_are_those_of_the_whole() {
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let map = map(format);
        let count = map.bucket_count();
        let all = keys(&map, 0..usize::MAX);
        assert_eq!(all.len(), 120);
        assert_eq!(keys(&map, 0..count), all);
        for pieces in [1, 7, count] {
            let parts = (0..pieces).map(|piece| count * piece / pieces..count * (piece + 1) / pieces);
            let together: Vec<_> = parts.flat_map(|part| keys(&map, part)).collect();
            assert!(together == all, "{format:?} {pieces}");
        }
        assert!(keys(&map, count..usize::MAX).is_empty());
        assert!(keys(&map, 5..5).is_empty());
    }
}

#[test]
fn a_page_belongs_to_the_run_around_it() {
    let map = map(FormatVersion::V2);
    let index = map.index();
    let mut page = 0;
    for extent in index.extents() {
        let extent = extent.unwrap();
        let pages = extent.length() as usize / 512;
        for page in page..page + pages {
            let around = index.extent_around(page).unwrap();
            assert_eq!(
                (around.index(), around.offset(), around.length()),
                (extent.index(), extent.offset(), extent.length())
            );
        }
        page += pages;
    }
    assert_eq!(page, index.len());
    assert!(index.extent_around(page).is_err());
}

#[test]
fn a_bucket_is_its_own_extent() {
    let map = map(FormatVersion::V1);
    let index = map.index();
    for bucket in 0..index.len() {
        let around = index.extent_around(bucket).unwrap();
        let extent = index.extent(bucket).unwrap();
        assert_eq!((around.index(), around.length()), (bucket, extent.length()));
    }
    assert!(index.extent_around(index.len()).is_err());
}
