//! Maps with keys of other types or other hashes than the file says.

use std::hash::{Hash, Hasher};
use std::io::ErrorKind;

use futures_executor::block_on;
use massmap_async::{AsyncMassMap, AsyncOpenOptions};
use massmap_core::ReadError;
use serde::{Deserialize, Serialize};

use super::file::{build, builder, squares};
use super::store::Store;

fn payload(error: &std::io::Error) -> &ReadError {
    error.get_ref().unwrap().downcast_ref().unwrap()
}

#[test]
fn keys_and_values_of_other_types_are_refused_when_the_map_is_opened() {
    let store = Store::new(squares(1000));
    let options = AsyncOpenOptions::new().first_read(512);
    block_on(async {
        let error = AsyncMassMap::<u32, u64, _>::open_with(store.reader(), &options)
            .await
            .unwrap_err();
        assert!(matches!(payload(&error), ReadError::KeyType { .. }), "{error}");
        let error = AsyncMassMap::<u64, String, _>::open_with(store.reader(), &options)
            .await
            .unwrap_err();
        assert!(
            matches!(payload(&error), ReadError::TypeDiffers { .. }),
            "{error}"
        );
    });
}

/// A string that hashes differently than it did when the file was built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct OtherHash(String);

impl Hash for OtherHash {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_uppercase().hash(state);
    }
}

#[test]
fn keys_that_hash_differently_are_an_error_and_never_missing() {
    let entries = (0..5000u32).map(|number| (format!("key {number}"), number));
    let store = Store::new(build(builder(), entries));
    block_on(async {
        // Opening has read some keys.
        let error = AsyncMassMap::<OtherHash, u32, _>::open(store.reader())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        assert!(
            matches!(payload(&error), ReadError::HashMismatch { .. }),
            "{error}"
        );

        // Opening has read none: every lookup finds out.
        let options = AsyncOpenOptions::new().first_read(512);
        let map = AsyncMassMap::<OtherHash, u32, _>::open_with(store.reader(), &options)
            .await
            .unwrap();
        for number in 0..20 {
            let error = map.get(&OtherHash(format!("key {number}"))).await.unwrap_err();
            assert!(
                matches!(payload(&error), ReadError::HashMismatch { .. }),
                "{error}"
            );
        }
        let keys = (0..20).map(|number| OtherHash(format!("key {number}")));
        let error = map.batch_get::<OtherHash>(keys).await.unwrap_err();
        assert!(
            matches!(payload(&error), ReadError::HashMismatch { .. }),
            "{error}"
        );
        let error = map.check_keys().await.unwrap_err();
        assert!(
            matches!(payload(&error), ReadError::HashMismatch { .. }),
            "{error}"
        );
    });
}

#[test]
fn a_store_that_fails_during_the_check_does_not_keep_it_from_being_made_again() {
    let entries = (0..5000u64).map(|number| (number, number));
    let store = Store::new(build(builder().with_miss_filter(true), entries));
    block_on(async {
        let options = AsyncOpenOptions::new().first_read(512);
        let map = AsyncMassMap::<u64, u64, _>::open_with(store.reader(), &options)
            .await
            .unwrap();
        *store.fail_after.lock().unwrap() = Some(0);
        let error = map.check_keys().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        for key in 10_000..10_010 {
            assert_eq!(
                map.get(&key).await.unwrap_err().kind(),
                ErrorKind::ConnectionReset
            );
        }
        *store.fail_after.lock().unwrap() = None;
        assert!(map.check_keys().await.unwrap());
        assert_eq!(map.get(&10_000).await.unwrap(), None);
    });
}
