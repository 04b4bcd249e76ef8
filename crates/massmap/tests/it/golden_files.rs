//! All committed files, of both formats: what was once written can be read for ever.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use massmap::{FormatVersion, OpenOptions};

#[test]
fn every_golden_file_opens_is_sound_and_gives_its_entries() {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut files = 0;
    for file in fs::read_dir(directory).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let map = OpenOptions::new()
            .open_untyped(&path)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let expected = match name.starts_with("v2-") {
            true => FormatVersion::V2,
            false => FormatVersion::V1,
        };
        assert_eq!(map.as_inner().format(), expected, "{name}");
        let report = map.verify();
        assert!(report.is_ok(), "{name}: {:?}", report.problems);

        let can_look_up = map.check_lookups().is_ok();
        let (mut entries, mut first) = (0, BTreeMap::new());
        for entry in map.iter() {
            let (key, value) = entry.unwrap_or_else(|error| panic!("{name}: {error}"));
            // Of several entries with equal keys, the first one is found.
            let first = first.entry(format!("{key:?}")).or_insert(value);
            if can_look_up {
                assert_eq!(map.get(&key).unwrap().as_ref(), Some(&*first), "{name}: {key:?}");
            }
            entries += 1;
        }
        assert_eq!(entries, map.len(), "{name}");
        files += 1;
    }
    assert!(files >= 19, "{files} files: some were removed");
}
