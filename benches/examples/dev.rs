//! dev
use massmap_benches::{Dataset, Integers, Memory};
use std::time::Instant;
fn main() {
    let count: u64 = std::env::args().nth(1).map_or(10_000_000, |n| n.parse().unwrap());
    let rounds: usize = std::env::args().nth(2).map_or(3, |n| n.parse().unwrap());
    let which = std::env::args().nth(3).unwrap_or("ab".into());
    let data: Vec<_> = (0..count)
        .map(|o| (Integers::key(o), Integers::value(o)))
        .collect();
    for per in [16u64, 200] {
        let buckets = count.div_ceil(per);
        for _ in 0..rounds {
            if which.contains('a') {
                let m = Memory::with_capacity(300 << 20);
                let t = Instant::now();
                massmap::MassMapBuilder::default()
                    .with_bucket_count(buckets)
                    .build(&m, data.iter())
                    .unwrap();
                println!(
                    "{per} ours {:.0} ns",
                    t.elapsed().as_secs_f64() * 1e9 / count as f64
                );
            }
            if which.contains('b') {
                let m = Memory::with_capacity(300 << 20);
                let t = Instant::now();
                massmap_0_1_5::MassMapBuilder::default()
                    .with_bucket_count(buckets)
                    .build(&m, data.iter())
                    .unwrap();
                println!(
                    "{per} 0.1.5 {:.0} ns",
                    t.elapsed().as_secs_f64() * 1e9 / count as f64
                );
            }
        }
    }
    if which.contains('2') {
        for _ in 0..rounds {
            let m = Memory::with_capacity(300 << 20);
            let t = Instant::now();
            massmap::MassMapBuilder::default()
                .with_format(massmap::FormatVersion::V2)
                .build(&m, data.iter())
                .unwrap();
            println!("v2 ours {:.0} ns", t.elapsed().as_secs_f64() * 1e9 / count as f64);
        }
    }
}
