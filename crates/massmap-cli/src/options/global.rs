//! Options of every command.

use std::ffi::OsString;

use clap::{ColorChoice, ValueEnum};

use crate::output::{console, progress};

/// Behind the options of the command.
const LAST: usize = 1000;

#[derive(clap::Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArgs {
    /// Color help, messages and progress: auto means on a terminal, unless the environment has NO_COLOR
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = ColorChoice::Auto, display_order = LAST)]
    color: ColorChoice,

    /// Show no progress and no summaries. Results stay on stdout, warnings and errors on stderr
    #[arg(long, global = true, display_order = LAST)]
    quiet: bool,
}

impl GlobalArgs {
    /// Makes the program do as they say.
    pub(crate) fn apply(&self) {
        console::set_color(self.color);
        progress::set_hidden(self.quiet);
        console::set_summaries(!self.quiet);
    }
}

/// The color that `arguments` ask for, for help and usage errors: they end the parsing before it is known.
pub(crate) fn color_of<'a>(arguments: impl IntoIterator<Item = &'a OsString>) -> ColorChoice {
    let mut color = ColorChoice::Auto;
    let mut is_value = false;
    for argument in arguments {
        // A name or value that is not UTF-8 is none of ours.
        let argument = argument.to_str().unwrap_or_default();
        let value = match argument.strip_prefix("--color=") {
            None if is_value => Some(argument),
            value => value,
        };
        if let Some(Ok(chosen)) = value.map(|value| ColorChoice::from_str(value, false)) {
            color = chosen;
        }
        if argument == "--" {
            break;
        }
        is_value = argument == "--color";
    }
    color
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_color_is_found_wherever_it_is_given() {
        for (arguments, color) in [
            ("", ColorChoice::Auto),
            ("--color never build --help", ColorChoice::Never),
            ("build --color=always --help", ColorChoice::Always),
            ("build --color=always --color auto", ColorChoice::Auto),
            ("build --color", ColorChoice::Auto),
            ("build --color=purple", ColorChoice::Auto),
            ("build --colors never", ColorChoice::Auto),
            ("never --color", ColorChoice::Auto),
            ("get map -- --color=always", ColorChoice::Auto),
        ] {
            let words: Vec<_> = arguments.split(' ').map(OsString::from).collect();
            let found = color_of(&words);
            assert_eq!(found, color, "{arguments}");
        }
    }
}
