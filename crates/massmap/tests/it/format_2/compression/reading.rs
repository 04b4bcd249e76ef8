//! Reading compressed values in every way, and settings.

use std::collections::BTreeMap;
use std::io::ErrorKind;

use massmap::{
    Compression, DirectFile, FormatVersion, MappedFile, MassMap, MassMapBuilder, MassMapDefaultHashLoader,
    MassMapReader, OpenOptions, WriteError,
};
use massmap_format::EntryLayout;
use rayon::iter::ParallelIterator;
use support::cause;
use support::files::format_2::{layout_of, paged, small_pages};
use support::files::{build, open, try_build};

use super::super::properties::assert_answers;
use super::{Document, dictionary, documents, noise, zstd};

type Default = MassMapDefaultHashLoader;

#[test]
fn values_of_every_shape_come_back() {
    let absent = "absent".to_owned();
    let absent = std::slice::from_ref(&absent);
    for compression in [
        zstd(),
        zstd().with_dictionary(dictionary()),
        zstd().with_dictionary_size(0),
    ] {
        let builder = || small_pages().with_compression(compression.clone());
        assert_answers::<Default, _, _>(&build(builder(), &documents(0..300)), &documents(0..300), absent);
        let key = |number: usize| format!("key {number}");
        let texts: Vec<_> = [0, 1, 15, 16, 17, 250, 300, 5_000, 70_000, 2_000_000]
            .into_iter()
            .enumerate()
            .flat_map(|(number, length)| {
                [
                    (key(3 * number), "a".repeat(length)),
                    (key(3 * number + 1), noise(length, number as u64)),
                    (key(3 * number + 2), noise(length / 2, 7) + &noise(length / 2, 7)),
                ]
            })
            .collect();
        assert_answers::<Default, _, _>(&build(builder(), &texts), &texts, absent);
        let nested: Vec<_> = (0..40)
            .map(|number| {
                let inner = (0..number).map(|i| (format!("field {i}"), Some(vec![(i as u64, -1i8); i % 5])));
                (key(number), inner.collect::<BTreeMap<_, _>>())
            })
            .collect();
        assert_answers::<Default, _, _>(&build(builder(), &nested), &nested, absent);
        let units: Vec<_> = (0..100).map(|number| (key(number), ())).collect();
        let file = build(builder(), &units);
        assert_eq!(layout_of(&file), EntryLayout::Compressed, "strings as keys");
        assert_answers::<Default, _, _>(&file, &units, absent);
    }
}

#[test]
fn every_reader_gives_the_same_values() {
    let entries = documents(0..400);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("documents.massmap");
    let builder = paged().with_compression(zstd()).with_miss_filter(true);
    builder.build_to_path(&path, entries.iter()).unwrap();

    fn check<R: MassMapReader + Sync>(reader: R, entries: &[(String, Document)]) {
        let map = MassMap::<String, Document, R>::load(reader).unwrap();
        for (key, value) in entries {
            assert_eq!(map.get(key).unwrap().as_ref(), Some(value));
            let encoded = rmp_serde::to_vec(value).unwrap();
            assert_eq!(map.get_with(key, |found| found == encoded).unwrap(), Some(true));
        }
        // The first key twice.
        let keys = || entries.iter().map(|(key, _)| key).chain([&entries[0].0]);
        let found = map.batch_get::<String>(keys()).unwrap();
        assert!(found.iter().zip(keys()).all(|(found, key)| {
            let expected = entries
                .iter()
                .find(|(other, _)| other == key)
                .map(|(_, value)| value);
            found.as_ref() == expected
        }));
        let mut lengths = 0;
        map.batch_get_with::<String>(keys(), |_, value| {
            lengths += value.map_or(0, <[u8]>::len);
            Ok(())
        })
        .unwrap();
        let expected = keys().map(|key| {
            let (_, value) = entries.iter().find(|(other, _)| other == key).unwrap();
            rmp_serde::to_vec(value).unwrap().len()
        });
        assert_eq!(lengths, expected.sum::<usize>());
        let mut sorted = entries.to_vec();
        sorted.sort_by(|a, b| a.0.cmp(&b.0));
        let mut all = map.iter().collect::<std::io::Result<Vec<_>>>().unwrap();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        assert!(all == sorted);
        let mut all = map.par_iter().collect::<std::io::Result<Vec<_>>>().unwrap();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        assert!(all == sorted);
        assert_eq!(map.values().filter(Result::is_ok).count(), entries.len());
        assert!(map.verify().is_ok());
        let untyped = OpenOptions::default()
            .open_untyped_reader(map.into_inner().reader)
            .unwrap();
        for (key, value) in entries {
            assert_eq!(
                untyped.get_as::<Document>(key.as_str()).unwrap().as_ref(),
                Some(value)
            );
            assert!(untyped.get(key.as_str()).unwrap().is_some());
        }
        assert_eq!(untyped.iter().filter(Result::is_ok).count(), entries.len());
        assert!(untyped.verify().is_ok());
    }
    check(std::fs::File::open(&path).unwrap(), &entries);
    #[expect(unsafe_code, reason = "nothing changes the file")]
    // SAFETY: the file is in a directory of this test, which does not change it.
    check(unsafe { MappedFile::open(&path) }.unwrap(), &entries);
    #[cfg(target_os = "linux")]
    if let Ok(direct) = DirectFile::open(&path) {
        check(direct, &entries);
    }
    #[cfg(target_os = "linux")]
    check(
        massmap::UringFile::new(std::fs::File::open(&path).unwrap()),
        &entries,
    );
}

#[test]
fn nothing_is_borrowed_from_compressed_values() {
    let entries: Vec<_> = (0..100)
        .map(|i| (format!("key {i}"), "text ".repeat(i + 10)))
        .collect();
    let file = build(paged().with_compression(zstd()), &entries);
    let map = open::<Default, String, String>(&file);
    for (key, value) in &entries {
        assert_eq!(map.get_ref::<_, String>(key).unwrap().as_ref(), Some(value));
        assert_eq!(map.try_get_ref::<_, String>(key).unwrap().as_ref(), Some(value));
        let error = map.get_ref::<_, &str>(key).unwrap_err();
        assert!(error.to_string().contains("get_with"), "{error}");
    }
    let keys = || entries.iter().map(|(key, _)| key);
    let mut found = 0;
    map.batch_get_ref::<String, String>(keys(), |number, value| {
        found += usize::from(value.as_ref() == Some(&entries[number].1));
        Ok(())
    })
    .unwrap();
    assert_eq!(found, entries.len());
    map.batch_get_ref::<String, &str>(keys(), |_, _| Ok(()))
        .unwrap_err();
}

#[test]
fn a_lookup_within_a_lookup_sees_its_own_value() {
    let entries = documents(0..50);
    let map = open::<Default, String, Document>(&build(paged().with_compression(zstd()), &entries));
    let encoded = |number: usize| rmp_serde::to_vec(&entries[number].1).unwrap();
    let both = map.get_with(&entries[3].0, |outer| {
        let inner = map.get_with(&entries[4].0, <[u8]>::to_vec).unwrap().unwrap();
        (outer.to_vec(), inner)
    });
    assert_eq!(both.unwrap(), Some((encoded(3), encoded(4))));
}

#[test]
fn settings_that_no_file_can_have_are_refused() {
    let refused = |builder: MassMapBuilder| try_build(builder, &documents(0..3)).unwrap_err();
    for level in [i32::MIN, -1, 0, 23, i32::MAX] {
        let error = refused(paged().with_compression(zstd().with_level(level)));
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(matches!(cause(&error), WriteError::CompressionLevel { level: found } if *found == level));
    }
    for compression in [
        zstd().with_dictionary_size((16 << 20) + 1),
        zstd().with_dictionary(vec![0; (16 << 20) + 1]),
    ] {
        let error = refused(paged().with_compression(compression));
        assert!(
            matches!(cause(&error), WriteError::DictionaryTooLong { .. }),
            "{error}"
        );
    }
    let damaged = zstd().with_dictionary(*b"\x37\xa4\x30\xec\x01\0\0\0no tables");
    let error = refused(paged().with_compression(damaged));
    assert!(matches!(cause(&error), WriteError::UnusableDictionary), "{error}");
    let format_1 = || MassMapBuilder::default().with_format(FormatVersion::V1);
    let error = refused(format_1().with_compression(zstd()));
    assert!(
        matches!(cause(&error), WriteError::NotInFormat1 { .. }),
        "{error}"
    );
    build(format_1().with_compression(Compression::none()), &documents(0..3));
}
