//! The forest plot: for each pair of arms, the difference on every data set with its interval, and where they are centred.
//!
//! Not drawn where data sets differ in the unit of the metric: their differences share no axis.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::super::sentences::{amount, in_points, percent};
use super::super::svg::{
    Area, Failed, GRID, INK, PALETTE, SCALE, WIDTH, canvas, cut, line, scaled, text_width, words,
};
use super::{Board, Judgement, Less};
use crate::stats::{Interval, SetPair, Verdict};
use crate::text;

/// More pairs are in the files: their panels would be too narrow to read.
const PANELS_MAX: usize = 4;
const ROWS_MAX: usize = 40;
const ROW: i32 = 22;
/// Characters of the title that have room.
const TITLE_MAX: usize = 84;
const LABEL_FONT: i32 = 13;
/// Pixels from the top to the first row.
const TOP: i32 = 84;

/// File name without folder and ending, of the table with this index.
pub(super) fn name(index: usize) -> String {
    if index == 0 { "forest".into() } else { format!("forest_{}", index + 1) }
}

pub(super) fn is_drawn(board: &Board) -> bool {
    let pairs = || board.over.pairs.iter();
    let on_set = |set: usize| pairs().any(|p| board.on_set(set, p).is_some_and(|on| on.interval.is_some()));
    !board.relative && (0..board.data_sets.len()).filter(|set| on_set(*set)).count() > 1
}

/// The bytes of the figure; `None` where it is not drawn.
pub(super) fn draw(board: &Board, judgement: &Judgement) -> Option<Vec<u8>> {
    is_drawn(board).then(|| {
        let forest = Forest::new(board, judgement);
        let height = forest.bottom() + 74;
        canvas(height, &forest.title, &forest.caption.join(" "), |root| forest.draw_on(root, height))
    })
}

struct Forest<'a> {
    board: &'a Board,
    pairs: Vec<&'a SetPair>,
    has_control: bool,
    rows: usize,
    /// Of values to what is shown: accuracies are told in points.
    factor: f64,
    unit: String,
    /// In the unit shown.
    region: f64,
    axis: Axis,
    /// Pixels left of the panels.
    margin: i32,
    title: String,
    caption: [String; 2],
}

/// What all panels share.
struct Axis {
    low: f64,
    high: f64,
    step: f64,
}

impl Axis {
    /// From the lowest to the highest of what is shown, 0 included, with about this many steps between.
    fn new(ends: &[f64], ticks: usize) -> Axis {
        let low = ends.iter().copied().fold(0.0, f64::min);
        let high = ends.iter().copied().fold(0.0, f64::max);
        let (low, high) = if high > low { (low, high) } else { (-0.5, 0.5) };
        let span = high - low;
        // A round step may be a little smaller, so that there is more than one.
        let rough = 0.75 * span / ticks as f64;
        let decade = 10f64.powi(rough.log10().floor() as i32);
        let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * decade).into_iter().find(|s| *s >= rough);
        Axis { low: low - 0.04 * span, high: high + 0.04 * span, step: step.unwrap_or(10.0 * decade) }
    }

    fn ticks(&self) -> impl Iterator<Item = f64> + '_ {
        let first = (self.low / self.step).ceil() as i64;
        let last = (self.high / self.step).floor() as i64;
        (first..=last).map(|i| i as f64 * self.step)
    }
}

impl<'a> Forest<'a> {
    fn new(board: &'a Board, judgement: &Judgement) -> Forest<'a> {
        let pairs: Vec<&SetPair> = board.over.pairs.iter().take(PANELS_MAX).collect();
        let rows = board.data_sets.len().min(ROWS_MAX);
        let points = in_points(&judgement.metric);
        let factor = if points { 100.0 } else { 1.0 };
        let measure = format!("{} {}", judgement.part, judgement.metric);
        let ends = |on: Less| {
            let interval = on.interval.unwrap_or(Interval { low: on.difference, high: on.difference });
            [factor * interval.low, factor * interval.high]
        };
        let shown = |set| pairs.iter().filter_map(move |pair| board.on_set(set, pair));
        let mut reach: Vec<f64> = (0..rows).flat_map(shown).flat_map(ends).collect();
        reach.extend([-1.0, 1.0].map(|side| side * factor * board.region));
        let names = board.data_sets.iter().take(rows).map(|n| text_width(&cut(n, 24), LABEL_FONT)).max();
        let left_out = match (board.over.pairs.len() - pairs.len(), board.data_sets.len() - rows) {
            (0, 0) => String::new(),
            _ => " More pairs or data sets are in dataset_pairs.csv.".into(),
        };
        let confidence = percent(judgement.confidence);
        Forest {
            title: match &judgement.control {
                Some(control) => format!("{} less that of {control}, on each data set", capital(&measure)),
                None => format!("Differences in {measure} on each data set"),
            },
            caption: [
                format!(
                    "Mean difference and its {confidence} interval over paired seeds; diamond: the centre over the data sets \
                     (Hodges-Lehmann). {}",
                    if judgement.higher_is_better {
                        "Right of 0: the arm is better."
                    } else {
                        "Left of 0: the arm is better."
                    }
                ),
                format!(
                    "In colour where that data set's own experiment calls the arm (blue) or the other (orange) better.{}{left_out}",
                    if board.region > 0.0 {
                        format!(
                            " Grey: differences up to {} count as none.",
                            amount(&judgement.metric, board.region)
                        )
                    } else {
                        String::new()
                    }
                ),
            ],
            unit: if points { "points".into() } else { measure },
            axis: Axis::new(&reach, (8 / pairs.len()).max(3)),
            margin: names.unwrap_or(0).max(40) + 24,
            region: factor * board.region,
            has_control: judgement.control.is_some(),
            board,
            pairs,
            rows,
            factor,
        }
    }

    fn bottom(&self) -> i32 {
        TOP + ROW * (self.rows as i32 + 1)
    }

    /// From a difference in the unit shown to pixels in a panel.
    fn x(&self, panel: usize, value: f64) -> i32 {
        let width = (WIDTH - self.margin - 12) / self.pairs.len() as i32;
        let share =
            (value.clamp(self.axis.low, self.axis.high) - self.axis.low) / (self.axis.high - self.axis.low);
        self.margin + width * panel as i32 + 8 + (share * f64::from(width - 16)).round() as i32
    }

    fn y(&self, row: usize) -> i32 {
        TOP + ROW * row as i32 + ROW / 2
    }

    fn draw_on(&self, root: &Area<'_>, height: i32) -> Result<(), Failed> {
        words(root, &cut(&self.title, TITLE_MAX), 18, (16, 24), HPos::Left)?;
        for (line, text) in (0..).zip(&self.caption) {
            words(root, text, 12, (16, height - 30 + 16 * line), HPos::Left)?;
        }
        for row in 0..self.rows {
            words(
                root,
                &cut(&self.board.data_sets[row], 24),
                LABEL_FONT,
                (self.margin - 8, self.y(row)),
                HPos::Right,
            )?;
        }
        words(root, "all", LABEL_FONT, (self.margin - 8, self.y(self.rows)), HPos::Right)?;
        for panel in 0..self.pairs.len() {
            self.frame(root, panel)?;
            self.panel(root, panel)?;
        }
        Ok(())
    }

    /// Region, grid, axis, and heading.
    fn frame(&self, root: &Area<'_>, panel: usize) -> Result<(), Failed> {
        let (pair, bottom) = (self.pairs[panel], self.bottom());
        let middle = i32::midpoint(self.x(panel, self.axis.low), self.x(panel, self.axis.high));
        let room = ((WIDTH - self.margin) / self.pairs.len() as i32 / 8).max(8) as usize;
        for (line, words_of) in (0..).zip(self.heading(pair, room)) {
            words(root, &cut(&words_of, room), LABEL_FONT, (middle, 50 + 17 * line), HPos::Center)?;
        }
        if self.region > 0.0 {
            let corners = [(self.x(panel, -self.region), TOP), (self.x(panel, self.region), bottom)];
            root.draw(&Rectangle::new(corners.map(scaled), GRID.mix(0.6).filled()))?;
        }
        for tick in self.axis.ticks() {
            let x = self.x(panel, tick);
            let is_zero = tick.abs() < self.axis.step / 2.0;
            line(root, (x, TOP), (x, bottom), if is_zero { INK } else { GRID }, 1)?;
            words(root, &text::significant(tick, 3), 12, (x, bottom + 10), HPos::Center)?;
        }
        words(root, &self.unit, 12, (middle, bottom + 26), HPos::Center)
    }

    /// Two lines over a panel. A control is in the title; a long pairing is parted at its sign.
    fn heading(&self, pair: &SetPair, room: usize) -> [String; 2] {
        let arm = &self.board.arms[pair.a];
        if !self.has_control {
            return [arm.clone(), format!("less {}", self.board.arms[pair.b])];
        }
        match arm.split_once('+').filter(|_| arm.chars().count() > room) {
            Some((activation, loss)) => [format!("{activation}+"), loss.to_string()],
            None => [arm.clone(), String::new()],
        }
    }

    fn panel(&self, root: &Area<'_>, panel: usize) -> Result<(), Failed> {
        let pair = self.pairs[panel];
        for row in 0..self.rows {
            let Some(on) = self.board.on_set(row, pair) else { continue };
            let color = match on.verdict {
                Verdict::ABetter => PALETTE[0],
                Verdict::BBetter => PALETTE[1],
                Verdict::Equivalent | Verdict::Undecided { .. } => INK,
            };
            let (y, at) = (self.y(row), |x: f64| self.x(panel, self.factor * x));
            if let Some(interval) = on.interval {
                line(root, (at(interval.low), y), (at(interval.high), y), color, 2)?;
            }
            root.draw(&Circle::new(scaled((at(on.difference), y)), 4 * SCALE, color.filled()))?;
        }
        let Some((centre, interval)) = pair.centre.and_then(|c| Some((c.estimate, c.interval?))) else {
            return Ok(());
        };
        let (y, at) = (self.y(self.rows), |x: f64| self.x(panel, self.factor * x));
        let corners =
            [(at(interval.low), y), (at(centre), y - 6), (at(interval.high), y), (at(centre), y + 6)];
        Ok(root.draw(&Polygon::new(corners.map(scaled).to_vec(), INK.filled()))?)
    }
}

/// `test accuracy` as a sentence begins.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::Axis;

    #[test]
    fn ticks_are_round_and_hold_zero() {
        let ticks = |ends: &[f64], n| Axis::new(ends, n).ticks().collect::<Vec<_>>();
        assert_eq!(ticks(&[-1.3, 2.9], 4), [-1.0, 0.0, 1.0, 2.0, 3.0]);
        assert_eq!(ticks(&[-3.9, 4.2], 4), [-4.0, -2.0, 0.0, 2.0, 4.0]);
        assert_eq!(ticks(&[0.0], 2), [-0.5, 0.0, 0.5]);
        assert_eq!(ticks(&[0.011, 0.049], 5), [0.0, 0.01, 0.02, 0.03, 0.04, 0.05]);
    }
}
