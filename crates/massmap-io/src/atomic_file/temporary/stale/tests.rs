use super::*;
use crate::atomic_file::temporary::Temporary;
use crate::atomic_file::temporary::maker::tests::foreign;
use crate::atomic_file::tests::names;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const SECOND: Duration = Duration::from_secs(1);

/// A name as they were before they told target and maker.
const OLD_NAME: &str = ".massmap-Aa09zZ.tmp";

struct Place {
    directory: tempfile::TempDir,
    stem: Stem,
}

impl Place {
    fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
            stem: Stem::of(Path::new("target")),
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
        Temporary::create(self.path(), &self.stem, 0o600).unwrap()
    }

    /// Removes what is stale so long after the files were written.
    fn remove_after(&self, age: Duration) {
        self.suspects()
            .remove_of_ended()
            .remove_untouched(SystemTime::now() + age);
    }

    fn suspects(&self) -> Suspects {
        Suspects::of(self.path(), &self.stem)
    }
}

#[test]
fn a_file_of_another_host_is_removed_when_it_has_not_been_touched_for_a_day() {
    let place = Place::new();
    let makers = [foreign(), Maker::UNKNOWN];
    let mut files = makers.map(|maker| place.write(&place.stem.name(&maker))).to_vec();
    files.push(place.write(OLD_NAME));
    files.sort();
    for age in [Duration::ZERO, DAY / 2, DAY - 60 * SECOND] {
        place.remove_after(age);
        assert_eq!(names(place.path()), files, "{age:?}");
    }
    place.remove_after(DAY);
    assert_eq!(names(place.path()), [""; 0]);
}

#[test]
fn a_touched_file_of_another_host_stays_for_another_day() {
    let place = Place::new();
    let name = place.write(&place.stem.name(&foreign()));
    let file = place.open(&name);
    file.set_modified(SystemTime::now() - 3 * DAY).unwrap();
    // What its host's clock says does not count, if that is ahead.
    for touched in [SystemTime::now(), SystemTime::now() + 30 * DAY] {
        file.set_modified(touched).unwrap();
        place.remove_after(DAY / 2);
        assert_eq!(names(place.path()), [name.as_str()]);
    }
    file.set_modified(SystemTime::now() - 3 * DAY).unwrap();
    place.remove_after(Duration::ZERO);
    assert_eq!(names(place.path()), [""; 0]);
}

#[test]
fn without_a_time_no_file_is_stale_by_its_age() {
    let place = Place::new();
    let name = place.write(&place.stem.name(&foreign()));
    let file = place.open(&name);
    file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    _ = place.suspects().remove_of_ended();
    assert_eq!(names(place.path()), [name.as_str()]);
}

#[test]
fn a_locked_file_stays_whatever_its_age_and_its_maker() {
    let place = Place::new();
    let name = place.write(&place.stem.name(&foreign()));
    let file = File::open(place.path().join(&name)).unwrap();
    assert!(try_lock(&file));
    let live = place.live();
    place.remove_after(2 * DAY);
    assert_eq!(names(place.path()).len(), 2);
    drop((file, live));
    place.remove_after(2 * DAY);
    assert_eq!(names(place.path()), [""; 0]);
}

#[test]
fn a_file_of_a_live_process_of_this_host_stays_even_if_its_lock_is_to_be_had() {
    let place = Place::new();
    let live = place.live();
    live.file.unlock().unwrap();
    place.remove_after(DAY / 2);
    assert!(names(place.path()).len() == 1 && live.file.metadata().is_ok());
}

#[test]
fn files_for_other_targets_and_of_others_stay() {
    let place = Place::new();
    let other = Stem::of(Path::new("other target"));
    let mut kept = vec![
        place.write("target"),
        place.write(&other.name(&foreign())),
        place.write(".massmap-Aa09z.tmp"),
        place.write("x.massmap-Aa09zZ.tmp"),
    ];
    kept.sort();
    place.remove_after(2 * DAY);
    assert_eq!(names(place.path()), kept);
}

#[test]
fn a_directory_with_such_a_name_survives() {
    let place = Place::new();
    fs::create_dir(place.path().join(OLD_NAME)).unwrap();
    place.remove_after(2 * DAY);
    assert_eq!(names(place.path()), [OLD_NAME]);
}

#[test]
fn a_directory_that_is_not_there_is_no_failure() {
    let place = Place::new();
    let suspects = Suspects::of(&place.path().join("missing"), &place.stem);
    suspects.remove_of_ended().remove_untouched(SystemTime::now());
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_of_a_process_that_has_ended_is_removed_at_once_if_that_was_of_this_host() {
    let place = Place::new();
    place.write(
        &place
            .stem
            .name(&crate::atomic_file::temporary::maker::tests::former()),
    );
    let elsewhere = place.write(&place.stem.name(&foreign()));
    place.remove_after(Duration::ZERO);
    assert_eq!(names(place.path()), [elsewhere.as_str()]);
    // And without knowing the time.
    place.write(
        &place
            .stem
            .name(&crate::atomic_file::temporary::maker::tests::former()),
    );
    _ = place.suspects().remove_of_ended();
    assert_eq!(names(place.path()), [elsewhere.as_str()]);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;
    use std::process::Command;

    use super::*;

    #[test]
    fn links_and_what_they_lead_to_survive() {
        let (place, elsewhere) = (Place::new(), tempfile::tempdir().unwrap());
        let target = elsewhere.path().join(OLD_NAME);
        fs::write(&target, "").unwrap();
        symlink(&target, place.path().join(OLD_NAME)).unwrap();
        symlink("nothing", place.path().join(".massmap-000000.tmp")).unwrap();
        place.remove_after(2 * DAY);
        assert_eq!(names(place.path()), [".massmap-000000.tmp", OLD_NAME]);
        assert!(target.exists());
    }

    #[test]
    fn fifos_and_sockets_survive_and_are_not_waited_for() {
        let place = Place::new();
        let fifo = place.path().join(OLD_NAME);
        assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let _socket = UnixListener::bind(place.path().join(".massmap-000000.tmp")).unwrap();
        place.remove_after(2 * DAY);
        assert_eq!(names(place.path()), [".massmap-000000.tmp", OLD_NAME]);
    }

    #[test]
    fn a_file_that_took_the_place_of_another_is_not_mistaken_for_it() {
        let place = Place::new();
        let path = place.path().join(OLD_NAME);
        let file = File::create(&path).unwrap();
        assert!(is_at(&file, &path).unwrap());
        fs::rename(&path, place.path().join("elsewhere")).unwrap();
        is_at(&file, &path).unwrap_err();
        fs::write(&path, "another").unwrap();
        assert!(!is_at(&file, &path).unwrap());
    }

    #[test]
    fn a_name_that_was_given_again_is_left_to_its_new_file() {
        let place = Place::new();
        let path = place.path().join(OLD_NAME);
        fs::write(&path, "").unwrap();
        let opened = File::open(&path).unwrap();
        fs::rename(&path, place.path().join("published")).unwrap();
        remove_if_unlocked(&opened, &path).unwrap_err();
        fs::write(&path, "another").unwrap();
        assert!(!remove_if_unlocked(&opened, &path).unwrap());
        assert_eq!(names(place.path()), [OLD_NAME, "published"]);
    }

    #[test]
    fn a_directory_that_may_not_be_listed_can_still_take_a_file() {
        let place = Place::new();
        place.write(OLD_NAME);
        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o300)).unwrap();
        let sealed = fs::read_dir(place.path()).is_err();
        place.remove_after(2 * DAY);
        drop(place.live());
        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o700)).unwrap();
        // Permissions do not stop root, who lists it all the same.
        let left = if sealed { vec![OLD_NAME] } else { vec![] };
        assert_eq!(names(place.path()), left);
    }
}

#[test]
fn creating_and_cleaning_at_once_never_loses_a_live_file() {
    let place = Place::new();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..100 {
                    place.remove_after(Duration::ZERO);
                    let live = place.live();
                    std::thread::yield_now();
                    assert!(is_at(&live.file, live.path()).unwrap());
                }
            });
        }
    });
    assert_eq!(names(place.path()), [""; 0]);
}
