use super::*;
use crate::atomic_file::temporary::Temporary;
use crate::atomic_file::temporary::creator::tests::foreign;
use crate::atomic_file::tests::names;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const SECOND: Duration = Duration::from_secs(1);

/// A name of the older form, without target and creator.
const OLD_NAME: &str = ".massmap-Aa09zZ.tmp";

struct Fixture {
    directory: tempfile::TempDir,
    prefix: NamePrefix,
}

impl Fixture {
    fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
            prefix: NamePrefix::of(Path::new("target")),
        }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn write(&self, name: &str) -> String {
        fs::write(self.path().join(name), "half a file").unwrap();
        name.to_owned()
    }

    fn open(&self, name: &str) -> File {
        let file = File::options().write(true).open(self.path().join(name));
        file.unwrap()
    }

    fn live(&self) -> Temporary {
        Temporary::create(self.path(), &self.prefix, 0o600).unwrap()
    }

    /// Removes files that are stale `age` after they were written.
    fn remove_after(&self, age: Duration) {
        self.candidates()
            .remove_ended()
            .remove_untouched(SystemTime::now() + age);
    }

    fn candidates(&self) -> Candidates {
        Candidates::of(self.path(), &self.prefix)
    }
}

#[test]
fn a_file_of_another_host_is_removed_when_it_has_not_been_touched_for_a_day() {
    let fixture = Fixture::new();
    let creators = [foreign(), Creator::UNKNOWN];
    let mut files = creators
        .map(|creator| fixture.write(&fixture.prefix.name(&creator)))
        .to_vec();
    files.push(fixture.write(OLD_NAME));
    files.sort();
    for age in [Duration::ZERO, DAY / 2, DAY - 60 * SECOND] {
        fixture.remove_after(age);
        assert_eq!(names(fixture.path()), files, "{age:?}");
    }
    fixture.remove_after(DAY);
    assert_eq!(names(fixture.path()), [""; 0]);
}

#[test]
fn a_touched_file_of_another_host_stays_for_another_day() {
    let fixture = Fixture::new();
    let name = fixture.write(&fixture.prefix.name(&foreign()));
    let file = fixture.open(&name);
    file.set_modified(SystemTime::now() - 3 * DAY).unwrap();
    // It stays even if the clock of its host is ahead.
    for touched in [SystemTime::now(), SystemTime::now() + 30 * DAY] {
        file.set_modified(touched).unwrap();
        fixture.remove_after(DAY / 2);
        assert_eq!(names(fixture.path()), [name.as_str()]);
    }
    file.set_modified(SystemTime::now() - 3 * DAY).unwrap();
    fixture.remove_after(Duration::ZERO);
    assert_eq!(names(fixture.path()), [""; 0]);
}

#[test]
fn without_the_time_no_file_is_stale_by_its_age() {
    let fixture = Fixture::new();
    let name = fixture.write(&fixture.prefix.name(&foreign()));
    let file = fixture.open(&name);
    file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    _ = fixture.candidates().remove_ended();
    assert_eq!(names(fixture.path()), [name.as_str()]);
}

#[test]
fn a_locked_file_stays_whatever_its_age_and_its_creator() {
    let fixture = Fixture::new();
    let name = fixture.write(&fixture.prefix.name(&foreign()));
    let file = File::open(fixture.path().join(&name)).unwrap();
    assert!(try_lock(&file));
    let live = fixture.live();
    fixture.remove_after(2 * DAY);
    assert_eq!(names(fixture.path()).len(), 2);
    drop((file, live));
    fixture.remove_after(2 * DAY);
    assert_eq!(names(fixture.path()), [""; 0]);
}

#[test]
fn a_file_of_a_live_process_of_this_host_stays_even_if_its_lock_is_free() {
    let fixture = Fixture::new();
    let live = fixture.live();
    live.file.unlock().unwrap();
    fixture.remove_after(DAY / 2);
    assert!(names(fixture.path()).len() == 1 && live.file.metadata().is_ok());
}

#[test]
fn files_for_other_targets_and_of_other_programs_stay() {
    let fixture = Fixture::new();
    let other = NamePrefix::of(Path::new("other target"));
    let mut kept = vec![
        fixture.write("target"),
        fixture.write(&other.name(&foreign())),
        fixture.write(".massmap-Aa09z.tmp"),
        fixture.write("x.massmap-Aa09zZ.tmp"),
    ];
    kept.sort();
    fixture.remove_after(2 * DAY);
    assert_eq!(names(fixture.path()), kept);
}

#[test]
fn a_directory_with_such_a_name_stays() {
    let fixture = Fixture::new();
    fs::create_dir(fixture.path().join(OLD_NAME)).unwrap();
    fixture.remove_after(2 * DAY);
    assert_eq!(names(fixture.path()), [OLD_NAME]);
}

#[test]
fn a_missing_directory_is_not_an_error() {
    let fixture = Fixture::new();
    let candidates = Candidates::of(&fixture.path().join("missing"), &fixture.prefix);
    candidates.remove_ended().remove_untouched(SystemTime::now());
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_of_a_process_of_this_host_that_has_ended_is_removed_at_once() {
    let fixture = Fixture::new();
    fixture.write(
        &fixture
            .prefix
            .name(&crate::atomic_file::temporary::creator::tests::former()),
    );
    let elsewhere = fixture.write(&fixture.prefix.name(&foreign()));
    fixture.remove_after(Duration::ZERO);
    assert_eq!(names(fixture.path()), [elsewhere.as_str()]);
    // Even without the time.
    fixture.write(
        &fixture
            .prefix
            .name(&crate::atomic_file::temporary::creator::tests::former()),
    );
    _ = fixture.candidates().remove_ended();
    assert_eq!(names(fixture.path()), [elsewhere.as_str()]);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;
    use std::process::Command;

    use super::*;

    #[test]
    fn links_and_their_targets_stay() {
        let (fixture, elsewhere) = (Fixture::new(), tempfile::tempdir().unwrap());
        let target = elsewhere.path().join(OLD_NAME);
        fs::write(&target, "").unwrap();
        symlink(&target, fixture.path().join(OLD_NAME)).unwrap();
        symlink("nothing", fixture.path().join(".massmap-000000.tmp")).unwrap();
        fixture.remove_after(2 * DAY);
        assert_eq!(names(fixture.path()), [".massmap-000000.tmp", OLD_NAME]);
        assert!(target.exists());
    }

    #[test]
    fn fifos_and_sockets_stay_and_do_not_block() {
        let fixture = Fixture::new();
        let fifo = fixture.path().join(OLD_NAME);
        assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let _socket = UnixListener::bind(fixture.path().join(".massmap-000000.tmp")).unwrap();
        fixture.remove_after(2 * DAY);
        assert_eq!(names(fixture.path()), [".massmap-000000.tmp", OLD_NAME]);
    }

    #[test]
    fn a_file_that_replaced_another_is_not_mistaken_for_it() {
        let fixture = Fixture::new();
        let path = fixture.path().join(OLD_NAME);
        let file = File::create(&path).unwrap();
        assert!(is_at(&file, &path).unwrap());
        fs::rename(&path, fixture.path().join("elsewhere")).unwrap();
        is_at(&file, &path).unwrap_err();
        fs::write(&path, "another").unwrap();
        assert!(!is_at(&file, &path).unwrap());
    }

    #[test]
    fn a_new_file_with_a_reused_name_stays() {
        let fixture = Fixture::new();
        let path = fixture.path().join(OLD_NAME);
        fs::write(&path, "").unwrap();
        let opened = File::open(&path).unwrap();
        fs::rename(&path, fixture.path().join("published")).unwrap();
        remove_if_unlocked(&opened, &path).unwrap_err();
        fs::write(&path, "another").unwrap();
        assert!(!remove_if_unlocked(&opened, &path).unwrap());
        assert_eq!(names(fixture.path()), [OLD_NAME, "published"]);
    }

    #[test]
    fn files_can_be_created_in_a_directory_that_cannot_be_listed() {
        let fixture = Fixture::new();
        fixture.write(OLD_NAME);
        fs::set_permissions(fixture.path(), fs::Permissions::from_mode(0o300)).unwrap();
        let sealed = fs::read_dir(fixture.path()).is_err();
        fixture.remove_after(2 * DAY);
        drop(fixture.live());
        fs::set_permissions(fixture.path(), fs::Permissions::from_mode(0o700)).unwrap();
        // Root can list it despite the permissions.
        let left = if sealed { vec![OLD_NAME] } else { vec![] };
        assert_eq!(names(fixture.path()), left);
    }
}

#[test]
fn creating_and_cleaning_concurrently_never_removes_a_live_file() {
    let fixture = Fixture::new();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..100 {
                    fixture.remove_after(Duration::ZERO);
                    let live = fixture.live();
                    std::thread::yield_now();
                    assert!(is_at(&live.file, live.path()).unwrap());
                }
            });
        }
    });
    assert_eq!(names(fixture.path()), [""; 0]);
}
