//! Where the trials of each arm ended, every one of them: a table of quantiles and a histogram for each arm on one axis.
//!
//! Drawn where an arm has many trials: a mean hides that they end in two camps, and a single figure that somebody saw can be placed
//! among them. Of the selected configurations only, on the part that judges. A failed trial is worse than any number.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::File;
use super::selection::Selection;
use super::sentences::short;
use super::svg::{Area, Failed, INK, SCALE, Scale, WIDTH, canvas, caption_lines, cut, font, text_width};
use super::view::View;
use super::write::markdown::{code, plain, table};

/// Fewer trials in every arm are not worth a figure.
const TRIALS_MIN: usize = 20;
/// More rows than this make a figure that no page shows at once.
const ROWS_MAX: usize = 24;
const NAME: &str = "distribution";

/// Quantiles of the table.
const QUANTILES: [f64; 7] = [0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0];

/// The trials of every arm.
pub(super) struct Distribution {
    metric: String,
    part: &'static str,
    higher_is_better: bool,
    arms: Vec<Arm>,
    has_figure: bool,
}

struct Arm {
    name: String,
    /// Ascending; a failed trial is the infinity that is worst.
    values: Vec<f64>,
}

/// Of the metric that decides; `None` where every arm has few trials.
pub(super) fn of(view: &View<'_>, selection: &Selection) -> Option<Distribution> {
    let arm = |arm: &super::selection::Arm| {
        let done = view.done(arm.selected).iter();
        let mut values: Vec<f64> =
            done.map(|d| d.ranked(view.judges, &view.metric, view.higher_is_better)).collect();
        values.sort_by(f64::total_cmp);
        Arm { name: arm.name(), values }
    };
    let arms: Vec<Arm> = selection.arms.iter().take(ROWS_MAX).map(arm).collect();
    arms.iter().any(|arm| arm.values.len() >= TRIALS_MIN).then(|| Distribution {
        metric: view.metric.clone(),
        part: view.judges.name(),
        higher_is_better: view.higher_is_better,
        arms,
        has_figure: view.results.experiment.report.figures,
    })
}

impl Arm {
    /// By linear interpolation between order statistics, as NumPy; infinite where it falls on a trial that failed. NaN of no trials.
    fn quantile(&self, q: f64) -> f64 {
        let Some(last) = self.values.len().checked_sub(1) else { return f64::NAN };
        let position = last as f64 * q;
        let (low, high) = (self.values[position.floor() as usize], self.values[position.ceil() as usize]);
        match (low.is_finite(), high.is_finite()) {
            (true, true) => low + (high - low) * position.fract(),
            (false, _) => low,
            (true, false) => high,
        }
    }

    fn finite(&self) -> impl Iterator<Item = f64> {
        self.values.iter().copied().filter(|v| v.is_finite())
    }

    fn failed(&self) -> usize {
        self.values.len() - self.finite().count()
    }
}

impl Distribution {
    fn title(&self) -> String {
        format!("Distribution: {} {}", self.part, self.metric)
    }

    /// `## Distribution`, for the page.
    pub(super) fn section(&self) -> String {
        let row = |arm: &Arm| {
            let mut row = vec![code(&arm.name), arm.values.len().to_string(), arm.failed().to_string()];
            let of = |q: &f64| match arm.quantile(*q) {
                value if value.is_nan() => "-".to_string(),
                value if value.is_infinite() => "failed".to_string(),
                value => short(value),
            };
            row.extend(QUANTILES.iter().map(of));
            row
        };
        let header =
            ["arm", "trials", "failed", "lowest", "5 %", "25 %", "median", "75 %", "95 %", "highest"];
        let rows: Vec<Vec<String>> = self.arms.iter().map(row).collect();
        let right: Vec<bool> = (0..header.len()).map(|i| i > 0).collect();
        let mut out = format!("## Distribution: {} on the {} part\n\n", plain(&self.metric), self.part);
        if self.has_figure {
            out.push_str(&format!("![{}](figures/{NAME}.svg)\n\n", plain(&self.title())));
        }
        out.push_str(&table(&header, &right, &rows));
        out.push_str(&format!(
            "\nOf all trials of each arm; a failed one is {} than any number.\n",
            if self.higher_is_better { "lower" } else { "higher" }
        ));
        out
    }

    /// The figure, if figures are wanted and anything can be drawn.
    pub(super) fn file(&self) -> Option<File> {
        let drawn = self.has_figure && self.arms.iter().any(|arm| arm.finite().next().is_some());
        drawn.then(|| File { name: format!("figures/{NAME}.svg"), bytes: self.draw() })
    }

    fn draw(&self) -> Vec<u8> {
        let log = self.is_log();
        let caption = format!(
            "Bars: trials by where they ended, each row to its own height. Line: 5 to 95 % of all trials; tick: median.{}",
            if self.arms.iter().any(|arm| arm.failed() > 0) {
                " Trials that failed have no bar and stand beside the row."
            } else {
                ""
            }
        );
        let lines = caption_lines(&caption);
        let height = TOP + ROW * self.arms.len() as i32 + BELOW + CAPTION_LINE * lines.len() as i32;
        let title = self.title();
        canvas(height, &title, &caption, |root| {
            let sheet = Sheet::new(self, root, log);
            sheet.words(&title, 18, (16, 24), HPos::Left)?;
            sheet.axis(self)?;
            for (row, arm) in (0..).zip(&self.arms) {
                sheet.arm(arm, TOP + ROW * row)?;
            }
            for (row, line) in (0..).zip(&lines) {
                let y = TOP + ROW * self.arms.len() as i32 + BELOW - 4 + CAPTION_LINE * row;
                sheet.words(line, CAPTION_FONT, (16, y), HPos::Left)?;
            }
            Ok(())
        })
    }

    /// Whether all values are positive and span a power of ten and a half, as losses may.
    fn is_log(&self) -> bool {
        let all = || self.arms.iter().flat_map(Arm::finite);
        let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(0.0, f64::max));
        !self.higher_is_better && low > 0.0 && libm::log10(high / low) > 1.5
    }
}

/// Pixels.
const TOP: i32 = 44;
const ROW: i32 = 40;
const BAR: i32 = 26;
const BELOW: i32 = 60;
const CAPTION_LINE: i32 = 17;
const CAPTION_FONT: i32 = 12;
const LABEL_FONT: i32 = 13;
const LABEL_MOST: usize = 36;
const BINS: usize = 80;

/// Where things go on the canvas.
struct Sheet<'a, 'r> {
    root: &'a Area<'r>,
    scale: Scale,
    left: i32,
    right: i32,
}

impl<'a, 'r> Sheet<'a, 'r> {
    fn new(of: &Distribution, root: &'a Area<'r>, log: bool) -> Sheet<'a, 'r> {
        let widest = of.arms.iter().map(|arm| text_width(&cut(&arm.name, LABEL_MOST), LABEL_FONT)).max();
        let failures = of.arms.iter().map(|arm| text_width(&beside(arm), CAPTION_FONT)).max();
        let scale = Scale::new(of.arms.iter().flat_map(Arm::finite), log, 0.03);
        let right = WIDTH - 24 - failures.unwrap_or(0);
        Sheet { root, scale, left: 28 + widest.unwrap_or(0), right }
    }

    /// The pixel of a position on the scale.
    fn x(&self, position: f64) -> i32 {
        let share = (position - self.scale.low) / (self.scale.high - self.scale.low);
        self.left + (share * f64::from(self.right - self.left)).round() as i32
    }

    fn words(&self, t: &str, size: i32, at: (i32, i32), side: HPos) -> Result<(), Failed> {
        let style = font(size).pos(Pos::new(side, VPos::Center));
        Ok(self.root.draw_text(t, &style, (at.0 * SCALE, at.1 * SCALE))?)
    }

    fn line(&self, from: (i32, i32), to: (i32, i32), style: ShapeStyle) -> Result<(), Failed> {
        let at = |p: (i32, i32)| (p.0 * SCALE, p.1 * SCALE);
        Ok(self.root.draw(&PathElement::new([at(from), at(to)], style))?)
    }

    /// Lines at round numbers behind the rows, with their labels and the metric's name below.
    fn axis(&self, of: &Distribution) -> Result<(), Failed> {
        let bottom = TOP + ROW * of.arms.len() as i32;
        for tick in &self.scale.ticks {
            let x = self.x(*tick);
            self.line((x, TOP), (x, bottom), super::svg::GRID.stroke_width(SCALE as u32))?;
            self.words(&self.scale.label(*tick), LABEL_FONT, (x, bottom + 12), HPos::Center)?;
        }
        let label = format!("{} {}{}", of.part, of.metric, if self.scale.log { " (log scale)" } else { "" });
        self.words(&label, 14, ((self.left + self.right) / 2, bottom + 32), HPos::Center)
    }

    /// A row whose upper edge is `top`.
    fn arm(&self, arm: &Arm, top: i32) -> Result<(), Failed> {
        let floor = top + BAR + 5;
        self.words(&cut(&arm.name, LABEL_MOST), LABEL_FONT, (self.left - 10, floor - BAR / 2), HPos::Right)?;
        let (low, high) = (self.scale.low, self.scale.high);
        let mut counts = [0_u32; BINS];
        for value in arm.finite() {
            let share = (self.scale.at(value) - low) / (high - low);
            counts[((share * BINS as f64) as usize).min(BINS - 1)] += 1;
        }
        let most = counts.iter().copied().max().unwrap_or(0).max(1);
        let edge = |bin: usize| self.x(low + (high - low) * bin as f64 / BINS as f64);
        for (bin, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            // A single trial can be seen too.
            let tall = (f64::from(BAR) * f64::from(*count) / f64::from(most)).round().max(1.0) as i32;
            let corners =
                [(edge(bin) * SCALE, (floor - tall) * SCALE), (edge(bin + 1) * SCALE, floor * SCALE)];
            self.root.draw(&Rectangle::new(corners, super::svg::PALETTE[0].filled()))?;
        }
        let grey = RGBColor(150, 150, 150).stroke_width(SCALE as u32);
        self.line((self.left, floor), (self.right, floor), grey)?;
        // Where a quantile falls on a trial that failed, it lies at the edge.
        let x = |q: f64| self.x(self.scale.at(arm.quantile(q)));
        let ink = |width: i32| INK.stroke_width((width * SCALE) as u32);
        if arm.finite().next().is_some() {
            self.line((x(0.05), floor + 4), (x(0.95), floor + 4), ink(2))?;
        }
        if arm.quantile(0.5).is_finite() {
            self.line((x(0.5), floor), (x(0.5), floor + 8), ink(3))?;
        }
        self.words(&beside(arm), CAPTION_FONT, (self.right + 8, floor - BAR / 2), HPos::Left)
    }
}

/// What stands beside a row.
fn beside(arm: &Arm) -> String {
    match arm.failed() {
        0 => String::new(),
        n => format!("{n} failed"),
    }
}
