//! Dependent lookups in files of both formats, mapped and read, by massmap and massmap 0.1.5, with the same keys, compared with
//! lower bounds and targets.
//!
//! The files are in the page cache, so that lookups are measured without the disk. Words select parts of the bench by title:
//!
//! ```text
//! cargo bench --manifest-path benches/Cargo.toml --bench reading -- hits
//! ```

mod limits;
mod ours;
mod serial;
mod threads;

use std::io;

use massmap::ChecksumPolicy;
use massmap_benches::{
    Arrangement, Buckets, Integers, Prepared, Strings, Target, entries, is_wanted, report, take_turns,
};

use crate::limits::{FLOOR, PREAD};
use crate::ours::{DigestDataset, POLICIES, open_mapped};
use crate::serial::Keys;

/// Number of turns of each contestant.
const TURNS: usize = 15;

const PAGE: u32 = 4096;

fn main() -> io::Result<()> {
    bench::<Integers>(10_000_000)?;
    bench::<Strings>(5_000_000)
}

/// The files of a data set.
struct Files<D> {
    pages: Prepared<D>,
    with_filter: Prepared<D>,
    /// Files of format 1, with their names.
    buckets: Vec<(String, Prepared<D>)>,
}

fn bench<D: DigestDataset>(full: u64) -> io::Result<()> {
    let entries = entries(full);
    let titles =
        ["hits", "misses", "two threads"].map(|title| format!("{}, {entries} entries: {title}", D::NAME));
    if !titles.iter().any(|title| is_wanted(title)) {
        return Ok(());
    }
    let pages = |filter| Prepared::new(entries, Arrangement::Pages { size: PAGE, filter });
    let buckets = Buckets::ALL.map(|buckets| Ok((buckets.name(), Prepared::new(entries, buckets)?)));
    let files = Files::<D> {
        pages: pages(false)?,
        with_filter: pages(true)?,
        buckets: buckets.into_iter().collect::<io::Result<_>>()?,
    };
    let [hits, misses, two_threads] = &titles;
    let present = Keys::present(&files.pages, D::digest);
    if is_wanted(hits) {
        compare(hits, &files, &present, &hit_targets())?;
    }
    if is_wanted(misses) {
        compare(misses, &files, &Keys::absent(&files.pages), &miss_targets())?;
    }
    if is_wanted(two_threads) {
        threads::bench(two_threads, &files.pages, &present)?;
    }
    Ok(())
}

fn compare<D>(title: &str, files: &Files<D>, keys: &Keys<D::Key>, targets: &[Target]) -> io::Result<()>
where
    D: DigestDataset,
{
    let mut contestants = vec![
        limits::floor(keys, &files.pages)?,
        limits::pread(keys, &files.pages)?,
    ];
    for policy in POLICIES {
        let open = || io::Result::Ok(open_mapped(&files.pages)?.with_checksum_policy(policy));
        contestants.extend([
            ours::get::<D, _>(mapped(policy, GET), keys, open()?),
            ours::get_ref::<D, _>(mapped(policy, GET_REF), keys, open()?),
            ours::batch_get::<D, _>(mapped(policy, BATCH_GET), keys, open()?),
            ours::batch_get_with::<D, _>(mapped(policy, BATCH_GET_WITH), keys, open()?),
        ]);
    }
    for policy in POLICIES {
        let open = || io::Result::Ok(files.pages.open()?.with_checksum_policy(policy));
        contestants.extend([
            ours::get::<D, _>(read(policy, GET), keys, open()?),
            ours::get_with::<D, _>(read(policy, GET_WITH), keys, open()?),
        ]);
    }
    let filtered = |backend| format!("v2 with a miss filter, {backend}, Never, get");
    let map = open_mapped(&files.with_filter)?.with_checksum_policy(ChecksumPolicy::Never);
    contestants.push(ours::get::<D, _>(filtered("mapped"), keys, map));
    let map = files
        .with_filter
        .open()?
        .with_checksum_policy(ChecksumPolicy::Never);
    contestants.push(ours::get::<D, _>(filtered("File"), keys, map));
    for (name, prepared) in &files.buckets {
        let map = open_mapped(prepared)?;
        contestants.push(ours::get::<D, _>(format!("v1, {name}, mapped, get"), keys, map));
        let map = prepared.open()?;
        contestants.push(ours::get::<D, _>(format!("v1, {name}, File, get"), keys, map));
        let map = prepared.open_0_1_5()?;
        contestants.push(ours::get_0_1_5::<D>(
            format!("0.1.5, {name}, File, get"),
            keys,
            map,
        ));
    }
    report(title, &take_turns(TURNS, contestants), &[FLOOR, PREAD], targets);
    Ok(())
}

const GET: &str = "get";
const GET_REF: &str = "get_ref";
const GET_WITH: &str = "get_with";
const BATCH_GET: &str = "batch_get of 64";
const BATCH_GET_WITH: &str = "batch_get_with of 64";

/// Name of a contestant with the mapped file.
fn mapped(policy: ChecksumPolicy, how: &str) -> String {
    format!("v2, mapped, {policy:?}, {how}")
}

/// Name of a contestant with the file.
fn read(policy: ChecksumPolicy, how: &str) -> String {
    format!("v2, File, {policy:?}, {how}")
}

fn hit_targets() -> Vec<Target> {
    let mut targets = Vec::new();
    for how in [GET, GET_REF] {
        let [never, first, _] = POLICIES.map(|policy| mapped(policy, how));
        targets.push(Target::at_most(&first, &never, 1.05));
        targets.extend([never, first].map(|subject| Target::at_most(subject, FLOOR, 1.6)));
    }
    targets.extend(common_targets());
    targets
}

fn miss_targets() -> Vec<Target> {
    let policies = [ChecksumPolicy::Never, ChecksumPolicy::FirstRead];
    let mut targets = policies
        .map(|policy| Target::at_most(mapped(policy, GET), FLOOR, 1.6))
        .to_vec();
    targets.extend(common_targets());
    targets
}

fn common_targets() -> impl Iterator<Item = Target> {
    POLICIES.into_iter().flat_map(|policy| {
        // Checking a page takes as long in a batch as in a single lookup.
        let batches = (policy != ChecksumPolicy::EveryRead).then(|| {
            [
                Target::at_most(mapped(policy, BATCH_GET), mapped(policy, GET), 2.0 / 3.0),
                Target::at_most(mapped(policy, BATCH_GET_WITH), mapped(policy, GET_REF), 2.0 / 3.0),
            ]
        });
        let read_targets = [GET, GET_WITH].map(|how| Target::at_most(read(policy, how), PREAD, 1.3));
        batches.into_iter().flatten().chain(read_targets)
    })
}
