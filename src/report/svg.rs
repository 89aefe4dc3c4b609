//! Figures as SVG, drawn with plotters; those over data sets are drawn in `datasets`, on the same canvas.
//!
//! The same figure gives the same bytes: no clock, no random identifier, no font of the machine. Coordinates are whole numbers on a
//! canvas of twice the size, so that lines stay smooth in a small file.

use plotters::coord::Shift;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, ValueFormatter};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::figures::{Figure, Panel, Series};
use crate::text;

/// Units of the canvas per pixel.
pub(super) const SCALE: i32 = 2;
pub(super) const WIDTH: i32 = 800;
const HEIGHT: i32 = 400;
const LEGEND_LINE: i32 = 22;
const LEGEND_FONT: i32 = 14;
const CAPTION_LINE: i32 = 17;
const CAPTION_FONT: i32 = 12;
const TICK_FONT: i32 = 13;
/// Colours that people with any common colour blindness can tell apart (Okabe and Ito 2008), yellow left out on white.
pub(super) const PALETTE: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
    RGBColor(0, 0, 0),
    RGBColor(120, 120, 120),
];
pub(super) const INK: RGBColor = RGBColor(50, 50, 50);
pub(super) const GRID: RGBColor = RGBColor(225, 225, 225);

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
pub(super) type Failed = Box<dyn std::error::Error>;

/// The bytes of a figure.
pub(super) fn draw(figure: &Figure) -> Vec<u8> {
    let legend = legend_rows(figure);
    let caption = caption_lines(&visible(&figure.caption));
    let height =
        HEIGHT + LEGEND_LINE * legend.len() as i32 + CAPTION_LINE * (caption.len() as i32 - 1).max(0);
    canvas(height, &figure.title, &figure.caption, |root| draw_on(root, figure, &legend, &caption))
}

/// What `draw` puts on a white canvas of this height in pixels.
pub(super) fn canvas(
    height: i32,
    title: &str,
    caption: &str,
    draw: impl FnOnce(&Area<'_>) -> Result<(), Failed>,
) -> Vec<u8> {
    let mut out = String::new();
    {
        let size = ((WIDTH * SCALE) as u32, (height * SCALE) as u32);
        let root = SVGBackend::with_string(&mut out, size).into_drawing_area();
        let drawn = root.fill(&WHITE).map_err(Failed::from).and_then(|()| draw(&root));
        drawn.and_then(|()| Ok(root.present()?)).expect("drawing into a string does not fail");
    }
    finish(&out, height, title, caption).into_bytes()
}

/// Shows the canvas at its real size and gives screen readers a title and a description.
fn finish(svg: &str, height: i32, title: &str, caption: &str) -> String {
    let (_, body) = svg.split_once('>').expect("an SVG has an opening tag");
    let (w, h) = (WIDTH * SCALE, height * SCALE);
    let escape = |t: &str| t.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        "<svg width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {w} {h}\" role=\"img\" xmlns=\"http://www.w3.org/2000/svg\">\n\
         <title>{}</title>\n<desc>{}</desc>{}\n",
        escape(&visible(title)),
        escape(&visible(caption)),
        body.trim_end().replace(" \"", "\"")
    )
}

/// Control characters are not allowed in XML.
fn visible(t: &str) -> String {
    t.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

pub(super) fn font(size: i32) -> TextStyle<'static> {
    ("sans-serif", size * SCALE).into_font().color(&INK)
}

fn draw_on(
    root: &Area<'_>,
    figure: &Figure,
    legend: &[Vec<usize>],
    caption: &[String],
) -> Result<(), Failed> {
    let left = font(18).pos(Pos::new(HPos::Left, VPos::Top));
    root.draw_text(&visible(&figure.title), &left, (16 * SCALE, 12 * SCALE))?;
    draw_legend(root, figure, legend)?;
    let top = 40 + LEGEND_LINE * legend.len() as i32;
    let below = 15 + CAPTION_LINE * caption.len().max(1) as i32;
    let bottom = root.dim_in_pixel().1 as i32 - below * SCALE;
    let small = font(CAPTION_FONT).color(&RGBColor(110, 110, 110)).pos(Pos::new(HPos::Left, VPos::Top));
    for (row, line) in caption.iter().enumerate() {
        root.draw_text(line, &small, (16 * SCALE, bottom + (10 + CAPTION_LINE * row as i32) * SCALE))?;
    }
    let plot = root.clone().shrink((0, top * SCALE), (WIDTH * SCALE - 12 * SCALE, bottom - top * SCALE));
    let (x, y) = (x_axis(figure), y_axis(figure));
    let columns = figure.panels.len();
    for (index, (panel, area)) in figure.panels.iter().zip(plot.split_evenly((1, columns))).enumerate() {
        draw_panel(&area, figure, panel, &x, &y, index == 0)?;
    }
    Ok(())
}

/// From pixels to units of the canvas.
pub(super) fn scaled((x, y): (i32, i32)) -> (i32, i32) {
    (x * SCALE, y * SCALE)
}

/// Between two places in pixels, so many pixels wide.
pub(super) fn line(
    root: &Area<'_>,
    from: (i32, i32),
    to: (i32, i32),
    color: RGBColor,
    width: i32,
) -> Result<(), Failed> {
    Ok(root.draw(&PathElement::new([scaled(from), scaled(to)], color.stroke_width((width * SCALE) as u32)))?)
}

/// A text of this size in pixels whose middle line, on this side of it, is at a place in pixels.
pub(super) fn words(root: &Area<'_>, t: &str, size: i32, at: (i32, i32), side: HPos) -> Result<(), Failed> {
    Ok(root.draw_text(&visible(t), &font(size).pos(Pos::new(side, VPos::Center)), scaled(at))?)
}

/// Width of a text in pixels, guessed from its length: fonts are the reader's, and few are wider than this.
pub(super) fn text_width(t: &str, size: i32) -> i32 {
    t.chars().count() as i32 * size * 6 / 10
}

/// Characters of a caption on a line: a sentence runs narrower than a name, at half its size or a little more.
const CAPTION_LENGTH: usize = ((WIDTH - 32) * 100 / (CAPTION_FONT * 55)) as usize;

/// Broken at spaces to the width of the figure.
pub(super) fn caption_lines(caption: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in caption.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= CAPTION_LENGTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_string()),
        }
    }
    lines
}

/// Labels are cut so that one fits on a line.
fn label(t: &str) -> String {
    cut(t, 90)
}

/// At most `length` characters, none of them a control character.
pub(super) fn cut(t: &str, length: usize) -> String {
    let t = visible(t);
    if t.chars().count() <= length { t } else { t.chars().take(length - 1).chain(['…']).collect() }
}

/// Which series stand in which line of the legend.
fn legend_rows(figure: &Figure) -> Vec<Vec<usize>> {
    let mut rows: Vec<Vec<usize>> = Vec::new();
    let mut used = WIDTH;
    for (index, name) in figure.legend.iter().enumerate() {
        let width = 40 + text_width(&label(name), LEGEND_FONT);
        if used + width > WIDTH - 32 || rows.is_empty() {
            rows.push(Vec::new());
            used = 0;
        }
        used += width;
        rows.last_mut().expect("a row was just pushed").push(index);
    }
    rows
}

fn draw_legend(root: &Area<'_>, figure: &Figure, rows: &[Vec<usize>]) -> Result<(), Failed> {
    let style = font(LEGEND_FONT).pos(Pos::new(HPos::Left, VPos::Center));
    for (row, members) in rows.iter().enumerate() {
        let y = (48 + LEGEND_LINE * row as i32) * SCALE;
        let mut x = 16;
        for &index in members {
            let name = label(&figure.legend[index]);
            let color = PALETTE[index % PALETTE.len()];
            root.draw(&PathElement::new(
                [(x * SCALE, y), ((x + 18) * SCALE, y)],
                color.stroke_width(3 * SCALE as u32),
            ))?;
            root.draw_text(&name, &style, ((x + 24) * SCALE, y))?;
            x += 40 + text_width(&name, LEGEND_FONT);
        }
    }
    Ok(())
}

/// An axis in drawing coordinates: logarithms where it is logarithmic.
#[derive(Clone)]
pub(super) struct Scale {
    pub(super) log: bool,
    pub(super) low: f64,
    pub(super) high: f64,
    /// In drawing coordinates.
    pub(super) ticks: Vec<f64>,
}

impl Scale {
    pub(super) fn new(values: impl Iterator<Item = f64>, log: bool, pad: f64) -> Scale {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for v in values.map(|v| if log { libm::log10(v) } else { v }).filter(|v| v.is_finite()) {
            low = low.min(v);
            high = high.max(v);
        }
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        let flat = if low == 0.0 { 1.0 } else { low.abs() * 0.1 };
        let span = if high > low { high - low } else { flat };
        let (low, high) = (low - pad * span, high + pad * span);
        Scale { log, low, high, ticks: if log { log_ticks(low, high) } else { linear_ticks(low, high) } }
    }

    pub(super) fn at(&self, value: f64) -> f64 {
        let v = if self.log { libm::log10(value.max(f64::MIN_POSITIVE)) } else { value };
        v.clamp(self.low, self.high)
    }

    pub(super) fn label(&self, position: f64) -> String {
        text::significant(if self.log { libm::pow(10.0, position) } else { position }, 6)
    }
}

impl Ranged for Scale {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let share = (value - self.low) / (self.high - self.low);
        limit.0 + (share * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        // The lighter lines between ticks are left out.
        if hint.weight().allow_light_points() { Vec::new() } else { self.ticks.clone() }
    }

    fn range(&self) -> std::ops::Range<f64> {
        self.low..self.high
    }
}

impl ValueFormatter<f64> for Scale {
    fn format_ext(&self, position: &f64) -> String {
        self.label(*position)
    }
}

fn x_axis(figure: &Figure) -> Scale {
    let points = figure.panels.iter().flat_map(|p| &p.series).flat_map(|s| &s.points);
    let marks = figure.panels.iter().flat_map(|p| &p.series).any(|s| s.marks);
    let xs = || points.clone().map(|p| p[0]);
    let mut scale = Scale::new(xs(), figure.log_x, if marks { 0.04 } else { 0.0 });
    // Nothing lies between whole numbers of epochs, units, or configurations.
    if !figure.log_x && xs().all(|x| x.fract() == 0.0) {
        scale.ticks.retain(|tick| tick.fract() == 0.0);
    }
    scale
}

fn y_axis(figure: &Figure) -> Scale {
    let points = figure.panels.iter().flat_map(|p| &p.series).flat_map(|s| &s.points);
    Scale::new(points.flat_map(|p| [p[1], p[2], p[3]]), figure.log_y, 0.05)
}

/// Multiples of 1, 2, or 5 times a power of ten, four to eight of them.
fn linear_ticks(low: f64, high: f64) -> Vec<f64> {
    let rough = (high - low) / 7.0;
    let power = libm::pow(10.0, libm::log10(rough).floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|s| *s >= rough).unwrap_or(rough);
    let first = (low / step).ceil() as i64;
    // Rounding to twelve digits takes the error out of 3 * 0.1.
    let tick = |i: i64| format!("{:.12e}", i as f64 * step).parse().unwrap_or(0.0);
    (first..).map(tick).take_while(|t: &f64| *t <= high).take(12).collect()
}

/// Powers of ten, with 2 and 5 times them where there are few; in logarithms.
fn log_ticks(low: f64, high: f64) -> Vec<f64> {
    let mantissas: &[f64] = if high - low > 2.5 { &[1.0] } else { &[1.0, 2.0, 5.0] };
    let every = ((high - low) / 8.0).ceil().max(1.0) as i64;
    let powers = (low.floor() as i64..=high.ceil() as i64).filter(|p| p.rem_euclid(every) == 0);
    let all = powers.flat_map(|p| mantissas.iter().map(move |m| p as f64 + libm::log10(*m)));
    let ticks: Vec<f64> = all.filter(|t| *t >= low && *t <= high).collect();
    if ticks.len() >= 2 { ticks } else { vec![low, high] }
}

fn draw_panel(
    area: &Area<'_>,
    figure: &Figure,
    panel: &Panel,
    x: &Scale,
    y: &Scale,
    first: bool,
) -> Result<(), Failed> {
    let title = font(14).pos(Pos::new(HPos::Center, VPos::Top));
    let label_width = y.ticks.iter().map(|t| text_width(&y.label(*t), TICK_FONT)).max().unwrap_or(0) + 12;
    let mut builder = ChartBuilder::on(area);
    builder.margin_top(if panel.title.is_empty() { 10 * SCALE } else { 26 * SCALE });
    builder.margin_right(14 * SCALE).margin_left(14 * SCALE).x_label_area_size(40 * SCALE);
    builder.y_label_area_size((label_width + if first { 22 } else { 0 }) * SCALE);
    let mut chart = builder.build_cartesian_2d(x.clone(), y.clone())?;
    let mut mesh = chart.configure_mesh();
    mesh.bold_line_style(GRID.stroke_width(SCALE as u32)).light_line_style(TRANSPARENT);
    mesh.axis_style(INK.stroke_width(SCALE as u32)).label_style(font(TICK_FONT)).axis_desc_style(font(14));
    mesh.x_desc(figure.x_label.as_str());
    if first {
        mesh.y_desc(figure.y_label.as_str());
    }
    mesh.draw()?;
    let at = |x_value: f64, y_value: f64| (x.at(x_value), y.at(y_value));
    // All bands first: none may cover a line.
    for draw in [draw_band, draw_line] {
        for (index, series) in panel.series.iter().enumerate() {
            draw(&mut chart, series, PALETTE[index % PALETTE.len()], &at)?;
        }
    }
    let center = area.dim_in_pixel().0 as i32 / 2;
    area.draw_text(&panel.title, &title, (center, 6 * SCALE))?;
    Ok(())
}

type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<Scale, Scale>>;

type At<'f> = dyn Fn(f64, f64) -> (f64, f64) + 'f;

fn draw_band(chart: &mut Chart<'_, '_>, series: &Series, color: RGBColor, at: &At<'_>) -> Result<(), Failed> {
    let points = &series.points;
    let low = points.iter().map(|p| at(p[0], p[1]));
    let high = points.iter().rev().map(|p| at(p[0], p[3]));
    let band: Vec<(f64, f64)> = low.chain(high).collect();
    if points.len() > 1 && points.iter().any(|p| p[1] != p[3]) {
        chart.draw_series([Polygon::new(band, color.mix(0.18))])?;
    }
    Ok(())
}

fn draw_line(chart: &mut Chart<'_, '_>, series: &Series, color: RGBColor, at: &At<'_>) -> Result<(), Failed> {
    let points = &series.points;
    let line: Vec<(f64, f64)> = points.iter().map(|p| at(p[0], p[2])).collect();
    let stroke = color.stroke_width(2 * SCALE as u32);
    chart.draw_series([PathElement::new(line.clone(), stroke)])?;
    if series.marks || points.len() == 1 {
        chart.draw_series(line.iter().map(|p| Circle::new(*p, 4 * SCALE, color.filled())))?;
        let hollow = series.hollow.iter().filter_map(|i| line.get(*i));
        chart.draw_series(hollow.map(|p| Circle::new(*p, 2 * SCALE, WHITE.filled())))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_numbers_inside_the_axis() {
        assert_eq!(linear_ticks(0.0, 300.0), [0.0, 50.0, 100.0, 150.0, 200.0, 250.0, 300.0]);
        assert_eq!(linear_ticks(0.31, 0.99), [0.4, 0.5, 0.6, 0.7, 0.8, 0.9]);
        let decades: Vec<f64> = log_ticks(-2.0, 1.0);
        assert_eq!(decades, [-2.0, -1.0, 0.0, 1.0]);
        let scale = Scale::new([0.02, 0.9].into_iter(), true, 0.0);
        let labels: Vec<String> = scale.ticks.iter().map(|t| scale.label(*t)).collect();
        assert_eq!(labels, ["0.02", "0.05", "0.1", "0.2", "0.5"]);
    }

    /// Values that no axis holds, and none at all.
    #[test]
    fn odd_values_are_drawn_without_a_fault() {
        let series = [
            vec![],
            vec![[0.0, 1.0, 1.0, 1.0]],
            vec![[0.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]],
            vec![[1.0, -1.0, 1e300, f64::INFINITY], [2.0, f64::NAN, -1e300, 0.0]],
            vec![[1e9, 1e-300, 1e-300, 1e-300], [1e9 + 1e-6, 1.0, 1.0, 1.0]],
        ];
        for log_y in [false, true] {
            for points in &series {
                let figure = Figure {
                    name: "loss",
                    title: "a\u{0} <b>".into(),
                    panels: vec![Panel {
                        title: String::new(),
                        series: vec![Series { points: points.clone(), ..Series::default() }],
                    }],
                    x_label: "epoch".into(),
                    y_label: "loss".into(),
                    log_x: log_y,
                    log_y,
                    legend: vec!["x".repeat(300)],
                    caption: String::new(),
                };
                let svg = String::from_utf8(draw(&figure)).unwrap();
                assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n") && !svg.contains('\u{0}'));
            }
        }
    }
}
