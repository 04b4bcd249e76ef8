//! Round trips of all shapes of types that serde knows: which come back equal, and which a build refuses.

mod early;
mod matrix;
mod read_back;
mod rows;
mod types;

use std::fmt::Debug;
use std::hash::Hash;
use std::io;

use massmap::{BytesReader, FormatVersion, MassMap, MassMapBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;
use support::chain;
use support::files::try_build;

/// How a map is built.
#[derive(Debug, Clone, Copy)]
struct How {
    format: FormatVersion,
    field_names: bool,
    read_back: bool,
}

impl How {
    /// Every way of building a map; those with read back come last.
    fn all() -> impl Iterator<Item = Self> {
        [false, true].into_iter().flat_map(|read_back| {
            [false, true].into_iter().flat_map(move |field_names| {
                [FormatVersion::V1, FormatVersion::V2].map(|format| Self {
                    format,
                    field_names,
                    read_back,
                })
            })
        })
    }

    fn build<K, V>(self, entries: &[(K, V)]) -> io::Result<Vec<u8>>
    where
        K: Serialize + DeserializeOwned + Hash + Eq,
        V: Serialize + DeserializeOwned,
    {
        let mut builder = MassMapBuilder::default()
            .with_format(self.format)
            .with_threads(1)
            .with_field_names(self.field_names);
        if self.format == FormatVersion::V1 {
            builder = builder.with_bucket_count(8);
        }
        if self.read_back {
            builder = builder.with_read_back::<K, V>();
        }
        try_build(builder, entries)
    }
}

/// The outcome of a round trip.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    /// The entry is found by its key, and its value is equal.
    Equal,
    /// Building fails with this message and those of its causes.
    Refused(String),
    /// A lookup gives another value, or none.
    Wrong(String),
    /// Opening the map or looking up the key fails.
    Unreadable(String),
}

/// Builds a map of one entry and looks it up.
fn outcome<K, V>(key: &K, value: &V, how: How) -> Outcome
where
    K: Serialize + DeserializeOwned + Hash + Eq + Clone + Debug,
    V: Serialize + DeserializeOwned + PartialEq + Clone + Debug,
{
    let file = match how.build(&[(key.clone(), value.clone())]) {
        Ok(file) => file,
        Err(error) => return Outcome::Refused(chain(&error)),
    };
    let found = MassMap::<K, V, _>::load(BytesReader::new(file)).and_then(|map| map.get(key));
    match found {
        Ok(Some(found)) if found == *value => Outcome::Equal,
        Ok(found) => Outcome::Wrong(format!("{found:?}")),
        Err(error) => Outcome::Unreadable(chain(&error)),
    }
}
