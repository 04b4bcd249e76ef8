//! A progress bar on the terminal.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ::console::Term;
use clap::builder::styling::{AnsiColor, Style};
use indicatif::{HumanBytes, HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use massmap::Phase;

use super::{console, interrupt};

/// Shortest time between two drawings. Faster changes cannot be read.
const REDRAW: Duration = Duration::from_millis(100);

/// Time before rate and time left are shown. Earlier, they would be too inaccurate.
const SETTLED: Duration = Duration::from_secs(1);

/// Of the name of the stage.
const STAGE: Style = AnsiColor::Green.on_default().bold();

static IS_HIDDEN: AtomicBool = AtomicBool::new(false);

/// Chooses whether progress is shown where it can be.
pub(crate) fn set_hidden(is_hidden: bool) {
    IS_HIDDEN.store(is_hidden, Ordering::Relaxed);
}

/// A stage of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Reading,
    Arranging,
    Compressing,
    Writing,
    /// A phase of the library that this program does not know.
    Other,
}

impl Stage {
    fn name(self) -> &'static str {
        match self {
            Self::Reading => "Reading",
            Self::Arranging => "Arranging",
            Self::Compressing => "Compressing",
            Self::Writing => "Writing",
            Self::Other => "Working",
        }
    }
}

/// The progress of a stage.
#[derive(Debug, Clone, Copy)]
struct Step {
    stage: Stage,
    /// Number of entries done.
    entries: u64,
    /// Number of all entries, if known.
    total: Option<u64>,
    /// Number of bytes done.
    bytes: u64,
}

impl From<&massmap::Progress> for Step {
    fn from(progress: &massmap::Progress) -> Self {
        Self {
            stage: match progress.phase {
                Phase::Read => Stage::Reading,
                Phase::Arrange => Stage::Arranging,
                Phase::Compress => Stage::Compressing,
                Phase::Write => Stage::Writing,
                _ => Stage::Other,
            },
            entries: progress.entries,
            total: progress.total,
            bytes: progress.bytes,
        }
    }
}

/// A progress bar on stderr, if that is a terminal, until it is cleared or dropped.
pub(crate) struct Progress {
    bar: ProgressBar,
    style: Style,
    /// Returns how many columns the terminal has.
    width: fn() -> usize,
    input: Option<InputProgress>,
    drawn: Mutex<Option<Drawn>>,
}

/// Returns how many bytes of the input have been read, and how many there are if known. While entries are read, their total is
/// unknown.
type InputProgress = Box<dyn Fn() -> (u64, Option<u64>) + Send + Sync>;

/// The last drawing.
#[derive(Clone, Copy)]
struct Drawn {
    stage: Stage,
    /// Time of the first drawing of the stage.
    began: Instant,
    last: Instant,
}

impl Progress {
    /// Draws nothing before the first step.
    pub(crate) fn new() -> Self {
        Self::on_stderr(None)
    }

    /// Draws nothing.
    pub(crate) fn hidden() -> Self {
        Self::on(ProgressDrawTarget::hidden(), Style::new(), stderr_width, None)
    }

    /// The stage of reading shows how much of the input has been read.
    pub(crate) fn with_input(input: impl Fn() -> (u64, Option<u64>) + Send + Sync + 'static) -> Self {
        Self::on_stderr(Some(Box::new(input)))
    }

    fn on_stderr(input: Option<InputProgress>) -> Self {
        let target = match IS_HIDDEN.load(Ordering::Relaxed) {
            true => ProgressDrawTarget::hidden(),
            // Hidden if it is not a terminal.
            false => ProgressDrawTarget::stderr(),
        };
        let style = match console::is_stderr_colored() {
            true => STAGE,
            false => Style::new(),
        };
        let progress = Self::on(target, style, stderr_width, input);
        let bar = progress.bar.clone();
        interrupt::before_end(move || clear(&bar));
        progress
    }

    fn on(
        target: ProgressDrawTarget,
        style: Style,
        width: fn() -> usize,
        input: Option<InputProgress>,
    ) -> Self {
        let bar = ProgressBar::with_draw_target(None, target);
        // Cut to the width of the terminal.
        let template = ProgressStyle::with_template("{wide_msg}");
        Self {
            bar: template.map_or(bar.clone(), |template| bar.with_style(template)),
            style,
            width,
            input,
            drawn: Mutex::new(None),
        }
    }

    /// Shows a step, unless one of the same stage was shown a moment ago.
    pub(crate) fn show(&self, step: &massmap::Progress) {
        self.show_at(step.into(), Instant::now());
    }

    /// Shows how many of the entries of a map have been read, and how many bytes, unless that was shown a moment ago.
    pub(crate) fn show_read(&self, entries: u64, total: u64, bytes: u64) {
        let step = Step {
            stage: Stage::Reading,
            entries,
            total: Some(total),
            bytes,
        };
        self.show_at(step, Instant::now());
    }

    /// Shows how many of the entries of a map have been written, and how many bytes they have, unless that was shown a moment ago.
    pub(crate) fn show_written(&self, entries: u64, total: u64, bytes: u64) {
        let step = Step {
            stage: Stage::Writing,
            entries,
            total: Some(total),
            bytes,
        };
        self.show_at(step, Instant::now());
    }

    /// Shows a line, unless one was shown a moment ago.
    pub(crate) fn show_text(&self, text: impl FnOnce() -> String) {
        if self.bar.is_hidden() {
            return;
        }
        let now = Instant::now();
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if drawn.is_some_and(|drawn| now < drawn.last + REDRAW) {
            return;
        }
        *drawn = Some(Drawn {
            stage: Stage::Other,
            began: now,
            last: now,
        });
        self.bar.set_message(text());
    }

    /// Removes the bar for the result or an error. Nothing is drawn afterwards.
    pub(crate) fn clear(&self) {
        clear(&self.bar);
    }

    fn show_at(&self, step: Step, now: Instant) {
        if self.bar.is_hidden() {
            return;
        }
        // A poisoned lock is harmless: it holds two times.
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        let began = match *drawn {
            Some(Drawn { stage, last, .. }) if stage == step.stage && now < last + REDRAW => return,
            Some(Drawn { stage, began, .. }) if stage == step.stage => began,
            _ => now,
        };
        *drawn = Some(Drawn {
            stage: step.stage,
            began,
            last: now,
        });
        self.draw(step, now.saturating_duration_since(began));
    }

    fn draw(&self, step: Step, elapsed: Duration) {
        let (done, all) = match (&self.input, step.stage) {
            (Some(input), Stage::Reading) => input(),
            _ => (step.entries, step.total),
        };
        self.bar
            .set_message(line(step, self.style, done, all, elapsed, (self.width)()));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

fn stderr_width() -> usize {
    let (_, columns) = Term::stderr().size();
    columns.into()
}

/// Removes a bar. Nothing is drawn afterwards.
fn clear(bar: &ProgressBar) {
    bar.finish_and_clear();
    bar.set_draw_target(ProgressDrawTarget::hidden());
}

/// The line to show; the bar shows the share `done` of `all`. It is made to fit into so many columns if that can be.
// One text, since every setting of the bar draws it.
fn line(step: Step, style: Style, done: u64, all: Option<u64>, elapsed: Duration, width: usize) -> String {
    let name = step.stage.name();
    let scaled = |count: u64, by: u128, of: u128| {
        let scaled = u128::from(count).saturating_mul(by).checked_div(of);
        scaled.and_then(|scaled| u64::try_from(scaled).ok())
    };
    let percent = all.and_then(|all| scaled(done.min(all), 100, all.into()));
    let entries = format!(" {} entries", HumanCount(step.entries));
    let bytes = format!(", {}", HumanBytes(step.bytes));
    let mut times = String::new();
    if elapsed >= SETTLED {
        let micros = elapsed.as_micros();
        if let Some(rate) = scaled(step.entries, 1_000_000, micros) {
            times += &format!(", {}/s", HumanCount(rate));
        }
        let left = all.and_then(|all| scaled(all.saturating_sub(done), micros, done.into()));
        if let Some(left) = left {
            times += &format!(", {:#} left", HumanDuration(Duration::from_micros(left)));
        }
    }
    let rest = |length: u64, bytes: &str| {
        let share = percent.map(|percent| match length {
            0 => format!(" {percent:>3}%"),
            length => {
                let done = usize::try_from(percent * length / 100).unwrap_or_default();
                let length = usize::try_from(length).unwrap_or_default();
                format!(" [{:length$}] {percent:>3}%", "=".repeat(done))
            }
        });
        format!("{}{entries}{bytes}{times}", share.unwrap_or_default())
    };
    // The shortest one is cut if it is too long.
    let fits = |rest: &String| name.len() + rest.len() <= width;
    let forms =
        [(20, &*bytes), (10, &*bytes), (0, &*bytes), (0, "")].map(|(length, bytes)| rest(length, bytes));
    let [.., shortest] = &forms;
    let rest = forms.iter().find(|rest| fits(rest)).unwrap_or(shortest);
    format!("{style}{name}{style:#}{rest}")
}

#[cfg(test)]
mod tests {
    use indicatif::InMemoryTerm;

    use super::*;

    const STEP: Step = Step {
        stage: Stage::Writing,
        entries: 2_000,
        total: Some(8_000),
        bytes: 3 << 20,
    };

    fn terminal() -> (InMemoryTerm, Progress) {
        terminal_with(Style::new())
    }

    fn terminal_with(style: Style) -> (InMemoryTerm, Progress) {
        let terminal = InMemoryTerm::new(5, 120);
        let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
        (terminal, Progress::on(target, style, || 120, None))
    }

    #[test]
    fn on_narrow_terminals_the_bar_is_shorter_or_missing_and_bytes_are_left_out() {
        let step = Step {
            entries: 1_017_068,
            bytes: 42_446_356,
            ..STEP
        };
        let shown = |width| line(step, Style::new(), 50, Some(200), Duration::from_secs(6), width);
        for (widths, expected) in [
            (
                85..=120,
                "Writing [=====               ]  25% 1,017,068 entries, 40.48 MiB, 169,511/s, 18s left",
            ),
            (
                75..=84,
                "Writing [==        ]  25% 1,017,068 entries, 40.48 MiB, 169,511/s, 18s left",
            ),
            (
                62..=74,
                "Writing  25% 1,017,068 entries, 40.48 MiB, 169,511/s, 18s left",
            ),
            (0..=61, "Writing  25% 1,017,068 entries, 169,511/s, 18s left"),
        ] {
            for width in widths {
                assert_eq!(shown(width), expected, "{width}");
            }
        }
    }

    #[test]
    fn a_step_shows_stage_share_counts_rate_and_time_left() {
        let (terminal, progress) = terminal();
        let start = Instant::now();
        progress.show_at(Step { entries: 0, ..STEP }, start);
        assert_eq!(
            terminal.contents(),
            "Writing [                    ]   0% 0 entries, 3.00 MiB"
        );
        progress.show_at(STEP, start + Duration::from_secs(2));
        assert_eq!(
            terminal.contents(),
            "Writing [=====               ]  25% 2,000 entries, 3.00 MiB, 1,000/s, 6s left"
        );
    }

    #[test]
    fn only_the_stage_is_colored_and_takes_no_more_room_for_it() {
        let (terminal, progress) = terminal_with(STAGE);
        progress.show_at(Step { entries: 0, ..STEP }, Instant::now());
        assert_eq!(
            terminal.contents(),
            "Writing [                    ]   0% 0 entries, 3.00 MiB"
        );
        // The terminal has sequences of its own for the same.
        let formatted = String::from_utf8(terminal.contents_formatted()).unwrap();
        assert!(
            formatted.contains("\u{1b}[32;1mWriting\u{1b}[m ["),
            "{formatted:?}"
        );
    }

    #[test]
    fn without_a_total_there_is_no_bar_and_no_time_left() {
        let (terminal, progress) = terminal();
        let start = Instant::now();
        let step = Step {
            stage: Stage::Reading,
            total: None,
            bytes: 1,
            ..STEP
        };
        progress.show_at(Step { entries: 0, ..step }, start);
        progress.show_at(step, start + Duration::from_secs(2));
        assert_eq!(terminal.contents(), "Reading 2,000 entries, 1 B, 1,000/s");
    }

    #[test]
    fn steps_in_quick_succession_are_not_drawn_but_a_new_stage_is() {
        let (terminal, progress) = terminal();
        let start = Instant::now();
        let reading = |entries| Step {
            stage: Stage::Reading,
            entries,
            total: None,
            bytes: 1,
        };
        progress.show_at(reading(1), start);
        progress.show_at(reading(2), start + REDRAW / 2);
        assert_eq!(terminal.contents(), "Reading 1 entries, 1 B");
        progress.show_at(reading(3), start + REDRAW);
        assert_eq!(terminal.contents(), "Reading 3 entries, 1 B");
        progress.show_at(STEP, start + REDRAW);
        assert!(
            terminal.contents().starts_with("Writing ["),
            "{}",
            terminal.contents()
        );
    }

    #[test]
    fn entries_of_a_map_and_texts_can_be_shown() {
        let (terminal, progress) = terminal();
        progress.show_read(50, 200, 1 << 20);
        assert_eq!(
            terminal.contents(),
            "Reading [=====               ]  25% 50 entries, 1.00 MiB"
        );
        progress.show_text(|| unreachable!("too soon after the last one"));
        let (terminal, progress) = self::terminal();
        progress.show_text(|| "Measuring".to_owned());
        assert_eq!(terminal.contents(), "Measuring");
        progress.clear();
        progress.show_text(|| unreachable!("nothing is drawn any more"));
        assert_eq!(terminal.contents(), "");
    }

    #[test]
    fn clearing_removes_the_bar() {
        let (terminal, progress) = terminal();
        progress.show_at(STEP, Instant::now());
        assert_ne!(terminal.contents(), "");
        progress.clear();
        assert_eq!(terminal.contents(), "");
        progress.show_at(STEP, Instant::now() + REDRAW);
        assert_eq!(terminal.contents(), "");
    }

    #[test]
    fn extreme_shares_and_rates_can_be_shown() {
        for (done, all) in [
            (0, Some(0)),
            (5, Some(3)),
            (u64::MAX, Some(u64::MAX)),
            (1, Some(u64::MAX)),
        ] {
            let step = Step {
                entries: u64::MAX,
                ..STEP
            };
            for elapsed in [Duration::ZERO, SETTLED, Duration::MAX] {
                assert_ne!(line(step, STAGE, done, all, elapsed, 80), "");
            }
        }
    }
}
