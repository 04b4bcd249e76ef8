//! Names of temporary files, which say for what target they are and who made them.

use std::ffi::OsStr;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;

use super::fnv::hash;
use super::maker::Maker;

// Not after the target, whose name may be as long as names can be.
const PREFIX: &str = ".massmap-";
const SUFFIX: &str = ".tmp";
const RANDOM_LETTERS: usize = 6;
const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The beginning of the names of all temporary files for one target: `.massmap-`, and a hash of the target's name in its
/// directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Stem(String);

impl Stem {
    /// That of temporary files for `target`.
    pub(in super::super) fn of(target: &Path) -> Self {
        let name = target.file_name().unwrap_or(target.as_os_str());
        Self(format!("{PREFIX}{:016x}-", hash(&[name.as_encoded_bytes()])))
    }

    /// A new name with that beginning, `.massmap-TARGET-HOST-PID-START-RANDOM.tmp`, of which `maker` gives the middle.
    pub(in super::super) fn name(&self, maker: &Maker) -> String {
        format!("{}{maker}-{}{SUFFIX}", self.0, random_letters())
    }

    /// Who made the temporary file with this name. `None` if the name has another beginning, or is no such name at all.
    pub(super) fn maker(&self, name: &OsStr) -> Option<Maker> {
        let name = name.to_str()?.strip_suffix(SUFFIX)?;
        if let Some(rest) = name.strip_prefix(&self.0) {
            let (maker, random) = rest.rsplit_once('-')?;
            return if is_random(random) {
                Maker::parse(maker)
            } else {
                None
            };
        }
        // How the names were that told neither the target nor the maker.
        is_random(name.strip_prefix(PREFIX)?).then_some(Maker::UNKNOWN)
    }
}

fn random_letters() -> String {
    // Each state has keys of its own, which come from the operating system's random numbers.
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
    fn names_are_recognised_with_their_maker_and_differ() {
        let (stem, maker) = (Stem::of(Path::new("/a/target")), Maker::this_process());
        let names: HashSet<_> = (0..1000).map(|_| stem.name(&maker)).collect();
        assert_eq!(names.len(), 1000);
        for name in names {
            assert_eq!(stem.maker(name.as_ref()), Some(maker), "{name}");
            assert!(name.len() < 120, "{name} leaves no room where names are short");
        }
    }

    #[test]
    fn names_for_other_targets_are_not_recognised() {
        let (a, b) = (
            Stem::of(Path::new("/a/target")),
            Stem::of(Path::new("/a/targets")),
        );
        // The same file by another way.
        assert_eq!(a, Stem::of(Path::new("/b/../a/target")));
        assert_eq!(b.maker(a.name(&Maker::this_process()).as_ref()), None);
        assert!(a.name(&Maker::UNKNOWN).starts_with(".massmap-"));
    }

    #[test]
    fn names_without_target_and_maker_are_those_of_anybody() {
        let stem = Stem::of(Path::new("/a/target"));
        assert_eq!(stem.maker(".massmap-Aa09zZ.tmp".as_ref()), Some(Maker::UNKNOWN));
    }

    #[test]
    fn other_names_are_not_recognised() {
        let stem = Stem::of(Path::new("/a/target"));
        let name = stem.name(&Maker::this_process());
        let changed = [
            name.replace(".tmp", ""),
            name.replace(".tmp", ".tmp~"),
            name.replace(".massmap", "massmap"),
            format!("x{name}"),
            name.replacen('-', "--", 3),
            name.replace(".tmp", "1.tmp"),
            format!("{}-abcdef.tmp", stem.0),
            format!("{}0123456789abcdef-+5-7-abcdef.tmp", stem.0),
            format!("{}0123456789abcdef-5-07-abcdef.tmp", stem.0),
            format!("{}0123456789ABCDEF-5-7-abcdef.tmp", stem.0),
            format!("{}0123456789abcdef-5-7-8-abcdef.tmp", stem.0),
            format!("{}0123456789abcdef-5-7-abc-ef.tmp", stem.0),
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
            assert_eq!(stem.maker(name.as_ref()), None, "{name}");
        }
    }
}
