//! Committed files.

use std::path::{Path, PathBuf};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../crates/massmap/tests/golden")
        .join(name)
        .with_extension("massmap")
}

/// Reads a committed file. If `MASSMAP_WRITE_GOLDEN` is 1 and the file is missing, it is written first.
pub fn golden(name: &str, write: impl FnOnce() -> Vec<u8>) -> Vec<u8> {
    let path = path(name);
    if std::env::var_os("MASSMAP_WRITE_GOLDEN").is_some_and(|value| value == "1") {
        match std::fs::File::create_new(&path) {
            Ok(mut file) => std::io::Write::write_all(&mut file, &write()).unwrap(),
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::AlreadyExists, "{error}"),
        }
    }
    std::fs::read(&path).unwrap_or_else(|error| panic!("golden file {}: {error}", path.display()))
}
