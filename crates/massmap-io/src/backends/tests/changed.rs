//! Files that are truncated or replaced while they are read.
#![expect(unsafe_code, reason = "files are mapped")]

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Result};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;

use crate::conformance::{self, sample};
use crate::{AtomicFile, DirectFile, MappedFile, MassMapReader, MassMapWriter, UringFile};

/// The environment variable for the backend of a process that truncates the file it reads.
const BACKEND: &str = "MASSMAP_TEST_TRUNCATED";

/// Reads before and after truncating the file; gives the second result.
fn truncate_under(reader: &impl MassMapReader, path: &Path) -> Result<u8> {
    reader.read_exact_at(50_000, 1, |bytes| Ok(bytes[0])).unwrap();
    OpenOptions::new()
        .write(true)
        .open(path)
        .unwrap()
        .set_len(40_000)
        .unwrap();
    reader.read_exact_at(50_000, 1, |bytes| Ok(bytes[0]))
}

#[test]
fn truncating_a_file_ends_a_process_that_has_it_mapped_and_is_an_error_to_others() {
    let name = "backends::tests::changed::truncating_a_file_ends_a_process_that_has_it_mapped_and_is_an_error_to_others";
    if let Ok(backend) = std::env::var(BACKEND) {
        let path = Path::new("truncated");
        let result = match &*backend {
            // SAFETY: none. This breaks the contract, to test the consequence.
            "mapped" => truncate_under(&unsafe { MappedFile::open(path).unwrap() }, path),
            "file" => truncate_under(&File::open(path).unwrap(), path),
            "direct" => match DirectFile::open(path) {
                Err(error) if error.kind() == ErrorKind::Unsupported => return,
                file => truncate_under(&file.unwrap(), path),
            },
            "uring" => truncate_under(&UringFile::new(File::open(path).unwrap()), path),
            _ => unreachable!("{backend} is none of those below"),
        };
        assert_eq!(result.unwrap_err().kind(), ErrorKind::UnexpectedEof);
        return;
    }
    let program = std::env::current_exe().unwrap();
    for backend in ["mapped", "file", "direct", "uring"] {
        let directory = tempfile::tempdir_in(program.parent().unwrap()).unwrap();
        fs::write(directory.path().join("truncated"), sample()).unwrap();
        // The process may leave a core dump in this directory.
        let output = Command::new(&program)
            .args(["--exact", name])
            .env(BACKEND, backend)
            // Otherwise the address sanitizer, in builds with it, would turn the signal into an exit code.
            .env("ASAN_OPTIONS", "handle_sigbus=0")
            .current_dir(directory.path())
            .output()
            .unwrap();
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert!(stdout.contains("running 1 test"), "{stdout}");
        match backend {
            "mapped" => assert_eq!(output.status.signal(), Some(libc::SIGBUS), "{stdout}"),
            _ => assert!(output.status.success(), "{backend}: {stdout}"),
        }
    }
}

#[test]
fn a_replaced_file_can_still_be_read() {
    let directory = tempfile::tempdir_in(std::env::current_exe().unwrap().parent().unwrap()).unwrap();
    let path = directory.path().join("replaced");
    fs::write(&path, sample()).unwrap();
    let file = File::open(&path).unwrap();
    let uring = UringFile::new(File::open(&path).unwrap());
    let direct = DirectFile::open(&path).ok();
    // SAFETY: the file is replaced by a rename, which does not change the bytes of the old one.
    let mapped = unsafe { MappedFile::open(&path).unwrap() };

    let replacement = AtomicFile::create(&path).unwrap();
    replacement.write_all_at(b"something else", 0).unwrap();
    replacement.commit().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"something else");

    conformance::reader(&file);
    conformance::reader(&mapped);
    conformance::reader(&uring);
    if let Some(direct) = direct {
        conformance::reader(&direct);
    }
    fs::remove_file(&path).unwrap();
    conformance::reader(&mapped);
}
