//! Which types the columns of text have.

use std::borrow::Cow;

use anyhow::{bail, ensure};
use massmap_format::Schema;

use super::InputSettings;
use super::column_rules::ValueShape;
use super::lost_names;
use crate::excerpt;
use crate::schemas::EntrySchemas;
use crate::schemas::columns::ChosenColumns;
use crate::types::key::KeyType;
use crate::types::value::ValueType;

impl InputSettings {
    /// What entries of text are that are made of these columns: several for the key, the value or both. Without `value`, values are objects
    /// of all that is not the key.
    ///
    /// # Errors
    ///
    /// Fails if there are not as many types as columns.
    pub(in crate::input) fn schemas_of(
        &self,
        key: Vec<String>,
        value: Option<Vec<String>>,
    ) -> anyhow::Result<EntrySchemas> {
        let key_types = self.key_types_of(&key)?;
        let mut key_schemas: Vec<_> = key_types.into_iter().map(KeyType::schema).collect();
        let key_schema = match key_schemas.len() {
            1 => key_schemas.swap_remove(0),
            _ => Schema::Tuple(key_schemas),
        };
        let value_types = self.value_types_of(value.as_deref())?;
        let mut value_schemas: Vec<_> = value_types.into_iter().map(ValueType::schema).collect();
        let value_schema = match (&value, self.column_rules.value_shape) {
            (None, _) => Schema::Any,
            (Some(_), _) if value_schemas.len() == 1 => value_schemas.swap_remove(0),
            (Some(_), ValueShape::Tuple) => Schema::Tuple(value_schemas),
            (Some(names), ValueShape::Struct) => Schema::Struct {
                fields: names.iter().cloned().map(Cow::Owned).zip(value_schemas).collect(),
                is_map: false,
            },
        };
        lost_names::check(&value_schema, "value")?;
        let columns = ChosenColumns {
            key,
            value,
            has_json_cells: !self.value_types.is_empty(),
        };
        Ok(EntrySchemas::of_columns(columns, key_schema, value_schema)?)
    }

    /// Type of a column of values unless one is given.
    pub(in crate::input) fn column_type(&self) -> ValueType {
        match self.sources.iter().all(|source| source.format.name.is_table()) {
            true => ValueType::String,
            false => ValueType::Json,
        }
    }

    /// The types of the columns of a key.
    ///
    /// # Errors
    ///
    /// Fails if there are not as many types as columns.
    pub(in crate::input) fn key_types_of(&self, names: &[String]) -> anyhow::Result<Vec<KeyType>> {
        check_count("--key-type", "key", self.key_types.len(), names)?;
        Ok(of_each(&self.key_types, KeyType::Text, names))
    }

    /// The types of the columns of a value; one if the value is an object.
    ///
    /// # Errors
    ///
    /// Fails if there are not as many types as columns, or if an object would have another type than JSON.
    pub(in crate::input) fn value_types_of(
        &self,
        names: Option<&[String]>,
    ) -> anyhow::Result<Vec<ValueType>> {
        match (names, &*self.value_types) {
            (Some(names), types) => {
                check_count("--value-type", "value", types.len(), names)?;
                Ok(of_each(types, self.column_type(), names))
            }
            (None, [] | [ValueType::Json]) => Ok(vec![ValueType::Json]),
            (None, [value_type]) => bail!(
                "values of type {} come from one column: choose it with --value",
                value_type.name()
            ),
            (None, types) => bail!(
                "--value-type has {} types, but the value is an object of all that is not the key: choose its columns with --value",
                types.len()
            ),
        }
    }
}

fn of_each<T: Copy>(types: &[T], default: T, names: &[String]) -> Vec<T> {
    match types {
        [] => vec![default; names.len()],
        [one] => vec![*one; names.len()],
        each => each.to_vec(),
    }
}

fn check_count(option: &str, part: &str, types: usize, names: &[String]) -> anyhow::Result<()> {
    let list = || excerpt::list(names.iter().map(String::as_str));
    let advice = match names.len() {
        1 => "give one type",
        _ => "give one for each, or one for all",
    };
    let columns = match names.len() {
        1 => "column",
        _ => "columns",
    };
    ensure!(
        types <= 1 || types == names.len(),
        "{option} has {types} types, but the {part} has the {columns} {}: {advice}",
        list()
    );
    Ok(())
}
