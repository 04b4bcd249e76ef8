use std::fs::{self, File, OpenOptions};
use std::sync::Arc;

use crate::{FilePool, MassMapReader, MassMapWriter, MemoryWriter};

#[test]
fn a_file_has_one_identity_whatever_the_name_and_backend() {
    let directory = tempfile::tempdir().unwrap();
    let [path, link, hard_link, copy] =
        ["file", "link", "hard-link", "copy"].map(|name| directory.path().join(name));
    fs::write(&path, "some bytes").unwrap();
    std::os::unix::fs::symlink(&path, &link).unwrap();
    fs::hard_link(&path, &hard_link).unwrap();
    fs::copy(&path, &copy).unwrap();

    let target = OpenOptions::new().write(true).open(&path).unwrap();
    let id = target.target_id();
    assert!(id.is_some());
    for path in [&path, &link, &hard_link] {
        let file = File::open(path).unwrap();
        assert_eq!(file.source_id(), id);
        assert_eq!(file.try_clone().unwrap().source_id(), id);
        assert_eq!(FilePool::new(1).open(path).unwrap().source_id(), id);
        #[cfg(feature = "mmap")]
        {
            // SAFETY: nothing changes the file.
            #[expect(unsafe_code, reason = "a file is mapped")]
            let mapped = unsafe { crate::MappedFile::map(&file).unwrap() };
            assert_eq!(Arc::new(mapped).source_id(), id);
        }
        #[cfg(feature = "io-uring")]
        assert_eq!(crate::UringFile::new(file).source_id(), id);
        #[cfg(target_os = "linux")]
        if let Ok(file) = crate::DirectFile::open(path) {
            assert_eq!(file.source_id(), id);
        }
    }
    assert_ne!(File::open(&copy).unwrap().source_id(), id);
    assert_eq!(MemoryWriter::new().target_id(), None);
}
