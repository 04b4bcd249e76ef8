//! Hash functions, and keys that are hashed in a way of their own.

use std::hash::{Hash, Hasher};

use massmap::{MassMapDefaultHashLoader, MassMapHashConfig, Xxh3HashLoader};
use serde::{Deserialize, Serialize};
use serde_json::json;
use support::entries::strings;
use support::files::format_2::{metadata_of, small_pages, small_pages_with};
use support::hash::{Constant, FnvLoader, NAME};

use super::assert_golden;

/// A text in which upper and lower case make no difference.
#[derive(Serialize, Deserialize, Debug, Clone)]
struct AnyCase(String);

impl Hash for AnyCase {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_lowercase().hash(state);
    }
}

impl PartialEq for AnyCase {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for AnyCase {}

#[test]
fn golden_maps_of_both_hash_functions_with_seeds_are_built_and_read() {
    let absent = ["absent".to_owned()];
    let entries = strings(0..60);
    let builder = small_pages().with_hash_seed(u64::MAX);
    assert_golden::<MassMapDefaultHashLoader, _, _>("v2-foldhash-seed", builder, &entries, &absent);
    let builder = small_pages_with().with_hash_seed(1 << 40);
    assert_golden::<Xxh3HashLoader, _, _>("v2-xxh3-seed", builder, &entries, &absent);
    // Integers, which the two take in otherwise than strings.
    let entries: Vec<(i64, u8)> = (0..60).map(|i| (-(1 << i), i)).collect();
    let builder = small_pages().with_hash_seed(7);
    assert_golden::<MassMapDefaultHashLoader, _, _>("v2-foldhash-integers", builder, &entries, &[1]);
}

#[test]
fn a_golden_map_of_a_hash_function_of_a_program_is_built_and_read() {
    let builder = small_pages_with::<FnvLoader>().with_hash_config(MassMapHashConfig {
        name: NAME.to_owned(),
        parameters: json!({ "basis": 0xcbf2_9ce4_8422_2325_u64, "note": [null, true, -1, 0.5] }),
    });
    assert_golden(
        "v2-own-function",
        builder,
        &strings(0..60),
        &["absent".to_owned()],
    );
}

#[test]
fn a_golden_map_of_keys_that_are_hashed_in_a_way_of_their_own_is_built_and_read() {
    let entries: Vec<_> = (0..40).map(|i| (AnyCase(format!("Key {i}")), i)).collect();
    let absent = [AnyCase("key 40".to_owned())];
    let file = assert_golden(
        "v2-own-hash",
        small_pages_with::<Xxh3HashLoader>(),
        &entries,
        &absent,
    );
    assert!(!metadata_of(&file).types.canonical_keys);
}

#[test]
fn a_golden_map_of_different_keys_with_the_same_hash_is_built_and_read() {
    let absent = ["absent".to_owned()];
    assert_golden::<Constant, _, _>("v2-same-hash", small_pages_with(), &strings(0..60), &absent);
}
