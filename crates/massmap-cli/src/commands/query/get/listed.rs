//! Keys in files.

use massmap::UntypedMap;
use massmap_data::keys::{KeyInput, KeyParser, KeySettings, KeyText};
use massmap_data::{LineForm, answer_writer};

use super::args::Args;
use crate::commands::query::answering::Answering;
use crate::commands::query::missing::Missing;
use crate::map::source::Source;
use crate::map::value_schema;
use crate::options::rows::answer_format;

/// Looks up the keys of a file, and writes a row for each.
pub(super) fn run(
    args: &Args,
    settings: &KeySettings,
    map: &UntypedMap<Source>,
    parser: &KeyParser,
) -> anyhow::Result<()> {
    let format = answer_format(args.format, args.output.as_deref(), "get")?;
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
    answering.write_to(
        args.output.as_deref(),
        || input.start(),
        |out| answer_writer(format, form, &key, &value, out),
    )
}
