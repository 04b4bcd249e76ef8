//! Texts, colours, and the places that they take.

use std::fmt::{self, Write as _};

use crate::output::escape::Escaped;

pub(super) const BACKGROUND: &str = "#ffffff";
pub(super) const GRID: &str = "#d1d9e0";
pub(super) const BAR: &str = "#4878a8";
pub(super) const MARKED_BAR: &str = "#c2571a";
const TEXT: &str = "#1f2328";
const FAINT_TEXT: &str = "#59636e";

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    /// Which point of the text is at its place.
    anchor: &'static str,
    size: u8,
    is_bold: bool,
    color: &'static str,
}

impl Style {
    pub(super) const TITLE: Self = Self {
        anchor: "start",
        size: 18,
        is_bold: true,
        color: TEXT,
    };
    pub(super) const HEADING: Self = Self {
        size: 14,
        ..Self::TITLE
    };
    pub(super) const FAINT: Self = Self {
        anchor: "start",
        size: 12,
        is_bold: false,
        color: FAINT_TEXT,
    };
    pub(super) const ON_AXIS: Self = Self {
        anchor: "end",
        size: 11,
        ..Self::FAINT
    };
    pub(super) const MARK: Self = Self {
        anchor: "middle",
        size: 11,
        is_bold: true,
        color: MARKED_BAR,
    };

    pub(super) fn on_bar(is_marked: bool) -> Self {
        Self {
            is_bold: is_marked,
            color: TEXT,
            ..Self::MARK
        }
    }

    pub(super) fn centered(self) -> Self {
        Self {
            anchor: "middle",
            ..self
        }
    }
}

/// Writes `text`, whose base line is at `y`.
pub(super) fn text(svg: &mut String, text: &str, (x, y): (f64, f64), style: Style) {
    let Style {
        anchor,
        size,
        is_bold,
        color,
    } = style;
    let weight = if is_bold { r#" font-weight="600""# } else { "" };
    // Writing to a string cannot fail.
    _ = writeln!(
        svg,
        r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}" font-size="{size}"{weight} fill="{color}">{}</text>"#,
        Text(text)
    );
}

/// The place of a text on a bar.
pub(super) struct Area {
    left: f64,
    right: f64,
    base: f64,
}

impl Area {
    /// That of a text around `middle`.
    pub(super) fn of(text: &str, middle: f64, base: f64) -> Self {
        let half = Self::width(text) / 2.0;
        Self {
            left: middle - half,
            right: middle + half,
            base,
        }
    }

    /// About the width of a text, with some space.
    pub(super) fn width(text: &str) -> f64 {
        6.2 * (text.chars().count() as f64 + 0.5)
    }

    /// Hides the lines of the axis behind the text.
    pub(super) fn clear(&self, svg: &mut String) {
        // Without most of the space around it, which the bars beside it may take.
        let (left, width) = (self.left + 3.0, self.right - self.left - 6.0);
        let top = self.base - 9.0;
        // Writing to a string cannot fail.
        _ = writeln!(
            svg,
            r#"<rect x="{left:.1}" y="{top:.1}" width="{width:.1}" height="11" fill="{BACKGROUND}"/>"#
        );
    }

    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right && (self.base - other.base).abs() < 12.0
    }
}

/// Text that may come from names: without markup, control characters and others that XML cannot have.
pub(super) struct Text<'a>(pub(super) &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in Escaped(self.0).to_string().chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\u{fffe}' | '\u{ffff}' => write!(f, "{}", character.escape_unicode())?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}
