use super::*;
use crate::atomic_file::tests::names;

fn create(directory: &Path) -> Temporary {
    Temporary::create(directory, &NamePrefix::of(Path::new("target")), 0o600).unwrap()
}

#[test]
fn a_dropped_file_is_removed_even_if_there_are_clones() {
    let directory = tempfile::tempdir().unwrap();
    let temporary = create(directory.path());
    let clone = temporary.file.try_clone().unwrap();
    assert_eq!(names(directory.path()).len(), 1);
    drop(temporary);
    assert_eq!(names(directory.path()), [""; 0]);
    drop(clone);
}

#[test]
fn a_file_is_locked_and_its_name_identifies_the_creator() {
    let directory = tempfile::tempdir().unwrap();
    let temporary = create(directory.path());
    assert!(!try_lock(&File::open(&temporary.path).unwrap()));
    let prefix = NamePrefix::of(Path::new("elsewhere/target"));
    let name = temporary.path.file_name().unwrap();
    assert_eq!(prefix.creator(name), Some(Creator::this_process()));
}

#[test]
fn a_renamed_file_is_unlocked_even_if_there_are_clones() {
    let directory = tempfile::tempdir().unwrap();
    let temporary = create(directory.path());
    let _clone = temporary.file.try_clone().unwrap();
    let target = directory.path().join("target");
    temporary.rename(&target).unwrap();
    assert_eq!(names(directory.path()), ["target"]);
    File::open(target).unwrap().try_lock().unwrap();
}

#[test]
fn a_file_whose_rename_fails_is_removed() {
    let directory = tempfile::tempdir().unwrap();
    let temporary = create(directory.path());
    temporary
        .rename(&directory.path().join("missing/target"))
        .unwrap_err();
    assert_eq!(names(directory.path()), [""; 0]);
}

#[cfg(unix)]
#[test]
fn a_private_file_is_private_from_the_beginning() {
    use std::os::unix::fs::MetadataExt;
    let directory = tempfile::tempdir().unwrap();
    let temporary = create(directory.path());
    assert_eq!(temporary.file.metadata().unwrap().mode() & 0o7777, 0o600);
}

#[cfg(target_os = "linux")]
mod fork {
    use super::*;

    /// Forks, and runs `work` in the child, which then ends. Whether the child finished.
    fn in_child(work: impl FnOnce()) -> bool {
        #[expect(unsafe_code, reason = "no library forks safely in a program with threads")]
        // SAFETY: in the child, which has only this thread, `work` removes and closes files and frees memory. Of the locks that
        // other threads may have held, that needs only those of the allocator, which the C library releases in children. The
        // child then ends without running other code of the program.
        unsafe {
            match libc::fork() {
                0 => {
                    let worked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
                    libc::_exit(if worked.is_ok() { 42 } else { 1 })
                }
                child => {
                    let mut status = 0;
                    assert_eq!(libc::waitpid(child, &raw mut status, 0), child);
                    libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 42
                }
            }
        }
    }

    #[test]
    fn only_the_process_that_created_a_file_removes_it() {
        let directory = tempfile::tempdir().unwrap();
        let mut temporary = Some(create(directory.path()));
        let path = temporary.as_ref().unwrap().path.clone();
        assert!(in_child(|| drop(temporary.take())));
        assert!(path.exists());
        // It still belongs to the parent, and so does the lock.
        assert!(!try_lock(&File::open(&path).unwrap()));
        temporary
            .unwrap()
            .rename(&directory.path().join("target"))
            .unwrap();
        assert_eq!(names(directory.path()), ["target"]);
    }

    #[test]
    fn a_child_removes_the_files_that_it_created() {
        let directory = tempfile::tempdir().unwrap();
        let kept = create(directory.path());
        let made = directory.path().join("made");
        assert!(in_child(|| {
            let own = create(directory.path());
            let name = own.path.clone();
            drop(own);
            if !name.exists() {
                fs::write(&made, "").expect("the directory is there");
            }
        }));
        assert!(made.exists() && kept.path.exists());
        drop(kept);
        assert_eq!(names(directory.path()), ["made"]);
    }

    #[test]
    fn a_file_in_use_by_a_child_outlives_its_creator() {
        use crate::atomic_file::temporary::Candidates;
        let directory = tempfile::tempdir().unwrap();
        let prefix = NamePrefix::of(Path::new("target"));
        // As after the end of the creator: the child has the file open, whose name identifies another process.
        let mut temporary = create(directory.path());
        let name = prefix.name(&crate::atomic_file::temporary::creator::tests::former());
        let path = directory.path().join(name);
        fs::rename(&temporary.path, &path).unwrap();
        temporary.path = path.clone();
        _ = Candidates::of(directory.path(), &prefix).remove_ended();
        assert!(path.exists());
        temporary.file.unlock().unwrap();
        _ = Candidates::of(directory.path(), &prefix).remove_ended();
        assert!(!path.exists());
    }
}
