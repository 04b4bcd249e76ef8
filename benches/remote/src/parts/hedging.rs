//! Lookups where some answers are slow, with and without second requests.

use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use massmap_async::{AsyncOpenOptions, HedgeDelay, HedgeStats, Hedged, TokioTimer};

use super::lookups::{TASKS, ask_all, gets_of};
use crate::context::{Context, MAP};
use crate::report::{Section, Verdict, cell, figure, in_delays, in_ms};
use crate::server::Cost;
use crate::statistics::Sample;

/// Of which requests are slow.
const SEED: u64 = 1;

pub(crate) fn measure(context: &Context) -> anyhow::Result<Section> {
    let count = context.scale.hedged;
    let mut section = Section::new(&format!(
        "`get` of {} random keys from {TASKS} tasks. Of a hundred answers, two take 200 ms instead of 20 ms, chosen by chance. `Hedged` makes \
         a second request where the first takes long, for at most 5 % of the reads, and takes the first answer.",
        figure(count as f64, 0)
    ));
    let fixed = |ms| Some(HedgeDelay::Fixed(Duration::from_millis(ms)));
    let percentile = |percent| Some(HedgeDelay::Percentile(percent));
    let mut rows = Vec::new();
    for (name, delay) in [
        ("without `Hedged`", None),
        ("after 25 ms", fixed(25)),
        ("after the 95th percentile, the default", percentile(95.0)),
        ("after the 97th percentile", percentile(97.0)),
    ] {
        let Outcome { times, cost, stats } = run(context, delay)?;
        let more = 100.0 * (cost.requests as f64 / count as f64 - 1.0);
        // The second requests of the reads before the first measured one may have saved up some.
        ensure!(more <= 6.0, "{name}: {more} % more requests");
        ensure!(
            delay.is_some() == (stats.hedges > 0),
            "{name}: {} second requests",
            stats.hedges
        );
        rows.push([
            cell(name),
            figure(cost.requests as f64, 0),
            format!("{more:.2} %"),
            figure(in_ms(times.median()), 1),
            figure(in_ms(times.percentile(99.0)), 1),
            figure(in_delays(times.percentile(99.0)), 2),
            figure(in_ms(times.percentile(99.9)), 1),
            figure(in_ms(times.percentile(100.0)), 1),
        ]);
        if delay.is_some() {
            let p99 = in_delays(times.percentile(99.0));
            section.target(Verdict::at_most(
                format!("p99 with second requests {name}"),
                p99,
                2.5,
                "delays",
            ));
            section.target(Verdict::at_most(
                format!("more requests with second ones {name}"),
                more,
                5.0,
                "%",
            ));
        }
    }
    section.table(
        [
            "second requests",
            "requests",
            "more",
            "p50, ms",
            "p99, ms",
            "p99, delays",
            "p99.9, ms",
            "longest, ms",
        ],
        rows,
    );
    Ok(section)
}

struct Outcome {
    times: Sample,
    cost: Cost,
    stats: HedgeStats,
}

fn run(context: &Context, delay: Option<HedgeDelay>) -> anyhow::Result<Outcome> {
    let questions = context.entries.hits(20, context.scale.hedged);
    let before = context.entries.hits(21, TASKS);
    let server = &context.server;
    let reader = server.reader(MAP);
    let (times, cost, stats) = match delay {
        None => {
            let map = context.open(MAP)?;
            context.run(ask_all(before, TASKS, gets_of!(map)))?;
            server.set_uneven(SEED);
            let meter = server.meter();
            let times = context.run(ask_all(questions, TASKS, gets_of!(map)))?;
            (times, meter.cost(), HedgeStats::default())
        }
        Some(delay) => {
            let hedged = Arc::new(Hedged::new(reader, TokioTimer::new(), delay));
            let map = context.open_with(Arc::clone(&hedged), &AsyncOpenOptions::new())?;
            context.run(ask_all(before, TASKS, gets_of!(map)))?;
            server.set_uneven(SEED);
            let meter = server.meter();
            let times = context.run(ask_all(questions, TASKS, gets_of!(map)))?;
            (times, meter.cost(), hedged.stats())
        }
    };
    server.set_even();
    Ok(Outcome { times, cost, stats })
}
