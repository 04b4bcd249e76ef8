//! The columns of a table: which are key and value, and how later tables match the first one.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use anyhow::{anyhow, bail};

use crate::excerpt;
use crate::input::record::Fields;

/// Most columns of a table, so that a line of delimiters does not take more memory than other lines.
pub(crate) const LIMIT: usize = 1 << 20;

/// The columns of a table, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::input) struct Columns {
    /// Names, or numbers. Shared, since each may be as long as a record.
    pub(in crate::input) names: Arc<Vec<String>>,
    pub(in crate::input) key: usize,
    /// `None` if the value consists of all columns but the key.
    pub(in crate::input) value: Option<usize>,
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
            key: 0,
            value: None,
        }
    }

    /// Chooses the columns of key and value: those in `fields`, or the default.
    ///
    /// # Errors
    ///
    /// Fails if the choice is ambiguous.
    pub(in crate::input) fn choose(names: Vec<String>, fields: &Fields) -> anyhow::Result<Self> {
        let key = fields.key.as_deref().map_or(Ok(0), |name| find(&names, name))?;
        let value = match &fields.value {
            Some(value) => match find(&names, value)? {
                index if index == key => bail!("{} is both key and value", excerpt::quoted(value)),
                index => Some(index),
            },
            None if names.len() < 2 => bail!(
                "there is only one column, {}; if the delimiter is another, give --delimiter",
                list(&names)
            ),
            None if names.len() == 2 => Some(1 - key),
            None => {
                let mut seen = HashSet::new();
                let mut others = (0..).zip(&names).filter(|(index, _)| *index != key);
                match others.find(|(_, column)| !seen.insert(*column)) {
                    Some((_, twice)) => {
                        let twice = excerpt::quoted(twice);
                        bail!("there are two columns {twice}; choose the value with --value")
                    }
                    None => None,
                }
            }
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
        let (lacks, has) = match (columns.value, &fields.value) {
            (Some(value), Some(_)) => {
                let needed = [name_of(columns.key), name_of(value)];
                let there = |name: &&str| names.iter().any(|column| column == name);
                let lacks: Vec<_> = needed.into_iter().filter(|name| !there(name)).collect();
                (lacks, Vec::new())
            }
            _ => (without(&columns.names, &names), without(&names, &columns.names)),
        };
        let differences = match (&*lacks, &*has) {
            ([], []) => {
                let key = find(&names, name_of(columns.key))?;
                let value = columns.value.map(|value| find(&names, name_of(value)));
                let value = value.transpose()?;
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

/// Index of the only column of this name.
pub(crate) fn find(names: &[String], name: &str) -> anyhow::Result<usize> {
    let mut alike = (0..).zip(names).filter(|(_, column)| *column == name);
    let name = || excerpt::quoted(name);
    match (alike.next(), alike.next()) {
        (Some((index, _)), None) => Ok(index),
        (None, _) => bail!("there is no column {} among {}", name(), list(names)),
        (Some(_), Some(_)) => bail!("there are two columns {}", name()),
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
