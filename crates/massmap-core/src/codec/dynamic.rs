//! Keys and values whose types are known only when the program runs.
//!
//! A typed map hashes and decodes keys by their Rust type. Tools, and programs in other languages, have only the type's name,
//! which the file says. [`Type`] understands the names of the types that are used as keys most: integers, strings, booleans,
//! characters, and sequences, tuples and optional values of these. It hashes a key as its Rust type does, so that lookups find
//! what Rust programs have written, and tells whether a stored key is the one that is sought.
//!
//! [`Value`] holds any key or value, as a `serde_json::Value` holds any JSON. [`TypedKey`] and [`TypedValue`] are serialized as the Rust
//! types with a schema are, so that entries of a file can be written again without these.
//!
//! ```
//! use massmap_core::dynamic::{Type, Value};
//! # use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
//!
//! let hash_function = BuildHasherDefault::<DefaultHasher>::default();
//! let key_type = Type::parse("(u32, alloc::string::String)");
//! let value = Value::from((7, "seven"));
//! let key = key_type.key(&value)?;
//! assert_eq!(key.as_bytes(), b"\x92\x07\xa5seven");
//! assert_eq!(hash_function.hash_one(&key), hash_function.hash_one((7u32, "seven")));
//! assert!(key.is_same(b"\x92\xcc\x07\xa5seven")?);
//! assert_eq!(key_type.decode(key.as_bytes(), 1 << 20)?, value);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod key;
mod tokens;
mod typed;
mod types;
mod value;

pub use super::memory::OutOfMemory;
pub use super::schema::{EncodedError, SchemaMismatch, SchemaStep};
pub use error::{KeyError, ValueError};
pub use key::{EncodedKey, Key};
pub use tokens::{Token, Tokens};
pub use typed::{KeySchema, StaticSchema, TypedKey, TypedValue, has_structs};
pub use types::Type;
pub use value::{Integer, Value};
