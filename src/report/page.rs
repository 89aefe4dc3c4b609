//! `README.md` of the results folder: verdict first, then what it rests on, then what it does not show.
//!
//! Sections are functions in reading order. Numbers are computed in `view` and `comparison`, worded in `sentences`.

use super::budget::{self, Budget};
use super::caveats;
use super::comparison::Pair;
use super::confusion;
use super::datasets::OverSets;
use super::distribution::Distribution;
use super::endings;
use super::expect::ExpectationResult;
use super::figures::{Figure, SERIES_MAX};
use super::findings::Findings;
use super::method;
use super::selection::{self, Selection};
use super::sentences::{self, percent, plus_minus, short};
use super::troubles;
use super::view::{Reached, View};
use super::write::markdown::{authored, code, plain, table};
use crate::spec::Part;
use crate::stats::{Folds, SEEDS_MIN};
use crate::text;

/// Rows of the tables on the page; more are in the CSV files.
pub(super) const ROWS_MAX: usize = 40;

/// A table in plain text, for page and terminal.
pub(super) struct Rows {
    pub(super) header: Vec<String>,
    pub(super) right: Vec<bool>,
    /// At most [`ROWS_MAX`].
    pub(super) rows: Vec<Vec<String>>,
    /// How many there are in all.
    pub(super) total: usize,
}

/// Everything the page is made of.
pub(super) struct Page<'v, 'a> {
    pub(super) view: &'v View<'a>,
    pub(super) selection: &'v Selection,
    pub(super) pairs: &'v [Pair],
    /// Where arms can be compared over data sets.
    pub(super) over: Option<&'v OverSets>,
    pub(super) budgets: &'v [Budget],
    /// What rules say of the trials.
    pub(super) findings: &'v Findings<'a>,
    pub(super) figures: &'v [Figure],
    /// Where an arm has many trials.
    pub(super) distribution: Option<&'v Distribution>,
    pub(super) expectations: &'v [ExpectationResult],
}

pub(super) fn write(page: &Page<'_, '_>) -> String {
    let sections = [
        head(page),
        troubles::section(page),
        page.over.map_or(String::new(), |over| over.section(false)),
        arms(page),
        comparison(page),
        page.distribution.map_or(String::new(), Distribution::section),
        figures(page),
        expectations(page),
        confusion::section(page),
        configurations(page),
        endings::section(page),
        caveats::section(page),
        data(page.view),
        method::section(page),
        reproduce(page.view),
        notes(page.view),
    ];
    let filled: Vec<&str> = sections.iter().map(|s| s.trim_end()).filter(|s| !s.is_empty()).collect();
    format!("{}\n", filled.join("\n\n"))
}

/// How much is missing, in one sentence.
pub(super) fn incomplete(view: &View<'_>) -> String {
    let planned = view.results.plan.trials.len();
    const CLOSED: &str = " What is chosen may change, so the test part is not opened yet.";
    let closed = if view.is_searching { CLOSED } else { "" };
    format!(
        "Incomplete: {} of {} are done. What follows is of these only; the same command goes on with the rest.{closed}",
        text::grouped((planned - view.missing()) as u64),
        text::count(planned, "trial")
    )
}

/// Pairs that are told of in sentences: what the tests over data sets say covers what is said within each.
fn told(over: Option<&OverSets>) -> usize {
    if over.is_some_and(|over| over.tested() > 0) { 0 } else { SERIES_MAX }
}

/// What the results say, the verdict first.
pub(super) fn statements(
    view: &View<'_>,
    selection: &Selection,
    pairs: &[Pair],
    over: Option<&OverSets>,
) -> Vec<String> {
    let mut all = over.map(OverSets::verdicts).unwrap_or_default();
    all.extend(sentences::verdicts(view, selection, pairs.iter().take(told(over))));
    if pairs.is_empty() {
        all.push(single_result(view, selection));
    }
    all
}

pub(super) fn head(page: &Page<'_, '_>) -> String {
    let experiment = page.view.results.experiment;
    let mut out = format!("# {}\n\n", plain(&experiment.title));
    if page.view.missing() > 0 {
        out.push_str(&format!("> **{}**\n\n", incomplete(page.view)));
    }
    let missed = page.expectations.iter().filter(|e| !e.held).count();
    if missed > 0 {
        let of = text::count(page.expectations.len(), "expectation");
        out.push_str(&format!("> **{missed} of {of} missed**, see below.\n\n"));
    }
    for statement in statements(page.view, page.selection, page.pairs, page.over) {
        out.push_str(&format!("**{}**\n\n", plain(&statement)));
    }
    let told = told(page.over);
    if page.pairs.len() > told {
        let within = if told == 0 { " within a data set" } else { "" };
        out.push_str(&format!("All {} comparisons{within} are in the table below.\n\n", page.pairs.len()));
    }
    if !experiment.question.is_empty() {
        out.push_str(&format!("*Question:* {}\n", plain(&experiment.question)));
    }
    out
}

/// What there is to say without a comparison: the best configuration where there are several, or the only one.
pub(super) fn single_result(view: &View<'_>, selection: &Selection) -> String {
    let mean = |c: usize| view.reached(c, view.judges, &view.metric).learned.map(|s| s.mean);
    let learned: Vec<usize> =
        selection.arms.iter().map(|a| a.selected).filter(|c| mean(*c).is_some()).collect();
    if learned.is_empty() {
        let causes = sentences::causes(selection);
        return format!("No trial learned: none beat the baseline by the margin.{causes}");
    }
    // The part that judges must not choose: the largest of several means is too good.
    let best = selection::best(view, &learned);
    let reached = view.reached(best, view.judges, &view.metric);
    let tally = view.tally(best);
    let value = mean_text(&reached);
    let which = match selection.arms.iter().map(|arm| arm.candidates.len()).sum() {
        1 => String::new(),
        n => format!(
            " with {}, the best of {} {}",
            view.label(best),
            text::count(n, "configuration"),
            if view.chooses == view.judges {
                "by this number".into()
            } else {
                format!("on the {} part", view.chooses.name())
            }
        ),
    };
    let interval =
        reached.interval.map_or(String::new(), |_| format!(" ({} interval)", percent(view.confidence)));
    format!(
        "{} on the {} part: {value}{interval}{which}; {} of {} learned.",
        view.metric,
        view.judges.name(),
        tally.learned,
        text::count(tally.done, "trial")
    )
}

/// The mean with its interval; below `SEEDS_MIN` values with their range.
fn mean_text(reached: &Reached) -> String {
    match (&reached.learned, reached.interval) {
        (None, _) => "-".into(),
        (Some(s), Some(interval)) => plus_minus(s.mean, Some(interval)),
        (Some(s), None) if s.n == 1 => short(s.mean),
        (Some(s), None) => format!("{} ({} to {})", short(s.mean), short(s.min), short(s.max)),
    }
}

/// Parts worth a column: the one that chooses and the one that judges.
pub(super) fn shown_parts(view: &View<'_>) -> Vec<Part> {
    if view.chooses == view.judges { vec![view.judges] } else { vec![view.chooses, view.judges] }
}

/// The main metric, and for regression the error in units of the target.
fn shown_metrics(view: &View<'_>) -> Vec<String> {
    let mut metrics = vec![view.metric.clone()];
    if view.metric == "r2" && view.main_metrics().iter().any(|m| m == "rmse") {
        metrics.push("rmse".into());
    }
    metrics
}

fn result_cells(view: &View<'_>, selection: &Selection, configuration: usize) -> Vec<String> {
    cells_on(view, selection, configuration, &shown_parts(view))
}

/// The same on these parts alone; the median is that of the last.
pub(super) fn cells_on(
    view: &View<'_>,
    selection: &Selection,
    configuration: usize,
    parts: &[Part],
) -> Vec<String> {
    let tally = view.tally(configuration);
    let learned = format!("{} of {}", tally.learned, tally.done);
    let mut cells = vec![if tally.done == 0 { "-".into() } else { learned }];
    for &part in parts {
        for metric in shown_metrics(view) {
            cells.push(if selection.open(configuration, part) {
                mean_text(&view.reached(configuration, part, &metric))
            } else {
                "not opened".into()
            });
        }
    }
    let last = parts.last().copied().unwrap_or(view.judges);
    cells.push(if selection.open(configuration, last) {
        view.reached(configuration, last, &view.metric).median.map_or("-".into(), short)
    } else {
        "not opened".into()
    });
    cells
}

fn result_header(view: &View<'_>) -> Vec<String> {
    header_on(view, &shown_parts(view))
}

/// The header of [`cells_on`].
pub(super) fn header_on(view: &View<'_>, parts: &[Part]) -> Vec<String> {
    let mut header = vec!["learned".to_string()];
    for &part in parts {
        header.extend(shown_metrics(view).iter().map(|m| format!("{} {m}", part.name())));
    }
    header.push("median of all".to_string());
    header
}

/// One row per arm with its selected configuration; without `[compare]`, one per configuration.
pub(super) fn arm_rows(view: &View<'_>, selection: &Selection) -> Rows {
    let compared = view.results.experiment.compare.is_some();
    let tune: &[String] = if selection.tuned { &selection.tune } else { &[] };
    let mut header = vec![if compared { "arm" } else { "configuration" }.to_string()];
    header.extend(tune.iter().map(|axis| axis.rsplit('.').next().unwrap_or(axis).to_string()));
    header.extend(view.has_faults().then(|| MISTAKE.to_string()));
    header.extend(result_header(view));
    let row = |arm: &super::selection::Arm| {
        let mut row = vec![arm.name()];
        row.extend(tune.iter().map(|axis| chosen_on(view, arm, axis)));
        row.extend(mistake(view, arm.selected));
        row.extend(result_cells(view, selection, arm.selected));
        row
    };
    Rows {
        right: header.iter().enumerate().map(|(i, name)| i > 0 && name != MISTAKE).collect(),
        header,
        rows: selection.arms.iter().take(ROWS_MAX).map(row).collect(),
        total: selection.arms.len(),
    }
}

/// The value chosen for an arm. Of one of which no trial is done nothing was chosen.
pub(super) fn chosen_on(view: &View<'_>, arm: &super::selection::Arm, axis: &str) -> String {
    let is_chosen = arm.candidates.iter().any(|c| !view.all(*c).is_empty());
    if is_chosen { label_on(view, arm.selected, axis) } else { "-".into() }
}

fn label_on(view: &View<'_>, configuration: usize, axis: &str) -> String {
    let plan = view.results.plan;
    let index = plan.axes.iter().position(|a| a == axis);
    index.map_or("-".into(), |i| plan.configurations[configuration].labels[i].clone())
}

fn markdown(rows: &Rows) -> String {
    let header: Vec<String> = rows.header.iter().map(|h| plain(h)).collect();
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let cell = |(i, c): (usize, &String)| if rows.right[i] || c.is_empty() { plain(c) } else { code(c) };
    let body: Vec<Vec<String>> = rows.rows.iter().map(|r| r.iter().enumerate().map(cell).collect()).collect();
    table(&header, &rows.right, &body)
}

pub(super) fn arms(page: &Page<'_, '_>) -> String {
    let view = page.view;
    if view.results.experiment.compare.is_none() {
        return String::new();
    }
    let rows = arm_rows(view, page.selection);
    let mut out = format!("## Arms\n\n{}", markdown(&rows));
    out.push_str(&more(rows.total, "arm", "summary.csv"));
    out.push_str(&format!("\n{}\n", reading(view)));
    if page.selection.tuned {
        out.push_str(&format!(
            "Each arm's values were chosen by the mean {} on the {} part over all trials that did not fail, learned or not (`score` in \
             the table of all configurations); a configuration with fewer failed trials comes first.{}\n",
            code(&view.metric),
            view.chooses.name(),
            match (view.confirmed, view.judges) {
                (true, _) => format!(
                    " What was chosen was then trained on {}, which took no part in the choice: the table and the comparison are of these.",
                    match view.folds {
                        Folds::Independent => text::count(view.pairs(), "fresh seed"),
                        Folds::Shared { .. } => format!("fresh seeds ({})", text::count(view.pairs(), "fold")),
                    }
                ),
                (false, Part::Test) => " The test part was opened for these only.".into(),
                (false, _) => String::new(),
            }
        ));
        let bought = budget::sentence(view, page.selection, page.budgets);
        if !bought.is_empty() {
            out.push_str(&format!("\n{}; every k is in [budget.csv](budget.csv).\n", plain(&bought)));
        }
    }
    out
}

/// What the numbers of a table are.
fn reading(view: &View<'_>) -> String {
    let mistakes = " A mistake is made in training, on purpose (`[fault]`); what is measured is true.";
    format!(
        "Mean ± half of the {} interval, of the trials that learned; fewer than {SEEDS_MIN} of them: mean (lowest to highest). \
         Median of all: {} {} of all trials, a failed one counted as the worst.{}",
        percent(view.confidence),
        view.judges.name(),
        view.metric,
        if view.has_faults() { mistakes } else { "" },
    )
}

/// The column of mistakes made on purpose.
const MISTAKE: &str = "mistake";

/// Its cell, where there is such a column.
fn mistake(view: &View<'_>, configuration: usize) -> Option<String> {
    let fault = view.fault(configuration);
    view.has_faults().then(|| if fault.is_none() { "-".into() } else { fault.to_string() })
}

pub(super) fn more(rows: usize, noun: &str, file: &str) -> String {
    match rows.saturating_sub(ROWS_MAX) {
        0 => String::new(),
        n => format!("\n{} in [{file}]({file}).\n", text::count(n, &format!("more {noun}"))),
    }
}

pub(super) fn comparison(page: &Page<'_, '_>) -> String {
    let (view, metric) = (page.view, &page.view.metric);
    if page.pairs.is_empty() {
        return String::new();
    }
    let interval = format!("{} interval", percent(view.confidence));
    // What does not apply has no column.
    let holm = page.pairs.len() > 1;
    let flips = view.folds == Folds::Independent;
    let mut header = vec!["A", "B", "pairs", "A - B", &interval, "P(A better)", "p"];
    header.extend(holm.then_some("Holm's p"));
    header.extend(flips.then_some("sign-flip p"));
    header.extend(["d_z", "verdict"]);
    let mut rows = Vec::new();
    for pair in page.pairs.iter().take(ROWS_MAX) {
        let paired = pair.paired.as_ref();
        let dash = || "-".to_string();
        let p = |p: Option<f64>| p.map_or_else(dash, |p| text::significant(p, 2));
        let mut row = vec![
            code(&page.selection.arms[pair.a].name()),
            code(&page.selection.arms[pair.b].name()),
            paired.map_or(0, |p| p.n).to_string(),
            paired.map_or_else(dash, |p| sentences::difference(metric, p.delta, p.interval)),
            paired.and_then(|p| p.interval).map_or_else(dash, |i| sentences::range(metric, i)),
            superiority(view, pair),
            p(paired.and_then(|x| x.p)),
        ];
        row.extend(holm.then(|| p(pair.p_holm)));
        row.extend(flips.then(|| p(paired.and_then(|x| x.p_sign_flip))));
        row.push(p(paired.and_then(|x| x.d_z)));
        row.push(plain(&sentences::verdict_short(page.selection, pair)));
        rows.push(row);
    }
    let right: Vec<bool> = (0..header.len()).map(|i| i > 1 && i + 1 < header.len()).collect();
    let mut out = format!(
        "## Comparison: {} on the {} part\n\n{}",
        plain(metric),
        view.judges.name(),
        table(&header, &right, &rows)
    );
    out.push_str(&more(page.pairs.len(), "pair", "comparison.csv"));
    for pair in page.pairs.iter().take(ROWS_MAX) {
        out.push_str(&values(page, pair));
    }
    out
}

fn superiority(view: &View<'_>, pair: &Pair) -> String {
    let Some(s) = pair.superiority else {
        return "-".into();
    };
    let two = sentences::probability;
    match sentences::superiority_interval(view, pair) {
        Some(i) => format!("{} ({} to {})", two(s.share), two(i.low), two(i.high)),
        None => two(s.share),
    }
}

/// With too few pairs for a test, the values themselves.
fn values(page: &Page<'_, '_>, pair: &Pair) -> String {
    if pair.paired.as_ref().is_some_and(|p| p.interval.is_some()) || pair.trials >= SEEDS_MIN {
        return String::new();
    }
    let of = |arm: usize| {
        let arm = &page.selection.arms[arm];
        let values =
            page.view.done(arm.selected).iter().map(|d| short(d.value(page.view.judges, &page.view.metric)));
        format!("- {}: {}\n", code(&arm.name()), values.collect::<Vec<_>>().join(", "))
    };
    format!("\nValues by seed:\n\n{}{}", of(pair.a), of(pair.b))
}

fn figures(page: &Page<'_, '_>) -> String {
    let mut out = String::new();
    for figure in page.figures {
        out.push_str(&format!("![{}](figures/{}.svg)\n\n", plain(&figure.title), figure.name));
    }
    if page.selection.arms.len() > SERIES_MAX && !page.figures.is_empty() {
        out.push_str(&format!("The figures show the first {SERIES_MAX} of {}.\n", page.selection.arms.len()));
    }
    if out.is_empty() { out } else { format!("## Figures\n\n{out}") }
}

pub(super) fn expectations(page: &Page<'_, '_>) -> String {
    if page.expectations.is_empty() {
        return String::new();
    }
    let row = |e: &ExpectationResult| {
        let held = if e.held { "yes" } else { "**no**" };
        vec![code(&e.key), code(&e.statistic), text::exact(e.limit), e.told(), held.to_string()]
    };
    let rows: Vec<Vec<String>> = page.expectations.iter().map(row).collect();
    let header = ["expected", "statistic", "limit", "measured", "held"];
    format!(
        "## Expectations\n\n{}\nOver all trials of the configuration; a failed trial makes a mean miss its limit.\n",
        table(&header, &[false, false, true, true, false], &rows)
    )
}

fn configurations(page: &Page<'_, '_>) -> String {
    let view = page.view;
    if view.configurations() == page.selection.arms.len() && view.results.experiment.compare.is_some() {
        return String::new();
    }
    let mut header = vec!["configuration".to_string()];
    header.extend(view.has_faults().then(|| MISTAKE.to_string()));
    header.extend(result_header(view));
    let tuned = page.selection.tuned;
    header.extend(tuned.then(|| "score".to_string()));
    let row = |c: usize| {
        let mut row = vec![view.label(c)];
        row.extend(mistake(view, c));
        row.extend(result_cells(view, page.selection, c));
        row.extend(tuned.then(|| view.mean_score(c).map_or("-".into(), short)));
        row
    };
    let rows = Rows {
        right: header.iter().enumerate().map(|(i, name)| i > 0 && name != MISTAKE).collect(),
        header,
        rows: (0..view.configurations()).take(ROWS_MAX).map(row).collect(),
        total: view.configurations(),
    };
    let mut out = format!("## All configurations\n\n{}", markdown(&rows));
    out.push_str(&more(rows.total, "configuration", "summary.csv"));
    if view.results.experiment.compare.is_none() {
        out.push_str(&format!("\n{}\n", reading(view)));
    }
    out
}

pub(super) fn data(view: &View<'_>) -> String {
    let row = |d: &super::DataFacts| {
        let [train, validation, test] = d.parts;
        let outputs = match d.outputs.len() {
            n if n > 6 => text::grouped(n as u64),
            _ => plain(&d.outputs.join(", ")),
        };
        vec![
            code(&d.name),
            text::grouped(d.rows as u64),
            text::grouped(d.features as u64),
            outputs,
            format!("{train} / {validation} / {test}"),
            code(&d.digest.chars().take(12).collect::<String>()),
        ]
    };
    let rows: Vec<Vec<String>> = view.sets().into_iter().map(row).collect();
    let header = ["source", "rows", "features", "outputs", "train / validation / test", "sha256 of content"];
    let right = [false, true, true, false, true, false];
    if rows.is_empty() { String::new() } else { format!("## Data\n\n{}", table(&header, &right, &rows)) }
}

pub(super) fn reproduce(view: &View<'_>) -> String {
    let experiment = view.results.experiment;
    // Control characters cannot stand in a code block either.
    let mut arguments = text::shell(&experiment.file);
    for change in &experiment.overrides {
        arguments.push_str(&format!(" --set {}", text::shell(change)));
    }
    format!(
        "## Reproduce\n\n```sh\nrunner {arguments}\ncargo run -- {arguments}   # in the source folder\n```\n\n\
         [experiment.toml](experiment.toml) is the experiment with `extends` and `--set` applied; \
         [manifest.toml](manifest.toml) has the versions and the digest of every file. A second run gives the same bytes.\n"
    )
}

pub(super) fn notes(view: &View<'_>) -> String {
    let experiment = view.results.experiment;
    let notes: Vec<String> = [&experiment.notes, &experiment.report.notes]
        .into_iter()
        .filter(|n| !n.trim().is_empty())
        .map(|n| authored(n))
        .collect();
    if notes.is_empty() { String::new() } else { format!("## Notes\n\n{}\n", notes.join("\n\n")) }
}
