//! Runs the program in a temporary directory and checks the form of its output.

pub(crate) mod fixtures;
pub(crate) mod round_trip;

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_massmap");

/// A temporary directory in which the program runs, so that messages hold short relative paths.
pub(crate) struct Directory(tempfile::TempDir);

impl Directory {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A directory with one file.
    pub(crate) fn with(name: &str, content: impl AsRef<[u8]>) -> Self {
        let directory = Self::new();
        directory.write(name, content);
        directory
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    pub(crate) fn read(&self, name: impl AsRef<Path>) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// Names of everything in the directory, hidden files included, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// Without the variables that decide about color: a continuous integration sets some of them.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.0.path());
        for variable in ["CI", "CLICOLOR", "CLICOLOR_FORCE", "NO_COLOR"] {
            command.env_remove(variable);
        }
        command
    }

    /// The program as a user starts it: shells have programs in the background ignore some signals, and these tests may be one.
    pub(crate) fn program_with_signals(&self) -> Command {
        const DEFAULT: &str = "--default-signal=INT,TERM";
        let probe = Command::new("env").args([DEFAULT, "true"]).output();
        if !probe.is_ok_and(|output| output.status.success()) {
            return self.command(PROGRAM);
        }
        let mut command = self.command("env");
        command.args([DEFAULT, PROGRAM]);
        command
    }

    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Outcome {
        let arguments = owned(arguments);
        let outcome = Outcome::of(self.command(PROGRAM).args(&arguments));
        round_trip::check_after(&arguments, &outcome, self.0.path());
        outcome
    }

    /// Runs the program with `input` as its standard input.
    pub(crate) fn run_with_input<A: AsRef<OsStr>>(
        &self,
        input: &[u8],
        arguments: impl IntoIterator<Item = A>,
    ) -> Outcome {
        self.run_with_writer(arguments, |mut pipe| {
            // The program may exit before it has read everything.
            _ = pipe.write_all(input);
        })
    }

    /// Runs the program while `write` writes its standard input on another thread.
    pub(crate) fn run_with_writer<A: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
        write: impl FnOnce(std::process::ChildStdin) + Send,
    ) -> Outcome {
        let arguments = owned(arguments);
        let mut command = self.command(PROGRAM);
        command
            .args(&arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let pipe = child.stdin.take().unwrap();
        let outcome = std::thread::scope(|scope| {
            scope.spawn(|| write(pipe));
            child.wait_with_output().unwrap().into()
        });
        round_trip::check_after(&arguments, &outcome, self.0.path());
        outcome
    }

    /// Runs the program in a shell after the command `setup`.
    #[cfg(unix)]
    pub(crate) fn run_after<A: AsRef<OsStr>>(
        &self,
        setup: &str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Outcome {
        let script = format!(r#"{setup}; exec "$0" "$@""#);
        Outcome::of(self.command("sh").args(["-c", &script, PROGRAM]).args(arguments))
    }
}

fn owned<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Vec<OsString> {
    let arguments = arguments.into_iter();
    arguments.map(|argument| argument.as_ref().to_owned()).collect()
}

/// The outcome of a run.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// `None` if a signal ended the program.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    pub(crate) fn of(command: &mut Command) -> Self {
        command.output().unwrap().into()
    }

    /// Checks that the program succeeded with nothing on stderr. Returns stdout.
    #[track_caller]
    pub(crate) fn success(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""), "{self:?}");
        self.stdout
    }

    /// Checks that the program failed with one line on stderr and nothing on stdout. Returns the message.
    #[track_caller]
    pub(crate) fn failure(self) -> String {
        assert_eq!((self.code, self.stdout.as_str()), (Some(1), ""), "{self:?}");
        let message = self
            .stderr
            .strip_prefix("massmap: error: ")
            .and_then(|message| message.strip_suffix('\n'));
        let message = message.unwrap_or_else(|| panic!("{self:?}"));
        assert!(!message.contains(is_harmful), "{self:?}");
        message.to_owned()
    }

    /// Checks that the program failed with output on stdout and one line on stderr. Returns stdout and the message.
    #[track_caller]
    pub(crate) fn failure_after_output(mut self) -> (String, String) {
        let stdout = std::mem::take(&mut self.stdout);
        assert_ne!(stdout, "", "{self:?}");
        (stdout, self.failure())
    }

    /// Checks that the program reported a usage error. Returns stderr.
    #[track_caller]
    pub(crate) fn usage_error(self) -> String {
        assert_eq!((self.code, self.stdout.as_str()), (Some(2), ""), "{self:?}");
        self.stderr
    }
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Whether a character could break out of a line or control the terminal.
pub(crate) fn is_harmful(character: char) -> bool {
    // Repeated here, so that the program is checked against an independent list.
    matches!(
        u32::from(character),
        0..=0x1f | 0x7f..=0x9f | 0x61c | 0x200e | 0x200f | 0x2028..=0x202e | 0x2066..=0x2069
    )
}

/// `text` as the program shows it outside of JSON.
pub(crate) fn escaped(text: &str) -> String {
    let shown = text.chars().map(|character| match is_harmful(character) {
        true => character.escape_default().to_string(),
        false => character.to_string(),
    });
    shown.collect()
}

/// `json`, which has no line breaks outside of strings, as the program shows it.
pub(crate) fn as_json(json: &str) -> String {
    let shown = json.chars().map(|character| match is_harmful(character) {
        true => format!("\\u{:04x}", u32::from(character)),
        false => character.to_string(),
    });
    shown.collect()
}

/// Builds `content`, in a file of this name, over an existing file. Checks that this fails and changes no file. Returns the
/// message.
#[track_caller]
pub(crate) fn refusal_of(name: &str, content: impl AsRef<[u8]>, options: &[&str]) -> String {
    let directory = Directory::with("out", "precious");
    directory.write(name, content);
    let arguments = ["build", "-i", name, "-o", "out"];
    let message = directory.run(arguments.iter().chain(options)).failure();
    assert_eq!(directory.read("out"), b"precious");
    let mut names = [name, "out"];
    names.sort_unstable();
    assert_eq!(directory.names(), names);
    message
}
