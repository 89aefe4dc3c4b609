//! A chart of a few lines in character cells: axes with ticks, a legend, a letter at the end of each line.
//!
//! The letters tell lines apart where colours do not. It knows nothing of experiments.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::Marker;
use ratatui::text::Span;
use ratatui::widgets::Widget;
use ratatui::widgets::canvas::{Canvas, Line};

use super::table::cut;
use crate::text;

/// See the module.
pub(super) struct Chart<'a> {
    pub(super) title: String,
    /// What the title leaves out, in few words.
    pub(super) note: String,
    pub(super) x_label: &'a str,
    pub(super) series: Vec<Series<'a>>,
    pub(super) log: bool,
}

pub(super) struct Series<'a> {
    /// Empty: the legend leaves it out.
    pub(super) name: &'a str,
    pub(super) colour: Color,
    /// Ascending in x.
    pub(super) points: Vec<(f64, f64)>,
}

/// Rows of names above the lines.
const LEGEND_ROWS: u16 = 3;

impl Chart<'_> {
    pub(super) fn draw(&self, area: Rect, buffer: &mut Buffer) {
        if area.height < 4 || area.width < 20 {
            return;
        }
        let width = usize::from(area.width);
        let scale = if self.log { " (log scale)" } else { "" };
        let bold = Style::new().add_modifier(Modifier::BOLD);
        buffer.set_stringn(area.x, area.y, format!("{}{scale}{}", self.title, self.note), width, bold);
        let lines: Vec<Vec<(f64, f64)>> = self.series.iter().map(|s| self.scaled(&s.points)).collect();
        let Some(bounds) = bounds(&lines) else {
            let why = if self.log { "nothing above 0 to draw" } else { "nothing to draw yet" };
            buffer.set_stringn(area.x, area.y + 1, why, width, Style::new());
            return;
        };
        let legend = self.legend(area, buffer);
        let top = 1 + legend;
        // The last rows are ticks and name of the horizontal axis.
        let below = if area.height >= 8 { 2 } else { 1 };
        let rows = area.height.saturating_sub(top + below);
        if rows < 2 {
            return;
        }
        let y_ticks = ticks(bounds.y, usize::from(rows).div_ceil(3).max(2), self.log);
        let left = y_ticks.iter().map(|t| t.1.chars().count()).max().unwrap_or(0) as u16 + 1;
        if left + 10 > area.width {
            return;
        }
        let plot = Rect::new(area.x + left, area.y + top, area.width - left, rows);
        self.axes(plot, &bounds, &y_ticks, below == 2, buffer);
        let inner = Rect::new(plot.x + 1, plot.y, plot.width - 1, plot.height);
        self.lines(&lines, &bounds, inner, buffer);
    }

    fn scaled(&self, points: &[(f64, f64)]) -> Vec<(f64, f64)> {
        let sound = points.iter().filter(|(x, y)| x.is_finite() && y.is_finite() && (!self.log || *y > 0.0));
        sound.map(|(x, y)| (*x, if self.log { y.log10() } else { *y })).collect()
    }

    /// Names with their letters, as many rows as they take; how many.
    fn legend(&self, area: Rect, buffer: &mut Buffer) -> u16 {
        let (mut x, mut row) = (0, 0);
        let most = if area.height < 12 { 1 } else { LEGEND_ROWS };
        for (index, series) in self.series.iter().enumerate().filter(|(_, s)| !s.name.is_empty()) {
            let entry =
                format!("{} {}", letter(index), cut(series.name, usize::from(area.width).saturating_sub(3)));
            let wide = entry.chars().count() as u16;
            if x > 0 && x + wide > area.width {
                (x, row) = (0, row + 1);
            }
            if row == most {
                // What has no place has a letter at its line.
                return most;
            }
            let style = Style::new().fg(series.colour);
            buffer.set_stringn(area.x + x, area.y + 1 + row, entry, usize::from(area.width - x), style);
            x += wide + 2;
        }
        if x > 0 { row + 1 } else { row }
    }

    fn axes(&self, plot: Rect, bounds: &Bounds, y_ticks: &[(f64, String)], named: bool, buffer: &mut Buffer) {
        let style = Style::new();
        let bottom = plot.y + plot.height;
        for y in plot.y..bottom {
            buffer.set_string(plot.x, y, "│", style);
        }
        for (value, label) in y_ticks {
            let y = plot.y + place(plot.height, 1.0 - share(bounds.y, *value));
            let x = plot.x.saturating_sub(label.chars().count() as u16);
            buffer.set_string(x, y, label, style);
            buffer.set_string(plot.x, y, "┤", style);
        }
        let most = usize::from(plot.width / 12).max(2);
        let mut free = 0;
        for (value, label) in ticks(bounds.x, most, false) {
            let wide = label.chars().count() as u16;
            let at = 1 + place(plot.width - 1, share(bounds.x, value));
            let start = at.saturating_sub(wide / 2).min(plot.width.saturating_sub(wide));
            if start >= free {
                buffer.set_string(plot.x + start, bottom, label, style);
                free = start + wide + 1;
            }
        }
        if named {
            let start = plot.width.saturating_sub(self.x_label.chars().count() as u16) / 2;
            buffer.set_stringn(plot.x + start, bottom + 1, self.x_label, usize::from(plot.width), style);
        }
    }

    fn lines(&self, lines: &[Vec<(f64, f64)>], bounds: &Bounds, area: Rect, buffer: &mut Buffer) {
        let canvas = Canvas::default().marker(Marker::Braille).x_bounds(bounds.x).y_bounds(bounds.y);
        let paint = canvas.paint(|context| {
            for (series, points) in self.series.iter().zip(lines) {
                let color = series.colour;
                if let [(x, y)] = points[..] {
                    context.draw(&Line { x1: x, y1: y, x2: x, y2: y, color });
                }
                for pair in points.windows(2) {
                    let ((x1, y1), (x2, y2)) = (pair[0], pair[1]);
                    context.draw(&Line { x1, y1, x2, y2, color });
                }
            }
            for (index, (series, points)) in self.series.iter().zip(lines).enumerate() {
                if let Some((x, y)) = points.last().filter(|_| !series.name.is_empty()) {
                    let style = Style::new().fg(series.colour).add_modifier(Modifier::BOLD);
                    context.print(*x, *y, Span::styled(letter(index).to_string(), style));
                }
            }
        });
        paint.render(area, buffer);
    }
}

fn letter(index: usize) -> char {
    char::from(b'a' + (index % 26) as u8)
}

#[derive(Debug)]
struct Bounds {
    x: [f64; 2],
    y: [f64; 2],
}

/// `None` where there is no point.
fn bounds(lines: &[Vec<(f64, f64)>]) -> Option<Bounds> {
    let range = |of: fn(&(f64, f64)) -> f64| -> Option<[f64; 2]> {
        let values = || lines.iter().flatten().map(of);
        let (low, high) = (values().reduce(f64::min)?, values().reduce(f64::max)?);
        // One value alone has a range around it.
        let room = if low == high { (low.abs() / 2.0).max(0.5) } else { 0.0 };
        Some([low - room, high + room])
    };
    Some(Bounds { x: range(|p| p.0)?, y: range(|p| p.1)? })
}

/// Where a value lies between the ends.
fn share(ends: [f64; 2], value: f64) -> f64 {
    (value - ends[0]) / (ends[1] - ends[0])
}

/// The cell of a share of `cells`.
fn place(cells: u16, share: f64) -> u16 {
    (share * f64::from(cells.saturating_sub(1))).round().clamp(0.0, f64::from(cells.saturating_sub(1))) as u16
}

/// At most about `most` round values within the ends, with labels; `log`: ends are powers of ten.
fn ticks(ends: [f64; 2], most: usize, log: bool) -> Vec<(f64, String)> {
    let span = ends[1] - ends[0];
    if log && span >= 1.0 {
        let every = (span / most as f64).ceil().max(1.0);
        let first = ends[0].ceil();
        let count = ((ends[1] - first) / every).floor().max(0.0) as usize;
        return (0..=count)
            .map(|i| first + i as f64 * every)
            .map(|p| (p, text::significant(10f64.powf(p), 3)))
            .collect();
    }
    let (low, high) = if log { (10f64.powf(ends[0]), 10f64.powf(ends[1])) } else { (ends[0], ends[1]) };
    let raw = (high - low) / most as f64;
    if !raw.is_finite() || raw <= 0.0 {
        return Vec::new();
    }
    let power = 10f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|m| m * power)
        .find(|s| *s >= raw * (1.0 - 1e-9))
        .unwrap_or(raw);
    // An end that went through a logarithm and back is one still.
    const ROOM: f64 = 1e-9;
    let first = (low / step - ROOM).ceil();
    let count = (high / step + ROOM).floor() - first;
    let values = (0..=count.clamp(0.0, 100.0) as usize).map(|i| (first + i as f64) * step);
    let scaled = values.map(|value| (if log { value.log10() } else { value }, text::significant(value, 4)));
    scaled.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ends: [f64; 2], most: usize, log: bool) -> Vec<String> {
        ticks(ends, most, log).into_iter().map(|t| t.1).collect()
    }

    #[test]
    fn ticks_are_round_and_within() {
        assert_eq!(labels([0.0, 1.0], 5, false), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        assert_eq!(labels([0.03, 0.97], 3, false), ["0.5"]);
        assert_eq!(labels([0.0, 300.0], 6, false), ["0", "50", "100", "150", "200", "250", "300"]);
        assert_eq!(labels([-3.0, 0.0], 5, true), ["0.001", "0.01", "0.1", "1"]);
        assert_eq!(labels([-6.2, 1.0], 4, true), ["1e-6", "0.0001", "0.01", "1"]);
        // Less than a decade: round values, not powers.
        assert_eq!(labels([0.2f64.log10(), 0.5f64.log10()], 3, true), ["0.2", "0.3", "0.4", "0.5"]);
        assert_eq!(labels([1.0, 1.0], 3, false), Vec::<String>::new());
        assert_eq!(labels([0.0, f64::INFINITY], 3, false), Vec::<String>::new());
    }

    #[test]
    fn no_size_and_no_values_stop_the_drawing() {
        let values = [f64::NAN, f64::INFINITY, -1.0, 0.0, 1e300, -1e300, 5e-324];
        for (width, height) in [(0, 0), (1, 1), (20, 4), (21, 5), (40, 12), (300, 90)] {
            for log in [false, true] {
                for value in values {
                    let points = vec![(0.0, value), (1.0, 0.5), (2.0, value)];
                    let series = vec![Series { name: "a", colour: Color::Reset, points }];
                    let chart =
                        Chart { title: "loss".into(), note: String::new(), x_label: "epoch", series, log };
                    let area = Rect::new(0, 0, width, height);
                    chart.draw(area, &mut Buffer::empty(area));
                }
            }
        }
    }
}
