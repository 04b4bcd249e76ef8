//! What is published is ready for that: packages describe themselves, hold their licences, and need nothing that is not published.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::sources::repository;

/// The workspaces of their own, of which nothing is published.
const OTHERS: [&str; 5] = [
    "benches",
    "fuzz",
    "python",
    "tests/arbitrary-precision",
    "tests/compat",
];

/// The slugs of crates.io that suit packages of ours; others are dropped silently when a package is published.
const CATEGORIES: [&str; 9] = [
    "algorithms",
    "asynchronous",
    "command-line-utilities",
    "concurrency",
    "data-structures",
    "database-implementations",
    "encoding",
    "filesystem",
    "parser-implementations",
];

fn cargo(arguments: &[&str], directory: &Path) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .arg("--offline")
        .current_dir(directory)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {arguments:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

/// The packages of the workspace in a directory of the repository.
fn packages(workspace: &str) -> Vec<Value> {
    let arguments = ["metadata", "--no-deps", "--format-version", "1"];
    let mut metadata: Value =
        serde_json::from_str(&cargo(&arguments, &repository().join(workspace))).unwrap();
    match metadata["packages"].take() {
        Value::Array(packages) => packages,
        other => panic!("{other}"),
    }
}

fn is_published(package: &Value) -> bool {
    package["publish"].is_null()
}

fn published() -> Vec<Value> {
    packages("").into_iter().filter(is_published).collect()
}

fn name(package: &Value) -> &str {
    package["name"].as_str().unwrap()
}

#[test]
fn all_crates_are_published_and_nothing_else_is() {
    for package in packages("") {
        let manifest = Path::new(package["manifest_path"].as_str().unwrap());
        let is_crate = manifest.parent().unwrap().parent().unwrap().ends_with("crates");
        assert_eq!(is_published(&package), is_crate, "{}", name(&package));
    }
    for package in OTHERS.into_iter().flat_map(packages) {
        assert!(!is_published(&package), "{}", name(&package));
    }
}

#[test]
fn published_packages_describe_themselves() {
    for package in published() {
        let what = name(&package);
        for field in ["description", "edition", "license", "readme", "rust_version"] {
            let value = package[field].as_str().unwrap_or_default();
            assert_ne!(value, "", "{what}: {field}");
        }
        let words = |field: &str| -> Vec<&str> {
            let words = package[field].as_array().unwrap().iter();
            words.map(|word| word.as_str().unwrap()).collect()
        };
        for field in ["keywords", "categories"] {
            assert!((1..=5).contains(&words(field).len()), "{what}: {field}");
        }
        for category in words("categories") {
            assert!(CATEGORIES.contains(&category), "{what}: {category}");
        }
        for keyword in words("keywords") {
            assert!(keyword.len() <= 20, "{what}: {keyword}");
        }
        // What docs.rs shows: items with all features, each with the name of its feature.
        let targets = package["targets"].as_array().unwrap();
        if targets.iter().any(|target| target["kind"][0] == "lib") {
            let docs = &package["metadata"]["docs"]["rs"];
            assert_eq!(docs["all-features"], true, "{what}");
            assert_eq!(docs["rustdoc-args"][1], "docsrs", "{what}");
        }
    }
}

#[test]
fn published_packages_need_nothing_that_is_not_published() {
    let published = published();
    let names: BTreeSet<_> = published.iter().map(name).collect();
    for package in &published {
        for dependency in package["dependencies"].as_array().unwrap() {
            let needed = name(dependency);
            let what = format!("{}: {needed}", name(package));
            if dependency["path"].is_null() {
                assert!(
                    dependency["source"].as_str().unwrap().starts_with("registry+"),
                    "{what}"
                );
                continue;
            }
            // Without a version, it is left out of the published package, which only that of tests may be.
            match dependency["req"].as_str().unwrap() {
                "*" => assert_eq!(dependency["kind"], "dev", "{what}"),
                version => {
                    assert_eq!(version, concat!("^", env!("CARGO_PKG_VERSION")), "{what}");
                    assert!(names.contains(needed), "{what}");
                }
            }
        }
    }
}

#[test]
fn published_packages_hold_a_readme_and_the_licences() {
    for package in published() {
        let what = name(&package);
        let listed = cargo(
            &["package", "--list", "--allow-dirty", "--package", what],
            &repository(),
        );
        let files: BTreeSet<_> = listed.lines().collect();
        let directory = Path::new(package["manifest_path"].as_str().unwrap())
            .parent()
            .unwrap();
        for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
            assert!(files.contains(licence), "{what}: {licence}");
            let read = |directory: &Path| std::fs::read_to_string(directory.join(licence)).unwrap();
            assert_eq!(read(directory), read(&repository()), "{what}: {licence}");
        }
        assert!(files.contains("README.md"), "{what}");
        // Those that need a package without a version would not compile.
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        let mut left_out =
            dependencies.filter(|dependency| dependency["req"] == "*" && name(dependency) != what);
        if left_out.next().is_some() {
            assert!(!files.iter().any(|file| file.starts_with("tests/")), "{what}");
        }
    }
}
