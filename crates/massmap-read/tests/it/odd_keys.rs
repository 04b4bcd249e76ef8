//! Keys a few of which change when they are stored and read.

use serde::{Deserialize, Serialize, Serializer};

/// So many that opening checks only few of them.
pub(crate) const COUNT: u32 = 20_000;

/// Rare keys, none of which lie in the pages that opening checks.
pub(crate) fn is_rare(number: u32) -> bool {
    matches!(number, 7778 | 12_345 | 19_998)
}

pub(crate) mod before {
    use serde::Serialize;

    #[derive(Serialize, Hash, PartialEq, Eq)]
    pub(crate) enum Key {
        Number(u32),
        Text(String),
    }
}

pub(crate) mod after {
    use serde::Deserialize;

    #[derive(Deserialize, Hash, PartialEq, Eq, Debug)]
    pub(crate) enum Key {
        Number(u32),
        Point(i32, i32),
        Text(String),
    }
}

#[derive(Serialize, Deserialize, Hash, PartialEq, Eq, Debug)]
pub(crate) struct Tagged {
    pub(crate) name: String,
    #[serde(skip)]
    pub(crate) tag: u8,
}

/// `Some(None)` is encoded like `None`.
#[derive(Deserialize, Hash, PartialEq, Eq, Debug)]
pub(crate) struct Nested(pub(crate) u32, pub(crate) Option<Option<u32>>);

impl Serialize for Nested {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Like the derived implementation, which builders may refuse.
        (self.0, self.1.flatten()).serialize(serializer)
    }
}
