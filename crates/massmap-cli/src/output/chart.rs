//! Figures and charts for people: units, bars and tables of text, plots as SVG.

pub(crate) mod svg;
pub(crate) mod text;
pub(crate) mod units;
