//! Data sets: the same entries for every store.

pub(crate) mod answers;
pub(crate) mod field;
pub(crate) mod keys;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::marker::PhantomData;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::OnceLock;

use clap::ValueEnum;
use massmap_benches::{Dataset, Integers, Long, Records, Strings};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use field::Field;

/// A data set, named as on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub(crate) enum DataSet {
    /// u64 → u64
    Integers,
    /// 21 bytes → 100 bytes
    Strings,
    /// u64 → 256 bytes, as in the comparison of the PaCHash paper (Kurpicz, Lehmann, Sanders, ALENEX 2023)
    Records,
    /// u64 → 1 to 4 KiB
    Long,
    /// Code points → Unicode character names, from the repository
    Names,
    /// The lines of the file in --file: a key, a tab and a value each
    File,
}

/// An operation that is generic over the types of a data set.
pub(crate) trait Visitor {
    type Output;

    fn visit<K: Field, V: Field>(self, entries: Entries<K, V>) -> io::Result<Self::Output>;
}

impl DataSet {
    /// Describes keys and values.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Integers => "u64 → u64",
            Self::Strings => "21 B → 100 B",
            Self::Records => "u64 → 256 B",
            Self::Long => "u64 → 1 to 4 KiB",
            Self::Names => "Unicode names",
            Self::File => "lines of a file",
        }
    }

    /// Number of entries of a full run; all of a file.
    pub(crate) fn full(self) -> u64 {
        match self {
            Self::Integers => 10_000_000,
            Self::Strings => 5_000_000,
            Self::Records => 4_000_000,
            Self::Long => 400_000,
            Self::Names | Self::File => u64::MAX,
        }
    }

    /// Calls `visitor` with the first `count` entries, or all if there are fewer.
    pub(crate) fn visit<T: Visitor>(
        self,
        count: u64,
        file: Option<&Path>,
        visitor: T,
    ) -> io::Result<T::Output> {
        match self {
            Self::Integers => visitor.visit(Entries::computed::<Integers>(count, Some((8, 8)))),
            Self::Strings => visitor.visit(Entries::computed::<Binary<Strings>>(count, Some((21, 100)))),
            Self::Records => visitor.visit(Entries::computed::<Binary<Records>>(count, Some((8, 256)))),
            Self::Long => visitor.visit(Entries::computed::<Binary<Long>>(count, None)),
            Self::Names => visitor.visit(Entries::listed(names()?, count)?),
            Self::File => visitor.visit(lines(file, count)?),
        }
    }
}

/// A data set with bytes as values, so that no store has to validate text.
struct Binary<D>(PhantomData<D>);

impl<D: Dataset<Value = String>> Dataset for Binary<D> {
    type Key = D::Key;
    type Value = ByteBuf;

    const NAME: &'static str = D::NAME;
    const FULL_SCALE: u64 = D::FULL_SCALE;
    const ENTRY_LENGTH: u64 = D::ENTRY_LENGTH;

    fn key(ordinal: u64) -> D::Key {
        D::key(ordinal)
    }

    fn value(ordinal: u64) -> ByteBuf {
        ByteBuf::from(D::value(ordinal))
    }
}

type Make<T> = Box<dyn Fn(u64) -> T + Send + Sync>;

/// The entries of a data set, and absent keys.
pub(crate) struct Entries<K, V> {
    count: u64,
    /// Length of each key and each value, if constant.
    fixed: Option<(usize, usize)>,
    key: Make<K>,
    value: Make<V>,
    absent: Make<K>,
    list: OnceLock<Vec<(K, V)>>,
}

impl<K: Field, V: Field> Entries<K, V> {
    fn computed<D: Dataset<Key = K, Value = V> + 'static>(count: u64, fixed: Option<(usize, usize)>) -> Self {
        Self {
            count,
            fixed,
            key: Box::new(D::key),
            value: Box::new(D::value),
            absent: Box::new(move |ordinal| D::key(count + ordinal)),
            list: OnceLock::new(),
        }
    }

    /// Number of entries.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Length of each key and each value, if constant.
    pub(crate) fn fixed(&self) -> Option<(usize, usize)> {
        self.fixed
    }

    /// The entry with this number, which must be below the count.
    pub(crate) fn entry(&self, ordinal: u64) -> (K, V) {
        ((self.key)(ordinal), (self.value)(ordinal))
    }

    /// Whether the lengths of all keys are in this range.
    pub(crate) fn key_lengths_are_in(&self, lengths: &RangeInclusive<usize>) -> bool {
        match self.fixed {
            Some((length, _)) => lengths.contains(&length),
            None => {
                let length = |ordinal| (self.key)(ordinal).bytes().as_ref().len();
                let ordinals = (0..self.count).into_par_iter();
                ordinals.map(length).all(|length| lengths.contains(&length))
            }
        }
    }

    /// An absent key.
    pub(crate) fn absent(&self, ordinal: u64) -> K {
        (self.absent)(ordinal)
    }

    /// All entries in order.
    #[cfg(test)]
    pub(crate) fn iter(&self) -> impl Iterator<Item = (K, V)> {
        (0..self.count).map(|ordinal| self.entry(ordinal))
    }

    /// All entries. They stay in memory from the first call on.
    pub(crate) fn list(&self) -> &[(K, V)] {
        self.list.get_or_init(|| {
            let count = usize::try_from(self.count).expect("the entries fit into memory");
            let ordinals = (0..count).into_par_iter();
            ordinals.map(|ordinal| self.entry(ordinal as u64)).collect()
        })
    }

    /// All entries sorted by key, for stores that are best filled in this order. Sorts with all threads.
    pub(crate) fn sorted(&self) -> Vec<&(K, V)> {
        let mut entries: Vec<_> = self.list().iter().collect();
        entries.par_sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        entries
    }

    /// Least memory of [`Entries::list`]. Heap allocations add up to [`Entries::payload_bytes`].
    pub(crate) fn least_list_bytes(&self) -> u64 {
        self.count.saturating_mul(size_of::<(K, V)>() as u64)
    }

    /// Total length of all keys and values.
    pub(crate) fn payload_bytes(&self) -> u64 {
        let length = |ordinal| {
            let (key, value) = self.entry(ordinal);
            (key.bytes().as_ref().len() + value.bytes().as_ref().len()) as u64
        };
        (0..self.count).into_par_iter().map(length).sum()
    }
}

impl Entries<String, String> {
    fn listed(mut entries: Vec<(String, String)>, count: u64) -> io::Result<Self> {
        entries.truncate(usize::try_from(count).unwrap_or(usize::MAX));
        let invalid = |message: &str| io::Error::new(io::ErrorKind::InvalidData, message.to_owned());
        if entries.is_empty() {
            return Err(invalid("there are no entries"));
        }
        let mut keys = HashSet::with_capacity(entries.len());
        for (number, (key, _)) in entries.iter().enumerate() {
            if !keys.insert(key.as_str()) {
                return Err(invalid(&format!(
                    "the key of entry {} is a duplicate",
                    number + 1
                )));
            }
        }
        // Similar to the present keys.
        let absent: Vec<String> = entries
            .iter()
            .map(|(key, _)| format!("{key}~"))
            .filter(|key| !keys.contains(key.as_str()))
            .collect();
        if absent.is_empty() {
            return Err(invalid("every key also occurs with a tilde appended"));
        }
        let (keys, values): (Vec<_>, Vec<_>) = entries.into_iter().unzip();
        Ok(Self {
            count: keys.len() as u64,
            fixed: None,
            key: Box::new(move |ordinal| keys[ordinal as usize].clone()),
            value: Box::new(move |ordinal| values[ordinal as usize].clone()),
            absent: Box::new(move |ordinal| absent[ordinal as usize % absent.len()].clone()),
            list: OnceLock::new(),
        })
    }
}

fn names() -> io::Result<Vec<(String, String)>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/unicode-names.json");
    let names: HashMap<String, String> = serde_json::from_slice(&fs::read(path)?)?;
    let mut names: Vec<_> = names.into_iter().collect();
    // The order must be the same in every process.
    names.sort_unstable();
    Ok(names)
}

fn lines(path: Option<&Path>, count: u64) -> io::Result<Entries<String, String>> {
    let path =
        path.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the data set `file` needs --file"))?;
    // A CR may remain at the end of the last line if its LF is missing.
    let unbroken = |line: &'_ str| line.strip_suffix('\r').unwrap_or(line).to_owned();
    let entry = |(number, line): (usize, &str)| match line.split_once('\t') {
        Some((key, value)) => Ok((key.to_owned(), unbroken(value))),
        None => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("no tab in line {}", number + 1),
        )),
    };
    let read = || {
        let text = fs::read_to_string(path)?;
        // Skips a byte order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let entries = text.lines().enumerate().map(entry);
        Entries::listed(entries.collect::<io::Result<_>>()?, count)
    };
    read().map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(entries: &[(&str, &str)]) -> io::Result<Entries<String, String>> {
        let entries = entries
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Entries::listed(entries.collect(), u64::MAX)
    }

    #[test]
    fn absent_keys_are_absent() {
        let entries = listed(&[("a", "1"), ("a~", "2"), ("b", "3")]).unwrap();
        let keys: HashSet<String> = entries.iter().map(|(key, _)| key).collect();
        assert!((0..10).all(|ordinal| !keys.contains(&entries.absent(ordinal))));
        let entries = Entries::<u64, u64>::computed::<Integers>(100, Some((8, 8)));
        let keys: HashSet<u64> = entries.iter().map(|(key, _)| key).collect();
        assert!((0..100).all(|ordinal| !keys.contains(&entries.absent(ordinal))));
    }

    #[test]
    fn duplicate_keys_are_an_error() {
        let error = listed(&[("a", "1"), ("a", "2")]).err().unwrap();
        assert_eq!(error.to_string(), "the key of entry 2 is a duplicate");
        assert!(listed(&[]).is_err());
    }

    #[test]
    fn the_unicode_names_are_available() {
        let entries = Entries::listed(names().unwrap(), u64::MAX).unwrap();
        assert_eq!(entries.count(), 34_823);
        assert!(
            entries
                .iter()
                .any(|entry| entry == ("U+1F980".into(), "CRAB".into()))
        );
    }

    #[test]
    fn lines_are_keys_and_values_separated_by_a_tab() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "a\t1\nb c\t2\t3\n").unwrap();
        let entry = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let entries: Vec<_> = lines(Some(file.path()), 9).unwrap().iter().collect();
        assert_eq!(entries, [entry("a", "1"), entry("b c", "2\t3")]);
        assert_eq!(lines(Some(file.path()), 1).unwrap().count(), 1);
    }

    #[test]
    fn byte_order_marks_and_carriage_returns_are_skipped() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "\u{feff}a\t1\r\nb\t2\r").unwrap();
        let entry = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let entries: Vec<_> = lines(Some(file.path()), 9).unwrap().iter().collect();
        assert_eq!(entries, [entry("a", "1"), entry("b", "2")]);
    }

    #[test]
    fn errors_in_a_file_name_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = |path: &Path| lines(Some(path), 9).err().unwrap().to_string();
        for (bytes, message) in [
            (&b""[..], "there are no entries"),
            (b"a\t1\nb 2\n", "no tab in line 2"),
            (b"a\t1\nb\t1\na\t2\n", "the key of entry 3 is a duplicate"),
            (b"a\t\xff\n", "stream did not contain valid UTF-8"),
        ] {
            fs::write(file.path(), bytes).unwrap();
            assert_eq!(
                error(file.path()),
                format!("{}: {message}", file.path().display())
            );
        }
        assert!(error(Path::new("/nowhere")).starts_with("/nowhere: "));
        let error = lines(None, 9).err().unwrap().to_string();
        assert_eq!(error, "the data set `file` needs --file");
    }

    #[test]
    fn the_payload_is_keys_and_values() {
        assert_eq!(listed(&[("a", "12"), ("bc", "345")]).unwrap().payload_bytes(), 8);
        let entries = Entries::<String, String>::computed::<Strings>(10, Some((21, 100)));
        assert_eq!(entries.payload_bytes(), 1210);
    }
}
