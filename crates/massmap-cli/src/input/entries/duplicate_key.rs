//! Where a key occurs that occurs twice: the inputs are read again, once it is known that they cannot be built.
//!
//! Entries keep no note of where they came from, which would take memory in every build.

use std::sync::Arc;

use anyhow::anyhow;

use crate::input::args::{InputArgs, ReadOptions};
use crate::input::entries::convert;
use crate::input::error::{Halt, Place, Refusal};
use crate::input::format::Format;
use crate::input::format::reader::Reader;
use crate::input::record::Record;
use crate::input::source::{Meter, Origin};
use crate::types::dynamic::Typed;
use crate::types::key::{self, KeyType};

/// What is wrong with inputs in which the key that is encoded so occurs more than once.
pub(crate) fn of_repeated_key(args: &InputArgs, encoded: &[u8]) -> String {
    let Some((shown, key)) = key::decode(args.key_type, encoded) else {
        return format!("several records have the same key; {}", key::REPEATED_KEY_ADVICE);
    };
    let search = Search {
        inputs: args.inputs(),
        options: args.read_options(),
        key_type: args.key_type,
        key,
    };
    let first = search.find(0);
    let second = first.as_ref().and_then(|_| search.find(1));
    // What cannot be read again, of which there is something else if there are not two.
    let elsewhere = search
        .inputs
        .iter()
        .map(|(origin, _)| origin)
        .find(|origin| !origin.is_lasting());
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
        (None, _, Some(elsewhere)) => {
            format!("{elsewhere}: several records, whose lines are known only of input from files, have")
        }
        (None, _, None) => "several records have".to_owned(),
    };
    format!("{found} the key {shown}; {}", key::REPEATED_KEY_ADVICE)
}

/// A search for records with a key.
struct Search {
    inputs: Vec<(Origin, Format)>,
    options: ReadOptions,
    key_type: KeyType,
    key: Typed,
}

impl Search {
    /// The record with the key before which `skip` others have it, if the inputs can be read again up to there.
    fn find(&self, skip: u64) -> Option<(&Origin, Place)> {
        let mut to_skip = skip;
        let mut found = false;
        let mut sink = |record: Record<'_>| {
            let key = convert::key(record.key, self.key_type).map_err(Refusal::Key)?;
            if key != self.key {
                return Ok(());
            }
            match to_skip.checked_sub(1) {
                Some(left) => {
                    to_skip = left;
                    Ok(())
                }
                None => {
                    found = true;
                    // It ends the reading, and gets the place.
                    Err(Refusal::Key(anyhow!("found")))
                }
            }
        };
        let lasting = self.inputs.iter().filter(|(origin, _)| origin.is_lasting());
        let meter = Arc::new(Meter::of(lasting.clone().map(|(origin, _)| origin)).ok()?);
        let mut first_table = None;
        for (origin, format) in lasting {
            let reader = Reader::open(origin, *format, &self.options, first_table.as_ref(), &meter).ok()?;
            reader.remember_columns(origin, &mut first_table);
            match reader.read(&self.options, &mut sink) {
                Ok(_) => {}
                Err(Halt::Faulty(fault)) if found => return Some((origin, fault.place.of_record())),
                Err(_) => return None,
            }
        }
        None
    }
}
