use std::fs;
use std::io::{self, ErrorKind};

use super::*;

fn number_of(file: &impl MassMapReader) -> io::Result<u64> {
    file.read_exact_at(0, 8, |bytes| Ok(u64::from_le_bytes(bytes.try_into().unwrap())))
}

/// Files that hold their number.
fn numbered(directory: &Path, pool: &FilePool, count: u64) -> Vec<PooledFile> {
    (0..count)
        .map(|number| {
            let path = directory.join(number.to_string());
            fs::write(&path, number.to_le_bytes()).unwrap();
            pool.open(path).unwrap()
        })
        .collect()
}

/// Number of files in a directory that the process has open, if the system tells.
fn open_in(directory: &Path) -> Option<usize> {
    let descriptors = fs::read_dir("/proc/self/fd").ok()?;
    let files = descriptors.filter_map(|descriptor| fs::read_link(descriptor.ok()?.path()).ok());
    Some(files.filter(|file| file.starts_with(directory)).count())
}

#[test]
fn a_hundred_files_are_read_with_four_of_them_open() {
    let directory = tempfile::tempdir().unwrap();
    let pool = FilePool::new(4);
    let files = numbered(directory.path(), &pool, 100);
    for round in 0..3 {
        for (number, file) in (0..).zip(&files) {
            assert_eq!(number_of(file).unwrap(), number, "round {round}");
            assert_eq!(pool.0.open_files().unwrap().files.len(), 4);
            if let Some(open) = open_in(directory.path()) {
                assert_eq!(open, 4);
            }
        }
    }
}

#[test]
fn the_least_recently_read_file_is_closed() {
    let directory = tempfile::tempdir().unwrap();
    let pool = FilePool::new(2);
    let files = numbered(directory.path(), &pool, 3);
    let is_open = |index: usize| {
        pool.0
            .open_files()
            .unwrap()
            .files
            .contains_key(&files[index].0.number)
    };
    assert_eq!([0, 1, 2].map(is_open), [false, true, true]);
    number_of(&files[1]).unwrap();
    number_of(&files[0]).unwrap();
    assert_eq!([0, 1, 2].map(is_open), [true, true, false]);
}

#[test]
fn each_thread_reads_the_file_it_asks_for() {
    let directory = tempfile::tempdir().unwrap();
    let pool = FilePool::new(3);
    let files = numbered(directory.path(), &pool, 10);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let files = files.clone();
            scope.spawn(move || {
                for round in 0..500 {
                    let index = (round * 7 + thread * 3) % files.len();
                    assert_eq!(number_of(&files[index]).unwrap(), index as u64);
                }
            });
        }
    });
    let open = pool.0.open_files().unwrap().files.len();
    assert!(open <= 3, "{open}");
    if let Some(open) = open_in(directory.path()) {
        assert!(open <= 3, "{open}");
    }
}

#[test]
fn a_file_that_is_replaced_or_changed_is_an_error_when_it_is_opened_again() {
    let directory = tempfile::tempdir().unwrap();
    let pool = FilePool::new(1);
    let files = numbered(directory.path(), &pool, 4);
    let path = |number: u64| directory.path().join(number.to_string());

    fs::write(path(0), [0; 9]).unwrap();
    let old = fs::metadata(path(1)).unwrap().modified().unwrap();
    let later = old + std::time::Duration::from_secs(1);
    let set_modified = |path, time| File::options().write(true).open(path).unwrap().set_modified(time);
    set_modified(path(1), later).unwrap();
    // Another file with the same length and age.
    let old = fs::metadata(path(2)).unwrap().modified().unwrap();
    fs::write(path(9), [0; 8]).unwrap();
    set_modified(path(9), old).unwrap();
    fs::rename(path(9), path(2)).unwrap();

    let changed = if cfg!(unix) { &[0, 1, 2][..] } else { &[0, 1] };
    for &number in changed {
        let error = number_of(&files[number]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        assert_eq!(
            error.to_string(),
            format!(
                "{} was replaced or changed while it was being read: open it again",
                path(number as u64).display()
            )
        );
    }
    assert_eq!(number_of(&files[3]).unwrap(), 3);
}

#[test]
fn a_missing_file_is_an_error_that_names_it() {
    let directory = tempfile::tempdir().unwrap();
    let pool = FilePool::new(1);
    let files = numbered(directory.path(), &pool, 2);
    let path = directory.path().join("0");
    fs::remove_file(&path).unwrap();
    for error in [number_of(&files[0]).unwrap_err(), pool.open(&path).unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(error.to_string(), format!("cannot open {}", path.display()));
    }
}

#[test]
fn a_file_is_closed_when_its_last_clone_is_dropped() {
    let directory = tempfile::tempdir().unwrap();
    let pool = FilePool::default();
    let mut files = numbered(directory.path(), &pool, 2);
    let clone = files[0].clone();
    files.clear();
    assert_eq!(pool.0.open_files().unwrap().files.len(), 1);
    assert_eq!(number_of(&clone).unwrap(), 0);
    drop(clone);
    assert_eq!(pool.0.open_files().unwrap().files.len(), 0);
}

#[test]
fn a_file_in_use_stays_open_when_the_pool_drops_it() {
    let directory = tempfile::tempdir().unwrap();
    // The pool keeps at least one file.
    let pool = FilePool::new(0);
    let files = numbered(directory.path(), &pool, 2);
    let first = files[0].file().unwrap();
    assert_eq!(number_of(&files[1]).unwrap(), 1);
    fs::remove_file(directory.path().join("0")).unwrap();
    assert_eq!(number_of(&*first).unwrap(), 0);
}

#[test]
fn files_know_their_length() {
    let directory = tempfile::tempdir().unwrap();
    let pool = FilePool::default();
    let file = &numbered(directory.path(), &pool, 1)[0];
    assert_eq!((file.len(), file.is_empty()), (8, false));
    let path = directory.path().join("empty");
    fs::write(&path, "").unwrap();
    assert!(pool.open(path).unwrap().is_empty());
}

#[test]
fn pooled_files_can_be_shared_between_threads() {
    fn is_shareable<T: Clone + Send + Sync>() {}
    is_shareable::<FilePool>();
    is_shareable::<PooledFile>();
}

#[test]
fn a_forked_process_does_without_a_pool_that_was_in_use() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    std::fs::write(&path, "content").unwrap();
    let mut pool = FilePool::new(1);
    Arc::get_mut(&mut pool.0).unwrap().process = 0;
    let read = |file: &PooledFile| file.read_exact_at(0, 7, |bytes| Ok(bytes.to_vec())).unwrap();
    let before = pool.open(&path).unwrap();
    let shared = Arc::clone(&pool.0);
    // As if by a thread that does not exist in this process.
    let _in_use = shared.open.lock().unwrap();
    assert_eq!(read(&before), b"content");
    let opened = pool.open(&path).unwrap();
    assert_eq!(read(&opened), b"content");
    drop((before, opened));
}
