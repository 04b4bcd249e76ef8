//! The columns of a table: which are key and value, and how those of later tables go with those of the first.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use anyhow::{anyhow, bail};

use crate::input::record::Fields;
use crate::output::excerpt;

/// As many columns may a table have, so that a line of nothing but delimiters takes no more memory than others.
pub(in crate::input) const MOST: usize = 1 << 20;

/// The columns of a table, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::input) struct Columns {
    /// Names, or numbers.
    /// Shared, as each may be as long as a record.
    pub(in crate::input) names: Arc<Vec<String>>,
    pub(in crate::input) key: usize,
    /// `None` for all but the key.
    pub(in crate::input) value: Option<usize>,
}

/// The columns of the first table, which those of later ones have to go with.
#[derive(Debug, Clone)]
pub(in crate::input) struct FirstTable {
    /// The input that it came from.
    pub(in crate::input) input: String,
    pub(in crate::input) columns: Columns,
}

impl Columns {
    /// Columns of which `fields` says, as far as the user did, what is key and value.
    ///
    /// # Errors
    ///
    /// Fails if that is not certain.
    pub(in crate::input) fn choose(names: Vec<String>, fields: &Fields) -> anyhow::Result<Self> {
        let key = fields.key.as_deref().map_or(Ok(0), |name| find(&names, name))?;
        let value = match &fields.value {
            Some(value) => match find(&names, value)? {
                index if index == key => bail!("{} is both key and value", excerpt::quoted(value)),
                index => Some(index),
            },
            None if names.len() < 2 => bail!(
                "there is one column only, {}; is the delimiter another? --delimiter names it",
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

    /// The columns `names` of a later table that has a header, in whatever order they are.
    ///
    /// # Errors
    ///
    /// Fails if they are not those of the first table. Of these, only key and value count if the user picked the value.
    pub(in crate::input) fn named_as_in(
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
            "its columns are not those of {}: {differences}; if it has no header, --header first is for inputs of which \
             only the first has one, --no-header for none",
            first.input,
        ))
    }

    /// The columns of a later table without a header, whose first row is `cells`.
    ///
    /// # Errors
    ///
    /// Fails if they are not as many as those of the first table, or if the row has their names after all, in whatever
    /// order; `named` is whether they have names.
    pub(in crate::input) fn as_many_as_in(
        first: &FirstTable,
        cells: &[&str],
        named: bool,
    ) -> anyhow::Result<Self> {
        let columns = &first.columns;
        if cells.len() != columns.names.len() {
            bail!(
                "it has {} columns where {} has {}",
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
                "its first line is the header of {} again{order}: --header each is for inputs that all have one",
                first.input
            );
        }
        Ok(columns.clone())
    }
}

/// The order of names that stand in two headers.
enum Order {
    Same,
    Another,
}

/// Whether `cells` are the `names` of as many columns, and in which order.
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

/// Where the one column of that name is.
fn find(names: &[String], name: &str) -> anyhow::Result<usize> {
    let mut alike = (0..).zip(names).filter(|(_, column)| *column == name);
    let name = || excerpt::quoted(name);
    match (alike.next(), alike.next()) {
        (Some((index, _)), None) => Ok(index),
        (None, _) => bail!("there is no column {} among {}", name(), list(names)),
        (Some(_), Some(_)) => bail!("there are two columns {}", name()),
    }
}

/// Those of `names` that are not, or not as often, among `others`.
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
