//! Completions and manual pages: they have all commands and options, whatever these are.

mod completions;
mod man;

use crate::harness::Directory;

/// The commands, each with its options without the hyphens, as the help shows them.
fn commands_and_options() -> Vec<(String, Vec<String>)> {
    let directory = Directory::new();
    let help = directory.run(["--help"]).success();
    let (_, commands) = help.split_once("\nCommands:\n").unwrap();
    let commands = commands.lines().take_while(|line| !line.is_empty());
    let names = commands.map(|line| line.split_whitespace().next().unwrap());
    let commands: Vec<_> = names
        .filter(|name| *name != "help")
        .map(|name| {
            let help = directory.run([name, "--help"]).success();
            (name.to_owned(), options(&help))
        })
        .collect();
    assert!(commands.len() >= 8, "{commands:?}");
    commands
}

fn options(help: &str) -> Vec<String> {
    let declared = help.lines().filter_map(|line| {
        let line = line.strip_prefix("      ").or(line.strip_prefix("  "))?;
        let long = match line.split_once(", --") {
            Some((short, long)) if short.len() == 2 => long,
            _ => line.strip_prefix("--")?,
        };
        long.split([' ', '=', '[']).next().map(str::to_owned)
    });
    let options: Vec<_> = declared.collect();
    assert!(options.contains(&"color".to_owned()), "{help}");
    options
}

#[test]
fn options_are_found_in_a_help() {
    let help = "Options:\n  -i, --input <FILE>\n          See --other\n      --page-size <BYTES>\n      --color\n  -h, --help\n";
    assert_eq!(options(help), ["input", "page-size", "color", "help"]);
}
