//! Files that are truncated or replaced while they are read.
#![expect(unsafe_code, reason = "files are mapped")]

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Result};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;

use crate::conformance::{self, sample};
use crate::{AtomicFile, DirectFile, MappedFile, MassMapReader, MassMapWriter, UringFile};

/// Which backend a process reads a file with that it truncates.
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
            // SAFETY: none. This breaks the contract, for others to see what comes of that.
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
        // Where the process may leave a core dump.
        let output = Command::new(&program)
            .args(["--exact", name])
            .env(BACKEND, backend)
            // The address sanitizer, if this is built with it, would make an exit code of the signal.
            .env("ASAN_OPTIONS", "handle_sigbus=0")
            .current_dir(directory.path())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(told.contains("running 1 test"), "{told}");
        match backend {
            "mapped" => assert_eq!(output.status.signal(), Some(libc::SIGBUS), "{told}"),
            _ => assert!(output.status.success(), "{backend}: {told}"),
        }
    }
}

#[test]
fn a_file_that_is_replaced_goes_on_being_served() {
    let directory = tempfile::tempdir_in(std::env::current_exe().unwrap().parent().unwrap()).unwrap();
    let path = directory.path().join("replaced");
    fs::write(&path, sample()).unwrap();
    let file = File::open(&path).unwrap();
    let uring = UringFile::new(File::open(&path).unwrap());
    let direct = DirectFile::open(&path).ok();
    // SAFETY: the file is replaced, which leaves the bytes of the old one as they are.
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
