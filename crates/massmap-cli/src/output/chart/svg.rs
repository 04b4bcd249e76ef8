//! Plots as SVG, which browsers and viewers show.
//!
//! Every bar has its value on it, as far as there is room. Background and text have colours of their own, so that a plot can be read on
//! dark pages too.

mod axis;
mod elements;

use std::fmt::Write as _;

use axis::Axis;
pub(crate) use axis::Unit;
use elements::{Area, BACKGROUND, BAR, GRID, MARKED_BAR, Style, Text, text};

/// Size of a panel, in pixels.
const PANEL: (f64, f64) = (560.0, 300.0);

/// Number of panels side by side.
const COLUMNS: usize = 2;

/// Space for the title of the plot.
const TITLE: f64 = 56.0;

/// Space in a panel around its bars: for axes and labels on the left and below, and for its title above.
const LEFT: f64 = 64.0;
const RIGHT: f64 = 16.0;
const ABOVE: f64 = 60.0;
const BELOW: f64 = 64.0;

const WIDEST_BAR: f64 = 64.0;

/// Stands below the label of a bar that is marked.
const MARK: &str = "now";

/// A bar chart.
#[derive(Debug)]
pub(crate) struct Panel {
    /// What is shown.
    pub(crate) title: String,
    /// What the bars are, with the unit of their labels.
    pub(crate) x_axis: String,
    /// What is measured.
    pub(crate) y_axis: String,
    pub(crate) unit: Unit,
    pub(crate) bars: Vec<Bar>,
}

#[derive(Debug)]
pub(crate) struct Bar {
    /// Stands below it.
    pub(crate) label: String,
    pub(crate) height: f64,
    /// Stands on it.
    pub(crate) value: String,
    /// Whether it shows what there is now, and has another colour.
    pub(crate) is_marked: bool,
}

/// A bar with its place.
#[derive(Debug, Clone, Copy)]
struct PlacedBar<'a> {
    middle: f64,
    top: f64,
    bar: &'a Bar,
}

/// A plot with a title and panels, as the text of an SVG file.
pub(crate) fn plot(title: &str, subtitle: &str, panels: &[Panel]) -> String {
    let rows = panels.len().div_ceil(COLUMNS);
    let (width, height) = (COLUMNS as f64 * PANEL.0, TITLE + rows as f64 * PANEL.1);
    let mut svg = String::new();
    // Writing to a string cannot fail.
    _ = writeln!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family="system-ui, 'DejaVu Sans', Helvetica, Arial, sans-serif" role="img">"#
    );
    _ = writeln!(svg, "<title>{}</title>", Text(title));
    _ = writeln!(
        svg,
        r#"<rect width="{width}" height="{height}" fill="{BACKGROUND}"/>"#
    );
    text(&mut svg, title, (LEFT / 2.0, 28.0), Style::TITLE);
    text(&mut svg, subtitle, (LEFT / 2.0, 48.0), Style::FAINT);
    for (number, panel) in panels.iter().enumerate() {
        let (column, row) = (number % COLUMNS, number / COLUMNS);
        let place = (column as f64 * PANEL.0, TITLE + row as f64 * PANEL.1);
        draw(&mut svg, panel, place);
    }
    svg.push_str("</svg>\n");
    svg
}

/// Draws a panel whose corner is at `x` and `y`.
fn draw(svg: &mut String, panel: &Panel, (x, y): (f64, f64)) {
    let (left, top) = (x + LEFT, y + ABOVE);
    let (width, height) = (PANEL.0 - LEFT - RIGHT, PANEL.1 - ABOVE - BELOW);
    let bottom = top + height;
    let heading = x + LEFT / 2.0;
    text(svg, &panel.title, (heading, y + 22.0), Style::HEADING);
    text(svg, &panel.y_axis, (heading, y + 39.0), Style::FAINT);

    let tallest = panel.bars.iter().map(|bar| bar.height).fold(0.0, f64::max);
    let axis = Axis::new(tallest, panel.unit);
    for number in 0..=axis.lines() {
        let at = bottom - height * f64::from(number) / f64::from(axis.lines());
        _ = writeln!(
            svg,
            r#"<line x1="{left:.1}" x2="{:.1}" y1="{at:.1}" y2="{at:.1}" stroke="{GRID}"/>"#,
            left + width
        );
        text(svg, &axis.label(number), (left - 6.0, at + 4.0), Style::ON_AXIS);
    }

    let each = width / panel.bars.len().max(1) as f64;
    let bars = panel.bars.iter().enumerate().map(|(number, bar)| {
        let least = if bar.height > 0.0 { 1.0 } else { 0.0 };
        PlacedBar {
            middle: left + (number as f64 + 0.5) * each,
            top: bottom - (height * (bar.height / axis.end())).max(least),
            bar,
        }
    });
    let bars: Vec<_> = bars.collect();
    let bar_width = (each * 0.8).min(WIDEST_BAR);
    for PlacedBar { middle, top, bar } in &bars {
        let color = if bar.is_marked { MARKED_BAR } else { BAR };
        _ = writeln!(
            svg,
            r#"<rect x="{:.1}" y="{top:.1}" width="{bar_width:.1}" height="{:.1}" fill="{color}"><title>{}: {}</title></rect>"#,
            middle - bar_width / 2.0,
            bottom - top,
            Text(&bar.label),
            Text(&bar.value)
        );
    }
    write_values(svg, &bars);
    write_labels(svg, &bars, each, bottom);
    text(
        svg,
        &panel.x_axis,
        (left + width / 2.0, bottom + 46.0),
        Style::FAINT.centered(),
    );
}

/// Writes values on their bars. Those that others leave no room for are left out; the taller bars, and those that are marked, go first.
fn write_values(svg: &mut String, bars: &[PlacedBar<'_>]) {
    let mut order: Vec<_> = bars.iter().filter(|placed| placed.bar.height > 0.0).collect();
    order.sort_by(|one, other| {
        let marked = other.bar.is_marked.cmp(&one.bar.is_marked);
        marked.then(one.top.total_cmp(&other.top))
    });
    let mut taken: Vec<Area> = Vec::new();
    for PlacedBar { middle, top, bar } in order {
        let area = Area::of(&bar.value, *middle, top - 5.0);
        if !taken.iter().any(|other| other.overlaps(&area)) {
            area.clear(svg);
            taken.push(area);
            text(
                svg,
                &bar.value,
                (*middle, top - 5.0),
                Style::on_bar(bar.is_marked),
            );
        }
    }
}

/// Writes labels below their bars, which are `each` apart: all of them, or every second or third.
fn write_labels(svg: &mut String, bars: &[PlacedBar<'_>], each: f64, bottom: f64) {
    let widths = bars.iter().map(|placed| Area::width(&placed.bar.label));
    let longest = widths.fold(0.0, f64::max);
    let mut next = f64::NEG_INFINITY;
    for PlacedBar { middle, bar, .. } in bars {
        if *middle >= next {
            // Just less than the sum, which is rounded.
            next = middle + longest - each / 1000.0;
            text(
                svg,
                &bar.label,
                (*middle, bottom + 16.0),
                Style::on_bar(bar.is_marked),
            );
        }
        if bar.is_marked {
            text(svg, MARK, (*middle, bottom + 29.0), Style::MARK);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panel(bars: &[f64]) -> Panel {
        let bars = bars.iter().map(|height| Bar {
            label: format!("<{height}>"),
            height: *height,
            value: format!("{height} & more"),
            is_marked: *height == 3.0,
        });
        Panel {
            title: "What is shown".to_owned(),
            x_axis: "bytes".to_owned(),
            y_axis: "keys".to_owned(),
            unit: Unit::Count,
            bars: bars.collect(),
        }
    }

    #[test]
    fn every_bar_has_its_label_and_its_value() {
        let svg = plot("a title", "more", &[panel(&[1.0, 2.0, 3.0]), panel(&[])]);
        for expected in [
            ">a title</text>",
            ">What is shown</text>",
            ">bytes</text>",
            ">keys</text>",
            ">&lt;1&gt;</text>",
            ">2 &amp; more</text>",
            ">now</text>",
            BACKGROUND,
        ] {
            assert!(svg.contains(expected), "{expected} in {svg}");
        }
        assert_eq!(svg.matches("</rect>").count(), 3);
    }

    #[test]
    fn labels_and_values_do_not_run_into_each_other() {
        let svg = plot("", "", &[panel(&[1.0; 100])]);
        let shown = |text: &str| svg.matches(&format!(">{text}</text>")).count();
        for count in [shown("&lt;1&gt;"), shown("1 &amp; more")] {
            assert!((5..50).contains(&count), "{count}");
        }
    }

    #[test]
    fn names_break_neither_the_markup_nor_the_encoding() {
        let svg = plot("</text><script>\0\u{1b}\u{202e}\u{ffff}\"'&", "", &[]);
        assert!(!svg.contains("<script"), "{svg}");
        let expected = r#"&lt;/text&gt;&lt;script&gt;\u{0}\u{1b}\u{202e}\u{ffff}&quot;'&amp;"#;
        assert!(svg.contains(expected), "{svg}");
    }

    #[test]
    fn extreme_bars_stay_in_their_panel() {
        for bars in [&[0.0][..], &[f64::MAX, 1.0], &[1e-300], &[1.0; 1000]] {
            for unit in [Unit::Count, Unit::Bytes] {
                let svg = plot("", "", &[Panel { unit, ..panel(bars) }]);
                let rects = svg.lines().filter(|line| line.ends_with("</rect>"));
                for rect in rects {
                    let height = rect
                        .split("height=\"")
                        .nth(1)
                        .and_then(|rest| rest.split('"').next());
                    let height: f64 = height.unwrap().parse().unwrap();
                    assert!((0.0..=PANEL.1).contains(&height), "{rect}");
                }
            }
        }
    }
}
