//! Maps of every shape, and files that are none.

use massmap::{MassMapDefaultHashLoader, Xxh3HashLoader};

use super::{figures, figures_of, ramp};
use crate::harness::Directory;
use crate::harness::fixtures::{
    OwnHashLoader, default_map_with, hundred, map, map_with, paged_map, paged_map_with,
};

#[test]
fn an_empty_map_has_nothing_but_zeros() {
    let empty: [(String, u64); 0] = [];
    for bytes in [map(8, &empty), paged_map(&empty)] {
        let directory = Directory::with("a", bytes);
        let figures = figures(&directory, "a");
        assert_eq!(figures["entries"], 0);
        for name in ["keys", "values"] {
            assert_eq!(figures[name]["sum"], 0);
            assert_eq!(figures[name]["max"], 0);
            assert_eq!(figures[name]["histogram"], serde_json::json!([]));
        }
        for lookup in ["hit", "miss"] {
            assert_eq!(figures[lookup]["bytes"], 0.0);
            assert_eq!(figures[lookup]["reads"], 0.0);
        }
        let text = directory.run(["stats", "a"]).success();
        assert!(text.contains("The map is empty"), "{text}");
        directory.run(["stats", "--svg", "plot", "a"]).success();
    }
}

#[test]
fn a_single_entry_is_a_map_as_well() {
    for bytes in [map(1, &[("k", 7)]), paged_map(&[("k", 7)])] {
        let figures = figures_of(bytes);
        assert_eq!(figures["entries"], 1);
        for part in ["min", "median", "p99", "max"] {
            assert_eq!(figures["keys"][part], 2);
        }
        assert_eq!(figures["hit"]["reads"], 1.0);
    }
}

#[test]
fn keys_of_any_type_and_any_hash_function_will_do() {
    #[derive(serde::Serialize, PartialEq, Eq, Hash)]
    struct Key {
        name: String,
        parts: Vec<Option<u8>>,
    }
    let entries: Vec<_> = (0..100u8)
        .map(|n| {
            let name = n.to_string();
            let parts = vec![Some(n), None];
            (Key { name, parts }, f64::from(n))
        })
        .collect();
    for bytes in [
        map(10, &entries),
        map_with::<OwnHashLoader, _, _>(10, &entries),
        paged_map(&entries),
        paged_map_with::<OwnHashLoader, _, _>(|builder| builder, &entries),
    ] {
        let figures = figures_of(bytes);
        assert_eq!(figures["entries"], 100);
        assert_eq!(figures["keys"]["max"], 1 + 3 + 1 + 2);
    }
}

/// Makes runs of more than 4 MiB, which are read piece by piece: of one long value, of a key that is long, and of many entries with
/// the same key.
fn long_runs() -> Vec<(String, String)> {
    let mut entries = ramp();
    entries.push(("value".to_owned(), "v".repeat(5 << 20)));
    entries.push(("key".repeat(2 << 20), "v".repeat(1000)));
    entries.extend((0..50_000).map(|n| ("same".to_owned(), "v".repeat(n % 200))));
    entries
}

#[test]
fn giant_values_keys_and_runs_are_counted_as_all_others() {
    let entries = long_runs();
    let build = |format_1| match format_1 {
        true => map(64, &entries),
        false => paged_map_with::<Xxh3HashLoader, _, _>(
            |builder| builder.with_duplicate_keys(massmap::DuplicateKeys::KeepAll),
            &entries,
        ),
    };
    let (old, new) = (figures_of(build(true)), figures_of(build(false)));
    for name in ["keys", "values"] {
        assert_eq!(old[name], new[name]);
    }
    assert_eq!(new["keys"]["max"], 5 + (6 << 20));
    assert_eq!(new["values"]["max"], 5 + (5 << 20));
    assert_eq!(new["pages"]["long_runs"], 3);
    let compressed = default_map_with::<Xxh3HashLoader, _, _>(
        |builder| {
            builder
                .with_duplicate_keys(massmap::DuplicateKeys::KeepAll)
                .with_compression(massmap::Compression::zstd())
        },
        &entries,
    );
    let compressed = figures_of(compressed);
    for name in ["keys", "values"] {
        assert_eq!(compressed[name], new[name]);
    }
}

#[test]
fn a_long_run_of_records_is_read_in_pieces() {
    let entries: Vec<_> = (0..600_000).map(|n: u64| (7u64, n)).collect();
    let bytes = paged_map_with::<Xxh3HashLoader, _, _>(
        |builder| builder.with_duplicate_keys(massmap::DuplicateKeys::KeepAll),
        &entries,
    );
    let figures = figures_of(bytes);
    assert_eq!(figures["entries"], 600_000);
    assert_eq!(figures["keys"]["sum"], 8 * 600_000);
    assert_eq!(figures["pages"]["runs"], 1);
    assert_eq!(figures["pages"]["entries"]["max"], 600_000);
    // All lie in one bin, whatever the pages.
    for row in figures["page_sizes"].as_array().unwrap() {
        assert_eq!(row["long_runs"], 1);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_values() {
    const LONG: usize = 100 << 20;
    let entries = [("a", "v".repeat(LONG)), ("b", String::new())];
    let directory = Directory::with("a", paged_map(&entries));
    let base = if cfg!(feature = "object-store") { 104 } else { 64 };
    let limit = format!("ulimit -v {}", base << 10);
    let text = directory.run_after(&limit, ["stats", "a"]).success();
    assert!(text.contains("100 MiB"), "{text}");
}

#[test]
fn damage_is_an_error_that_names_file_and_page_and_leaves_the_old_plots() {
    let directory = Directory::with("plot.svg", "precious");
    let intact = paged_map(&ramp());
    let mut damaged = intact.clone();
    damaged[3 * 512 + 100] ^= 1;
    directory.write("a", damaged);
    for arguments in [
        &["stats", "a"][..],
        &["stats", "--json", "--svg", "plot.svg", "a"],
    ] {
        let message = directory.run(arguments).failure();
        assert!(message.starts_with("a: page 2 is damaged"), "{message}");
        assert!(message.contains("massmap verify"), "{message}");
    }
    for length in (0..intact.len()).step_by(1009) {
        directory.write("a", &intact[..length]);
        let message = directory.run(["stats", "--svg", "plot.svg", "a"]).failure();
        assert!(message.starts_with("a: "), "{message}");
    }
    let message = directory.run(["stats", "missing"]).failure();
    assert!(message.starts_with("missing: cannot open the file"), "{message}");
    assert_eq!(directory.read("plot.svg"), b"precious");
    assert_eq!(directory.names(), ["a", "plot.svg"]);
}

#[test]
fn no_damage_makes_the_program_panic() {
    let entries: Vec<_> = hundred(|n| n.to_string())
        .into_iter()
        .map(|(key, value)| (key, "v".repeat(value as usize)))
        .collect();
    let directory = Directory::new();
    for bytes in [
        map_with::<MassMapDefaultHashLoader, _, _>(16, &entries),
        paged_map_with::<Xxh3HashLoader, _, _>(
            |builder| {
                builder
                    .with_miss_filter(true)
                    .with_compression(massmap::Compression::zstd())
            },
            &entries,
        ),
    ] {
        for index in (0..bytes.len()).step_by(37) {
            let mut damaged = bytes.clone();
            damaged[index] ^= 0x55;
            directory.write("a", damaged);
            let outcome = directory.run(["stats", "a"]);
            assert!(matches!(outcome.code, Some(0 | 1)), "{index}: {outcome:?}");
        }
    }
}
