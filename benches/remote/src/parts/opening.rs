//! How long opening takes.

use std::time::{Duration, Instant};

use anyhow::ensure;

use crate::context::{Context, MAP, SMALL, WITH_FILTER};
use crate::data::Map;
use crate::report::{Section, Verdict, cell, figure, in_delays, in_ms, size};
use crate::server::{Cost, DELAY};
use crate::statistics::Sample;

pub(crate) fn measure(context: &Context) -> anyhow::Result<Section> {
    let count = |count: u64| figure(count as f64, 0);
    let maps = [
        (SMALL, format!("{} entries", count(context.scale.few_entries))),
        (MAP, format!("{} entries", count(context.scale.entries))),
        (
            WITH_FILTER,
            format!("{} entries, with a miss filter", count(context.scale.entries)),
        ),
    ];
    let mut costs = maps.clone().map(|_| Vec::<Cost>::new());
    let mut without = maps.clone().map(|_| Vec::<Duration>::new());
    for _ in 0..context.scale.rounds {
        for (((path, _), costs), without) in maps.iter().zip(&mut costs).zip(&mut without) {
            // Also opens a connection, as one is open where a service opens another map of the same store.
            context.server.set_fast();
            without.push(open(context, path)?.time);
            context.server.set_even();
            costs.push(open(context, path)?);
        }
    }
    let mut section = Section::new(
        "`AsyncMassMap::open`, which reads the last 64 KiB, and then the rest of the index if it is longer. Pages of 4 KiB, values of 100 bytes. \
         Nothing of two requests can be done within two delays to the microsecond: they are allowed the time of two lookups.",
    );
    let mut rows = Vec::new();
    for (((path, name), costs), without) in maps.iter().zip(&costs).zip(without) {
        let sample = Sample::new(costs.iter().map(|cost| cost.time).collect());
        let requests = if *path == WITH_FILTER { 2 } else { 1 };
        ensure!(
            costs.iter().all(|cost| cost.requests == requests),
            "{name}: not {requests} requests: {costs:?}"
        );
        rows.push([
            name.clone(),
            cell(requests),
            size(costs[0].bytes as f64),
            figure(in_ms(sample.median()), 1),
            figure(in_delays(sample.median()), 2),
            figure(in_ms(sample.percentile(100.0)), 1),
            figure(in_ms(Sample::new(without).median()), 1),
        ]);
        // What two lookups may take, where there are two requests: with two delays, nothing would be left for the requests themselves.
        let limit = if requests == 2 {
            2.0 * (1.05 + 1.0 / in_ms(DELAY))
        } else {
            2.0
        };
        section.target(Verdict::at_most(
            format!("opening, {name}: {requests} request(s)"),
            in_delays(sample.median()),
            limit,
            "delays",
        ));
    }
    section.table(
        [
            "",
            "requests",
            "read",
            "ms",
            "delays",
            "longest, ms",
            "ms without delays",
        ],
        rows,
    );
    Ok(section)
}

fn open(context: &Context, path: &str) -> anyhow::Result<Cost> {
    let reader = context.server.reader(path);
    Ok(context.run(async {
        let meter = context.server.meter();
        let begun = Instant::now();
        let map = Map::open(reader).await?;
        let time = begun.elapsed();
        assert!(!map.is_empty(), "the map has entries");
        std::io::Result::Ok(Cost { time, ..meter.cost() })
    })?)
}
