//! Lines by number of entries, with labels at their ends.

use std::io;

use plotters::style::RGBColor;

use super::canvas::{self, Anchor, BLACK_TEXT, Canvas, GREY_TEXT, GRID, WIDTH, store_text_width};
use crate::report::quantities::column::Column;
use crate::report::tables;
use crate::report::text::unit::grouped;
use crate::results::{Results, StoreResults};

const LEFT: i32 = 76;
const TOP: i32 = 48;
const HEIGHT: i32 = 430;
const BOTTOM: i32 = TOP + HEIGHT;
/// Distance between labels.
const LABEL: i32 = 16;
/// Distance from lines to their labels.
const LEADER: i32 = 26;

struct Line<'a> {
    store: &'a StoreResults,
    /// Numbers of entries and values.
    points: Vec<(f64, f64)>,
}

impl Line<'_> {
    fn last(&self) -> (f64, f64) {
        self.points
            .last()
            .copied()
            .expect("lines without points are left out")
    }
}

/// `None` if no store has a value.
pub(crate) fn draw(title: &str, results: &Results, column: &Column) -> io::Result<Option<String>> {
    let lines = lines(results, column);
    if lines.is_empty() {
        return Ok(None);
    }
    let label = |line: &Line<'_>| format!("{}, {}", line.store.title, column.show(line.last().1));
    let labels: Vec<String> = lines.iter().map(label).collect();
    let widths = lines
        .iter()
        .zip(&labels)
        .map(|(line, label)| store_text_width(line.store, label));
    let room = widths.max().unwrap_or(0);
    let right = (WIDTH - room - LEADER - 20).max(WIDTH / 3);
    let counts: Vec<f64> = results.growth.iter().map(|data| data.entries as f64).collect();
    let horizontal = Scale::logarithmic(&counts, (LEFT, right));
    let values: Vec<f64> = lines
        .iter()
        .flat_map(|line| &line.points)
        .map(|(_, value)| *value)
        .collect();
    let vertical = Scale::suitable(&values, (BOTTOM, TOP));
    // High enough for all labels.
    let most = i32::try_from(lines.len()).expect("stores are few");
    let height = (BOTTOM + 50).max(TOP + (most + 1) * LABEL);
    let svg = canvas::draw(height, |canvas| {
        canvas.title(title, (14, 22))?;
        for tick in vertical.ticks() {
            let y = vertical.at(tick);
            canvas.line(vec![(LEFT, y), (right, y)], GRID, 1)?;
            canvas.text(&round(&column.show(tick)), (LEFT - 8, y), Anchor::End, GREY_TEXT)?;
        }
        for count in &counts {
            let x = horizontal.at(*count);
            canvas.line(vec![(x, TOP), (x, BOTTOM)], GRID, 1)?;
            canvas.text(
                &grouped(*count as u64),
                (x, BOTTOM + 16),
                Anchor::Middle,
                GREY_TEXT,
            )?;
        }
        canvas.text(
            "entries",
            (i32::midpoint(LEFT, right), BOTTOM + 36),
            Anchor::Middle,
            GREY_TEXT,
        )?;
        let ends: Vec<i32> = lines.iter().map(|line| vertical.at(line.last().1)).collect();
        let places = apart(&ends, (TOP, BOTTOM.max(TOP + most * LABEL)));
        // massmap last, so that no other line hides it.
        for ours in [false, true] {
            for ((line, label), place) in lines.iter().zip(&labels).zip(&places) {
                if line.store.is_ours() == ours {
                    draw_line(canvas, line, (&horizontal, &vertical), (label, (right, *place)))?;
                }
            }
        }
        Ok(())
    })?;
    Ok(Some(svg))
}

fn lines<'a>(results: &'a Results, column: &Column) -> Vec<Line<'a>> {
    let line = |store: &'a StoreResults| {
        let point = |data: &'a crate::results::DataResults| {
            let same = data.stores.iter().find(|other| other.id == store.id)?;
            Some((data.entries as f64, column.summary(data, same)?.median))
        };
        Line {
            store,
            points: results.growth.iter().filter_map(point).collect(),
        }
    };
    let mut lines: Vec<_> = tables::growth_stores(results).into_iter().map(line).collect();
    lines.retain(|line| !line.points.is_empty());
    lines
}

fn draw_line(
    canvas: &Canvas<'_>,
    line: &Line<'_>,
    (horizontal, vertical): (&Scale, &Scale),
    (label, (right, place)): (&str, (i32, i32)),
) -> io::Result<()> {
    let is_ours = line.store.is_ours();
    let colour = canvas::colour(line.store);
    let points: Vec<_> = line
        .points
        .iter()
        .map(|(x, y)| (horizontal.at(*x), vertical.at(*y)))
        .collect();
    let (x, y) = points.last().copied().expect("lines without points are left out");
    let faint = RGBColor(200, 200, 200);
    canvas.line(
        vec![(x, y), (right + 4, y), (right + LEADER - 4, place)],
        if is_ours { colour } else { faint },
        1,
    )?;
    for point in &points {
        canvas.dot(*point, if is_ours { 4 } else { 3 }, colour)?;
    }
    canvas.line(points, colour, if is_ours { 3 } else { 2 })?;
    let at = (right + LEADER, place);
    if is_ours {
        canvas.bold(label, at, Anchor::Start, colour)
    } else {
        canvas.text(label, at, Anchor::Start, BLACK_TEXT)
    }
}

/// Removes trailing zeros from a round number.
fn round(text: &str) -> String {
    text.replace(".00 ", " ").replace(".0 ", " ")
}

/// Positions for labels, as close to the wanted ones as possible without overlap.
fn apart(wanted: &[i32], (top, bottom): (i32, i32)) -> Vec<i32> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|&index| wanted[index]);
    // Groups of touching labels: the sum of the wanted positions of the first label, and the number of labels.
    let mut groups: Vec<(i32, i32)> = Vec::new();
    let first = |(sum, count): (i32, i32)| (sum / count).clamp(top, (bottom - (count - 1) * LABEL).max(top));
    for &index in &order {
        let mut group = (wanted[index], 1);
        while let Some(&above) = groups.last() {
            if first(above) + above.1 * LABEL <= first(group) {
                break;
            }
            // The labels of the lower group want the first one to be higher by the labels above them.
            group = (above.0 + group.0 - group.1 * above.1 * LABEL, above.1 + group.1);
            groups.pop();
        }
        groups.push(group);
    }
    let mut places = vec![0; wanted.len()];
    let all = groups
        .into_iter()
        .flat_map(|group| (0..group.1).map(move |label| first(group) + label * LABEL));
    for (&index, place) in order.iter().zip(all) {
        places[index] = place;
    }
    places
}

/// Maps values to pixels.
struct Scale {
    is_logarithmic: bool,
    from: f64,
    to: f64,
    pixels: (i32, i32),
}

impl Scale {
    fn logarithmic(values: &[f64], pixels: (i32, i32)) -> Self {
        let positive = || values.iter().copied().filter(|value| *value > 0.0);
        let (least, most) = (
            positive().fold(f64::INFINITY, f64::min),
            positive().fold(0.0, f64::max),
        );
        Self {
            is_logarithmic: true,
            from: least / 1.15,
            to: most * 1.15,
            pixels,
        }
    }

    /// A logarithmic scale if the values span a decade, otherwise a linear one.
    fn suitable(values: &[f64], pixels: (i32, i32)) -> Self {
        let logarithmic = Self::logarithmic(values, pixels);
        let most = values.iter().copied().fold(0.0, f64::max);
        if most > 0.0 && logarithmic.to / logarithmic.from >= 10.0 {
            logarithmic
        } else {
            let to = if most > 0.0 { most * 1.05 } else { 1.0 };
            Self {
                is_logarithmic: false,
                from: 0.0,
                to,
                pixels,
            }
        }
    }

    /// The position of a value. Values below the scale, such as 0 on a logarithmic one, are at its lower end.
    fn at(&self, value: f64) -> i32 {
        let share = if self.is_logarithmic {
            (value.max(self.from) / self.from).ln() / (self.to / self.from).ln()
        } else {
            value / self.to
        };
        let (first, last) = self.pixels;
        first + (share * f64::from(last - first)).round() as i32
    }

    /// Round numbers on the scale.
    fn ticks(&self) -> Vec<f64> {
        if !self.is_logarithmic {
            let step = 10f64.powf((self.to / 3.0).log10().floor());
            let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * step);
            let step = step
                .into_iter()
                .find(|step| self.to / step <= 6.0)
                .unwrap_or(self.to);
            return (0..)
                .map(|tick| f64::from(tick) * step)
                .take_while(|tick| *tick <= self.to)
                .collect();
        }
        let factors: &[f64] = if self.to / self.from < 2e3 {
            &[1.0, 2.0, 5.0]
        } else {
            &[1.0]
        };
        let decades = self.from.log10().floor() as i32..=self.to.log10().ceil() as i32;
        let ticks = decades.flat_map(|decade| factors.iter().map(move |factor| factor * 10f64.powi(decade)));
        ticks
            .filter(|tick| (self.from..=self.to).contains(tick))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_do_not_overlap_and_stay_near_their_lines() {
        let places = apart(&[100, 101, 300, 99, 20], (20, 400));
        assert_eq!(places, [100, 116, 300, 84, 20]);
        // At the edges, they are moved inside.
        assert_eq!(apart(&[400, 399, 395], (20, 400)), [400, 384, 368]);
        assert_eq!(apart(&[20, 21], (20, 400)), [20, 36]);
        let many: Vec<i32> = (0..20).map(|index| 100 + index * 7 % 13).collect();
        let mut places = apart(&many, (20, 400));
        places.sort_unstable();
        assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= LABEL));
        assert!(places[0] >= 20 && places[19] <= 400);
    }

    #[test]
    fn scales_that_span_a_decade_are_logarithmic() {
        let scale = Scale::suitable(&[100.0, 10_000.0], (400, 0));
        assert!(scale.is_logarithmic);
        assert_eq!(
            scale.ticks(),
            [100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10_000.0]
        );
        assert_eq!(scale.at(1000.0), 200);
        assert_eq!(scale.at(0.0), 400);
        let scale = Scale::suitable(&[100.0, 200.0], (400, 0));
        assert!(!scale.is_logarithmic);
        assert_eq!(scale.ticks(), [0.0, 50.0, 100.0, 150.0, 200.0]);
        assert_eq!(scale.at(0.0), 400);
    }

    #[test]
    fn a_scale_of_zeros_is_valid() {
        let scale = Scale::suitable(&[0.0, 0.0], (400, 0));
        assert_eq!(scale.at(0.0), 400);
    }
}
