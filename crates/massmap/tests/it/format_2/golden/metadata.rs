//! What the metadata say besides the types of keys and values.

use massmap::{DuplicateKeys, Xxh3HashLoader};
use support::entries::strings;
use support::files::format_2::{metadata_of, small_pages_with};

use super::assert_golden;

#[test]
fn a_golden_map_with_user_metadata_is_built_and_read() {
    let builder = small_pages_with::<Xxh3HashLoader>()
        .with_user_metadata("source", "a test")
        .with_user_metadata("ключ", "значение")
        .with_user_metadata("empty", "");
    let file = assert_golden(
        "v2-user-metadata",
        builder,
        &strings(0..10),
        &["absent".to_owned()],
    );
    let user = metadata_of(&file).user;
    assert_eq!((user.len(), &*user["source"], &*user["empty"]), (3, "a test", ""));
}

#[test]
fn a_golden_map_with_names_of_types_is_built_and_read() {
    let builder = small_pages_with::<Xxh3HashLoader>().with_type_names(true);
    let file = assert_golden("v2-type-names", builder, &strings(0..10), &["absent".to_owned()]);
    let meta = metadata_of(&file).meta;
    assert_eq!(
        (&*meta.key_type, &*meta.value_type),
        ("alloc::string::String", "u32")
    );
}

#[test]
fn golden_maps_of_the_first_and_the_last_of_equal_keys_are_built_and_read() {
    let entries: Vec<(u16, String)> = (0..60).map(|i| (i % 40, format!("value {i}"))).collect();
    let builder = small_pages_with::<Xxh3HashLoader>();
    for (name, policy, kept) in [
        ("v2-duplicates-first", DuplicateKeys::First, 0..40),
        ("v2-duplicates-last", DuplicateKeys::Last, 20..60),
    ] {
        let built = support::files::build(builder.clone().with_duplicate_keys(policy), &entries);
        let file = super::assert_golden_file::<Xxh3HashLoader, _, _>(name, built, &entries[kept], &[40]);
        assert_eq!(metadata_of(&file).duplicate_keys, policy);
    }
}
