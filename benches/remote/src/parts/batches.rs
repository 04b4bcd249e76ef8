//! How long batches take.

use anyhow::ensure;
use massmap_async::AsyncOpenOptions;

use crate::context::{Context, MAP};
use crate::data::Question;
use crate::report::{Section, Verdict, cell, figure, in_delays, in_ms, size};
use crate::server::Cost;
use crate::statistics::Sample;

const IN_FLIGHT: usize = 64;

pub(crate) fn measure(context: &Context) -> anyhow::Result<Section> {
    let keys = context.scale.batch;
    let mut section = Section::new(&format!(
        "`AsyncMassMap::batch_get` of {} random keys in a map of {} entries, {IN_FLIGHT} requests in flight. Pages that lie side by side are \
         read with one request; with a gap of 64 KiB, those with as many bytes between them, too. *Rounds* are the requests divided by \
         {IN_FLIGHT}, rounded up: no batch can be faster than a delay for each.",
        figure(keys as f64, 0),
        figure(context.entries.count as f64, 0)
    ));
    let variants = [
        ("no gap", AsyncOpenOptions::new().largest_gap(0)),
        ("gaps of 64 KiB, the default", AsyncOpenOptions::new()),
    ];
    let mut costs = [(); 2].map(|()| Vec::<Cost>::new());
    for round in 0..context.scale.rounds {
        // Other keys in each round, the same for both.
        let questions = context.entries.hits(10 + round as u64, keys);
        for ((_, options), costs) in variants.iter().zip(&mut costs) {
            costs.push(batch(
                context,
                &options.clone().requests_in_flight(IN_FLIGHT),
                &questions,
            )?);
        }
    }
    let mut rows = Vec::new();
    for ((name, _), costs) in variants.iter().zip(costs) {
        let rounds = |cost: &Cost| cost.requests.div_ceil(IN_FLIGHT) as f64;
        let times = Sample::new(costs.iter().map(|cost| cost.time).collect());
        let per_round = costs
            .iter()
            .map(|cost| in_delays(cost.time) / rounds(cost))
            .collect();
        let per_round = crate::statistics::median(per_round);
        let cost = costs[0];
        rows.push([
            cell(name),
            figure(cost.requests as f64, 0),
            figure(rounds(&cost), 0),
            size(cost.bytes as f64),
            figure(in_ms(times.median()), 1),
            figure(in_delays(times.median()), 2),
            figure(per_round, 3),
            figure(in_ms(times.percentile(100.0)), 1),
        ]);
        section.target(Verdict::at_most(
            format!("batch of {} keys, {name}: time by rounds", figure(keys as f64, 0)),
            per_round,
            1.2,
            "delays",
        ));
    }
    section.table(
        [
            "",
            "requests",
            "rounds",
            "read",
            "ms",
            "delays",
            "delays by rounds",
            "longest, ms",
        ],
        rows,
    );
    Ok(section)
}

fn batch(context: &Context, options: &AsyncOpenOptions, questions: &[Question]) -> anyhow::Result<Cost> {
    let map = context.open_with(context.server.reader(MAP), options)?;
    // Connections are open before.
    context.run(map.batch_get::<u64>(context.entries.hits(98, questions.len())))?;
    let meter = context.server.meter();
    let values = context.run(map.batch_get::<u64>(questions.iter().map(|question| question.key)))?;
    let cost = meter.cost();
    ensure!(
        values
            .iter()
            .eq(questions.iter().map(|question| &question.answer)),
        "a batch has wrong answers"
    );
    ensure!(
        (1..=questions.len()).contains(&cost.requests),
        "{} requests for {} keys",
        cost.requests,
        questions.len()
    );
    Ok(cost)
}
