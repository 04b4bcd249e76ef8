//! `massmap man`.

use std::process::Command;

use super::commands_and_options;
use crate::harness::Directory;

/// A directory with the pages in `man/man1`.
fn pages() -> Directory {
    let directory = Directory::new();
    directory.run(["man", "man/man1"]).success();
    directory
}

#[test]
fn every_command_has_a_page_with_all_its_options() {
    let directory = Directory::new();
    let printed = directory.run(["man", "man/man1"]).success();
    let commands = commands_and_options();
    let names = commands
        .iter()
        .map(|(command, _)| format!("man/man1/massmap-{command}.1\n"));
    assert_eq!(
        printed,
        "man/man1/massmap.1\n".to_owned() + &names.collect::<String>()
    );
    assert_eq!(
        std::fs::read_dir(directory.path("man/man1")).unwrap().count(),
        1 + commands.len()
    );

    let page = |name: &str| String::from_utf8(directory.read(format!("man/man1/{name}.1"))).unwrap();
    let program = page("massmap");
    for (command, options) in &commands {
        assert!(program.contains(&format!("massmap\\-{command}(1)")), "{program}");
        let page = page(&format!("massmap-{command}"));
        let plain = page.replace('\\', "");
        for option in options {
            assert!(
                plain.contains(&format!("--{option}fR")),
                "{command} {option}: {page}"
            );
        }
        assert!(page.contains(".SH \"EXIT STATUS\"\n"), "{page}");
        assert!(page.contains("\\fB143\\fR\nTerminated by SIGTERM\n"), "{page}");
    }
    let version = env!("CARGO_PKG_VERSION");
    let title = format!(".TH massmap 1 \"\" \"massmap {version}\" \"Manual of massmap\"\n");
    assert!(program.contains(&title), "{program}");
}

#[test]
fn a_directory_that_cannot_be_made_is_an_error() {
    let directory = Directory::with("file", "");
    let message = directory.run(["man", "file/man1"]).failure();
    assert!(
        message.starts_with("cannot create the directory file/man1: "),
        "{message}"
    );
    std::fs::create_dir_all(directory.path("pages/massmap.1")).unwrap();
    let message = directory.run(["man", "pages"]).failure();
    assert!(message.starts_with("cannot write pages/massmap.1: "), "{message}");
}

#[test]
fn readers_of_manuals_find_nothing_wrong_with_the_pages() {
    let directory = pages();
    let folder = directory.path("man/man1");
    for page in std::fs::read_dir(folder).unwrap() {
        let page = page.unwrap().path();
        let Ok(linted) = Command::new("mandoc").args(["-T", "lint"]).arg(&page).output() else {
            eprintln!("skipped: there is no mandoc");
            return;
        };
        let found = String::from_utf8(linted.stdout).unwrap();
        let mut found = found.lines().filter(|line| {
            // The generator's blank lines, and long lines; there is no date.
            ![
                "STYLE: ",
                "WARNING: skipping paragraph macro: br ",
                "WARNING: missing date, ",
            ]
            .iter()
            .any(|harmless| line.contains(harmless))
        });
        assert_eq!(found.next(), None);
    }
}
