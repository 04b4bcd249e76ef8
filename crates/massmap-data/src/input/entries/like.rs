//! The columns of entries like those of a map.

use anyhow::{bail, ensure};

use crate::excerpt;
use crate::input::record::Fields;
use crate::schemas::EntrySchemas;
use crate::schemas::cells::{EntryColumns, Part};

/// Which columns of a table entries like those of a map are made of.
#[derive(Debug)]
pub(in crate::input) struct LikeColumns {
    pub(in crate::input) key: Part,
    pub(in crate::input) value: Part,
    /// The columns of the key, and of the value.
    pub(in crate::input) places: [Vec<usize>; 2],
}

impl LikeColumns {
    /// Those of a table with the columns `names`, which are numbers unless `is_named`.
    ///
    /// # Errors
    ///
    /// Fails if these are not the columns of such entries.
    pub(in crate::input) fn find(
        schemas: &EntrySchemas,
        names: &[String],
        is_named: bool,
        fields: &Fields,
    ) -> anyhow::Result<Self> {
        let columns = EntryColumns::of(schemas.key().schema().as_schema(), schemas.value().as_schema());
        let EntryColumns {
            names: expected,
            key,
            value,
        } = &columns;
        let (of_key, of_value) = columns.split();
        for (part, names, field, option) in [
            (key, of_key, &fields.key, "--key"),
            (value, of_value, &fields.value, "--value"),
        ] {
            ensure!(
                *part == Part::Whole || field.is_none(),
                "{option} names one column, but as in the map they are {}: leave it out",
                list(names)
            );
        }
        let places = match is_named || fields.are_named() {
            true => find(names, &columns, [fields.key.as_deref(), fields.value.as_deref()])?,
            false => {
                ensure!(
                    names.len() == expected.len(),
                    "it has {} columns, not the {} of such entries: {}",
                    names.len(),
                    expected.len(),
                    list(expected)
                );
                let end = expected.len();
                [(0..key.count()).collect(), (key.count()..end).collect()]
            }
        };
        let is_used = |index: &usize| places.iter().any(|places| places.contains(index));
        let unused = (0..names.len()).filter(|index| !is_used(index));
        let unused: Vec<_> = unused.filter_map(|index| names.get(index)).collect();
        ensure!(
            unused.is_empty() || fields.are_named(),
            "it has the columns {} besides those of such entries: {}",
            excerpt::list(unused.into_iter().map(String::as_str)),
            list(expected)
        );
        Ok(Self {
            key: *key,
            value: *value,
            places,
        })
    }
}

/// The columns of keys and of values. Of a single column, the user may have chosen another name.
fn find(
    names: &[String],
    columns: &EntryColumns,
    [key, value]: [Option<&str>; 2],
) -> anyhow::Result<[Vec<usize>; 2]> {
    let (of_key, of_value) = columns.split();
    let has = |name: &str| names.iter().any(|column| column == name);
    let keys = match key {
        Some(name) => vec![place(names, name)?],
        None if columns.key == Part::Whole && !of_key.iter().all(|name| has(name)) => vec![0],
        None => places(names, of_key)?,
    };
    let values = match value {
        Some(name) => vec![place(names, name)?],
        None if columns.value == Part::Whole && !of_value.iter().all(|name| has(name)) => {
            let others: Vec<_> = (0..names.len()).filter(|index| !keys.contains(index)).collect();
            match others.as_slice() {
                [_] => others,
                _ => places(names, of_value)?,
            }
        }
        None => places(names, of_value)?,
    };
    Ok([keys, values])
}

fn places(names: &[String], wanted: &[String]) -> anyhow::Result<Vec<usize>> {
    wanted.iter().map(|name| place(names, name)).collect()
}

/// The place of the only column with this name.
fn place(names: &[String], name: &str) -> anyhow::Result<usize> {
    let mut alike = (0..).zip(names).filter(|(_, column)| *column == name);
    let shown = || excerpt::quoted(name);
    match (alike.next(), alike.next()) {
        (Some((index, _)), None) => Ok(index),
        (None, _) => bail!("there is no column {} among {}", shown(), list(names)),
        (Some(_), Some(_)) => bail!("there are two columns {}: rename one of them", shown()),
    }
}

fn list(names: &[String]) -> String {
    excerpt::list(names.iter().map(String::as_str))
}
