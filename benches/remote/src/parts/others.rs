//! Lookups in files of others, on the same server.

mod cdb64;
mod contestant;
mod massmap;
mod parquet;
mod ranges;
mod sqlite;

use std::time::Duration;

use anyhow::ensure;

use self::contestant::Contestant;
use crate::context::Context;
use crate::data::{Entries, Question};
use crate::report::{Section, cell, figure, in_delays, in_ms, size};
use crate::server::Cost;
use crate::statistics::Sample;

/// What was measured of a contestant.
#[derive(Debug, Default)]
struct Costs {
    opening: Vec<Cost>,
    /// The first lookup, with the opening.
    first: Vec<Cost>,
    hits: Vec<Cost>,
    misses: Vec<Cost>,
}

pub(crate) fn measure(context: &Context) -> anyhow::Result<Section> {
    let entries = context.entries;
    let mut contestants: Vec<Box<dyn Contestant>> = vec![
        Box::new(massmap::Massmap::new()),
        Box::new(cdb64::Cdb64::new(context, entries)?),
        Box::new(parquet::Parquet::new(context, entries, parquet::Pages::Small)?),
        Box::new(parquet::Parquet::new(context, entries, parquet::Pages::Default)?),
        Box::new(sqlite::Sqlite::new(context, entries, 4 << 10)?),
        Box::new(sqlite::Sqlite::new(context, entries, 64 << 10)?),
    ];
    let mut costs: Vec<Costs> = contestants.iter().map(|_| Costs::default()).collect();
    for round in 0..context.scale.rounds as u64 {
        for (contestant, costs) in contestants.iter_mut().zip(&mut costs) {
            take_turn(context, contestant.as_mut(), costs, round, entries)?;
        }
    }
    let mut section = Section::new(&format!(
        "{} entries of integers and values of {} bytes in files of each, and what a reader of each asks the server for. *First hit*: opening \
         and one lookup, with nothing in memory. *Hits* and *misses*: with everything in memory that lookups use again, but no page with \
         entries. Requests and bytes are means.",
        figure(entries.count as f64, 0),
        entries.value_length
    ));
    section.table(
        [
            "",
            "opening: requests",
            "ms",
            "read",
            "first hit: requests",
            "ms",
            "hit: requests",
            "ms",
            "delays",
            "read",
            "miss: requests",
            "ms",
        ],
        contestants
            .iter()
            .zip(&costs)
            .map(|(contestant, costs)| row(&contestant.name(), costs)),
    );
    check(&costs)?;
    section.paragraph(EXPLANATION);
    Ok(section)
}

const EXPLANATION: &str = "\
- *cdb64* is the crate of that name (0.2), which reads through any reader; it opens with one request for its header of 4 KiB, and a hit is \
  at least four requests, each after the one before: the slot of the hash table, the lengths of key and value, the key, the value; and one \
  more for each slot that another key has taken. A reader that does not keep the header makes one more. The requests are real ones, which \
  the crate makes through its trait `ReaderAt`.
- *Parquet* is written by the crate `parquet` without compression, sorted by key, with page index. Opening reads the last 64 KiB and then \
  the page index. A lookup finds the page in the column index, which `parquet` leaves to its caller, and reads that page of both columns, \
  with two requests at the same time, or one where they lie near each other. *Small pages*: 32 rows in a page, and no statistics of values, which suits lookups best. *Default*: as \
  the crate writes, up to 20,000 rows or 1 MiB in a page. Bloom filters are not used: the page index rules out missing keys only if they lie \
  between pages, and a filter would be another request.
- *SQLite* reads the database as a real one through a virtual file system (crate `sqlite-vfs`), a request for each page that its own cache \
  does not have; `immutable=1`, so that it does not look for changes and journals; the key is the primary key of integers. The first 4 KiB \
  are read once and kept. *Hits* and *misses*: all interior pages are in its cache of 64 MiB, but hardly any of the leaves.";

fn take_turn(
    context: &Context,
    contestant: &mut dyn Contestant,
    costs: &mut Costs,
    round: u64,
    entries: Entries,
) -> anyhow::Result<()> {
    let lookups = context.scale.lookups / 3;
    let hits = entries.hits(70 + round, lookups + 1);
    let misses = entries.misses(70 + round, lookups);
    // A connection is open, and code that runs only once has run.
    context.server.set_fast();
    contestant.open(context)?;
    contestant.get(context, hits[0].key)?;
    context.server.set_even();

    let meter = context.server.meter();
    contestant.open(context)?;
    costs.opening.push(meter.cost());
    ask(context, contestant, &hits[0])?;
    costs.first.push(meter.cost());

    context.server.set_fast();
    contestant.warm(context)?;
    context.server.set_even();
    for (questions, costs) in [(&hits[1..], &mut costs.hits), (&misses[..], &mut costs.misses)] {
        for question in questions {
            let meter = context.server.meter();
            ask(context, contestant, question)?;
            costs.push(meter.cost());
        }
    }
    Ok(())
}

fn ask(context: &Context, contestant: &mut dyn Contestant, question: &Question) -> anyhow::Result<()> {
    let found = contestant.get(context, question.key)?;
    ensure!(
        found == question.answer,
        "{}: a wrong answer for {}: {found:?}",
        contestant.name(),
        question.key
    );
    Ok(())
}

fn requests(costs: &[Cost]) -> f64 {
    costs.iter().map(|cost| cost.requests as f64).sum::<f64>() / costs.len() as f64
}

fn bytes(costs: &[Cost]) -> f64 {
    costs.iter().map(|cost| cost.bytes as f64).sum::<f64>() / costs.len() as f64
}

fn time(costs: &[Cost]) -> Duration {
    Sample::new(costs.iter().map(|cost| cost.time).collect()).median()
}

fn row(name: &str, costs: &Costs) -> [String; 12] {
    let number = |costs: &[Cost]| {
        let mean = requests(costs);
        figure(mean, if mean.fract() == 0.0 { 0 } else { 2 })
    };
    let ms = |costs: &[Cost]| figure(in_ms(time(costs)), 1);
    [
        cell(name),
        number(&costs.opening),
        ms(&costs.opening),
        size(bytes(&costs.opening)),
        number(&costs.first),
        ms(&costs.first),
        number(&costs.hits),
        ms(&costs.hits),
        figure(in_delays(time(&costs.hits)), 2),
        size(bytes(&costs.hits)),
        number(&costs.misses),
        ms(&costs.misses),
    ]
}

/// What the text says of requests.
fn check(costs: &[Costs]) -> anyhow::Result<()> {
    let [ours, cdb64, parquets @ .., small_sqlite, large_sqlite] = costs else {
        anyhow::bail!("there are six contestants");
    };
    ensure!(
        requests(&ours.hits) == 1.0 && requests(&ours.first) == 2.0,
        "massmap: {ours:?}"
    );
    ensure!(
        requests(&cdb64.opening) == 1.0 && cdb64.hits.iter().all(|cost| cost.requests >= 4),
        "cdb64: {cdb64:?}"
    );
    for costs in parquets {
        ensure!(
            costs.hits.iter().all(|cost| matches!(cost.requests, 1 | 2)),
            "parquet: {costs:?}"
        );
    }
    for costs in [small_sqlite, large_sqlite] {
        ensure!((0.5..=1.0).contains(&requests(&costs.hits)), "SQLite: {costs:?}");
        ensure!(requests(&costs.first) > 1.0, "SQLite: {costs:?}");
    }
    Ok(())
}
