//! Keys that are hashed as a file tells.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use massmap_format::{EntryTypes, Schema};
use serde::{Serialize, Serializer};

use super::hash::{feed, is_told};
use super::schema::StaticSchema;
use super::serialize::serialize;
use crate::codec::EncodedError;
use crate::codec::dynamic::key::feed_named;
use crate::codec::dynamic::{Key, KeyError, Type, Value};
use crate::codec::schema::{SchemaMismatch, check_encoded};

/// What the keys of a file are, and how they are hashed. Clones share it.
#[derive(Clone, PartialEq, Eq)]
pub struct KeySchema {
    schema: StaticSchema,
    hashing: Arc<Hashing>,
}

/// How keys are hashed.
#[derive(PartialEq, Eq)]
enum Hashing {
    /// By what is stored of them.
    Stored,
    /// As the Rust type does that the file names.
    Named(Type),
}

impl KeySchema {
    /// That of the keys of a file, which says `types` of its entries, or nothing, as files of format 1 do. `type_name` is the name of the
    /// type of keys in the file; empty if it has none.
    ///
    /// # Errors
    ///
    /// [`KeyError::CustomHash`] or [`KeyError::UnknownType`] if the file does not tell how its keys are hashed.
    pub fn of_file(types: Option<&EntryTypes>, type_name: &str) -> Result<Self, KeyError> {
        let named = Type::parse(type_name);
        let (schema, hashing) = match types {
            Some(types) if types.canonical_keys => {
                if !is_told(&types.key) {
                    let type_name = types.key.to_string();
                    return Err(KeyError::UnknownType { type_name });
                }
                (types.key.clone(), Hashing::Stored)
            }
            // The name may tell more than what is stored.
            Some(types) if named.can_be_key() => (types.key.clone(), Hashing::Named(named)),
            Some(types) => {
                let type_name = match type_name {
                    "" => types.key.to_string(),
                    name => name.to_owned(),
                };
                return Err(KeyError::CustomHash { type_name });
            }
            None => {
                named.check_is_known()?;
                (named.schema().unwrap_or(Schema::Any), Hashing::Named(named))
            }
        };
        Ok(Self {
            schema: StaticSchema::new(schema),
            hashing: Arc::new(hashing),
        })
    }

    /// What the keys are.
    #[must_use]
    pub fn schema(&self) -> &StaticSchema {
        &self.schema
    }
}

impl fmt::Debug for KeySchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeySchema({})", self.schema)
    }
}

/// A key that is serialized as its schema says, like a [`TypedValue`](super::TypedValue), and hashes as its Rust type does in the program
/// that wrote the file.
///
/// ```
/// use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
///
/// use massmap_core::dynamic::{KeySchema, TypedKey, Value};
///
/// let schema = KeySchema::of_file(None, "(u32, alloc::string::String)")?;
/// let key = TypedKey::new(&schema, &Value::from((7, "seven")))?;
/// assert_eq!(key.as_bytes(), b"\x92\x07\xa5seven");
/// let hash_function = BuildHasherDefault::<DefaultHasher>::default();
/// assert_eq!(hash_function.hash_one(&key), hash_function.hash_one((7u32, "seven")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct TypedKey {
    schema: KeySchema,
    /// A key that the schema describes.
    encoded: Box<[u8]>,
}

impl TypedKey {
    /// The key, if it has this schema. The value is taken as by [`TypedValue::new`](super::TypedValue::new).
    ///
    /// # Errors
    ///
    /// A [`SchemaMismatch`].
    pub fn new(schema: &KeySchema, value: &Value) -> Result<Self, SchemaMismatch> {
        let encoded = super::encode::encode(schema.schema.as_schema(), value)?.into();
        Self::checked(schema, encoded)
    }

    /// The key that is encoded in MessagePack as `encoded`, if it has this schema.
    ///
    /// # Errors
    ///
    /// An [`EncodedError`].
    pub fn encoded(schema: &KeySchema, encoded: Box<[u8]>) -> Result<Self, EncodedError> {
        check_encoded(schema.schema.as_schema(), &encoded)?;
        Ok(Self::checked(schema, encoded)?)
    }

    /// The key, of which the schema has been checked. The type that the file names may have fewer values, such as no 0.
    fn checked(schema: &KeySchema, encoded: Box<[u8]>) -> Result<Self, SchemaMismatch> {
        if let Hashing::Named(named) = &*schema.hashing
            && let Err(error) = named.key(Key::encoded(&encoded))
        {
            return Err(SchemaMismatch::instead_of(
                format_args!("a key of the type {named:.120}"),
                format_args!("another value ({error})"),
            ));
        }
        Ok(Self {
            schema: schema.clone(),
            encoded,
        })
    }

    /// What it is.
    #[must_use]
    pub fn schema(&self) -> &KeySchema {
        &self.schema
    }

    /// The key in MessagePack.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.encoded
    }
}

impl Serialize for TypedKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(self.schema.schema.as_schema(), &self.encoded, serializer)
    }
}

impl Hash for TypedKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        const CHECKED: &str = "checked when it was made";
        match &*self.schema.hashing {
            Hashing::Stored => {
                feed(self.schema.schema.as_schema(), &self.encoded, state).expect(CHECKED);
            }
            Hashing::Named(named) => feed_named(named, &self.encoded, state).expect(CHECKED),
        }
    }
}

/// Of keys of one file.
impl PartialEq for TypedKey {
    fn eq(&self, other: &Self) -> bool {
        self.encoded == other.encoded
    }
}

impl Eq for TypedKey {}

impl fmt::Debug for TypedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { schema, encoded } = self;
        let schema = schema.schema();
        write!(f, "TypedKey({} of the type {schema})", encoded.escape_ascii())
    }
}
