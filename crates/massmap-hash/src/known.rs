//! One loader for all built-in hash functions.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::{FixedState, FoldHasher};
use massmap_format::MassMapHashConfig;

use crate::{
    HashError, MassMapDefaultHashLoader, MassMapHashLoader, Xxh3BuildHasher, Xxh3HashLoader, Xxh3Hasher,
};

/// Loads the built-in hash function that a file names: `foldhash` or `xxh3`.
///
/// For programs that open files of either kind. It costs each lookup one well-predicted branch.
#[derive(Debug, Default, Clone, Copy)]
pub struct KnownHashLoader;

impl KnownHashLoader {
    /// Names of the hash functions that this loader knows.
    pub const NAMES: [&'static str; 2] = [MassMapDefaultHashLoader::NAME, Xxh3HashLoader::NAME];
}

impl MassMapHashLoader for KnownHashLoader {
    type BuildHasher = KnownBuildHasher;

    fn load(config: &MassMapHashConfig) -> std::io::Result<KnownBuildHasher> {
        match config.name.as_str() {
            MassMapDefaultHashLoader::NAME => {
                MassMapDefaultHashLoader::load(config).map(KnownBuildHasher::Foldhash)
            }
            Xxh3HashLoader::NAME => Xxh3HashLoader::load(config).map(KnownBuildHasher::Xxh3),
            _ => {
                let known = Self::NAMES.map(str::to_owned).to_vec();
                Err(HashError::UnknownHash {
                    name: config.name.clone(),
                    known,
                }
                .into())
            }
        }
    }
}

/// The hash function that [`KnownHashLoader`] loads.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum KnownBuildHasher {
    /// `foldhash`.
    Foldhash(FixedState),
    /// `xxh3`.
    Xxh3(Xxh3BuildHasher),
}

impl BuildHasher for KnownBuildHasher {
    type Hasher = KnownHasher;

    #[inline]
    fn build_hasher(&self) -> KnownHasher {
        KnownHasher(match self {
            Self::Foldhash(state) => State::Foldhash(state.build_hasher()),
            Self::Xxh3(state) => State::Xxh3(state.build_hasher()),
        })
    }

    #[inline]
    fn hash_one<T: std::hash::Hash>(&self, key: T) -> u64 {
        // One branch for the whole key, not one for each piece of it.
        match self {
            Self::Foldhash(state) => state.hash_one(key),
            Self::Xxh3(state) => state.hash_one(key),
        }
    }
}

/// The state of one hash by [`KnownBuildHasher`].
#[derive(Clone)]
pub struct KnownHasher(State);

#[derive(Clone)]
#[expect(clippy::large_enum_variant, reason = "it lives on the stack, for one hash")]
enum State {
    Foldhash(FoldHasher<'static>),
    Xxh3(Xxh3Hasher),
}

impl std::fmt::Debug for KnownHasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KnownHasher").finish_non_exhaustive()
    }
}

/// Forwards each method, so that each hasher gets the same calls as it would alone.
macro_rules! forward {
    ($($method:ident($type:ty)),* $(,)?) => {
        $(
            #[inline]
            fn $method(&mut self, value: $type) {
                match &mut self.0 {
                    State::Foldhash(hasher) => hasher.$method(value),
                    State::Xxh3(hasher) => hasher.$method(value),
                }
            }
        )*
    };
}

impl Hasher for KnownHasher {
    forward! {
        write(&[u8]),
        write_u8(u8), write_u16(u16), write_u32(u32), write_u64(u64), write_u128(u128), write_usize(usize),
        write_i8(i8), write_i16(i16), write_i32(i32), write_i64(i64), write_i128(i128), write_isize(isize),
    }

    #[inline]
    fn finish(&self) -> u64 {
        match &self.0 {
            State::Foldhash(hasher) => hasher.finish(),
            State::Xxh3(hasher) => hasher.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_name_loads_its_function() {
        let key = (
            "key",
            1u8,
            2u16,
            3u32,
            4u64,
            5u128,
            -1i8,
            -2i16,
            [-3isize],
            Some('x'),
        );
        let config = |name: &str| MassMapHashConfig {
            name: name.to_owned(),
            parameters: json!({ "seed": 7 }),
        };

        let known = KnownHashLoader::load(&config("foldhash")).unwrap();
        let own = MassMapDefaultHashLoader::load(&config("foldhash")).unwrap();
        assert_eq!(known.hash_one(key), own.hash_one(key));
        assert_eq!(hash_in_pieces(&known, &key), own.hash_one(key));

        let known = KnownHashLoader::load(&config("xxh3")).unwrap();
        let own = Xxh3HashLoader::load(&config("xxh3")).unwrap();
        assert_eq!(known.hash_one(key), own.hash_one(key));
        assert_eq!(hash_in_pieces(&known, &key), own.hash_one(key));
    }

    #[expect(
        clippy::manual_hash_one,
        reason = "`hash_one` is overridden; this tests the default path"
    )]
    fn hash_in_pieces(state: &impl BuildHasher, key: &impl std::hash::Hash) -> u64 {
        let mut hasher = state.build_hasher();
        key.hash(&mut hasher);
        hasher.finish()
    }

    #[test]
    fn an_unknown_name_is_refused_with_a_list_of_the_known_ones() {
        let config = MassMapHashConfig {
            name: "md5".to_owned(),
            parameters: json!({ "seed": 0 }),
        };
        let error = KnownHashLoader::load(&config).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
        let message = error.to_string();
        for name in ["md5", "foldhash", "xxh3"] {
            assert!(message.contains(&format!("{name:?}")), "{message}");
        }
    }

    #[test]
    fn every_listed_name_loads() {
        for name in KnownHashLoader::NAMES {
            let config = MassMapHashConfig {
                name: name.to_owned(),
                parameters: json!({ "seed": 1 }),
            };
            KnownHashLoader::load(&config).unwrap();
        }
    }
}
