//! Measures random reads with fio.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::Deserialize;

use crate::results::FioReads;

/// The relevant part of the output of fio.
#[derive(Deserialize)]
struct Output {
    jobs: Vec<Job>,
}

#[derive(Deserialize)]
struct Job {
    read: JobReads,
}

#[derive(Deserialize)]
struct JobReads {
    iops: f64,
    lat_ns: Latencies,
}

#[derive(Deserialize)]
struct Latencies {
    mean: f64,
    percentile: Percentiles,
}

#[derive(Deserialize)]
struct Percentiles {
    #[serde(rename = "50.000000")]
    median: f64,
    #[serde(rename = "99.000000")]
    p99: f64,
}

pub(crate) fn is_installed() -> bool {
    let status = Command::new("fio")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

/// Reads pages of `path` at random with direct I/O, with `depth` reads in flight.
pub(crate) fn random_reads(path: &Path, depth: usize, turn: Duration) -> io::Result<FioReads> {
    let engine = if depth == 1 { "psync" } else { "io_uring" };
    let output = Command::new("fio")
        .args([
            "--name=reads",
            "--readonly",
            "--rw=randread",
            "--bs=4k",
            "--direct=1",
        ])
        // Other pages each time, drawn independently.
        .args(["--randrepeat=0", "--norandommap", "--thread", "--time_based"])
        .args([
            "--lat_percentiles=1",
            "--clat_percentiles=0",
            "--output-format=json",
        ])
        .args([format!("--ioengine={engine}"), format!("--iodepth={depth}")])
        .arg(format!("--runtime={}ms", turn.as_millis()))
        .arg(format!("--filename={}", path.display()))
        .output()?;
    let failed = |error: &dyn std::fmt::Display| io::Error::other(format!("fio: {error}: {output:?}"));
    if !output.status.success() {
        return Err(failed(&output.status));
    }
    parse(&output.stdout).map_err(|error| failed(&error))
}

fn parse(output: &[u8]) -> serde_json::Result<FioReads> {
    let Output { jobs } = serde_json::from_slice(output)?;
    let Some(Job { read }) = jobs.into_iter().next() else {
        return Err(serde::de::Error::custom("no job"));
    };
    let Latencies { mean, percentile } = read.lat_ns;
    Ok(FioReads {
        mean_ns: mean,
        p50_ns: percentile.median,
        p99_ns: percentile.p99,
        per_second: read.iops,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_parsed_from_the_output() {
        let output = br#"{"fio version": "fio-3.33", "jobs": [{"jobname": "reads", "read": {"iops": 8048.9,
            "lat_ns": {"min": 1, "mean": 120.5, "percentile": {"1.000000": 2, "50.000000": 58, "99.000000": 300}}}}]}"#;
        let reads = parse(output).unwrap();
        assert_eq!(
            (reads.per_second, reads.mean_ns, reads.p50_ns, reads.p99_ns),
            (8048.9, 120.5, 58.0, 300.0)
        );
        assert!(parse(b"{\"jobs\": []}").is_err());
    }
}
