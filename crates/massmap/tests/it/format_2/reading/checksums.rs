//! When checksums are verified.

use massmap::{ChecksumPolicy, MassMap, MassMapInner};
use massmap_format::{PageIndex, SectionKind, bin_of, spread};
use support::entries::strings;
use support::files::build;
use support::files::format_2::{
    header_of, run_range, runs_of, sections_of, small_pages, with_changed_section,
};
use support::readers::MemoryFile;

type Map = MassMap<String, u32, MemoryFile>;

/// An open map, and the offset of a byte of a value in each run.
fn open(policy: ChecksumPolicy) -> (Map, Vec<u64>) {
    let file = build(small_pages(), &strings(0..200));
    let runs = runs_of(&file);
    assert!(runs.len() >= 5);
    let bytes = runs
        .iter()
        .map(|run| {
            let run = run_range(&file, run);
            // The value of the first entry, which follows 8 bytes of header, the directory and the key.
            let key = run.start + 8 + 8 * header_of(&file).directory_words as usize;
            (key + 1 + usize::from(file[key] & 0x1f) + 1) as u64
        })
        .collect();
    let map = Map::load(MemoryFile::new(file))
        .unwrap()
        .with_checksum_policy(policy);
    (map, bytes)
}

fn flip(map: &Map, offset: u64) {
    let mut byte = [0];
    map.reader().read_some(&mut byte, offset).unwrap();
    map.reader().write_some(&[byte[0] ^ 1], offset).unwrap();
}

/// For each key its page, and whether its lookup gives the value, another answer, or an error.
fn answers(map: &Map) -> Vec<(usize, Option<bool>)> {
    strings(0..200)
        .iter()
        .map(|(key, value)| {
            (
                map.bucket_index(key),
                map.get(key).ok().map(|found| found == Some(*value)),
            )
        })
        .collect()
}

#[test]
fn checking_every_read_detects_damage_while_the_map_is_open_and_affects_no_other_page() {
    let (map, bytes) = open(ChecksumPolicy::EveryRead);
    assert!(answers(&map).iter().all(|(_, answer)| *answer == Some(true)));
    for (page, byte) in bytes.iter().enumerate() {
        flip(&map, *byte);
        for (found_in, answer) in answers(&map) {
            assert_eq!(answer, (found_in != page).then_some(true), "{page}");
        }
        flip(&map, *byte);
    }
    assert!(answers(&map).iter().all(|(_, answer)| *answer == Some(true)));
}

#[test]
fn checking_the_first_read_detects_earlier_damage_and_keeps_detecting_it() {
    let (map, bytes) = open(ChecksumPolicy::FirstRead);
    flip(&map, bytes[2]);
    for _ in 0..2 {
        for (page, answer) in answers(&map) {
            assert_eq!(answer, (page != 2).then_some(true));
        }
    }
    // A page is marked as checked only if its checksum is right.
    flip(&map, bytes[2]);
    assert!(answers(&map).iter().all(|(_, answer)| *answer == Some(true)));
}

#[test]
fn checking_the_first_read_does_not_check_the_second() {
    let (map, bytes) = open(ChecksumPolicy::FirstRead);
    answers(&map);
    flip(&map, bytes[2]);
    let answers = answers(&map);
    assert!(answers.iter().all(|(_, answer)| answer.is_some()));
    assert_eq!(
        answers
            .iter()
            .filter(|(_, answer)| *answer == Some(false))
            .count(),
        1
    );
}

#[test]
fn without_checks_no_damage_causes_a_panic() {
    let (map, bytes) = open(ChecksumPolicy::Never);
    for byte in &bytes {
        flip(&map, *byte);
    }
    let wrong = answers(&map)
        .iter()
        .filter(|(_, answer)| *answer != Some(true))
        .count();
    assert_eq!(wrong, bytes.len());
}

#[test]
fn verification_checks_checksums_whatever_the_policy() {
    for policy in [
        ChecksumPolicy::EveryRead,
        ChecksumPolicy::FirstRead,
        ChecksumPolicy::Never,
    ] {
        let (map, bytes) = open(policy);
        answers(&map);
        assert!(map.verify().is_ok());
        flip(&map, bytes[3]);
        let report = map.verify();
        assert!(!report.is_ok(), "{policy:?}");
        assert_eq!(report.problems[0].place, Some(3));
    }
}

/// A bin of a run, and a bin of another run that starts at the same page and has another length.
fn bins_of_two_runs(index: &PageIndex<&[u8]>, bins: u64) -> Option<(u64, u64)> {
    let runs: Vec<_> = (0..bins).map(|bin| index.run_of_bin(bin).ok()).collect();
    let at = |bin: u64| runs[usize::try_from(bin).unwrap()];
    (0..bins)
        .flat_map(|a| (0..bins).map(move |b| (a, b)))
        .find(|(a, b)| {
            let (Some(a), Some(b)) = (at(*a), at(*b)) else {
                return false;
            };
            a.first_page == b.first_page && a.pages < b.pages
        })
}

#[test]
fn two_runs_that_start_at_the_same_page_are_each_checked_when_read() {
    // An index that a single bit changes that way is rare.
    let crafted = (300..450).step_by(25).map(check_runs_that_start_at_the_same_page);
    assert!(crafted.sum::<u32>() > 0);
}

/// Returns the number of such indexes.
fn check_runs_that_start_at_the_same_page(count: u32) -> u32 {
    let entries = strings(0..count);
    let file = build(small_pages(), &entries);
    let header = header_of(&file);
    let intact = sections_of(&file)[1].1.clone();
    let mut crafted = 0;
    // The positions of the first bins lie behind the only record. If one is less than that of the first page of its group, the
    // group's last pages seem to be a run that begins with that page. The check of the keys looks at the last pages first, and would
    // refuse the file if their bins were other ones.
    for place in 42..intact.len() - 5 {
        let mut bytes = intact.clone();
        bytes[place] = intact[place - 2].saturating_sub(1);
        let index = PageIndex::new(&bytes[..], header.page_count, header.bins).unwrap();
        let Some((short, long)) = bins_of_two_runs(&index, header.bins) else {
            continue;
        };
        let run = index.run_of_bin(short).unwrap();
        let changed = with_changed_section(&file, SectionKind::PageIndex, |index| *index = bytes);
        let inner = MassMapInner::<MemoryFile>::load(MemoryFile::new(changed))
            .unwrap()
            .with_checksum_policy(ChecksumPolicy::FirstRead);
        let map = inner.cast::<String, u32>();
        let key_of = |wanted| {
            let bin_of_key = |key: &String| bin_of(spread(map.inner().hash(key)), header.bins);
            let mut keys = (0..).map(|i| format!("some key {i}"));
            keys.find(|key| bin_of_key(key) == wanted).unwrap()
        };
        // The shorter one may be a single page with a right checksum, or several pages.
        let first = map.get(&key_of(short));
        assert_eq!(first.is_ok(), run.pages == 1, "place {place}");
        let error = map.get(&key_of(long)).unwrap_err();
        assert!(error.to_string().contains("is damaged"), "{error}");
        let again = map.get(&key_of(short));
        assert_eq!(again.is_ok(), first.is_ok());
        crafted += 1;
    }
    crafted
}
