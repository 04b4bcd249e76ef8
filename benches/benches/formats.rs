//! Lookups in files of both formats with the same entries: by this crate and, in format 1, by massmap 0.1.5; and the
//! bare read of an aligned page, below which no lookup can go.
//!
//! The files are in the page cache: what is measured is what a lookup costs beside the disk.

use std::fmt::Debug;
use std::fs::File;
use std::hint::black_box;
use std::io;

use massmap::{BytesReader, ChecksumPolicy, MassMap, MassMapReader};
use massmap_benches::{
    Arrangement, Buckets, Contestant, Dataset, Integers, Prepared, Strings, compare, entries, mix,
};

/// How many keys are looked up before the same ones come again: too many for their pages to stay in the CPU's caches.
const KEYS: u64 = 1 << 20;

/// Turns that each contestant takes.
const TURNS: usize = 101;

const PAGE: u32 = 4096;

/// Pages about as long as a bucket of 16 entries.
const SMALL_PAGES: [u32; 2] = [512, 1024];

fn main() -> io::Result<()> {
    bench::<Integers>(10_000_000)?;
    bench::<Strings>(5_000_000)
}

fn bench<D: Dataset>(full: u64) -> io::Result<()> {
    let count = entries(full);
    let pages = |filter| Arrangement::Pages { size: PAGE, filter };
    let small = SMALL_PAGES
        .into_iter()
        .map(|size| {
            Ok((
                size,
                Prepared::<D>::new(count, Arrangement::Pages { size, filter: false })?,
            ))
        })
        .collect::<io::Result<Vec<_>>>()?;
    let paged = Prepared::<D>::new(count, pages(false))?;
    let filtered = Prepared::<D>::new(count, pages(true))?;
    let buckets = Buckets::ALL
        .into_iter()
        .map(|buckets| Ok((buckets.name(), Prepared::<D>::new(count, buckets)?)))
        .collect::<io::Result<Vec<_>>>()?;

    let draws = KEYS.min(entries(KEYS));
    // Made beforehand: making keys is no part of a lookup.
    let hits: Vec<_> = paged
        .present(draws)
        .map(|ordinal| (D::key(ordinal), Some(D::value(ordinal))))
        .collect();
    let misses: Vec<_> = paged
        .absent(draws)
        .map(|ordinal| (D::key(ordinal), None))
        .collect();

    for (kind, keys) in [("hit", &hits), ("miss", &misses)] {
        let mut contestants = vec![floor(&paged)?];
        for (prepared, filter) in [(&paged, ""), (&filtered, ", filter")] {
            for policy in [
                ChecksumPolicy::EveryRead,
                ChecksumPolicy::FirstRead,
                ChecksumPolicy::Never,
            ] {
                let map = prepared.open()?.with_checksum_policy(policy);
                let name = format!("v2, {policy:?}{filter}");
                contestants.push(lookup(name, keys, move |key| map.get(key)));
            }
        }
        for (size, prepared) in &small {
            let map = prepared.open()?;
            contestants.push(lookup(
                format!("v2, EveryRead, pages of {size}"),
                keys,
                move |key| map.get(key),
            ));
        }
        let bytes = BytesReader::new(std::fs::read(paged.path())?);
        let map: MassMap<D::Key, D::Value, _> = MassMap::load(bytes)?;
        contestants.push(lookup("v2, EveryRead, in memory".to_owned(), keys, move |key| {
            map.get(key)
        }));
        for (name, prepared) in &buckets {
            let (ours, theirs) = (prepared.open()?, prepared.open_0_1_5()?);
            contestants.push(lookup(format!("v1, {name}"), keys, move |key| ours.get(key)));
            contestants.push(lookup(format!("0.1.5, {name}"), keys, move |key| theirs.get(key)));
        }
        compare(
            &format!("{}, {count} entries: {kind}", D::NAME),
            TURNS,
            contestants,
        );
    }
    Ok(())
}

/// A contestant that looks up one key after the other, having shown that it gives the right answers.
fn lookup<'a, K, V: PartialEq + Debug>(
    name: String,
    keys: &'a [(K, Option<V>)],
    get: impl Fn(&K) -> io::Result<Option<V>> + 'a,
) -> Contestant<'a> {
    for (key, value) in keys.iter().take(1000) {
        assert_eq!(get(key).expect("the file is whole"), *value, "{name}");
    }
    let mut keys = keys.iter().cycle();
    Contestant::new(name, move || {
        let key = keys.next().map(|(key, _)| get(key).expect("the file is whole"));
        black_box(key);
    })
}

/// Reads random pages of a file and does nothing with them.
fn floor<D: Dataset>(prepared: &Prepared<D>) -> io::Result<Contestant<'static>> {
    let file = File::open(prepared.path())?;
    let pages = file.metadata()?.len() / u64::from(PAGE);
    let mut draw = 0;
    Ok(Contestant::new("pread of 4 KiB", move || {
        draw += 1;
        let offset = mix(draw) % pages * u64::from(PAGE);
        file.read_exact_at(offset, PAGE.into(), |bytes| {
            black_box(bytes);
            Ok(())
        })
        .expect("the file is whole");
    }))
}
