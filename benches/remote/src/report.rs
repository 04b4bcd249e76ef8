//! The report, in Markdown.

use std::fmt::{Display, Write};
use std::time::Duration;

use crate::machine::Run;
use crate::server::DELAY;

/// A target, and what was measured.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    pub(crate) what: String,
    pub(crate) found: f64,
    /// Most that is allowed.
    pub(crate) limit: f64,
    pub(crate) unit: &'static str,
}

impl Verdict {
    pub(crate) fn at_most(what: impl Into<String>, found: f64, limit: f64, unit: &'static str) -> Self {
        Self {
            what: what.into(),
            found,
            limit,
            unit,
        }
    }

    fn row(&self) -> [String; 4] {
        let Self {
            what,
            found,
            limit,
            unit,
        } = self;
        let verdict = match found <= limit {
            true => "met",
            false => "**missed**",
        };
        [
            what.clone(),
            format!("{found:.2} {unit}"),
            format!("{limit:.2} {unit}"),
            verdict.to_owned(),
        ]
    }
}

/// What a part has measured.
#[derive(Debug, Default)]
pub(crate) struct Section {
    text: String,
    verdicts: Vec<Verdict>,
}

impl Section {
    pub(crate) fn new(introduction: &str) -> Self {
        Self {
            text: format!("{introduction}\n\n"),
            verdicts: Vec::new(),
        }
    }

    pub(crate) fn table<const N: usize>(
        &mut self,
        head: [&str; N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) {
        self.text += &table(head, rows);
        self.text.push('\n');
    }

    pub(crate) fn paragraph(&mut self, text: &str) {
        writeln!(self.text, "{text}\n").expect("strings take all text");
    }

    pub(crate) fn target(&mut self, verdict: Verdict) {
        self.verdicts.push(verdict);
    }
}

/// All parts.
#[derive(Debug, Default)]
pub(crate) struct Report {
    sections: Vec<(&'static str, Section)>,
}

impl Report {
    pub(crate) fn add(&mut self, title: &'static str, section: Section) {
        eprintln!("{title}: done");
        self.sections.push((title, section));
    }

    pub(crate) fn render(&self, run: &Run) -> String {
        let verdicts = self.sections.iter().flat_map(|(_, section)| &section.verdicts);
        let targets = table(["", "measured", "at most", ""], verdicts.map(Verdict::row));
        let parts: String = self
            .sections
            .iter()
            .map(|(title, section)| format!("\n## {title}\n\n{}", section.text.trim_end()) + "\n")
            .collect();
        format!(
            "<!-- Written by benches/remote: manual changes are lost. -->

# Lookups over HTTP

```sh
cargo run --release --manifest-path benches/remote/Cargo.toml -- --publish
```

{}

The server is in the process of the client and listens on loopback. It sends the first byte of an answer {} ms after the request: a
*delay*. Its connections are open already, as those of a service are. KB and MB are 10³ and 10⁶ bytes, KiB 1,024. Requests and bytes are
counted by the server; bytes are those of bodies. Times are medians unless something else is said. Client and server share the threads of
the machine, so that figures with many requests in flight are as much of its load as of the client.

## Targets

{targets}{parts}",
            run.describe(),
            DELAY.as_millis()
        )
    }
}

fn table<const N: usize>(head: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let line = |cells: &[String; N]| format!("| {} |\n", cells.join(" | "));
    let rule = std::array::from_fn(|column| if column == 0 { "---" } else { "--:" }.to_owned());
    let head = head.map(str::to_owned);
    let rows: String = rows.into_iter().map(|row| line(&row)).collect();
    line(&head) + &line(&rule) + &rows
}

/// A time in delays, such as `1.02`.
pub(crate) fn in_delays(time: Duration) -> f64 {
    time.as_secs_f64() / DELAY.as_secs_f64()
}

/// A time in milliseconds, such as `20.4`.
pub(crate) fn in_ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// A figure with so many digits after the point, and commas between thousands.
pub(crate) fn figure(value: f64, digits: usize) -> String {
    let plain = format!("{value:.digits$}");
    let (whole, rest) = plain.split_at(plain.find('.').unwrap_or(plain.len()));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) && grouped != "-" {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}

/// A number of bytes in a unit of three digits or so.
pub(crate) fn size(bytes: f64) -> String {
    match bytes {
        bytes if bytes < 1e3 => format!("{bytes:.0} B"),
        bytes if bytes < 1e6 => format!("{:.1} KB", bytes / 1e3),
        bytes if bytes < 1e9 => format!("{:.1} MB", bytes / 1e6),
        bytes => format!("{:.2} GB", bytes / 1e9),
    }
}

/// A cell of anything.
pub(crate) fn cell(value: impl Display) -> String {
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_commas_between_thousands() {
        for (value, digits, text) in [
            (1234567.0, 0, "1,234,567"),
            (123.456, 1, "123.5"),
            (-123.0, 0, "-123"),
            (1000.25, 2, "1,000.25"),
        ] {
            assert_eq!(figure(value, digits), text);
        }
    }

    #[test]
    fn targets_are_met_up_to_their_limit() {
        let verdict = |found| Verdict::at_most("opening", found, 2.0, "delays").row().join("|");
        assert_eq!(verdict(2.0), "opening|2.00 delays|2.00 delays|met");
        assert_eq!(verdict(2.01), "opening|2.01 delays|2.00 delays|**missed**");
    }

    #[test]
    fn tables_have_as_many_columns_as_their_head() {
        let text = table(["a", "b"], [["c", "d"].map(str::to_owned)]);
        assert_eq!(text, "| a | b |\n| --- | --: |\n| c | d |\n");
    }
}
