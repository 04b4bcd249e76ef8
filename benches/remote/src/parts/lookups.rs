//! How long lookups take.

use std::io;
use std::time::Instant;

use anyhow::ensure;
use tokio::task::JoinSet;

use crate::context::{Context, MAP, WITH_FILTER};
use crate::data::Question;
use crate::report::{Section, Verdict, cell, figure, in_delays, in_ms};
use crate::server::DELAY;
use crate::statistics::Sample;

/// Number of tasks that look keys up at the same time.
pub(crate) const TASKS: usize = 64;

pub(crate) fn measure(context: &Context) -> anyhow::Result<Section> {
    let mut section = Section::new(&format!(
        "`AsyncMassMap::get` of random keys, in a map of {} entries.",
        figure(context.entries.count as f64, 0)
    ));
    let in_a_row = context.scale.rounds * context.scale.lookups;
    let at_once = context.scale.concurrent;
    let (hits, misses) = (
        |seed, count| context.entries.hits(seed, count),
        |seed, count| context.entries.misses(seed, count),
    );
    let mut rows = Vec::new();
    for (name, path, questions, tasks, requests) in [
        (
            "hits, one after the other",
            MAP,
            hits(1, in_a_row),
            1,
            Some(in_a_row),
        ),
        (
            "misses, one after the other",
            MAP,
            misses(1, in_a_row),
            1,
            Some(in_a_row),
        ),
        ("hits from 64 tasks", MAP, hits(2, at_once), TASKS, Some(at_once)),
        (
            "misses from 64 tasks",
            MAP,
            misses(2, at_once),
            TASKS,
            Some(at_once),
        ),
        (
            "misses from 64 tasks, with a miss filter",
            WITH_FILTER,
            misses(3, at_once),
            TASKS,
            None,
        ),
    ] {
        let map = context.open(path)?;
        // Connections of all tasks are open before.
        context.run(ask_all(context.entries.hits(99, tasks), tasks, gets_of!(map)))?;
        let (count, begun, meter) = (questions.len(), Instant::now(), context.server.meter());
        let times = context.run(ask_all(questions, tasks, gets_of!(map)))?;
        let (cost, took) = (meter.cost(), begun.elapsed());
        match requests {
            Some(requests) => ensure!(cost.requests == requests, "{name}: {} requests", cost.requests),
            // The filter recognizes 99.5 % of missing keys.
            None => ensure!(cost.requests * 50 < count, "{name}: {} requests", cost.requests),
        }
        rows.push([
            cell(name),
            figure(count as f64, 0),
            figure(cost.requests as f64, 0),
            figure(in_ms(times.median()), 2),
            figure(in_delays(times.median()), 3),
            figure(in_ms(times.percentile(99.0)), 2),
            figure(count as f64 / took.as_secs_f64(), 0),
        ]);
        if requests.is_some() {
            let limit = 1.05 * in_ms(DELAY) + 1.0;
            section.target(Verdict::at_most(
                format!("`get`, {name}"),
                in_ms(times.median()),
                limit,
                "ms",
            ));
        }
    }
    section.table(
        [
            "",
            "lookups",
            "requests",
            "median, ms",
            "delays",
            "p99, ms",
            "lookups / s",
        ],
        rows,
    );
    Ok(section)
}

/// Asks `look_up` from so many tasks, checks the answers, and gives the times of the lookups.
pub(crate) async fn ask_all<F, L>(
    questions: Vec<Question>,
    tasks: usize,
    look_up: L,
) -> anyhow::Result<Sample>
where
    F: Future<Output = io::Result<Option<String>>> + Send + 'static,
    L: Fn(u64) -> F + Clone + Send + Sync + 'static,
{
    let count = questions.len();
    let mut running = JoinSet::new();
    for part in questions.chunks(count.div_ceil(tasks)) {
        let (look_up, part) = (look_up.clone(), part.to_vec());
        running.spawn(async move {
            let mut times = Vec::with_capacity(part.len());
            for Question { key, answer } in part {
                let begun = Instant::now();
                let found = look_up(key).await?;
                times.push(begun.elapsed());
                ensure!(found == answer, "a wrong answer for {key}: {found:?}");
            }
            Ok(times)
        });
    }
    let mut times = Vec::with_capacity(count);
    while let Some(part) = running.join_next().await {
        times.extend(part??);
    }
    Ok(Sample::new(times))
}

/// What [`ask_all`] asks of a map.
macro_rules! gets_of {
    ($map:expr) => {{
        let map = std::sync::Arc::clone(&$map);
        move |key| {
            let map = std::sync::Arc::clone(&map);
            async move { map.get(&key).await }
        }
    }};
}
pub(crate) use gets_of;
