//! `massmap man`: writes manual pages.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::commands::exit_codes::EXIT_CODES;
use crate::output::console;

/// Write manual pages, one for each command
///
/// The pages are massmap.1, massmap-build.1 and so on, in the directory DIR, which is created if necessary. Prints their paths. They
/// can be read with man -l DIR/massmap.1, or with man massmap after they are put into a directory such as
/// ~/.local/share/man/man1.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Directory to write the pages to
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

/// Runs the command, where `program` is the command line of all of this program.
///
/// # Errors
///
/// Fails if a page cannot be written.
pub(crate) fn run(args: &Args, program: Command) -> anyhow::Result<()> {
    let directory = &args.directory;
    fs::create_dir_all(directory)
        .with_context(|| format!("cannot create the directory {}", directory.display()))?;
    let mut paths = String::new();
    // The help of a command is in its page.
    let mut program = program.disable_help_subcommand(true);
    program.build();
    for command in std::iter::once(&program).chain(program.get_subcommands()) {
        let path = write_page(command, &program, directory)?;
        paths.push_str(&format!("{}\n", path.display()));
    }
    console::print(paths.trim_end())
}

/// Writes the page of a command. Returns its path.
fn write_page(command: &Command, program: &Command, directory: &Path) -> anyhow::Result<PathBuf> {
    let (name, version) = (program.get_name(), program.get_version().unwrap_or_default());
    let is_program = command.get_name() == name;
    let described = match is_program {
        // Its exit codes have a section of their own.
        true => command.clone().after_long_help(None),
        false => command.clone(),
    };
    let page = Man::new(described)
        .date(NO_DATE)
        .source(format!("{name} {version}"))
        .manual(format!("Manual of {name}"));
    let path = directory.join(page.get_filename());
    let write = || {
        let mut text = Vec::new();
        page.render(&mut text)?;
        let text = String::from_utf8(text).map_err(io::Error::other)?;
        let text = text.replacen(NO_DATE, "\"\"", 1) + &last_sections(is_program, name);
        fs::write(&path, text)
    };
    write().with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

/// Stands for the date of a page in its title, where an empty one would be left out.
const NO_DATE: &str = "NO-DATE";

fn last_sections(is_program: bool, name: &str) -> String {
    let mut sections = Roff::new();
    sections.control("SH", ["EXIT STATUS"]);
    for (code, meaning) in EXIT_CODES {
        sections.control("TP", []);
        sections.text([bold(code.to_string())]).text([roman(meaning)]);
    }
    if !is_program {
        sections.control("SH", ["SEE ALSO"]);
        sections.text([bold(name), roman("(1)")]);
    }
    sections.to_roff()
}
