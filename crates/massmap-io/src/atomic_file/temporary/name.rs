//! Names of temporary files, which identify the target and the creator.

use std::ffi::OsStr;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;

use super::creator::Creator;
use super::fnv::hash;

// Names do not contain that of the target, which may already have the greatest length.
const PREFIX: &str = ".massmap-";
const SUFFIX: &str = ".tmp";
const RANDOM_LETTERS: usize = 6;
const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The prefix of the names of all temporary files for one target: `.massmap-`, and a hash of the file name of the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct NamePrefix(String);

impl NamePrefix {
    /// The prefix for `target`.
    pub(in super::super) fn of(target: &Path) -> Self {
        let name = target.file_name().unwrap_or(target.as_os_str());
        Self(format!("{PREFIX}{:016x}-", hash(&[name.as_encoded_bytes()])))
    }

    /// A new name with this prefix: `.massmap-TARGET-HOST-PID-START-RANDOM.tmp`. `creator` gives HOST, PID and START.
    pub(in super::super) fn name(&self, creator: &Creator) -> String {
        format!("{}{creator}-{}{SUFFIX}", self.0, random_letters())
    }

    /// The creator of the temporary file with this name. `None` if the name has another prefix, or is not a name of this form.
    pub(super) fn creator(&self, name: &OsStr) -> Option<Creator> {
        let name = name.to_str()?.strip_suffix(SUFFIX)?;
        if let Some(rest) = name.strip_prefix(&self.0) {
            let (creator, random) = rest.rsplit_once('-')?;
            return if is_random(random) {
                Creator::parse(creator)
            } else {
                None
            };
        }
        // Older names contain neither the target nor the creator.
        is_random(name.strip_prefix(PREFIX)?).then_some(Creator::UNKNOWN)
    }
}

fn random_letters() -> String {
    // Each `RandomState` has different keys, which come from the operating system's random numbers.
    let mut random = RandomState::new().hash_one(());
    let mut letters = String::with_capacity(RANDOM_LETTERS);
    for _ in 0..RANDOM_LETTERS {
        let index = usize::try_from(random % LETTERS.len() as u64).expect("less than the number of letters");
        letters.push(char::from(*LETTERS.get(index).expect("less than their number")));
        random /= LETTERS.len() as u64;
    }
    letters
}

fn is_random(letters: &str) -> bool {
    letters.len() == RANDOM_LETTERS && letters.bytes().all(|letter| letter.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_recognised_with_their_creator_and_differ() {
        let (prefix, creator) = (NamePrefix::of(Path::new("/a/target")), Creator::this_process());
        let names: HashSet<_> = (0..1000).map(|_| prefix.name(&creator)).collect();
        assert_eq!(names.len(), 1000);
        for name in names {
            assert_eq!(prefix.creator(name.as_ref()), Some(creator), "{name}");
            assert!(
                name.len() < 120,
                "{name} is too long for file systems with short names"
            );
        }
    }

    #[test]
    fn names_for_other_targets_are_not_recognised() {
        let (a, b) = (
            NamePrefix::of(Path::new("/a/target")),
            NamePrefix::of(Path::new("/a/targets")),
        );
        // Another path to the same file.
        assert_eq!(a, NamePrefix::of(Path::new("/b/../a/target")));
        assert_eq!(b.creator(a.name(&Creator::this_process()).as_ref()), None);
        assert!(a.name(&Creator::UNKNOWN).starts_with(".massmap-"));
    }

    #[test]
    fn names_without_target_and_creator_have_an_unknown_creator() {
        let prefix = NamePrefix::of(Path::new("/a/target"));
        assert_eq!(
            prefix.creator(".massmap-Aa09zZ.tmp".as_ref()),
            Some(Creator::UNKNOWN)
        );
    }

    #[test]
    fn other_names_are_not_recognised() {
        let prefix = NamePrefix::of(Path::new("/a/target"));
        let name = prefix.name(&Creator::this_process());
        let changed = [
            name.replace(".tmp", ""),
            name.replace(".tmp", ".tmp~"),
            name.replace(".massmap", "massmap"),
            format!("x{name}"),
            name.replacen('-', "--", 3),
            name.replace(".tmp", "1.tmp"),
            format!("{}-abcdef.tmp", prefix.0),
            format!("{}0123456789abcdef-+5-7-abcdef.tmp", prefix.0),
            format!("{}0123456789abcdef-5-07-abcdef.tmp", prefix.0),
            format!("{}0123456789ABCDEF-5-7-abcdef.tmp", prefix.0),
            format!("{}0123456789abcdef-5-7-8-abcdef.tmp", prefix.0),
            format!("{}0123456789abcdef-5-7-abc-ef.tmp", prefix.0),
        ];
        let others = [
            "target",
            ".massmap-.tmp",
            ".massmap-Aa09z.tmp",
            ".massmap-Aa09zZ1.tmp",
            ".massmap-Aa09z-.tmp",
            ".massmap-Aa09ü.tmp",
            ".massmap-Aa09zZ",
            ".massmap-Aa09zZ.tmp~",
            "massmap-Aa09zZ.tmp",
            "x.massmap-Aa09zZ.tmp",
        ];
        for name in changed.iter().map(String::as_str).chain(others) {
            assert_eq!(prefix.creator(name.as_ref()), None, "{name}");
        }
    }
}
