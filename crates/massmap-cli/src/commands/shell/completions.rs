//! `massmap completions`: prints a script for a shell.

use std::io::Write;

use clap_complete::Shell;

use crate::output::console;

/// Print a script with which a shell completes commands and options
///
/// For bash, put this into ~/.bashrc: source <(massmap completions bash). For zsh, write the script to a file named _massmap in a
/// directory of $fpath; for fish, to ~/.config/fish/completions/massmap.fish. For PowerShell, put this into $PROFILE:
/// massmap completions powershell | Out-String | Invoke-Expression.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Shell to print the script for
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

/// Runs the command, where `program` is the command line of all of this program.
///
/// # Errors
///
/// Fails if stdout cannot be written to.
pub(crate) fn run(args: &Args, mut program: clap::Command) -> anyhow::Result<()> {
    let mut script = Vec::new();
    let name = program.get_name().to_owned();
    clap_complete::generate(args.shell, &mut program, name, &mut script);
    console::print_with(|stdout| stdout.write_all(&script))
}
