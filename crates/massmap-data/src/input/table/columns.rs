//! The columns of a table: which are key and value, and how later tables match the first one.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use anyhow::{anyhow, bail};

use crate::excerpt;
use crate::input::record::Fields;
use crate::input::record::names::{check_distinct, split};
use crate::schemas::columns::ChosenColumns;

/// Most columns of a table, so that a line of delimiters does not take more memory than other lines.
pub(crate) const LIMIT: usize = 1 << 20;

/// The columns of a table, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::input) struct Columns {
    /// Names, or numbers. Shared, since each may be as long as a record.
    pub(in crate::input) names: Arc<Vec<String>>,
    /// Those of the key: one, or the elements of a tuple. None if they follow from a schema.
    pub(in crate::input) key: Vec<usize>,
    /// Those of the value. `None` if the value consists of all columns but those of the key.
    pub(in crate::input) value: Option<Vec<usize>>,
}

/// The columns of the first table. Later tables must match them.
#[derive(Debug, Clone)]
pub(in crate::input) struct FirstTable {
    /// Name of the input.
    pub(in crate::input) input: String,
    pub(in crate::input) columns: Columns,
}

impl Columns {
    /// Columns of which nothing is chosen.
    pub(in crate::input) fn unchosen(names: Vec<String>) -> Self {
        Self {
            names: Arc::new(names),
            key: Vec::new(),
            value: None,
        }
    }

    /// The columns of a table with these names that are `chosen` by those of other inputs.
    ///
    /// # Errors
    ///
    /// Fails if one is missing or ambiguous.
    pub(in crate::input) fn of_chosen(names: Vec<String>, chosen: &ChosenColumns) -> anyhow::Result<Self> {
        let find_all = |wanted: &Vec<String>| {
            let found = wanted.iter().map(|name| find(&names, name));
            found.collect::<anyhow::Result<Vec<_>>>()
        };
        let key = find_all(&chosen.key)?;
        let value = match &chosen.value {
            Some(value) => Some(find_all(value)?),
            None => {
                check_others(&names, &key)?;
                None
            }
        };
        Ok(Self {
            names: Arc::new(names),
            key,
            value,
        })
    }

    /// Whether key or value are made of several columns that the user chose.
    pub(in crate::input) fn are_several(&self) -> bool {
        self.key.len() > 1 || self.value.as_ref().is_some_and(|value| value.len() > 1)
    }

    /// The names of these columns.
    pub(in crate::input) fn names_of(&self, columns: &[usize]) -> Vec<String> {
        let names = columns.iter().filter_map(|column| self.names.get(*column));
        names.cloned().collect()
    }

    /// The columns that are not of the key.
    pub(in crate::input) fn others(&self) -> Vec<usize> {
        others(&self.names, &self.key)
    }

    /// Chooses the columns of key and value: those in `fields`, or the default.
    ///
    /// # Errors
    ///
    /// Fails if the choice is ambiguous.
    pub(in crate::input) fn choose(names: Vec<String>, fields: &Fields) -> anyhow::Result<Self> {
        let key = match &fields.key {
            Some(key) => resolve(&names, key)?,
            None => vec![0],
        };
        let value = match &fields.value {
            Some(value) => match resolve(&names, value)? {
                columns if columns == key => bail!("{} is both key and value", excerpt::quoted(value)),
                columns => Some(columns),
            },
            None if names.len() < 2 => bail!(
                "there is only one column, {}; if the delimiter is another, give --delimiter",
                list(&names)
            ),
            None => match others(&names, &key) {
                none if none.is_empty() => bail!(
                    "the key has all columns, {}, and none is left for the value; --value chooses some",
                    list(&names)
                ),
                other if other.len() == 1 => Some(other),
                _ => {
                    check_others(&names, &key)?;
                    None
                }
            },
        };
        Ok(Self {
            names: Arc::new(names),
            key,
            value,
        })
    }

    /// The columns of a later table with a header, which contains `names` in any order.
    ///
    /// # Errors
    ///
    /// Fails if they are not those of the first table. If the user selected the value, only key and value count.
    pub(in crate::input) fn match_names(
        first: &FirstTable,
        names: Vec<String>,
        fields: &Fields,
    ) -> anyhow::Result<Self> {
        let columns = &first.columns;
        if names == *columns.names {
            return Ok(columns.clone());
        }
        let name_of = |index: usize| columns.names.get(index).map_or("", String::as_str);
        let (lacks, has) = match (&columns.value, &fields.value) {
            (Some(value), Some(_)) => {
                let needed = columns.key.iter().chain(value).map(|index| name_of(*index));
                let there = |name: &&str| names.iter().any(|column| column == name);
                let lacks: Vec<_> = needed.filter(|name| !there(name)).collect();
                (lacks, Vec::new())
            }
            _ => (without(&columns.names, &names), without(&names, &columns.names)),
        };
        let differences = match (&*lacks, &*has) {
            ([], []) => {
                let find_all = |columns: &Vec<usize>| {
                    let found = columns.iter().map(|index| find(&names, name_of(*index)));
                    found.collect::<anyhow::Result<Vec<_>>>()
                };
                let key = find_all(&columns.key)?;
                let value = columns.value.as_ref().map(find_all).transpose()?;
                let names = Arc::new(names);
                return Ok(Self { names, key, value });
            }
            (lacks, []) => format!("it lacks {}", shown(lacks)),
            ([], has) => format!("it has {} in addition", shown(has)),
            (lacks, has) => format!("it lacks {} and has {} instead", shown(lacks), shown(has)),
        };
        Err(anyhow!(
            "its columns are not those of {}: {differences}; if it has no header, give --header first if only the first input \
             has one, or --no-header",
            first.input,
        ))
    }

    /// The columns of a later table without a header, whose first row is `cells`. `named` is whether the columns of the first
    /// table have names.
    ///
    /// # Errors
    ///
    /// Fails if the number of columns differs from the first table, or if the row contains their names, in any order.
    pub(in crate::input) fn match_count(
        first: &FirstTable,
        cells: &[&str],
        named: bool,
    ) -> anyhow::Result<Self> {
        let columns = &first.columns;
        if cells.len() != columns.names.len() {
            bail!(
                "it has {} columns, but {} has {}",
                cells.len(),
                first.input,
                columns.names.len()
            );
        }
        if named {
            let order = match is_header(cells, &columns.names) {
                None => return Ok(columns.clone()),
                Some(Order::Same) => "",
                Some(Order::Another) => ", in another order",
            };
            bail!(
                "its first line is the header of {} again{order}: give --header each if all inputs have one",
                first.input
            );
        }
        Ok(columns.clone())
    }
}

/// The order of a header, compared with another.
enum Order {
    Same,
    Another,
}

/// Whether `cells` are the `names` of the columns, and in which order.
fn is_header(cells: &[&str], names: &[String]) -> Option<Order> {
    let mut names: Vec<_> = names.iter().map(String::as_str).collect();
    if names == cells {
        return Some(Order::Same);
    }
    let mut cells = cells.to_vec();
    cells.sort_unstable();
    names.sort_unstable();
    (names == cells).then_some(Order::Another)
}

/// The columns that an option names: one, or several separated by commas.
fn resolve(names: &[String], option: &str) -> anyhow::Result<Vec<usize>> {
    // A name may contain commas itself.
    if names.iter().any(|name| name == option) {
        return Ok(vec![find(names, option)?]);
    }
    let several = split(option);
    check_distinct("column", &several)?;
    several.iter().map(|name| find(names, name)).collect()
}

/// The columns that are not of the key.
fn others(names: &[String], key: &[usize]) -> Vec<usize> {
    (0..names.len()).filter(|index| !key.contains(index)).collect()
}

/// Fails if an object of all columns but those of the key would have a member twice.
fn check_others(names: &[String], key: &[usize]) -> anyhow::Result<()> {
    let mut seen = HashSet::new();
    let mut others = (0..).zip(names).filter(|(index, _)| !key.contains(index));
    match others.find(|(_, column)| !seen.insert(*column)) {
        Some((_, twice)) => {
            let twice = excerpt::quoted(twice);
            bail!("there are two columns {twice}; choose the value with --value")
        }
        None => Ok(()),
    }
}

/// Index of the only column of this name.
pub(crate) fn find(names: &[String], name: &str) -> anyhow::Result<usize> {
    let mut alike = (0..).zip(names).filter(|(_, column)| *column == name);
    let name = || excerpt::quoted(name);
    match (alike.next(), alike.next()) {
        (Some((index, _)), None) => Ok(index),
        (None, _) => bail!("there is no column {} among {}", name(), list(names)),
        (Some(_), Some(_)) => bail!("there are two columns {}: rename one of them", name()),
    }
}

/// The `names` that `others` does not contain, or contains fewer times.
fn without<'a>(names: &'a [String], others: &[String]) -> Vec<&'a str> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for other in others {
        *counts.entry(other).or_default() += 1;
    }
    let mut is_new = |name: &str| match counts.get_mut(name) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    };
    names
        .iter()
        .map(String::as_str)
        .filter(|name| is_new(name))
        .collect()
}

fn list(names: &[String]) -> String {
    excerpt::list(names.iter().map(String::as_str))
}

fn shown(names: &[&str]) -> String {
    excerpt::list(names.iter().copied())
}
