//! Names of types in files.

use massmap::{BytesReader, FormatVersion, MassMapBuilder, MassMapInner};
use support::variants::{MODES, build_in};

/// Takes the place of a `u64`.
#[derive(Clone, serde::Serialize)]
struct Standing(u64);

#[test]
fn values_that_replace_others_give_the_same_file_if_they_take_their_type_name() {
    let real: Vec<_> = (0..500u64).map(|n| (n, n * n)).collect();
    let standing: Vec<_> = real.iter().map(|(key, value)| (*key, Standing(*value))).collect();
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let builder = MassMapBuilder::default()
            .with_format(format)
            .with_type_names(true);
        for mode in MODES {
            let expected = build_in(mode, builder.clone(), &real).unwrap();
            let named = builder.clone().with_value_type_name("u64");
            assert!(build_in(mode, named, &standing).unwrap() == expected, "{mode:?}");
            // Otherwise the name of the type is the difference.
            let unnamed = build_in(mode, builder.clone(), &standing).unwrap();
            let map = MassMapInner::<_>::load(BytesReader::new(unnamed)).unwrap();
            assert_eq!(map.meta.value_type, std::any::type_name::<Standing>());
            assert_eq!(map.meta.key_type, "u64");
        }
    }
}

#[test]
fn files_of_format_2_have_no_names_of_types_unless_asked_and_are_the_same_for_types_stored_alike() {
    let real: Vec<_> = (0..500u64).map(|n| (n, n * n)).collect();
    let standing: Vec<_> = real.iter().map(|(key, value)| (*key, Standing(*value))).collect();
    let builder = MassMapBuilder::default().with_format(FormatVersion::V2);
    for mode in MODES {
        let expected = build_in(mode, builder.clone(), &real).unwrap();
        assert!(
            build_in(mode, builder.clone(), &standing).unwrap() == expected,
            "{mode:?}"
        );
        let map = MassMapInner::<_>::load(BytesReader::new(expected)).unwrap();
        assert!(!map.has_type_names());
        assert_eq!((&*map.meta.key_type, &*map.meta.value_type), ("u64", "u64"));
        assert_eq!(map.entry_types().unwrap().value.to_string(), "u64");
    }
    // Format 1 always has them.
    let without = MassMapBuilder::default().with_type_names(false);
    build_in(MODES[0], without, &real).unwrap_err();
}

#[test]
fn a_name_can_be_any_string_and_the_last_one_counts() {
    for name in ["", "a type of another language", "\u{9b}é"] {
        let builder = MassMapBuilder::default()
            .with_value_type_name("before")
            .with_value_type_name(name);
        let file = build_in(MODES[0], builder, &[(1u8, 2u8)]).unwrap();
        let map = MassMapInner::<_>::load(BytesReader::new(file)).unwrap();
        assert_eq!(map.meta.value_type, name);
        assert_eq!(map.cast::<u8, u8>().get(&1).unwrap(), Some(2));
    }
}
