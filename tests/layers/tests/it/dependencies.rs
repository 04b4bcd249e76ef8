//! The crates are layers: each depends on those below it only, as CONTRIBUTING.md draws them.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// The crates from the lowest layer to the highest, each with those of ours that it may depend on.
const LAYERS: [(&str, &[&str]); 11] = [
    ("massmap-format", &[]),
    ("massmap-io", &[]),
    ("massmap-threads", &[]),
    ("massmap-hash", &["massmap-format"]),
    ("massmap-core", &["massmap-format"]),
    (
        "massmap-read",
        &[
            "massmap-core",
            "massmap-format",
            "massmap-hash",
            "massmap-io",
            "massmap-threads",
        ],
    ),
    (
        "massmap-async",
        &[
            "massmap-core",
            "massmap-format",
            "massmap-hash",
            "massmap-io",
            "massmap-read",
        ],
    ),
    (
        "massmap-write",
        &[
            "massmap-core",
            "massmap-format",
            "massmap-hash",
            "massmap-io",
            "massmap-read",
            "massmap-threads",
        ],
    ),
    (
        "massmap",
        &[
            "massmap-async",
            "massmap-core",
            "massmap-format",
            "massmap-hash",
            "massmap-io",
            "massmap-read",
            "massmap-write",
        ],
    ),
    ("massmap-data", &["massmap", "massmap-async", "massmap-format"]),
    (
        "massmap-cli",
        &[
            "massmap",
            "massmap-async",
            "massmap-core",
            "massmap-data",
            "massmap-format",
            "massmap-write",
        ],
    ),
];

/// What each crate in `crates/` depends on, of our crates, other than for its tests.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let root = metadata["workspace_root"].as_str().unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages
        .filter(|package| {
            let manifest = package["manifest_path"].as_str().unwrap().replace('\\', "/");
            manifest.starts_with(&format!("{}/crates/", root.replace('\\', "/")))
        })
        .map(|package| {
            let dependencies = package["dependencies"].as_array().unwrap().iter();
            let of_ours = dependencies
                .filter(|dependency| !dependency["path"].is_null() && dependency["kind"] != "dev")
                .map(|dependency| dependency["name"].as_str().unwrap().to_owned());
            (package["name"].as_str().unwrap().to_owned(), of_ours.collect())
        })
        .collect()
}

#[test]
fn every_crate_depends_on_lower_layers_only() {
    let found = dependencies();
    let names: BTreeSet<_> = found.keys().map(String::as_str).collect();
    let listed: BTreeSet<_> = LAYERS.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, listed, "each crate in crates/ has a layer");
    for (name, allowed) in LAYERS {
        for dependency in &found[name] {
            assert!(
                allowed.contains(&dependency.as_str()),
                "{name} depends on {dependency}, which is no lower layer"
            );
        }
    }
}

#[test]
fn no_layer_is_listed_below_one_that_it_depends_on() {
    for (index, (name, allowed)) in LAYERS.iter().enumerate() {
        for dependency in *allowed {
            assert!(
                LAYERS[..index].iter().any(|(lower, _)| lower == dependency),
                "{name} before {dependency}"
            );
        }
    }
}

#[test]
fn a_package_of_ours_is_meant_by_its_name_alone() {
    // Cargo takes `-p NAME` for any package in the lock file that has the name: the published massmap, with which others are
    // compared, may be in other workspaces only.
    let lock = include_str!("../../../../Cargo.lock");
    for (name, _) in LAYERS {
        let packages = lock.matches(&format!("name = \"{name}\"\n")).count();
        assert_eq!(packages, 1, "packages named {name}");
    }
}
