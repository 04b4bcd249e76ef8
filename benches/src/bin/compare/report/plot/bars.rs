//! Horizontal bars, one per store, the shortest first.

use std::io;

use super::canvas::{
    self, Anchor, BLACK_TEXT, Canvas, GREY_TEXT, LIMIT, WIDTH, colour, store_text_width, text_width,
};
use crate::report::quantities::column::Column;
use crate::report::tables::LIMITS;
use crate::results::{DataResults, StoreResults};

const ROW: i32 = 22;
const BAR: i32 = 14;
const TOP: i32 = 70;
const GAP: i32 = 30;
/// Width for the value next to the longest bar.
const VALUE: i32 = 64;
/// Bars longer than this multiple of the median are cut, so that differences between the others are visible.
const LONGEST: f64 = 3.0;

/// A set of bars, one for each store.
#[derive(Debug)]
pub(crate) struct Panel {
    pub(crate) title: &'static str,
    pub(crate) column: &'static Column,
}

/// A store and its values in the panels.
type Row<'a> = (&'a StoreResults, Vec<Option<f64>>);

/// `None` if no store has a value.
pub(crate) fn draw(title: &str, data: &DataResults, panels: &[Panel]) -> io::Result<Option<String>> {
    let rows = rows(data, panels);
    if rows.is_empty() {
        return Ok(None);
    }
    let limits: Vec<_> = panels.iter().map(|panel| limits(data, panel.column)).collect();
    let limit_rows = limits.iter().map(Vec::len).max().unwrap_or(0);
    let count = |rows: usize| i32::try_from(rows).expect("stores and limits are few");
    let top = TOP + count(limit_rows) * 15;
    let bottom = top + count(rows.len()) * ROW;
    let names = rows
        .iter()
        .map(|(store, _)| store_text_width(store, &store.title))
        .max()
        .unwrap_or(0)
        + 16;
    let svg = canvas::draw(bottom + 14, |canvas| {
        canvas.title(title, (14, 22))?;
        for (index, (store, _)) in rows.iter().enumerate() {
            let at = (names - 6, top + count(index) * ROW + ROW / 2);
            if store.is_ours() {
                canvas.bold(&store.title, at, Anchor::End, colour(store))?;
            } else {
                canvas.text(&store.title, at, Anchor::End, BLACK_TEXT)?;
            }
        }
        let width = (WIDTH - names - 14) / count(panels.len());
        for (index, (panel, limits)) in panels.iter().zip(&limits).enumerate() {
            let left = names + count(index) * width;
            let values: Vec<_> = rows
                .iter()
                .map(|(store, values)| (*store, values[index]))
                .collect();
            let end = if index + 1 < panels.len() { GAP } else { 0 };
            let bars = Bars {
                canvas,
                left,
                top,
                bottom,
                width: width - end - VALUE,
            };
            canvas.text(
                &format!("{} (shorter is better)", panel.title),
                (left, 48),
                Anchor::Start,
                GREY_TEXT,
            )?;
            bars.draw(panel.column, &values, limits)?;
        }
        Ok(())
    })?;
    Ok(Some(svg))
}

/// The rows, sorted by the value in the first panel; those without one come last.
fn rows<'a>(data: &'a DataResults, panels: &[Panel]) -> Vec<Row<'a>> {
    let row = |store: &'a StoreResults| {
        // Hits from memory are not comparable with hits on disk.
        let is_shown = |panel: &&Panel| !panel.column.is_from_memory(store);
        let median = |panel: &Panel| Some(panel.column.summary(data, store)?.median);
        let value = |panel: &Panel| Some(panel).filter(is_shown).and_then(median);
        (store, panels.iter().map(value).collect::<Vec<_>>())
    };
    let mut rows: Vec<Row<'a>> = data.stores.iter().map(row).collect();
    rows.retain(|(_, values)| values.iter().any(Option::is_some));
    let key = |(_, values): &Row<'_>| values.first().copied().flatten().unwrap_or(f64::INFINITY);
    rows.sort_by(|one, other| key(one).total_cmp(&key(other)));
    rows
}

/// The limits, the least first.
fn limits(data: &DataResults, column: &Column) -> Vec<(&'static str, f64)> {
    let limits = LIMITS
        .iter()
        .filter_map(|limit| Some((limit.title, limit.summary(data, column)?.median)));
    let mut limits: Vec<_> = limits.collect();
    limits.sort_by(|one, other| one.1.total_cmp(&other.1));
    limits
}

struct Bars<'a, 'b> {
    canvas: &'a Canvas<'b>,
    left: i32,
    top: i32,
    bottom: i32,
    /// Width of the longest bar.
    width: i32,
}

impl Bars<'_, '_> {
    fn draw(
        &self,
        column: &Column,
        values: &[(&StoreResults, Option<f64>)],
        limits: &[(&str, f64)],
    ) -> io::Result<()> {
        let full = full_length(values.iter().filter_map(|(_, value)| *value).collect());
        let x = |value: f64| self.left + (value / full * f64::from(self.width)).round() as i32;
        // Negative values, as the overhead of a compressed file may be, have no bar.
        let end = |value: f64| x(value.clamp(0.0, full)).max(self.left + 1);
        let middles = (self.top + ROW / 2..).step_by(ROW.unsigned_abs() as usize);
        let bars = values.iter().zip(middles);
        let bars: Vec<_> = bars
            .filter_map(|((store, value), middle)| Some((*store, (*value)?, middle)))
            .collect();
        for &(store, value, middle) in &bars {
            let (above, below) = (middle - BAR / 2, middle + BAR / 2);
            self.canvas
                .rectangle((self.left, above), (end(value), below), colour(store))?;
            if value > full {
                self.cut(end(value) - 16, (above, below))?;
            }
        }
        self.canvas.line(
            vec![(self.left, self.top), (self.left, self.bottom)],
            GREY_TEXT,
            1,
        )?;
        self.draw_limits(limits.iter().filter(|(_, value)| *value <= full), column, x)?;
        for (store, value, middle) in bars {
            self.write(store, &column.show(value), (end(value) + 5, middle))?;
        }
        Ok(())
    }

    /// Writes a value next to its bar, on white, so that no line of a limit crosses it.
    fn write(&self, store: &StoreResults, text: &str, (x, y): (i32, i32)) -> io::Result<()> {
        let to = (x + store_text_width(store, text), y + BAR / 2);
        self.canvas
            .rectangle((x - 2, y - BAR / 2), to, plotters::style::WHITE)?;
        if store.is_ours() {
            self.canvas.bold(text, (x, y), Anchor::Start, colour(store))
        } else {
            self.canvas.text(text, (x, y), Anchor::Start, BLACK_TEXT)
        }
    }

    /// Marks a cut bar with white strokes.
    fn cut(&self, x: i32, (above, below): (i32, i32)) -> io::Result<()> {
        for x in [x, x + 6] {
            self.canvas.line(
                vec![(x, below + 1), (x + 5, above - 1)],
                plotters::style::WHITE,
                3,
            )?;
        }
        Ok(())
    }

    /// Draws the lines of limits through all bars, with labels above them.
    fn draw_limits<'c>(
        &self,
        limits: impl Iterator<Item = &'c (&'c str, f64)>,
        column: &Column,
        x: impl Fn(f64) -> i32,
    ) -> io::Result<()> {
        let mut label = TOP - 3;
        for (name, value) in limits {
            let text = format!("{name}: {}", column.show(*value));
            let x = x(*value);
            self.canvas.dashed(x, (label, self.bottom), LIMIT)?;
            let fits = x + text_width(&text) < self.left + self.width + VALUE + GAP / 3;
            let (at, anchor) = if fits {
                (x + 4, Anchor::Start)
            } else {
                (x - 4, Anchor::End)
            };
            self.canvas.text(&text, (at, label + 2), anchor, LIMIT)?;
            label += 15;
        }
        Ok(())
    }
}

/// The value of a bar of full width.
fn full_length(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.get(values.len() / 2).copied().unwrap_or(0.0);
    let most = values.last().copied().unwrap_or(0.0);
    let longest = middle * LONGEST;
    // The median may be 0.
    match if longest > 0.0 { most.min(longest) } else { most } {
        length if length > 0.0 => length,
        _ => 1.0,
    }
}
