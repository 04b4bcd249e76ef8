//! Files that are replaced while they are read.

use std::io::Result;

use crate::{AsyncReader, RemoteError};

/// Checks that a reader notices that its file was replaced: `replace` is run once the reader has read, and must replace the file, of
/// at least 100 bytes, by one with other bytes.
///
/// Run it with a new file that is as long as the old one, with a shorter and with a longer one. It is for readers whose
/// [`VersionTag`](crate::VersionTag) is strong, and that keep no bytes.
///
/// # Panics
///
/// Panics if a read gives bytes of the new file, or an error that is not [`RemoteError::Changed`].
pub async fn replaced(reader: &impl AsyncReader, replace: impl Future<Output = ()>) {
    let suffix = reader.read_suffix(100).await.expect("the file is there");
    assert!(
        suffix.version.is_strong(),
        "the version is not known for sure, so that a replacement may go unnoticed"
    );
    let old = reader.read(0..50).await.expect("the range is there");
    replace.await;

    let length = suffix.file_length;
    // Twice: the reader must not take the new version for its own once it has seen it.
    for _ in 0..2 {
        for range in [0..50, 10..20, length - 10..length, 0..length] {
            let what = format!("a read of {range:?}");
            is_changed(&what, reader.read(range).await);
        }
        is_changed("a read of ranges", reader.read_many(vec![0..10, 40..60]).await);
        is_changed("a read of the suffix", reader.read_suffix(100).await);
    }
    assert_eq!(old.len(), 50, "bytes that were read stay as they are");
}

fn is_changed<T>(what: &str, read: Result<T>) {
    let Err(error) = read else {
        panic!("{what} succeeded, although the file was replaced");
    };
    let payload = error
        .get_ref()
        .and_then(|payload| payload.downcast_ref::<RemoteError>());
    assert!(
        matches!(payload, Some(RemoteError::Changed { .. })),
        "{what} failed with an error that does not tell that the file was replaced: {error}"
    );
}
