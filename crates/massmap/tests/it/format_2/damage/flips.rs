//! The flip table: every flipped bit and every truncation of a small file of each shape.
//!
//! `cargo test -p massmap --test it flips -- --nocapture` prints the numbers.

use std::fmt::Debug;
use std::hash::Hash;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};

use massmap::{
    BytesReader, ChecksumPolicy, Compression, DuplicateKeys, MassMap, MassMapDefaultHashLoader,
    MassMapHashLoader, MassMapInner, MassMapMerger, MassMapReader, MemoryWriter, Xxh3HashLoader,
};
use massmap_format::EntryLayout;
use serde::de::DeserializeOwned;
use support::allocations::peak_of;
use support::entries::strings;
use support::files::build;
use support::files::format_2::{header_of, layout_of, runs_of, small_pages, small_pages_with};

use crate::format_2::compression::documents;

/// An intact file and its entries.
struct Case<H, K, V> {
    name: &'static str,
    file: Vec<u8>,
    entries: Vec<(K, V)>,
    /// Keys that no entry has.
    absent: Vec<K>,
    loader: PhantomData<H>,
}

/// Hides that the bytes are in memory.
struct OnlyRead<R>(R);

impl<R: MassMapReader> MassMapReader for OnlyRead<R> {
    fn read_exact_at<F, T>(&self, offset: u64, length: u64, f: F) -> std::io::Result<T>
    where
        F: Fn(&[u8]) -> std::io::Result<T>,
    {
        self.0.read_exact_at(offset, length, f)
    }
}

/// Results of using damaged files.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Tally {
    files: usize,
    refused: usize,
    /// Files that open and pass verification.
    unreported: usize,
    right: usize,
    errors: usize,
    wrong: usize,
    misses: usize,
    false_hits: usize,
    /// Peak memory, in bytes.
    peak: usize,
}

impl<H, K, V> Case<H, K, V>
where
    H: MassMapHashLoader,
    K: DeserializeOwned + Hash + Eq + Debug,
    V: DeserializeOwned + Clone + PartialEq + Debug,
{
    fn new(name: &'static str, file: Vec<u8>, entries: Vec<(K, V)>, absent: Vec<K>) -> Self {
        Self {
            name,
            file,
            entries,
            absent,
            loader: PhantomData,
        }
    }

    /// Tries every truncation and every flipped bit.
    fn survey(&self) {
        let merged = self
            .merge(self.open(&self.file).expect("the file is intact"))
            .expect("the file is intact");
        let mut tally = Tally::default();
        self.exercise(&self.file, &merged, &"nothing", &mut tally);
        let intact = Tally {
            files: 1,
            unreported: 1,
            right: self.entries.len(),
            peak: tally.peak,
            ..Tally::default()
        };
        assert_eq!(tally, intact, "{}", self.name);

        let mut tally = Tally::default();
        for length in 0..self.file.len() {
            self.exercise(&self.file[..length], &merged, &("cut to", length), &mut tally);
        }
        assert_eq!(
            tally.refused,
            self.file.len(),
            "{}: opens although cut",
            self.name
        );

        let mut tally = Tally::default();
        let mut file = self.file.clone();
        for position in 0..file.len() {
            for bit in 0..8 {
                file[position] ^= 1 << bit;
                let damage = ("bit", bit, "of byte", position);
                self.exercise(&file, &merged, &damage, &mut tally);
                file[position] ^= 1 << bit;
            }
        }
        let ratio = tally.peak as f64 / file.len() as f64;
        println!(
            "{}: {} bytes, {} runs: {tally:?}, {ratio:.1} x",
            self.name,
            file.len(),
            runs_of(&file).len()
        );
        assert_eq!(tally.files, 8 * file.len());
        assert_eq!(
            (tally.wrong, tally.misses, tally.false_hits, tally.unreported),
            (0, 0, 0, 0),
            "{}: {tally:?}",
            self.name
        );
    }

    fn open<'a>(&self, file: &'a [u8]) -> std::io::Result<MassMap<K, V, BytesReader<&'a [u8]>, H>> {
        MassMap::load(BytesReader::new(file))
    }

    fn merge(&self, map: MassMap<K, V, BytesReader<&[u8]>, H>) -> std::io::Result<Vec<u8>> {
        let writer = MemoryWriter::new();
        let merger = MassMapMerger::default()
            .with_writer_buffer_size(100)
            .with_duplicate_keys(DuplicateKeys::KeepAll);
        merger.merge(&writer, vec![map])?;
        Ok(writer.into_inner())
    }

    fn exercise(&self, file: &[u8], merged: &[u8], damage: &dyn Debug, tally: &mut Tally) {
        let work = || peak_of(|| self.look_at_everything(file, merged, tally));
        let Ok(((), peak)) = catch_unwind(AssertUnwindSafe(work)) else {
            panic!("{}: something panicked after {damage:?}", self.name);
        };
        let bound = 16 * self.file.len() + (4 << 10);
        assert!(
            peak <= bound,
            "{}: {peak} bytes of memory were taken after {damage:?}, {bound} are allowed",
            self.name
        );
        tally.peak = tally.peak.max(peak);
    }

    fn look_at_everything(&self, file: &[u8], merged: &[u8], tally: &mut Tally) {
        tally.files += 1;
        let Ok(map) = self.open(file) else {
            tally.refused += 1;
            return;
        };
        let mut by_reads = *tally;
        self.look_up(&map, tally);
        match MassMap::<K, V, _, H>::load(OnlyRead(BytesReader::new(file))) {
            Ok(only_read) => {
                self.look_up(&only_read, &mut by_reads);
                // A lookup in memory checks those parts of a page alone that it uses, and has an answer where others are damaged.
                let has_parts = header_of(&self.file).page_size > 512;
                if has_parts && by_reads.errors > tally.errors && by_reads.right <= tally.right {
                    (by_reads.errors, by_reads.right) = (tally.errors, tally.right);
                }
                assert_eq!(by_reads, *tally, "reading and looking into memory find the same");
            }
            // The second header is found only where the length of the file is known.
            Err(error) => assert_ne!(file[..512], self.file[..512], "{error}"),
        }
        self.walk(&map);
        let report = map.verify();
        tally.unreported += usize::from(report.is_ok());
        assert_eq!(report.is_ok(), report.problems.is_empty());
        let inner = MassMapInner::<_, H>::load(BytesReader::new(file)).expect("it opened before");
        assert_eq!(inner.verify().is_ok(), report.is_ok(), "with and without types");

        // Without checksums any answer is allowed, but no panic.
        let unchecked = inner.with_checksum_policy(ChecksumPolicy::Never).cast::<K, V>();
        self.look_up(&unchecked, &mut Tally::default());
        unchecked.iter().for_each(drop);

        if let Ok(other) = self.merge(map) {
            assert!(other == merged, "merging made other entries of damaged ones");
        }
    }

    /// Looks up every key in every way.
    fn look_up<R: MassMapReader>(&self, map: &MassMap<K, V, R, H>, tally: &mut Tally) {
        let present = self.entries.iter().map(|(key, value)| (key, Some(value)));
        for (key, expected) in present.chain(self.absent.iter().map(|key| (key, None))) {
            let found = map.get(key);
            match (&found, expected) {
                (Err(_), _) => tally.errors += 1,
                (Ok(Some(found)), Some(expected)) if found == expected => tally.right += 1,
                (Ok(Some(_)), Some(_)) => tally.wrong += 1,
                (Ok(None), Some(_)) => tally.misses += 1,
                (Ok(Some(_)), None) => tally.false_hits += 1,
                (Ok(None), None) => {}
            }
            let batch = map.batch_get::<K>([key]);
            match (&found, batch) {
                (Ok(found), Ok(batch)) => assert_eq!([found], [&batch[0]], "{key:?}"),
                (Err(_), Err(_)) => {}
                (found, batch) => panic!("get says {found:?}, batch_get {batch:?} for {key:?}"),
            }
            match (found, map.contains_key(key)) {
                (Err(_), contains) => assert!(contains.unwrap_or(true), "{key:?}"),
                (Ok(found), contains) => assert_eq!(contains.ok(), Some(found.is_some()), "{key:?}"),
            }
        }
    }

    /// Iterates over all entries in every way: each item is a right entry or an error.
    fn walk(&self, map: &MassMap<K, V, BytesReader<&[u8]>, H>) {
        let most = map.len() as usize + 1;
        let entries: Vec<_> = map.iter().take(most).collect();
        let complete = entries.iter().all(Result::is_ok);
        assert!(
            !complete || entries.len() as u64 == map.len(),
            "entries are left out"
        );
        let keys = map.keys().take(most).filter(Result::is_ok).count();
        let values = map.values().take(most).filter(Result::is_ok).count();
        let entries: Vec<_> = entries.into_iter().flatten().collect();
        assert_eq!((keys, values), (entries.len(), entries.len()));
        let mut in_buckets = 0;
        for index in 0..map.bucket_count() {
            in_buckets += map.get_bucket(index).map_or(0, |bucket| bucket.len());
        }
        assert_eq!(in_buckets, entries.len());
        map.get_bucket(map.bucket_count())
            .map(drop)
            .expect_err("there is no such page");
    }
}

fn absent() -> Vec<String> {
    ["", "absent", "key 99"].map(str::to_owned).to_vec()
}

#[test]
fn every_flip_and_cut_of_a_file_of_strings_is_detected() {
    let entries = strings(0..50);
    let file = build(small_pages(), &entries);
    assert!(runs_of(&file).len() > 1);
    Case::<MassMapDefaultHashLoader, _, _>::new("strings", file, entries, absent()).survey();
}

#[test]
fn every_flip_and_cut_of_a_file_with_a_filter_and_user_metadata_is_detected() {
    let entries: Vec<(u64, i64)> = (0..8).map(|i| (i * i * 1000, -(i as i64))).collect();
    let builder = small_pages_with::<Xxh3HashLoader>()
        .with_miss_filter(true)
        .with_user_metadata("source", "a test");
    let file = build(builder, &entries);
    Case::<Xxh3HashLoader, _, _>::new("filter, user metadata, xxh3", file, entries, vec![7, u64::MAX])
        .survey();
}

#[test]
fn every_flip_and_cut_of_a_file_with_runs_of_several_pages_is_detected() {
    let entries: Vec<(String, String)> = (0..3)
        .map(|i| (format!("key {i}"), "text ".repeat(10 + 60 * i)))
        .collect();
    let file = build(small_pages(), &entries);
    assert!(runs_of(&file).iter().any(|run| run.pages > 1));
    Case::<MassMapDefaultHashLoader, _, _>::new("runs", file, entries, absent()).survey();
}

#[test]
fn every_flip_and_cut_of_a_file_of_fixed_entries_is_detected() {
    let entries: Vec<(u64, (u64, bool, char))> =
        (0..40).map(|i| (u64::MAX - i * i, (i, i > 9, 'x'))).collect();
    let file = build(small_pages_with::<Xxh3HashLoader>(), &entries);
    assert_ne!(layout_of(&file), EntryLayout::Variable);
    assert!(runs_of(&file).len() > 1);
    Case::<Xxh3HashLoader, _, _>::new("fixed", file, entries, vec![7, u64::MAX - 2]).survey();
}

#[test]
fn every_flip_and_cut_of_a_file_of_compressed_values_is_detected() {
    let entries = documents(0..3);
    // Merging compresses anew, and at higher levels takes more memory for it.
    let zstd = || Compression::zstd().with_level(1);
    for compression in [
        zstd().with_dictionary_size(0),
        zstd().with_dictionary(*b"the river of a former captain who returns to village and finds"),
    ] {
        let file = build(small_pages().with_compression(compression), &entries);
        assert_eq!(layout_of(&file), EntryLayout::Compressed);
        Case::<MassMapDefaultHashLoader, _, _>::new("compressed", file, entries.clone(), absent()).survey();
    }
}

#[test]
fn every_flip_and_cut_of_a_file_with_larger_pages_and_zeros_after_the_header_is_detected() {
    let entries = strings(0..3);
    let file = build(small_pages().with_page_size(1024), &entries);
    Case::<MassMapDefaultHashLoader, _, _>::new("1024-byte pages", file, entries, absent()).survey();
    let entries: Vec<(u64, u64)> = (0..70).map(|n| (n * n, n)).collect();
    let file = build(
        small_pages_with::<Xxh3HashLoader>().with_page_size(1024),
        &entries,
    );
    Case::<Xxh3HashLoader, _, _>::new(
        "fixed entries in 1024-byte pages",
        file,
        entries,
        vec![3, u64::MAX],
    )
    .survey();
}

#[test]
fn every_flip_and_cut_of_a_file_with_one_entry_is_detected() {
    for filter in [false, true] {
        let entries = strings(0..1);
        let file = build(
            small_pages_with::<Xxh3HashLoader>().with_miss_filter(filter),
            &entries,
        );
        Case::<Xxh3HashLoader, _, _>::new("one entry", file, entries, absent()).survey();
    }
}

#[test]
fn every_flip_and_cut_of_a_file_without_entries_is_detected() {
    let file = build::<_, String, u32>(small_pages().with_miss_filter(true), &[]);
    Case::<MassMapDefaultHashLoader, String, u32>::new("empty", file, Vec::new(), absent()).survey();
}

#[test]
fn every_flip_and_cut_of_a_file_with_duplicate_keys_is_detected() {
    let entries: Vec<(u64, char)> = (0..12).zip('a'..).map(|(i, c)| (i % 4, c)).collect();
    let builder = small_pages()
        .with_duplicate_keys(DuplicateKeys::KeepAll)
        .with_miss_filter(true);
    let file = build(builder, &entries);
    assert_eq!(header_of(&file).entry_count, 12);
    let first = entries[..4].to_vec();
    // Lookups give the first entry of a key; iteration gives the others.
    Case::<MassMapDefaultHashLoader, _, _>::new("duplicates", file, first, vec![4, 5]).survey();
}
