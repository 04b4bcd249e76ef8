//! Finds the records that have a duplicate key, by reading the inputs again after the build has failed.
//!
//! Entries do not keep their place, which would cost memory in every build.

use std::sync::Arc;

use anyhow::anyhow;
use massmap::dynamic::StaticSchema;

use super::{convert, typed};
use crate::excerpt;
use crate::export::JsonText;
#[cfg(feature = "parquet")]
use crate::input::columnar;
use crate::input::error::{Place, Rejection, Stop};
use crate::input::format::detect;
use crate::input::format::reader::Reader;
use crate::input::record::{Field, Record};
use crate::input::settings::{InputSettings, Source};
use crate::input::source::meter::Meter;
use crate::input::source::origin::Origin;
use crate::types::dynamic::DynamicValue;
use crate::types::key;

/// The message about a duplicate key, with the places of two records that have it and what to do about it. `settings` are
/// [those of the input](crate::Input::settings), and `encoded` is the key as in a file.
#[must_use]
pub fn message(settings: &InputSettings, encoded: &[u8], advice: &str) -> String {
    let settings = &detect::with_formats(settings);
    #[cfg(feature = "parquet")]
    if settings
        .sources
        .iter()
        .any(|source| source.format.name.is_columnar())
    {
        return match &settings.schemas {
            Some(schemas) => {
                let find = |skip| columnar::find_key_like(settings, schemas, encoded, skip);
                message_of(
                    settings,
                    &shown(Some(schemas.key().schema()), encoded),
                    find,
                    advice,
                )
            }
            None => {
                let find = |skip| columnar::find_key(settings, encoded, skip);
                let schema = columnar::key_schema(settings);
                message_of(settings, &shown(schema.as_ref(), encoded), find, advice)
            }
        };
    }
    let sought = match &settings.schemas {
        Some(schemas) => {
            shown_json(schemas.key().schema(), encoded).map(|shown| (Sought::Encoded(encoded), shown))
        }
        None => key::decode(settings.text_key_type(), encoded).map(|key| {
            let shown = excerpt::key(&key);
            (Sought::Dynamic(key), shown)
        }),
    };
    let Some((key, shown)) = sought else {
        return format!("several records have the same key; {advice}");
    };
    let search = Search { settings, key };
    message_of(settings, &shown, |skip| search.find(skip), advice)
}

/// A key of this type for a message; `None` if it is none.
fn shown_json(schema: &StaticSchema, encoded: &[u8]) -> Option<String> {
    let mut json = Vec::new();
    let text = JsonText::new(schema).ok()?;
    text.write(encoded, &mut json).ok()?;
    Some(excerpt::unquoted(&String::from_utf8_lossy(&json)))
}

/// A key for a message, of any type if that is not known.
#[cfg(feature = "parquet")]
fn shown(schema: Option<&StaticSchema>, encoded: &[u8]) -> String {
    if let Some(json) = schema.and_then(|schema| shown_json(schema, encoded)) {
        return json;
    }
    match rmp_serde::from_slice::<serde_json::Value>(encoded) {
        Ok(serde_json::Value::String(text)) => excerpt::quoted(&text),
        Ok(other) => excerpt::unquoted(&other.to_string()),
        Err(_) => excerpt::unquoted(&encoded.escape_ascii().to_string()),
    }
}

/// The message about the key that is shown like this. `find` finds a record that has it, after skipping some.
fn message_of<'a>(
    settings: &InputSettings,
    shown: &str,
    find: impl Fn(u64) -> Option<(&'a Origin, Place)>,
    advice: &str,
) -> String {
    let first = find(0);
    let second = first.as_ref().and_then(|_| find(1));
    // An input that cannot be read again. The second record must be there if the search found only one.
    let elsewhere = settings
        .sources
        .iter()
        .map(|source| &source.origin)
        .find(|origin| !origin.is_rereadable());
    if let (Some((first, place)), Some((second, other))) = (&first, &second)
        && place == other
        && first.is_same_file(second)
    {
        let place = place.alone();
        return match first == second {
            true => format!("{first} is given twice: {place} has the key {shown}; give it once"),
            false => {
                format!("{first} and {second} are the same file: {place} has the key {shown}; give it once")
            }
        };
    }
    let found = match (first, second, elsewhere) {
        (Some((first, place)), Some((second, other)), _) if first == second => {
            format!("{first}{place} and {} both have", other.alone())
        }
        (Some((first, place)), Some((second, other)), _) => {
            format!("{first}{place} and {second}{other} both have")
        }
        (Some((first, place)), None, Some(elsewhere)) => {
            format!("{first}{place} and {elsewhere} both have")
        }
        (Some((first, place)), None, None) => format!("{first}{place} and another record have"),
        (None, _, Some(Origin::Table)) => "several rows of the table have".to_owned(),
        (None, _, Some(elsewhere)) => {
            format!("{elsewhere}: several records (lines are known only for input from files) have")
        }
        (None, _, None) => "several records have".to_owned(),
    };
    format!("{found} the key {shown}; {advice}")
}

/// A key that is searched for.
enum Sought<'a> {
    Dynamic(DynamicValue),
    /// One that is read by a schema, as it is encoded.
    Encoded(&'a [u8]),
}

impl Sought<'_> {
    /// Whether `field` is this key.
    fn is(&self, field: Field<'_>, settings: &InputSettings) -> anyhow::Result<bool> {
        Ok(match self {
            Self::Dynamic(key) => convert::key(field, settings.text_key_type())? == *key,
            Self::Encoded(key) => *typed::encoded(field) == **key,
        })
    }
}

/// A search for records with one key.
struct Search<'a> {
    settings: &'a InputSettings,
    key: Sought<'a>,
}

impl Search<'_> {
    /// Finds a record with the key, after skipping `skip` of them. `None` if the inputs cannot be read again up to there.
    fn find(&self, skip: u64) -> Option<(&Origin, Place)> {
        let mut to_skip = skip;
        let mut found = false;
        let mut sink = |record: Record<'_>| {
            let is_sought = self.key.is(record.key, self.settings);
            if !is_sought.map_err(Rejection::Key)? {
                return Ok(());
            }
            match to_skip.checked_sub(1) {
                Some(left) => {
                    to_skip = left;
                    Ok(())
                }
                None => {
                    found = true;
                    // Ends the reading with the place of this record.
                    Err(Rejection::Key(anyhow!("found")))
                }
            }
        };
        let sources = self.settings.sources.iter();
        let rereadable = sources.filter(|source| source.origin.is_rereadable());
        let meter = Arc::new(Meter::of(rereadable.clone().map(|source| &source.origin)).ok()?);
        let mut first_table = None;
        for Source { origin, format } in rereadable {
            let reader = Reader::open(origin, *format, self.settings, first_table.as_ref(), &meter).ok()?;
            reader.remember_columns(origin, &mut first_table);
            match reader.read(self.settings, &mut sink) {
                Ok(_) => {}
                Err(Stop::Failed(error)) if found => return Some((origin, error.place.of_record())),
                Err(_) => return None,
            }
        }
        None
    }
}
