//! The view: a state and a size in, a screen full of cells out. It reads nothing, and knows no terminal.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::chart::{Chart, Series};
use super::keys::Key;
use super::snapshot::{best, reason, visible};
use super::state::{Phase, State};
use super::table::{self, cut};
use crate::event::End;
use crate::{report, text};

const VIEWS: [&str; 5] = ["Arms", "Curves", "Best", "Failures", "Parts"];
const HELP: [&str; 9] = [
    "q, Esc      quit; the run goes on",
    "Tab, arrows another view; 1 to 5: that view",
    "Up, Down    scroll",
    "l           vertical axis: linear or logarithmic",
    "c           another column of the curves",
    "?           this help",
    "",
    "While trials are missing, the test part is not shown:",
    "who sees it may stop a search because of it.",
];
/// A body of so many rows has room for the curves below the table.
const BOTH_ROWS: u16 = 14;

/// What the terminal shows as colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colours {
    None,
    /// The 256 of most terminals.
    Indexed,
    Full,
}

impl Colours {
    /// The n-th colour of the figures. Their black is the colour of text here.
    fn of(self, index: usize) -> Color {
        // The nearest of the 6 × 6 × 6 cube and of the greys of xterm.
        const NEAREST: [u8; 8] = [25, 166, 36, 175, 74, 178, 0, 243];
        let index = index % NEAREST.len();
        let (red, green, blue) = report::palette()[index];
        match self {
            _ if (red, green, blue) == (0, 0, 0) => Color::Reset,
            Colours::None => Color::Reset,
            Colours::Indexed => Color::Indexed(NEAREST[index]),
            Colours::Full => Color::Rgb(red, green, blue),
        }
    }
}

/// What somebody looks at.
#[derive(Clone, Debug)]
pub(super) struct Looking {
    view: usize,
    scroll: usize,
    log: bool,
    /// Index into the columns of curves; `None`: the loss on validation, or the first there is.
    column: Option<usize>,
    help: bool,
    colours: Colours,
}

impl Looking {
    pub(super) fn new(colours: Colours) -> Looking {
        Looking { view: 0, scroll: 0, log: false, column: None, help: false, colours }
    }

    /// What a key changes. Quitting is not the view's business.
    pub(super) fn press(&mut self, key: Key, state: &State) {
        let view = self.view;
        match key {
            Key::NextView => self.view = (self.view + 1) % VIEWS.len(),
            Key::PreviousView => self.view = (self.view + VIEWS.len() - 1) % VIEWS.len(),
            Key::View(view) if view < VIEWS.len() => self.view = view,
            Key::Up => self.scroll = self.scroll.saturating_sub(1),
            Key::Down => self.scroll = (self.scroll + 1).min(self.rows(state).saturating_sub(1)),
            Key::Log => self.log = !self.log,
            Key::Column => {
                self.column = Some((self.column_of(state) + 1) % state.glance.columns.len().max(1));
            }
            Key::Help => self.help = !self.help,
            Key::View(_) | Key::Quit | Key::Interrupt => {}
        }
        if view != self.view {
            self.scroll = 0;
        }
    }

    /// Rows of the list in view.
    fn rows(&self, state: &State) -> usize {
        match self.view {
            0 => state.glance.arms.len(),
            3 => state.glance.failures.len(),
            4 => state.parts.len(),
            _ => 0,
        }
    }

    fn column_of(&self, state: &State) -> usize {
        let columns = &state.glance.columns;
        let at = |name: &str| columns.iter().position(|c| c == name);
        self.column.filter(|c| *c < columns.len()).or_else(|| at("validation_loss")).unwrap_or(0)
    }
}

/// Draws everything.
pub(super) fn draw(state: &State, looking: &Looking, area: Rect, buffer: &mut Buffer) {
    if area.height < 3 || area.width < 10 {
        return;
    }
    let body = frame(state, looking, area, buffer);
    if looking.help {
        return lines(HELP.iter().map(|t| (*t).to_string()).collect(), 0, body, buffer);
    }
    if state.name.is_empty() {
        let told = cut(&state.phase.told(), 4 * usize::from(body.width));
        return lines(text::wrapped(&told, usize::from(body.width)), 0, body, buffer);
    }
    match looking.view {
        0 => arms(state, looking, body, buffer),
        1 => curves(state, looking, body, buffer),
        2 => best_value(state, looking, body, buffer),
        3 => failures(state, looking, body, buffer),
        _ => parts(state, looking, body, buffer),
    }
}

/// Head, names of the views, and foot; gives what lies between.
fn frame(state: &State, looking: &Looking, area: Rect, buffer: &mut Buffer) -> Rect {
    let width = usize::from(area.width);
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let mut row = area.y;
    let mut line = |text: &str, style: Style| {
        buffer.set_stringn(area.x, row, cut(text, width), width, style);
        row += 1;
    };
    let title = match state.name.is_empty() {
        true => state.folder.clone(),
        false => format!("{}: {}", state.name, state.title),
    };
    line(&title, bold);
    if area.height >= 9 && !state.name.is_empty() {
        let colour = match state.phase {
            Phase::Running | Phase::Finished => looking.colours.of(2),
            _ => looking.colours.of(1),
        };
        line(&format!("{} ({})", state.phase.told(), state.counts()), Style::new().fg(colour));
        let share = if state.planned > 0 { state.done as f64 / state.planned as f64 } else { 0.0 };
        line(&bar(share, width), Style::new());
        let told: Vec<String> = [state.speed(), state.last_record()].into_iter().flatten().collect();
        line(&told.join("; "), Style::new());
    }
    if !state.trouble.is_empty() {
        line(&format!("cannot look: {}", state.trouble), bold);
    } else if state.damaged > 0 {
        let told = text::count(state.damaged, "line");
        line(&format!("{told} of the records cannot be read"), Style::new());
    }
    let mut x = area.x;
    for (index, name) in VIEWS.iter().enumerate() {
        let style = if index == looking.view { bold.add_modifier(Modifier::REVERSED) } else { Style::new() };
        let left = usize::from(area.right().saturating_sub(x));
        let label = if width < 60 { format!(" {name} ") } else { format!(" {} {name} ", index + 1) };
        x = buffer.set_stringn(x, row, label, left, style).0;
    }
    let foot = "q quit  Tab view  l log axis  c column  ? help";
    buffer.set_stringn(
        area.x,
        area.bottom() - 1,
        cut(foot, width),
        width,
        Style::new().add_modifier(Modifier::DIM),
    );
    let top = (row + 1).min(area.bottom() - 1);
    Rect::new(area.x, top, area.width, area.bottom() - 1 - top)
}

/// `████░░░░  45 %`.
fn bar(share: f64, width: usize) -> String {
    let long = width.saturating_sub(7).min(60);
    let full = (share.clamp(0.0, 1.0) * long as f64).floor() as usize;
    format!("{}{} {:>3.0} %", "█".repeat(full), "░".repeat(long - full), (100.0 * share).floor())
}

fn lines(lines: Vec<String>, scroll: usize, area: Rect, buffer: &mut Buffer) {
    let shown = lines.iter().skip(scroll).take(usize::from(area.height));
    for (row, line) in (area.y..).zip(shown) {
        let width = usize::from(area.width);
        buffer.set_stringn(area.x, row, cut(line, width), width, Style::new());
    }
}

/// Splits off the upper `rows`.
fn split(area: Rect, rows: u16) -> (Rect, Rect) {
    let rows = rows.min(area.height);
    let below = Rect::new(area.x, area.y + rows, area.width, area.height - rows);
    (Rect::new(area.x, area.y, area.width, rows), below)
}

fn arms(state: &State, looking: &Looking, area: Rect, buffer: &mut Buffer) {
    let glance = &state.glance;
    if glance.arms.is_empty() {
        return lines(vec!["no trial is done yet".into()], 0, area, buffer);
    }
    let wanted = glance.arms.len() as u16 + 2;
    let (table, below) = match area.height >= BOTH_ROWS {
        true => split(area, wanted.min(area.height / 2)),
        false => (area, Rect::default()),
    };
    let mut rows = table::lines(glance, glance.arms.len(), usize::from(area.width)).into_iter();
    let header = rows.next().unwrap_or_default();
    let bold = Style::new().add_modifier(Modifier::BOLD);
    buffer.set_stringn(table.x, table.y, header, usize::from(table.width), bold);
    let (_, list) = split(table, 1);
    lines(rows.collect(), looking.scroll, list, buffer);
    // The letters of the curves' legend.
    let first = looking.scroll;
    for (row, index) in (list.y..list.bottom()).zip(first..state.curves.len().min(glance.arms.len())) {
        let length = glance.arms[index].name.chars().count().min(usize::from(list.width)) as u16;
        buffer.set_style(Rect::new(list.x, row, length, 1), Style::new().fg(looking.colours.of(index)));
    }
    if below.height > 0 {
        if state.phase == Phase::Finished && !glance.verdict.is_empty() {
            let told = text::wrapped(&visible(&glance.verdict), usize::from(below.width));
            let (verdict, chart) = split(below, told.len() as u16 + 1);
            lines(told, 0, verdict, buffer);
            return curves(state, looking, chart, buffer);
        }
        curves(state, looking, below, buffer);
    }
}

fn curves(state: &State, looking: &Looking, area: Rect, buffer: &mut Buffer) {
    let column = looking.column_of(state);
    let name = state.glance.columns.get(column).map_or("curves", |c| c.as_str());
    let series = (state.curves.iter().zip(&state.glance.arms).enumerate())
        .map(|(index, (columns, arm))| Series {
            name: &arm.name,
            colour: looking.colours.of(index),
            points: columns.get(column).map_or(Vec::new(), |c| c.points.clone()),
        })
        .collect();
    let cut = state.curves_cut.map_or(String::new(), |n| {
        format!(", of the first {} of {n} trials", super::model::CURVE_TRIALS_MAX)
    });
    let (part, metric) = name.split_once('_').unwrap_or(("", name));
    let part = if part == "train" { "training" } else { part };
    let units = state.glance.loss_units.as_ref().filter(|_| metric == "loss");
    let units =
        units.map_or(String::new(), |what| format!("; arms differ in {what}: compare shapes, not heights"));
    let title = format!("{metric} on the {part} part");
    let note = format!("{cut}{units}");
    Chart { title, note, x_label: "epoch", series, log: looking.log }.draw(area, buffer);
}

fn best_value(state: &State, looking: &Looking, area: Rect, buffer: &mut Buffer) {
    let Some(told) = best(state) else {
        return lines(vec!["no configuration has all of its trials yet".into()], 0, area, buffer);
    };
    let (head, chart) = split(area, 1);
    lines(vec![told], 0, head, buffer);
    // It stands until the next one is better.
    let mut points: Vec<(f64, f64)> = Vec::new();
    for (after, value) in &state.glance.best {
        if let Some((_, before)) = points.last().copied() {
            points.push((*after as f64, before));
        }
        points.push((*after as f64, *value));
    }
    points.extend(points.last().map(|(_, value)| (state.done as f64, *value)));
    let series = vec![Series { name: "", colour: looking.colours.of(0), points }];
    let title = format!("best {} {}", state.glance.part, state.glance.metric);
    Chart { title, note: String::new(), x_label: "trials", series, log: looking.log }.draw(chart, buffer);
}

fn failures(state: &State, looking: &Looking, area: Rect, buffer: &mut Buffer) {
    let list = &state.glance.failures;
    if list.is_empty() {
        return lines(vec![format!("none of {} failed", text::count(state.done, "trial"))], 0, area, buffer);
    }
    let mut head = vec![format!("{} of {} failed", state.failed(), text::count(state.done, "trial"))];
    let ends = [End::Diverged, End::NonFinite].into_iter().filter(|end| list.iter().any(|f| f.end == *end));
    head.extend(ends.map(|end| format!("{}: {}", end.name(), reason(end))));
    head.push(format!("{:12}  {:>5}  {:10}  {:>4}  configuration", "trial", "epoch", "ended", "seed"));
    let rows = head.len() as u16;
    let (above, below) = split(area, rows);
    lines(head, 0, above, buffer);
    let row = |f: &report::FailedTrial| {
        format!("{:12}  {:>5}  {:10}  {:>4}  {}", f.id, f.epoch, f.end.name(), f.seed, f.label)
    };
    lines(list.iter().map(row).collect(), looking.scroll, below, buffer);
}

fn parts(state: &State, looking: &Looking, area: Rect, buffer: &mut Buffer) {
    if state.parts.is_empty() {
        let told = "No shard has recorded anything here: one process trains all trials, or has trained them.";
        return lines(text::wrapped(told, usize::from(area.width)), 0, area, buffer);
    }
    let row = |p: &super::state::PartState| {
        let share = if p.planned > 0 { p.done as f64 / p.planned as f64 } else { 1.0 };
        let quiet =
            p.quiet_s.map_or(String::new(), |s| format!(", last record {} ago", text::duration(s.floor())));
        let pace =
            p.pace.told().filter(|_| p.word() == "running").map_or(String::new(), |pace| format!(", {pace}"));
        let bar = if area.width < 100 { String::new() } else { format!("{}  ", bar(share, 27)) };
        format!("{}  {bar}{} of {}, {}{pace}{quiet}", p.name, p.done, p.planned, p.word())
    };
    lines(state.parts.iter().map(row).collect(), looking.scroll, area, buffer);
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use crate::cli::watch::state::{Pace, PartState};
    use crate::report::{ArmGlance, FailedTrial, Glance, MeanCurve};

    fn texts(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|c| (*c).to_string()).collect()
    }

    fn glance() -> Glance {
        let arm =
            |row: [&str; 6]| ArmGlance { name: row[0].into(), cells: texts(&row), ..ArmGlance::default() };
        let failed = |id: &str, end: End, epoch: usize| FailedTrial {
            id: id.into(),
            label: "sigmoid+mse, learning_rate 3".into(),
            seed: 4,
            epoch,
            end,
        };
        Glance {
            metric: "accuracy".into(),
            part: "validation".into(),
            higher_is_better: true,
            header: texts(&[
                "arm",
                "learning_rate",
                "done",
                "learned",
                "validation accuracy",
                "median of all",
            ]),
            arms: vec![
                arm(["softmax+cross_entropy", "0.1", "10 of 10", "10 of 10", "0.960 ± 0.027", "0.9667"]),
                arm(["sigmoid+mse", "0.3", "7 of 10", "6 of 7", "0.93 ± 0.11", "0.95"]),
            ],
            total: 2,
            outcomes: vec![("learned", 93), ("baseline", 2), ("diverged", 1), ("non_finite", 1)],
            failures: vec![
                failed("7d7fdca33e16", End::NonFinite, 12),
                failed("0a1b2c3d4e5f", End::Diverged, 300),
            ],
            best: vec![(10, 0.82), (30, 0.91), (60, 0.96)],
            columns: texts(&["train_loss", "validation_loss"]),
            loss_units: Some("losses".into()),
            verdict: String::new(),
        }
    }

    /// A run of which 97 of 140 trials are done, in two shards.
    fn state() -> State {
        let falling =
            |rate: f64| (0..=60).map(|e| (f64::from(5 * e), (-rate * f64::from(e)).exp())).collect();
        let curve = |rate: f64| {
            let column =
                |name: &str, share: f64| MeanCurve { column: name.into(), points: falling(share * rate) };
            vec![column("train_loss", 1.2), column("validation_loss", 1.0)]
        };
        let part = |index: usize, done: usize, is_locked: bool| PartState {
            shard: (index, 2),
            name: format!("shard {index} of 2"),
            is_locked,
            planned: 70,
            done,
            pace: Pace { trials_per_minute: Some(30.0), remaining_s: Some(46.0) },
            quiet_s: Some(3.2),
        };
        State {
            folder: "results/iris_softmax".into(),
            name: "iris_softmax".into(),
            title: "Iris: sigmoid with MSE against softmax with cross-entropy".into(),
            quiet_s: Some(3.2),
            planned: 140,
            done: 97,
            pace: Pace { trials_per_minute: Some(60.0), remaining_s: Some(43.0) },
            parts: vec![part(0, 47, true), part(1, 50, false)],
            glance: glance(),
            curves: vec![curve(0.08), curve(0.05)],
            ..State::default()
        }
    }

    fn drawn(state: &State, looking: &Looking, (width, height): (u16, u16)) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let draw = |frame: &mut ratatui::Frame<'_>| {
            let area = frame.area();
            super::draw(state, looking, area, frame.buffer_mut());
        };
        terminal.draw(draw).unwrap();
        let cells = terminal.backend().buffer().content().chunks(usize::from(width).max(1));
        let row = |cells: &[ratatui::buffer::Cell]| cells.iter().map(|c| c.symbol()).collect::<String>();
        cells.map(|cells| row(cells).trim_end().to_string() + "\n").collect()
    }

    fn after(keys: &[Key], state: &State) -> Looking {
        let mut looking = Looking::new(Colours::Full);
        keys.iter().for_each(|key| looking.press(*key, state));
        looking
    }

    const SMALL: (u16, u16) = (40, 12);
    const USUAL: (u16, u16) = (80, 24);
    const WIDE: (u16, u16) = (140, 40);

    #[test]
    fn every_view_at_three_sizes() {
        let state = state();
        for (view, name) in VIEWS.iter().enumerate() {
            for size in [SMALL, USUAL, WIDE] {
                let told = drawn(&state, &after(&[Key::View(view)], &state), size);
                insta::assert_snapshot!(format!("{}_{}x{}", name.to_lowercase(), size.0, size.1), told);
            }
        }
        insta::assert_snapshot!("help", drawn(&state, &after(&[Key::Help], &state), USUAL));
        let log = [Key::NextView, Key::Log, Key::Column];
        insta::assert_snapshot!("curves_log", drawn(&state, &after(&log, &state), USUAL));
    }

    #[test]
    fn what_is_not_running_says_so() {
        let mut state = state();
        let looking = after(&[], &state);
        let head = |state: &State| drawn(state, &looking, USUAL).lines().nth(1).unwrap().to_string();
        assert_eq!(head(&state), "running (97 of 140 trials, 2 failed)");
        state.phase = Phase::Interrupted;
        assert_eq!(
            head(&state),
            "interrupted: no runner holds the folder; the same command goes on (97 of 140 tr…"
        );
        state.trouble = "cannot read it".into();
        assert!(drawn(&state, &looking, USUAL).contains("cannot look: cannot read it"));
        let waiting = State {
            folder: "results/x".into(),
            phase: Phase::Waiting("no records in `results/x` yet".into()),
            ..State::default()
        };
        assert!(drawn(&waiting, &looking, SMALL).contains("waiting: no records in `results/x` yet"));
        state.phase = Phase::Finished;
        state.glance.verdict = "softmax+cross_entropy is better".into();
        assert!(drawn(&state, &looking, USUAL).contains("softmax+cross_entropy is better"));
        assert!(drawn(&state, &looking, WIDE).contains("softmax+cross_entropy is better"));
    }

    /// Every size, every view, a state with nothing and one with much; keys of every kind.
    #[test]
    fn no_size_stops_the_drawing() {
        let full = state();
        let empty = State { name: "x".into(), ..State::default() };
        let control = State { name: "a\u{1b}[31m\tb".into(), title: "é ░ 漢字".into(), ..state() };
        for state in [&full, &empty, &control, &State::default()] {
            for view in 0..VIEWS.len() {
                let mut looking =
                    after(&[Key::View(view), Key::Log, Key::Column, Key::Down, Key::Down, Key::Up], state);
                for size in (0..60).flat_map(|w| [0, 1, 3, 5, 8, 11, 14, 25, 31].map(|h| (3 * w, h))) {
                    let told = drawn(state, &looking, size);
                    assert!(!told.contains('\u{1b}'));
                }
                looking.press(Key::Help, state);
                drawn(state, &looking, USUAL);
            }
        }
    }

    #[test]
    fn colours_are_those_of_the_figures_and_can_be_off() {
        // Okabe and Ito (2008): blue, vermilion, bluish green.
        assert_eq!(Colours::Full.of(0), Color::Rgb(0, 114, 178));
        assert_eq!(Colours::Full.of(1), Color::Rgb(213, 94, 0));
        assert_eq!(Colours::Full.of(2), Color::Rgb(0, 158, 115));
        assert_eq!(Colours::Full.of(6), Color::Reset, "black is the colour of text");
        // The xterm cube has the levels 0, 95, 135, 175, 215, 255, and 24 greys from 8 on in steps of 10.
        const LEVELS: [i32; 6] = [0, 95, 135, 175, 215, 255];
        for (index, (red, green, blue)) in report::palette().into_iter().enumerate() {
            let Color::Indexed(nearest) = Colours::Indexed.of(index) else {
                assert_eq!(Colours::Indexed.of(index), Color::Reset);
                continue;
            };
            let colour = |n: i32| match n {
                232.. => [8 + 10 * (n - 232); 3],
                _ => [(n - 16) / 36, (n - 16) / 6 % 6, (n - 16) % 6].map(|l| LEVELS[l as usize]),
            };
            let away = |n: i32| -> i32 {
                let own = [red, green, blue].map(i32::from);
                colour(n).iter().zip(own).map(|(a, b)| (a - b).pow(2)).sum()
            };
            let best = (16..=255).map(away).min().unwrap();
            assert_eq!(away(i32::from(nearest)), best, "colour {index}");
        }
        for index in 0..8 {
            assert_eq!(Colours::None.of(index), Color::Reset);
        }
        let state = state();
        let mut buffer = Buffer::empty(Rect::new(0, 0, 80, 30));
        draw(&state, &Looking::new(Colours::None), buffer.area, &mut buffer);
        assert!(buffer.content().iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    }
}
