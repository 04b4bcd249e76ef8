//! Lookups of keys that were looked up before, with a cache of pages.

use std::sync::Arc;
use std::time::Instant;

use anyhow::ensure;
use massmap_async::{AsyncOpenOptions, Cached, PageCache};

use super::lookups::{TASKS, ask_all, gets_of};
use crate::context::{Context, MAP};
use crate::report::{Section, cell, figure};
use crate::server::Cost;
use crate::statistics::Sample;

pub(crate) fn measure(context: &Context) -> anyhow::Result<Section> {
    let count = context.scale.batch;
    let cache = PageCache::new(256 << 20);
    let reader = Cached::new(context.server.reader(MAP), &cache);
    let map = context.open_with(reader, &AsyncOpenOptions::new())?;
    let questions = context.entries.hits(30, count);
    let mut section = Section::new(&format!(
        "`get` of {} random keys from {TASKS} tasks through `Cached`, then the same again, and then one after the other.",
        figure(count as f64, 0)
    ));
    let mut rows = Vec::new();
    for (name, tasks, most) in [
        ("first", TASKS, count),
        ("second", TASKS, 0),
        ("one after the other", 1, 0),
    ] {
        let meter = context.server.meter();
        let times = context.run(ask_all(questions.clone(), tasks, gets_of!(map)))?;
        let cost = meter.cost();
        ensure!(cost.requests <= most, "{name}: {} requests", cost.requests);
        ensure!(most == 0 || cost.requests > 0, "{name}: no requests");
        rows.push(row(name, cost, &times));
    }
    section.table(["", "requests", "median", "p99"], rows);
    let stats = cache.stats();
    section.paragraph(&format!(
        "The cache then held {} pages. A cached lookup without a clock in between, the mean of ten passes over the same keys: {} µs.",
        figure(stats.pages as f64, 0),
        figure(mean_in_us(context, &map, &questions)?, 2)
    ));
    Ok(section)
}

fn row(name: &str, cost: Cost, times: &Sample) -> [String; 4] {
    let time = |percent| bench_support::Time(times.percentile(percent).as_nanos() as f64).to_string();
    [
        cell(name),
        figure(cost.requests as f64, 0),
        time(50.0),
        time(99.0),
    ]
}

/// Mean time of a lookup in microseconds.
fn mean_in_us(
    context: &Context,
    map: &Arc<crate::data::Map<Cached<massmap_async::ObjectReader>>>,
    questions: &[crate::data::Question],
) -> anyhow::Result<f64> {
    const PASSES: u32 = 10;
    let took = context.run(async {
        let begun = Instant::now();
        for _ in 0..PASSES {
            for question in questions {
                std::hint::black_box(map.get(&question.key).await?);
            }
        }
        std::io::Result::Ok(begun.elapsed())
    })?;
    Ok(took.as_secs_f64() * 1e6 / f64::from(PASSES) / questions.len() as f64)
}
