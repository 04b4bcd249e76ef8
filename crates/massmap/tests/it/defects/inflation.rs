//! Files that really have their length, and decode to many times as much.

use massmap::{BytesReader, FormatError, MassMap, MassMapInner};
use serde::Deserialize;
use support::allocations::peak_of;
use support::cause;
use support::files::format_1::{Parts, build};

#[test]
fn hash_parameters_of_many_small_values_are_refused_before_they_are_decoded() {
    for element in [
        serde_json::json!(null),
        serde_json::json!([null]),
        serde_json::json!({ "": null }),
    ] {
        let mut parts = Parts::of(&build(4, &[(1u64, 1u64)]));
        parts.meta.hash_config.parameters = serde_json::json!({ "seed": 0, "more": vec![element; 50_000] });
        let file = parts.to_file();
        let (result, peak) = peak_of(|| MassMapInner::<_>::load(BytesReader::new(&file[..])).map(drop));
        let error = result.unwrap_err();
        assert!(
            matches!(cause(&error), FormatError::HashConfigTooLong { .. }),
            "{error}"
        );
        assert!(error.to_string().len() < 1000);
        assert!(
            peak < file.len(),
            "{peak} bytes of memory were taken for {}",
            file.len()
        );
    }
}

/// Takes half a KiB when decoded, and few bytes in a malformed encoding.
#[derive(Deserialize, Debug, Clone)]
#[expect(dead_code, reason = "only decoded")]
struct Wide([[u64; 8]; 8]);

#[test]
fn no_memory_is_reserved_for_what_the_entries_of_a_bucket_could_decode_to() {
    let entries: Vec<(u8, u8)> = (0..100_000u32).map(|i| ((i % 100) as u8, 0)).collect();
    let file = build(1, &entries);
    let map = MassMap::<u8, Wide, _>::load(BytesReader::new(&file[..])).unwrap();
    let (result, peak) = peak_of(|| map.get_bucket(0).map(drop));
    result.unwrap_err();
    assert!(
        peak < 2 * file.len(),
        "{peak} bytes of memory were taken for {}",
        file.len()
    );
}
