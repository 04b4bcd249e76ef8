//! Keys in files.

use massmap::UntypedMap;
use massmap_data::keys::{KeyInput, KeyParser, KeySettings, KeyText};
use massmap_data::{AnswerLines, AnswerTable, LineForm};

use super::args::Args;
use crate::commands::query::answering::Answering;
use crate::commands::query::missing::Missing;
use crate::map::source::Source;
use crate::map::value_schema;
use crate::options::rows::RowFormat;

/// Looks up the keys of a file, and writes a row for each.
pub(super) fn run(
    args: &Args,
    settings: &KeySettings,
    map: &UntypedMap<Source>,
    parser: &KeyParser,
) -> anyhow::Result<()> {
    let format = RowFormat::of(args.format, args.output.as_deref(), "get")?;
    let input = KeyInput::open(settings, parser).map_err(|error| anyhow::Error::msg(error.message()))?;
    let key = KeyText::new(parser)?;
    let value = value_schema(map);
    let form = match (args.with_keys, args.values_only) {
        (true, _) => LineForm::Pair,
        (false, true) => LineForm::Value,
        (false, false) => LineForm::Object,
    };
    let answering = Answering {
        map,
        location: &args.input,
        origin: &settings.origin,
        key: key.clone(),
        if_missing: args.missing.if_missing(Missing::Null, &value)?,
        missing_keys: args.missing.file(settings.ends_with_nul)?,
    };
    let written_key = Some(&key).filter(|_| form != LineForm::Value);
    answering.write_to(
        args.output.as_deref(),
        || input.start(),
        |out| {
            Ok(match format.dialect() {
                None => Box::new(AnswerLines::new(form, &key, &value, out)?),
                Some(dialect) => Box::new(AnswerTable::new(dialect, written_key, &value, out)?),
            })
        },
    )
}
