//! What is compared with massmap 0.1.5 is compared with what was published as that.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where Cargo has put the published crate, whose checksum it has compared with that in the lock file.
fn published() -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--format-version", "1", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages
        .iter()
        .find(|package| package["name"] == "massmap")
        .unwrap();
    assert_eq!(package["version"], "0.1.5");
    let manifest = Path::new(package["manifest_path"].as_str().unwrap());
    manifest.parent().unwrap().to_owned()
}

/// The contents of all files in a directory, which has no directories of its own.
fn contents(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(directory)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect()
}

#[test]
fn the_copy_of_massmap_0_1_5_has_the_source_and_the_licences_of_the_published_crate() {
    let copy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../massmap-0.1.5");
    let published = published();
    let (ours, theirs) = (contents(&copy.join("src")), contents(&published.join("src")));
    assert!(theirs.contains_key("lib.rs"));
    assert!(ours.keys().eq(theirs.keys()), "other files");
    for (name, source) in theirs {
        assert!(ours[&name] == source, "{name} differs");
    }
    for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
        let read = |directory: &Path| fs::read(directory.join(licence)).unwrap();
        assert!(read(&copy) == read(&published), "{licence} differs");
    }
}
