//! Color, and what is shown with `--quiet`.

use crate::harness::{Directory, Outcome, PROGRAM};

const ESCAPE: char = '\u{1b}';

#[test]
fn color_is_for_terminals_unless_it_is_asked_for() {
    let directory = Directory::new();
    for (arguments, is_error) in [
        (&["info", "missing"][..], true),
        (&["--help"], false),
        (&["info"], true),
    ] {
        for (color, is_colored) in [
            (&[][..], false),
            (&["--color", "auto"], false),
            (&["--color=never"], false),
            (&["--color", "always"], true),
        ] {
            // Before and behind the command.
            let orders = [[color, arguments].concat(), [arguments, color].concat()];
            for arguments in orders {
                let outcome = directory.run(&arguments);
                let [found, other] = match is_error {
                    true => [outcome.stderr, outcome.stdout],
                    false => [outcome.stdout, outcome.stderr],
                };
                assert_eq!(found.contains(ESCAPE), is_colored, "{arguments:?}: {found}");
                assert_eq!(other, "");
            }
        }
    }
    let message = directory.run(["info", "missing", "--color=always"]).stderr;
    let start = "massmap: \u{1b}[1m\u{1b}[31merror\u{1b}[0m: missing: cannot open the file: ";
    assert!(message.starts_with(start), "{message:?}");
    let message = directory
        .run(["info", "missing", "--color", "purple"])
        .usage_error();
    assert!(
        message.contains("[possible values: auto, always, never]"),
        "{message}"
    );
}

#[test]
fn colored_messages_are_escaped() {
    let directory = Directory::new();
    for arguments in [
        &["info", "\u{1b}[2K"][..],
        &["\u{1b}[2K"],
        &["info", "a", "\u{1b}[2K"],
    ] {
        let message = directory.run(["--color=always"].iter().chain(arguments)).stderr;
        assert!(!message.contains("\u{1b}[2K"), "{message:?}");
        assert_ne!(message, "");
    }
}

#[test]
fn quiet_changes_neither_results_nor_errors() {
    let directory = Directory::with("in.json", r#"{"a": 1}"#);
    let build = ["build", "-i", "in.json", "-o", "out"];
    let shown = directory.run(build).success();
    assert_eq!(directory.run(build.iter().chain(&["--quiet"])).success(), shown);
    assert_eq!(directory.run(["--quiet", "get", "out", "a"]).success(), "1\n");
    assert_eq!(
        directory.run(["get", "--quiet", "out", "b"]).failure(),
        directory.run(["get", "out", "b"]).failure()
    );
}

/// Runs the program on a terminal, with the variables `environment`. Returns what the terminal shows; `None` if there is no program that
/// makes a terminal.
#[cfg(target_os = "linux")]
fn on_terminal(directory: &Directory, environment: &str, arguments: &str) -> Option<String> {
    let mut script = directory.command("script");
    let command = format!("{environment} '{PROGRAM}' {arguments}");
    script
        .args(["--quiet", "--return", "--command", &command, "/dev/null"])
        .env("TERM", "xterm")
        .stdin(std::process::Stdio::null());
    let Ok(output) = script.output() else {
        eprintln!("skipped: there is no program script");
        return None;
    };
    Some(Outcome::from(output).stdout)
}

#[cfg(target_os = "linux")]
#[test]
fn terminals_get_color_unless_the_environment_or_an_option_says_no() {
    let directory = Directory::new();
    for (environment, arguments, is_colored) in [
        ("", "info missing", true),
        ("NO_COLOR=1", "info missing", false),
        ("NO_COLOR=1", "--help", false),
        ("NO_COLOR=", "info missing", true),
        ("NO_COLOR=1", "info missing --color=always", true),
        ("CLICOLOR=0", "info missing", false),
        ("CLICOLOR_FORCE=1", "info missing", true),
        ("CLICOLOR_FORCE=1 NO_COLOR=1", "info missing", false),
        ("TERM=dumb", "info missing", false),
        // Logs of a continuous integration show colors, whatever its terminal says.
        ("CI=1 TERM=dumb", "info missing", true),
        ("", "info missing --color=never", false),
        ("", "build --help --color=never", false),
        ("", "build --help", true),
    ] {
        let Some(shown) = on_terminal(&directory, environment, arguments) else {
            return;
        };
        assert!(shown.contains("massmap"), "{shown:?}");
        assert_eq!(
            shown.contains(ESCAPE),
            is_colored,
            "{environment} {arguments}: {shown:?}"
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn terminals_get_a_bar_unless_quiet() {
    let directory = Directory::with("in.json", r#"{"a": 1}"#);
    for (environment, arguments, bar) in [
        ("", "", Some("\u{1b}[1m\u{1b}[32mWriting\u{1b}[0m [")),
        ("NO_COLOR=1", "", Some("Writing [")),
        ("", "--quiet", None),
    ] {
        let arguments = format!("build -i in.json -o out {arguments}");
        let Some(shown) = on_terminal(&directory, environment, &arguments) else {
            return;
        };
        assert!(shown.contains("\"entry_count\": 1"), "{shown:?}");
        match bar {
            Some(bar) => assert!(shown.contains(bar), "{shown:?}"),
            None => assert!(!shown.contains("Writing"), "{shown:?}"),
        }
    }
}
