//! The backends of Linux: direct I/O, and batches with many reads in flight.

use std::fs::File;
use std::io;

use criterion::Criterion;
use massmap::{DirectFile, UringFile};
use massmap_benches::Dataset;

use crate::{Case, Map, batches, single, verify};

pub(crate) fn bench<D: Dataset>(criterion: &mut Criterion, case: &Case<D>) -> io::Result<()> {
    let path = case.prepared.path();
    let cached = UringFile::new(File::open(path)?);
    let cached = cached.has_ring().then_some(cached);
    if cached.is_none() {
        eprintln!("io_uring is not available: batches would read ranges one by one.");
    }
    let direct = DirectFile::open(path)
        .inspect_err(|error| eprintln!("{error}"))
        .ok();

    if let Some(direct) = direct {
        let map = Map::<D, _>::load(direct)?;
        verify(case, &map)?;
        // Misses read the same as hits.
        let mut group = case.group(criterion, "hit");
        single(&mut group, "DirectFile", &case.hits, |key| map.get(key));
        group.finish();
        let mut group = case.group(criterion, "batch of 64");
        batches(&mut group, "DirectFile", &case.hits, |keys| {
            map.batch_get::<D::Key>(keys)
        });
        group.finish();

        if cached.is_some() {
            let map = Map::<D, _>::load(UringFile::new(DirectFile::open(path)?))?;
            verify(case, &map)?;
            let mut group = case.group(criterion, "batch of 64");
            batches(&mut group, "UringFile of DirectFile", &case.hits, |keys| {
                map.batch_get::<D::Key>(keys)
            });
            group.finish();
        }
    }
    // Single reads go to the inner file.
    if let Some(cached) = cached {
        let map = Map::<D, _>::load(cached)?;
        verify(case, &map)?;
        let mut group = case.group(criterion, "batch of 64");
        batches(&mut group, "UringFile of File", &case.hits, |keys| {
            map.batch_get::<D::Key>(keys)
        });
        group.finish();
    }
    Ok(())
}
