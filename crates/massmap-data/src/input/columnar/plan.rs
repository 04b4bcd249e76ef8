//! Which columns are key and value, and what these are in a map.

use std::collections::HashSet;

use anyhow::{Context, anyhow, bail};
use arrow_schema::{DataType, Field, Fields as Columns};
use massmap_format::Schema;

use super::column::convert::{self, Target};
use super::names::kept;
use super::types::{self, merge, unhashable};
use crate::excerpt;
use crate::input::record::names::split;
use crate::input::settings::InputSettings;
use crate::input::settings::column_rules::{ColumnRules, Nulls, Times, ValueShape};
use crate::input::settings::lost_names;

/// What is read of tables with typed columns.
#[derive(Debug, Clone)]
pub(in crate::input) struct Plan {
    pub(super) key: Part,
    pub(super) value: Part,
    pub(super) rules: ColumnRules,
    /// Names of all columns, if all but the key are the value.
    all: Option<Vec<String>>,
    /// Name of the input that decided.
    first: String,
}

/// A key or a value.
#[derive(Debug, Clone)]
pub(in crate::input) struct Part {
    pub(super) columns: Vec<Chosen>,
    pub(super) shape: Shape,
    pub(super) target: Option<Target>,
}

/// A column, or a field inside of one.
#[derive(Debug, Clone)]
pub(crate) struct Chosen {
    /// The name of the column, and those of the fields inside.
    pub(crate) path: Vec<String>,
    /// What it is called as a field of a struct.
    pub(crate) name: &'static str,
    pub(crate) schema: Schema,
}

/// What the columns of a key or a value make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// The one column is it.
    Single,
    Struct,
    Tuple,
}

impl Plan {
    /// Chooses the columns of an input, whose name is `first`: those that the settings name, or the first one as key and all others
    /// as value.
    ///
    /// # Errors
    ///
    /// Fails if a column is missing or ambiguous, or cannot be what it is chosen for.
    pub(super) fn choose(columns: &Columns, settings: &InputSettings, first: String) -> anyhow::Result<Self> {
        let rules = settings.column_rules;
        let key_paths = match &settings.fields.key {
            Some(key) => resolve(key, columns)?,
            None => {
                let first = columns.first().context("it has no columns")?;
                vec![find(first.name(), columns)?]
            }
        };
        let mut all = None;
        let value_paths = match &settings.fields.value {
            Some(value) => resolve(value, columns)?,
            None => {
                all = Some(columns.iter().map(|column| column.name().clone()).collect());
                others(columns, &key_paths)?
            }
        };
        if let Some(both) = value_paths.iter().find(|_| value_paths == key_paths) {
            bail!("{} is both key and value", excerpt::quoted(&both.join(".")));
        }
        // A null is no key: nothing of a key is optional.
        let key_rules = ColumnRules {
            nulls: Nulls::Error,
            ..rules
        };
        let key = Part {
            shape: match key_paths.len() {
                1 => Shape::Single,
                _ => Shape::Tuple,
            },
            columns: chosen(key_paths, columns, key_rules)?,
            target: only_type("--key-type", &settings.key_types)?.map(Target::Key),
        };
        let value = Part {
            shape: match (value_paths.len(), rules.value_shape) {
                (1, _) => Shape::Single,
                (_, ValueShape::Struct) => Shape::Struct,
                (_, ValueShape::Tuple) => Shape::Tuple,
            },
            columns: chosen(value_paths, columns, rules)?,
            target: only_type("--value-type", &settings.value_types)?.map(Target::Value),
        };
        let plan = Self {
            key,
            value,
            rules,
            all,
            first,
        };
        plan.key.schema()?;
        plan.value.schema()?;
        plan.check_key()?;
        Ok(plan)
    }

    /// Refuses keys that cannot be hashed.
    fn check_key(&self) -> anyhow::Result<()> {
        if self.key.target.is_some() {
            return Ok(());
        }
        for column in &self.key.columns {
            if let Some(what) = unhashable(&column.schema) {
                bail!(
                    "the column {} cannot be a key: it has {what}; choose another column with --key, or an exact type with --key-type",
                    excerpt::quoted(&column.path.join("."))
                );
            }
        }
        Ok(())
    }

    /// Checks that a later input has the same columns, in any order, and takes up where nulls may be in it.
    ///
    /// # Errors
    ///
    /// Fails if a column is missing or has another type.
    pub(super) fn join(&mut self, columns: &Columns) -> anyhow::Result<()> {
        let first = &self.first;
        if let Some(all) = &self.all {
            let names: HashSet<_> = columns.iter().map(|column| column.name()).collect();
            let expected: HashSet<_> = all.iter().collect();
            let lacks: Vec<_> = all.iter().filter(|name| !names.contains(name)).collect();
            let has = columns.iter().map(|column| column.name());
            let has: Vec<_> = has.filter(|name| !expected.contains(name)).collect();
            let shown = |names: &[&String]| excerpt::list(names.iter().map(|name| name.as_str()));
            let differences = match (&*lacks, &*has) {
                ([], []) => None,
                (lacks, []) => Some(format!("it lacks {}", shown(lacks))),
                ([], has) => Some(format!("it has {} in addition", shown(has))),
                (lacks, has) => Some(format!(
                    "it lacks {} and has {} instead",
                    shown(lacks),
                    shown(has)
                )),
            };
            if let Some(differences) = differences {
                bail!(
                    "its columns are not those of {first}: {differences}; --value chooses those that all have"
                );
            }
        }
        let nulls = [Nulls::Error, self.rules.nulls];
        for (part, nulls) in [&mut self.key, &mut self.value].into_iter().zip(nulls) {
            let rules = ColumnRules { nulls, ..self.rules };
            for column in &mut part.columns {
                let name = || excerpt::quoted(&column.path.join("."));
                let schema = schema_at(&column.path, columns, rules)
                    .with_context(|| format!("its columns are not those of {first}"))?;
                column.schema = match merge(&column.schema, &schema) {
                    Some(merged) => merged,
                    None => bail!(
                        "its column {} is {schema:.100}, but that of {first} is {:.100}",
                        name(),
                        column.schema
                    ),
                };
            }
        }
        Ok(())
    }

    /// Checks that a file keeps the names of all fields of structs.
    ///
    /// # Errors
    ///
    /// Fails if it does not.
    pub(super) fn check_names(&self) -> anyhow::Result<()> {
        lost_names::check(&self.key.schema()?, "key")?;
        lost_names::check(&self.value.schema()?, "value")
    }

    /// The columns of key and value.
    pub(super) fn chosen(&self) -> impl Iterator<Item = &Chosen> {
        self.key.columns.iter().chain(&self.value.columns)
    }
}

impl Part {
    /// What it is in a map.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be what the user asks for.
    pub(super) fn schema(&self) -> anyhow::Result<Schema> {
        if let Some(target) = self.target {
            let schema = convert::schema(target, self.shape == Shape::Single)?;
            let is_optional =
                matches!(&*self.columns, [column] if matches!(column.schema, Schema::Option(_)));
            return Ok(match is_optional && schema != Schema::Any {
                true => Schema::Option(Box::new(schema)),
                false => schema,
            });
        }
        let schemas = self.columns.iter().map(|column| column.schema.clone());
        Ok(match self.shape {
            Shape::Single => schemas.into_iter().next().unwrap_or_default(),
            Shape::Tuple => Schema::Tuple(schemas.collect()),
            Shape::Struct => Schema::Struct {
                fields: self
                    .columns
                    .iter()
                    .map(|column| (column.name.into(), column.schema.clone()))
                    .collect(),
                is_map: false,
            },
        })
    }
}

/// The type that is given, if one is.
fn only_type<T: Copy>(option: &str, types: &[T]) -> anyhow::Result<Option<T>> {
    match types {
        [] => Ok(None),
        [only] => Ok(Some(*only)),
        several => bail!(
            "{option} has {} types, but several columns of Parquet and Arrow have their own: leave it out",
            several.len()
        ),
    }
}

/// The column at `path`, for values that are of `schema` in a map. Times are numbers where those are, and nulls are kept.
///
/// # Errors
///
/// Fails if there is no such column, or it has a type that maps do not have.
pub(crate) fn chosen_for(
    schema: &Schema,
    path: Vec<String>,
    columns: &Columns,
) -> anyhow::Result<(Chosen, ColumnRules)> {
    let times = match schema {
        Schema::Integer(_) => Times::Integer,
        _ => Times::Text,
    };
    let rules = ColumnRules {
        nulls: Nulls::Keep,
        times,
        ..ColumnRules::default()
    };
    let column = Chosen {
        name: kept(path.last().map_or("", String::as_str)),
        schema: schema_at(&path, columns, rules)?,
        path,
    };
    Ok((column, rules))
}

/// The columns with their schemas.
///
/// # Errors
///
/// Fails if one is there twice, or has a type that maps do not have.
fn chosen(paths: Vec<Vec<String>>, columns: &Columns, rules: ColumnRules) -> anyhow::Result<Vec<Chosen>> {
    let mut lasts = HashSet::new();
    let are_distinct = paths.iter().all(|path| lasts.insert(path.last()));
    let mut names = HashSet::new();
    let chosen = paths.iter().map(|path| {
        let name = match (are_distinct, path.last()) {
            (true, Some(last)) => kept(last),
            _ => kept(&path.join(".")),
        };
        if !names.insert(name) {
            bail!("the column {} is chosen twice", excerpt::quoted(name));
        }
        Ok(Chosen {
            name,
            schema: schema_at(path, columns, rules)?,
            path: path.clone(),
        })
    });
    chosen.collect()
}

/// What the values at a path are. They are optional if any step may be null.
fn schema_at(path: &[String], columns: &Columns, rules: ColumnRules) -> anyhow::Result<Schema> {
    let shown = || excerpt::quoted(&path.join("."));
    let mut inside = columns;
    let mut is_optional = false;
    let mut steps = path.iter().peekable();
    while let Some(step) = steps.next() {
        let field = only(step, inside)?;
        is_optional |= field.is_nullable();
        if steps.peek().is_some() {
            inside = match field.data_type() {
                DataType::Struct(fields) => fields,
                _ => bail!(
                    "there is no column {}: {} has no fields",
                    shown(),
                    excerpt::quoted(step)
                ),
            };
            continue;
        }
        let field = field.clone().with_nullable(is_optional);
        return types::schema(&field, rules)
            .with_context(|| format!("the column {} cannot be used", shown()));
    }
    bail!("there is no column {}", shown())
}

/// The only field of a name.
fn only<'a>(name: &str, columns: &'a Columns) -> anyhow::Result<&'a Field> {
    let mut alike = columns.iter().filter(|column| column.name() == name);
    match (alike.next(), alike.next()) {
        (Some(column), None) => Ok(column),
        (None, _) => Err(missing(name, columns)),
        (Some(_), Some(_)) => Err(anyhow!(
            "there are two columns {}: rename one of them",
            excerpt::quoted(name)
        )),
    }
}

/// The columns that an option names: one, or several separated by commas.
///
/// # Errors
///
/// Fails if one is missing.
pub(crate) fn resolve(names: &str, columns: &Columns) -> anyhow::Result<Vec<Vec<String>>> {
    // A name may contain commas itself.
    match find(names, columns) {
        Ok(path) => Ok(vec![path]),
        Err(error) if !names.contains(',') => Err(error),
        Err(_) => split(names).iter().map(|name| find(name, columns)).collect(),
    }
}

/// The column of a name, or the field inside a column that is named by both with a dot between.
fn find(name: &str, columns: &Columns) -> anyhow::Result<Vec<String>> {
    let known = |name: &str| columns.iter().any(|column| column.name() == name);
    if known(name) {
        only(name, columns)?;
        return Ok(vec![name.to_owned()]);
    }
    // Names may contain dots, too: the longest column counts.
    for (dot, _) in name.rmatch_indices('.') {
        let (outer, inner) = (name.get(..dot), name.get(dot + 1..));
        if let (Some(outer), Some(inner)) = (outer, inner)
            && known(outer)
        {
            let fields = match only(outer, columns)?.data_type() {
                DataType::Struct(fields) => fields,
                _ => bail!("the column {} has no fields", excerpt::quoted(outer)),
            };
            let inner = find(inner, fields).with_context(|| format!("in {}", excerpt::quoted(outer)))?;
            return Ok([vec![outer.to_owned()], inner].concat());
        }
    }
    Err(missing(name, columns))
}

fn missing(name: &str, columns: &Columns) -> anyhow::Error {
    let name = excerpt::quoted(name);
    match columns.is_empty() {
        true => anyhow!("there is no column {name}: the table has no columns"),
        false => anyhow!("there is no column {name} among {}", list(columns)),
    }
}

/// All columns but those of the key.
fn others(columns: &Columns, keys: &[Vec<String>]) -> anyhow::Result<Vec<Vec<String>>> {
    let is_key = |name: &String| {
        keys.iter()
            .any(|key| matches!(key.as_slice(), [only] if only == name))
    };
    let others: Vec<_> = columns
        .iter()
        .map(|column| column.name())
        .filter(|name| !is_key(name))
        .collect();
    if others.is_empty() {
        bail!(
            "there is no column for the value: it has only {}; --value chooses one",
            list(columns)
        );
    }
    let mut seen = HashSet::new();
    if let Some(twice) = others.iter().find(|name| !seen.insert(**name)) {
        let twice = excerpt::quoted(twice);
        bail!("there are two columns {twice}; choose the value with --value");
    }
    Ok(others.into_iter().map(|name| vec![name.clone()]).collect())
}

fn list(columns: &Columns) -> String {
    excerpt::list(columns.iter().map(|column| column.name().as_str()))
}

#[cfg(test)]
mod tests;
