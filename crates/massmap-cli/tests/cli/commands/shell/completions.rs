//! `massmap completions`.

use super::commands_and_options;
use crate::harness::{Directory, Outcome};

const SHELLS: [&str; 4] = ["bash", "zsh", "fish", "powershell"];

fn script(shell: &str) -> String {
    Directory::new().run(["completions", shell]).success()
}

#[test]
fn scripts_have_every_command_and_every_option() {
    let commands = commands_and_options();
    for shell in SHELLS {
        let script = script(shell);
        for (command, options) in &commands {
            assert!(script.contains(command), "{shell}: {command}");
            for option in options {
                let option = match shell {
                    "fish" => format!("-l {option}"),
                    _ => format!("--{option}"),
                };
                assert!(script.contains(&option), "{shell}: {command} {option}");
            }
        }
    }
}

#[test]
fn other_shells_are_usage_errors_that_name_those_there_are() {
    let message = Directory::new().run(["completions", "cmd"]).usage_error();
    for shell in SHELLS {
        assert!(message.contains(shell), "{message}");
    }
}

/// Runs a shell with the script `completions` beside it. `None` if there is none.
fn run(shell: &str, arguments: &[&str]) -> Option<Outcome> {
    let directory = Directory::with("completions", script(shell));
    directory.write("words.json", "{}");
    let mut command = directory.command(shell);
    match command.args(arguments).output() {
        Ok(output) => Some(output.into()),
        Err(_) => {
            eprintln!("skipped: there is no {shell}");
            None
        }
    }
}

#[test]
fn shells_accept_their_scripts() {
    for shell in ["bash", "zsh", "fish"] {
        if let Some(outcome) = run(shell, &["-n", "completions"]) {
            assert_eq!(outcome.success(), "", "{shell}");
        }
    }
}

#[test]
fn bash_completes_commands_options_and_their_values() {
    for (words, expected) in [
        ("massmap bu", "build"),
        ("massmap build --page-s", "--page-size"),
        ("massmap merge --duplicate-keys l", "last"),
        ("massmap --col", "--color"),
        ("massmap verify --color al", "always"),
        ("massmap completions powers", "powershell"),
        ("massmap build -i wor", "words.json"),
    ] {
        let complete = format!(
            r#"source completions
            COMP_WORDS=({words})
            COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
            _massmap massmap "${{COMP_WORDS[COMP_CWORD]}}" "${{COMP_WORDS[COMP_CWORD - 1]}}"
            echo "${{COMPREPLY[*]}}""#
        );
        let Some(outcome) = run("bash", &["-c", &complete]) else {
            return;
        };
        assert_eq!(outcome.success(), format!("{expected}\n"), "{words}");
    }
}

#[test]
fn fish_completes_commands_and_options() {
    for (words, expected) in [("massmap bu", "build"), ("massmap build --page-s", "--page-size")] {
        let complete = format!("source completions; complete -C '{words}'");
        let Some(outcome) = run("fish", &["--no-config", "-c", &complete]) else {
            return;
        };
        let shown = outcome.success();
        assert!(shown.starts_with(&format!("{expected}\t")), "{words}: {shown}");
    }
}
