//! Arms over several data sets: each arm's result on each, compared by the rule of `stats::over_data_sets`.
//!
//! The data sets may come from one sweep (an axis of `[data]` that is neither compared nor tuned) or from several experiments: what
//! is compared is a plain list of [`ArmOnSet`], and [`OverSets`] makes of it the section of the page and the files. Inside a data set
//! everything is settled before: which configuration an arm is judged by, and its mean there. No trial is looked at here.

use std::collections::{BTreeMap, BTreeSet};

use super::comparison;
use super::selection::{self, Arm, Selection};
use super::view::View;
use super::{File, Results, file, write};
use crate::plan;
use crate::spec::VARIANT;
use crate::stats::{self, Interval, OverDataSets, Rule, SetPair, Verdict};

mod figure;
mod forest;
mod names;
mod tables;
mod text;

/// What one arm reached on one data set.
#[derive(Clone, Debug, PartialEq)]
pub struct ArmOnSet {
    pub arm: String,
    /// Its name for people; two data sets of one name are told apart by the caller.
    pub data_set: String,
    /// What makes it that data set: its content.
    pub digest: String,
    /// Where the content comes from: rows of one file, or of one generator, are no independent data sets, however they differ.
    pub source: String,
    /// What else it was measured under: arms are compared within it. Empty where there is nothing to tell apart.
    pub context: String,
    /// Mean of the metric over the trials of the selected configuration that learned; `None` when none did.
    pub value: Option<f64>,
    pub learned: usize,
    /// Trials done; 0 where it was not measured.
    pub trials: usize,
    /// What its experiment says of it against others, on paired seeds.
    pub against: Vec<AgainstOnSet>,
}

/// What one arm came to against another on one data set.
#[derive(Clone, Debug, PartialEq)]
pub struct AgainstOnSet {
    pub other: String,
    pub less: Less,
}

/// One arm less another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Less {
    /// Paired seeds (or folds) in which both learned.
    pub pairs: usize,
    /// Mean over these.
    pub difference: f64,
    /// Of that mean; `None` for too few pairs.
    pub interval: Option<Interval>,
    /// a is the arm, b the other.
    pub verdict: Verdict,
}

/// What decides.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// `test`.
    pub part: String,
    pub metric: String,
    pub higher_is_better: bool,
    pub confidence: f64,
    /// Half-width of the region of practical equivalence; `rope_relative`: as a share of the value.
    pub rope: f64,
    pub rope_relative: bool,
    /// The arm all others are compared with; `None`: every pair.
    pub control: Option<String>,
}

/// Arms over data sets, with what the tests say.
#[derive(Clone, Debug)]
pub struct OverSets {
    judgement: Judgement,
    boards: Vec<Board>,
}

/// One table of data sets and arms.
#[derive(Clone, Debug)]
struct Board {
    context: String,
    data_sets: Vec<String>,
    arms: Vec<String>,
    /// `[data set][arm]`; `None` where the arm was not measured.
    cells: Vec<Vec<Option<ArmOnSet>>>,
    /// Whether ratios are compared in place of differences.
    relative: bool,
    /// Half-width of the region within which differences count as none, as the tests see them.
    region: f64,
    /// Whether two data sets come from one source.
    one_source: bool,
    over: OverDataSets,
    /// One per pair of `over`.
    calls: Vec<Call>,
}

/// What is said of a pair, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    /// This arm is better.
    Better(usize),
    /// The interval of the centre of the differences lies within the region of practical equivalence.
    Equivalent,
    /// Fewer data sets than the rule asks for.
    FewDataSets,
    /// Several data sets come from one source: they are not independent.
    OneSource,
    /// Friedman's test finds no difference among the arms.
    NoDifference,
    /// The p of the pair, after Holm's correction, is too large.
    Level,
    /// The tests find a difference, and its median is one that counts as none.
    Region,
    /// The tests speak for this arm, which learned less often than the other, by more than chance explains.
    LearnedLess(usize),
}

impl OverSets {
    /// Tables of at least two data sets and two arms, in the order in which they are first met, where one data set at least has all of the
    /// arms; the rest is left out, as are further results of one arm on one data set.
    pub fn new(measured: &[ArmOnSet], judgement: Judgement) -> OverSets {
        let mut contexts: Vec<&str> = Vec::new();
        for one in measured {
            if !contexts.contains(&one.context.as_str()) {
                contexts.push(&one.context);
            }
        }
        let board = |context: &str| {
            let within: Vec<&ArmOnSet> = measured.iter().filter(|m| m.context == context).collect();
            board(context, &within, &judgement)
        };
        let boards = contexts.into_iter().filter_map(board).collect();
        OverSets { judgement, boards }
    }

    /// Whether there is nothing to compare.
    pub fn is_empty(&self) -> bool {
        self.boards.is_empty()
    }

    /// Data sets of the largest table on which something is tested; 0 without one.
    pub fn tested(&self) -> usize {
        self.boards.iter().filter(|b| b.over.rule != Rule::Table).map(|b| b.over.sets).max().unwrap_or(0)
    }

    /// What is said of the arms, in sentences without markup.
    pub fn verdicts(&self) -> Vec<String> {
        self.boards.iter().flat_map(|board| text::verdicts(&self.judgement, board)).collect()
    }

    /// The section of the page, as Markdown; empty where there is nothing to compare. `with_verdicts` opens it with them, for a page
    /// that has not told them above.
    pub fn section(&self, with_verdicts: bool) -> String {
        text::section(&self.judgement, &self.boards, with_verdicts)
    }

    /// `datasets.csv`, `dataset_pairs.csv`, `over_datasets.csv`, and with `figures` for each table the differences on each data set, and
    /// a diagram of mean ranks where the rule allows one.
    pub fn files(&self, figures: bool) -> Vec<File> {
        if self.is_empty() {
            return Vec::new();
        }
        let mut files = vec![
            file("datasets.csv", write::csv::write(tables::data_sets(self))),
            file("dataset_pairs.csv", write::csv::write(tables::pairs_on_sets(self))),
            file("over_datasets.csv", write::csv::write(tables::pairs(self))),
        ];
        for (index, board) in self.boards.iter().enumerate().filter(|_| figures) {
            let drawn = [
                (forest::name(index), forest::draw(board, &self.judgement)),
                (figure::name(index), figure::draw(board, 1.0 - self.judgement.confidence)),
            ];
            let drawn = drawn.into_iter().filter_map(|(name, bytes)| Some((name, bytes?)));
            files.extend(drawn.map(|(name, bytes)| file(&format!("figures/{name}.svg"), bytes)));
        }
        files
    }

    /// The tables of `datasets.csv`, `dataset_pairs.csv`, and `over_datasets.csv`, and the verdicts.
    pub fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "verdicts": self.verdicts(),
            "data_sets": super::json::rows(tables::data_sets(self)),
            "pairs_on_data_sets": super::json::rows(tables::pairs_on_sets(self)),
            "pairs": super::json::rows(tables::pairs(self)),
        })
    }
}

/// What each arm of these results reached on the data set it was trained on, in the order of the plan.
pub fn measured(results: &Results<'_>) -> Vec<ArmOnSet> {
    let view = View::new(results);
    of_arms(&view, &selection::select(&view))
}

/// What `[compare]` says decides; `None` without it.
pub fn judgement(results: &Results<'_>) -> Option<Judgement> {
    judged_by(&View::new(results))
}

/// Over the data sets of one experiment.
pub(super) fn of(view: &View<'_>, selection: &Selection) -> Option<OverSets> {
    let over = OverSets::new(&of_arms(view, selection), judged_by(view)?);
    (!over.is_empty()).then_some(over)
}

fn judged_by(view: &View<'_>) -> Option<Judgement> {
    let compare = view.results.experiment.compare.as_ref()?;
    Some(Judgement {
        part: view.judges.name().into(),
        metric: view.metric.clone(),
        higher_is_better: view.higher_is_better,
        confidence: view.confidence,
        rope: compare.rope,
        rope_relative: compare.rope_relative,
        control: compare.control.clone(),
    })
}

fn of_arms(view: &View<'_>, selection: &Selection) -> Vec<ArmOnSet> {
    let plan = view.results.plan;
    let facts = |arm: &Arm| {
        let index = view.results.data_of.get(arm.selected)?;
        view.results.data.get(*index)
    };
    let telling = telling_axes(view, selection);
    let mut digests: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for known in selection.arms.iter().filter_map(facts) {
        digests.entry(&known.name).or_default().insert(&known.digest);
    }
    let pairs = comparison::compare(view, selection);
    let one = |(index, arm): (usize, &Arm)| {
        let facts = facts(arm)?;
        let labels = plan.axes.iter().zip(&plan.configurations[arm.selected].labels);
        let (own, other): (Vec<_>, Vec<_>) = (labels
            .map(|(axis, label)| (axis, format!("{axis} = {label}"))))
        .filter(|(_, text)| arm.context.contains(text))
        .partition(|(axis, _)| telling.contains(axis));
        let joined = |of: Vec<(&String, String)>| of.into_iter().map(|o| o.1).collect::<Vec<_>>().join(", ");
        let is_clear = digests.get(facts.name.as_str()).is_some_and(|d| d.len() == 1);
        let tally = view.tally(arm.selected);
        let reached = view.reached(arm.selected, view.judges, &view.metric).learned;
        Some(ArmOnSet {
            arm: arm.label.clone(),
            data_set: if is_clear { facts.name.clone() } else { told_apart(&facts.name, &own) },
            digest: facts.digest.clone(),
            source: match facts.files.as_slice() {
                [] => facts.name.clone(),
                files => files.iter().map(|(_, digest)| digest.as_str()).collect(),
            },
            context: joined(other),
            value: reached.map(|s| s.mean),
            learned: tally.learned,
            trials: tally.done,
            against: pairs.iter().filter(|p| p.a == index).filter_map(|p| against(selection, p)).collect(),
        })
    };
    selection.arms.iter().enumerate().filter_map(one).collect()
}

fn against(selection: &Selection, pair: &comparison::Pair) -> Option<AgainstOnSet> {
    let paired = pair.paired.as_ref()?;
    Some(AgainstOnSet {
        other: selection.arms[pair.b].label.clone(),
        less: Less {
            pairs: paired.n,
            difference: paired.delta,
            interval: paired.interval,
            verdict: pair.verdict,
        },
    })
}

/// A name that several data sets have, with what tells them apart. A source that is swept says by itself what it is.
fn told_apart(name: &str, own: &[(&String, String)]) -> String {
    let (source, other): (Vec<_>, Vec<_>) = own.iter().partition(|(axis, _)| *axis == "data.source");
    let name = source.first().and_then(|(_, text)| text.split_once(" = ")).map_or(name, |(_, label)| label);
    let other: Vec<&str> = other.iter().map(|(_, text)| text.as_str()).collect();
    if other.is_empty() { name.to_string() } else { format!("{name} ({})", other.join(", ")) }
}

/// The axes of `[data]`, the variants, and the axes that advance with one, that tell data sets apart: no content is found under two of
/// their values.
/// (`data.scale` prepares one content in several ways: arms are compared within each.)
fn telling_axes(view: &View<'_>, selection: &Selection) -> Vec<String> {
    let plan = view.results.plan;
    let own: Vec<String> =
        plan.axes.iter().filter(|a| a.starts_with("data.") || *a == VARIANT).cloned().collect();
    let tells = |axis: &String| {
        let Some(at) = plan.axes.iter().position(|a| a == axis) else {
            return false;
        };
        let mut label_of: BTreeMap<&str, &str> = BTreeMap::new();
        selection.arms.iter().all(|arm| {
            let label = plan.configurations[arm.selected].labels[at].as_str();
            let facts = view.results.data_of.get(arm.selected).and_then(|i| view.results.data.get(*i));
            facts.is_none_or(|facts| *label_of.entry(&facts.digest).or_insert(label) == label)
        })
    };
    plan::companions(&view.results.experiment.sweep, &own).into_iter().filter(tells).collect()
}

fn board(context: &str, measured: &[&ArmOnSet], judgement: &Judgement) -> Option<Board> {
    let (mut sets, mut arms): (Vec<(&str, &str)>, Vec<&str>) = (Vec::new(), Vec::new());
    for one in measured {
        if !sets.iter().any(|(digest, _)| *digest == one.digest) {
            sets.push((&one.digest, &one.data_set));
        }
        if !arms.contains(&one.arm.as_str()) {
            arms.push(&one.arm);
        }
    }
    // Where variants set `data`, arms have data of their own, and nothing is compared over them.
    let arms_on = |digest: &str| -> BTreeSet<&String> {
        measured.iter().filter(|m| m.digest == digest).map(|m| &m.arm).collect()
    };
    let is_shared = sets.iter().any(|(digest, _)| arms_on(digest).len() == arms.len());
    if sets.len() < 2 || arms.len() < 2 || !is_shared {
        return None;
    }
    let cell = |digest: &str, arm: &str| {
        let found = measured.iter().find(|m| m.digest == digest && m.arm == arm && m.trials > 0);
        found.map(|m| (*m).clone())
    };
    let cells: Vec<Vec<Option<ArmOnSet>>> =
        sets.iter().map(|(digest, _)| arms.iter().map(|arm| cell(digest, arm)).collect()).collect();
    let values = || cells.iter().flatten().flatten().filter_map(|c| c.value);
    let relative = judgement.rope_relative && values().all(|x| x > 0.0);
    let table: Vec<Vec<f64>> = cells
        .iter()
        .map(|row| row.iter().map(|c| number(c.as_ref(), judgement, relative)).collect())
        .collect();
    let control = judgement.control.as_ref().and_then(|c| arms.iter().position(|a| a == c));
    let alpha = 1.0 - judgement.confidence;
    let over = stats::over_data_sets(&table, judgement.higher_is_better, alpha, control);
    let source = |digest: &str| measured.iter().find(|m| m.digest == digest).map(|m| m.source.as_str());
    let sources: BTreeSet<Option<&str>> = sets.iter().map(|(digest, _)| source(digest)).collect();
    let one_source = sources.len() < sets.len();
    let over = if one_source { over.untested() } else { over };
    let mut board = Board {
        one_source,
        context: context.into(),
        region: region(judgement, relative),
        data_sets: names::short(sets.iter().map(|s| s.1)),
        arms: arms.iter().map(ToString::to_string).collect(),
        cells,
        relative,
        over,
        calls: Vec::new(),
    };
    board.calls = board.over.pairs.iter().map(|pair| call(&board, judgement, pair)).collect();
    Some(board)
}

/// What the tests see. Errors in the unit of each data set's target cannot be ranked together, so where differences count as shares
/// (`rope_relative`) the tests see logarithms, whose differences are ratios.
fn number(cell: Option<&ArmOnSet>, judgement: &Judgement, relative: bool) -> f64 {
    match cell.map(|c| c.value) {
        None => f64::NAN,
        Some(None) if judgement.higher_is_better => f64::NEG_INFINITY,
        Some(None) => f64::INFINITY,
        Some(Some(value)) if relative => libm::log(value),
        Some(Some(value)) => value,
    }
}

fn call(board: &Board, judgement: &Judgement, pair: &SetPair) -> Call {
    if board.one_source {
        return Call::OneSource;
    }
    if board.over.rule == Rule::Table {
        return Call::FewDataSets;
    }
    let less = |arm: usize, other: usize| board.learned_less(arm, other, judgement.confidence);
    if board.is_within(pair) && !less(pair.a, pair.b) && !less(pair.b, pair.a) {
        return Call::Equivalent;
    }
    if !board.over.differ(1.0 - judgement.confidence) {
        return Call::NoDifference;
    }
    let Some(better) = pair.better else {
        return Call::Level;
    };
    if pair.median.abs() <= board.region {
        return Call::Region;
    }
    let other = if better == pair.a { pair.b } else { pair.a };
    if less(better, other) { Call::LearnedLess(better) } else { Call::Better(better) }
}

/// Half-width of the region within which differences count as none, as the tests see them. Shares of values of which some are not
/// positive mean nothing: then there is no region.
fn region(judgement: &Judgement, relative: bool) -> f64 {
    match (judgement.rope_relative, relative) {
        (false, _) => judgement.rope,
        (true, true) => libm::log1p(judgement.rope),
        (true, false) => 0.0,
    }
}

impl Board {
    /// Trials of an arm that learned, and all, over the data sets on which every arm was measured.
    fn learned(&self, arm: usize) -> (usize, usize) {
        let complete = self.cells.iter().zip(&self.over.ranks).filter(|(_, ranks)| ranks.is_some());
        let of_arm = complete.filter_map(|(row, _)| row[arm].as_ref());
        of_arm.fold((0, 0), |(learned, trials), c| (learned + c.learned, trials + c.trials))
    }

    /// The median of a - b in units of the metric, or as a share of b where ratios are compared; `None` where it is infinite.
    fn median(&self, pair: &SetPair) -> Option<f64> {
        self.told(pair.median)
    }

    /// A difference as the tests see it, in units of the metric or as a share.
    fn told(&self, x: f64) -> Option<f64> {
        let told = if self.relative { libm::expm1(x) } else { x };
        Some(told).filter(|t| t.is_finite() && x.is_finite())
    }

    /// The interval of the centre of a - b, or of b - a when `flip`, in the same unit (a share is of the one subtracted); `None` where
    /// nothing is tested, or an end is infinite.
    fn interval(&self, pair: &SetPair, flip: bool) -> Option<Interval> {
        let i = pair.centre?.interval?;
        let interval = if flip { Interval { low: -i.high, high: -i.low } } else { i };
        Some(Interval { low: self.told(interval.low)?, high: self.told(interval.high)? })
    }

    /// Whether the interval of the centre lies within the region in which differences count as none.
    fn is_within(&self, pair: &SetPair) -> bool {
        let within = |i: Interval| self.region > 0.0 && -self.region <= i.low && i.high <= self.region;
        pair.centre.and_then(|c| c.interval).is_some_and(within)
    }

    /// Whether an arm learned less often than another by more than chance explains: a failed trial or two of hundreds say nothing.
    fn learned_less(&self, arm: usize, other: usize, confidence: f64) -> bool {
        stats::newcombe(self.learned(arm), self.learned(other), confidence).is_some_and(|i| i.high < 0.0)
    }

    /// What the experiment of a data set says of a pair there.
    fn on_set(&self, set: usize, pair: &SetPair) -> Option<Less> {
        let told = |arm: usize, other: usize| {
            let cell = self.cells[set][arm].as_ref()?;
            cell.against.iter().find(|a| a.other == self.arms[other]).map(|a| a.less)
        };
        told(pair.a, pair.b).or_else(|| told(pair.b, pair.a).map(Less::opposite))
    }
}

impl Less {
    /// Seen from the other arm.
    fn opposite(self) -> Less {
        let verdict = match self.verdict {
            Verdict::ABetter => Verdict::BBetter,
            Verdict::BBetter => Verdict::ABetter,
            other => other,
        };
        let interval = self.interval.map(|i| Interval { low: -i.high, high: -i.low });
        Less { difference: -self.difference, interval, verdict, ..self }
    }
}
