//! What the keys and values of a map are, for writing them again.

use massmap_core::dynamic::{KeyError, KeySchema, StaticSchema, Type};
use massmap_format::Schema;
use massmap_hash::MassMapHashLoader;

use crate::MassMapInner;

impl<R, H: MassMapHashLoader> MassMapInner<R, H> {
    /// What the keys of the file are, and how they are hashed.
    ///
    /// # Errors
    ///
    /// [`KeyError::CustomHash`] or [`KeyError::UnknownType`] if only a program that has their type can hash them.
    pub fn key_schema(&self) -> Result<KeySchema, KeyError> {
        // Without names, there are descriptions in their place, which tell no more than the types.
        let type_name = match self.has_type_names() {
            true => self.meta.key_type.as_str(),
            false => "",
        };
        KeySchema::of_file(self.entry_types(), type_name)
    }

    /// What keys and values of the file are. In format 1 the names of their types tell it, if they do, and
    /// [`Any`](massmap_format::Schema::Any) stands for all other types.
    pub fn schemas(&self) -> [StaticSchema; 2] {
        let named = |name: &str| Type::parse(name).schema().unwrap_or(Schema::Any);
        let schemas = match self.entry_types() {
            Some(types) => [types.key.clone(), types.value.clone()],
            None => [named(&self.meta.key_type), named(&self.meta.value_type)],
        };
        schemas.map(StaticSchema::new)
    }
}
