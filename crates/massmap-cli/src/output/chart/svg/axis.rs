//! The lines of a vertical axis.

use crate::output::chart::units;

/// What the heights of bars are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Count,
    Bytes,
}

/// A vertical axis, which begins with 0.
#[derive(Debug)]
pub(super) struct Axis {
    /// The distance between two lines.
    step: f64,
    /// Number of lines above the one for 0.
    lines: u32,
    unit: Unit,
}

impl Axis {
    /// An axis for numbers up to `most`. Lines are at multiples of 1, 2 or 5 times a power of ten, of bytes or a larger unit.
    pub(super) fn new(most: f64, unit: Unit) -> Self {
        let scale = match unit {
            Unit::Count => 1.0,
            Unit::Bytes => 1024f64.powf(most.max(1.0).log(1024.0).floor()),
        };
        let scaled = if most > 0.0 { most / scale } else { 4.0 };
        let power = 10f64.powf((scaled / 4.0).log10().floor());
        let steps = [5.0, 2.0, 1.0].map(|factor| factor * power);
        let step = steps.into_iter().find(|step| scaled / step >= 4.0);
        let step = match unit {
            // There is no half an entry.
            Unit::Count => step.unwrap_or(power).max(1.0),
            Unit::Bytes => step.unwrap_or(power),
        };
        // Numbers at a line may have been rounded.
        let lines = (1..=10).find(|lines| f64::from(*lines) * step >= scaled * 0.999_999);
        Self {
            step: step * scale,
            lines: lines.unwrap_or(10),
            unit,
        }
    }

    pub(super) fn lines(&self) -> u32 {
        self.lines
    }

    /// The number at the upper end.
    pub(super) fn end(&self) -> f64 {
        self.step * f64::from(self.lines)
    }

    /// The label of a line.
    pub(super) fn label(&self, line: u32) -> String {
        let number = f64::from(line) * self.step;
        match self.unit {
            Unit::Bytes => units::bytes_like(number, self.end()),
            Unit::Count if self.end() >= 10_000.0 => units::short_count(whole(number)),
            Unit::Count => units::three_digits(number),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast of a float saturates"
)]
fn whole(number: f64) -> u64 {
    number.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_have_a_few_lines() {
        for most in [1e-9, 0.3, 1.0, 3.9, 4.0, 34.0, 330.0, 1500.0, 1e19] {
            for (unit, few) in [(Unit::Count, 4.0), (Unit::Bytes, 0.0)] {
                let axis = Axis::new(most, unit);
                let least = if most < few { 1 } else { 4 };
                assert!((least..=10).contains(&axis.lines()), "{most}: {}", axis.lines());
                assert!(axis.end() >= most * 0.999);
            }
        }
        let labels = |most, unit| {
            let axis = Axis::new(most, unit);
            [axis.label(0), axis.label(1), axis.label(axis.lines())]
        };
        assert_eq!(labels(0.0, Unit::Count), ["0", "1", "4"]);
        assert_eq!(labels(1.0, Unit::Count), ["0", "1", "1"]);
        assert_eq!(labels(3.0, Unit::Count), ["0", "1", "3"]);
        assert_eq!(labels(330.0, Unit::Count), ["0", "50", "350"]);
        assert_eq!(labels(12_000.0, Unit::Count), ["0", "2 k", "12 k"]);
        assert_eq!(labels(65_536.0, Unit::Bytes), ["0 KiB", "10 KiB", "70 KiB"]);
        assert_eq!(labels(1_400_000.0, Unit::Bytes), ["0 MiB", "0.2 MiB", "1.4 MiB"]);
    }
}
