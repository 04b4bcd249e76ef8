//! A white drawing area, in pixels.

use std::io;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::results::{Kind, StoreResults};

pub(crate) const WIDTH: i32 = 900;
pub(crate) const BLACK_TEXT: RGBColor = RGBColor(32, 32, 32);
pub(crate) const GREY_TEXT: RGBColor = RGBColor(100, 100, 100);
pub(crate) const LIMIT: RGBColor = RGBColor(176, 58, 46);
pub(crate) const GRID: RGBColor = RGBColor(226, 226, 226);

/// Size of most text. In plotters, this is the line height: 1.24 times the font size in pixels.
pub(crate) const TEXT: i32 = 15;

/// The colour of a store.
pub(crate) fn colour(store: &StoreResults) -> RGBColor {
    match store.kind {
        Kind::Ours => RGBColor(11, 95, 190),
        Kind::OursFormat1 => RGBColor(122, 172, 228),
        Kind::Other => RGBColor(150, 150, 150),
        Kind::InMemory => RGBColor(205, 205, 205),
    }
}

/// Approximate width of a text; rather too large, since fonts differ between viewers.
pub(crate) fn text_width(text: &str) -> i32 {
    let letters = i32::try_from(text.chars().count()).expect("labels are short");
    letters * 7
}

/// Width of a text about a store, which is bold for massmap.
pub(crate) fn store_text_width(store: &StoreResults, text: &str) -> i32 {
    let width = text_width(text);
    if store.is_ours() { width * 10 / 9 } else { width }
}

/// Which part of a text is at its position.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

pub(crate) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
}

/// Renders the drawing that `draw` makes, as SVG.
pub(crate) fn draw(height: i32, draw: impl FnOnce(&Canvas<'_>) -> io::Result<()>) -> io::Result<String> {
    let size = (WIDTH.unsigned_abs(), height.unsigned_abs());
    let mut svg = String::new();
    let canvas = Canvas {
        area: SVGBackend::with_string(&mut svg, size).into_drawing_area(),
    };
    canvas.area.fill(&WHITE).map_err(io::Error::other)?;
    draw(&canvas)?;
    canvas.area.present().map_err(io::Error::other)?;
    drop(canvas);
    Ok(svg)
}

impl Canvas<'_> {
    pub(crate) fn rectangle(&self, from: (i32, i32), to: (i32, i32), colour: RGBColor) -> io::Result<()> {
        let rectangle = Rectangle::new([from, to], colour.filled());
        self.area.draw(&rectangle).map_err(io::Error::other)
    }

    pub(crate) fn line(&self, points: Vec<(i32, i32)>, colour: RGBColor, width: u32) -> io::Result<()> {
        let line = PathElement::new(points, colour.stroke_width(width));
        self.area.draw(&line).map_err(io::Error::other)
    }

    pub(crate) fn dot(&self, at: (i32, i32), radius: i32, colour: RGBColor) -> io::Result<()> {
        self.area
            .draw(&Circle::new(at, radius, colour.filled()))
            .map_err(io::Error::other)
    }

    /// Draws a dashed vertical line.
    pub(crate) fn dashed(&self, x: i32, (top, bottom): (i32, i32), colour: RGBColor) -> io::Result<()> {
        for y in (top..bottom).step_by(7) {
            self.line(vec![(x, y), (x, (y + 4).min(bottom))], colour, 1)?;
        }
        Ok(())
    }

    /// Writes a text, vertically centred at the position.
    pub(crate) fn text(
        &self,
        text: &str,
        at: (i32, i32),
        anchor: Anchor,
        colour: RGBColor,
    ) -> io::Result<()> {
        self.write(text, at, anchor, (TEXT, FontStyle::Normal), colour)
    }

    pub(crate) fn bold(
        &self,
        text: &str,
        at: (i32, i32),
        anchor: Anchor,
        colour: RGBColor,
    ) -> io::Result<()> {
        self.write(text, at, anchor, (TEXT, FontStyle::Bold), colour)
    }

    pub(crate) fn title(&self, text: &str, at: (i32, i32)) -> io::Result<()> {
        self.write(text, at, Anchor::Start, (20, FontStyle::Bold), BLACK_TEXT)
    }

    fn write(
        &self,
        text: &str,
        at: (i32, i32),
        anchor: Anchor,
        (size, style): (i32, FontStyle),
        colour: RGBColor,
    ) -> io::Result<()> {
        let horizontal = match anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let style = TextStyle::from(("sans-serif", size, style))
            .color(&colour)
            .pos(Pos::new(horizontal, VPos::Center));
        self.area.draw_text(text, &style, at).map_err(io::Error::other)
    }
}
