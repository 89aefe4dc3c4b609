//! What rules say of the trials: which findings hold of a configuration, `findings.csv`, and the first cause of what did not learn.
//!
//! Rules see one trial and live in `diagnose`; here trials of a configuration are united, and what the file allows is set apart. How
//! findings are told on the page stands in `troubles`.

use super::cliff;
use super::selection::Selection;
use super::tables::{Cell, Table, count, id, labels, maybe, names, text};
use super::view::View;
use crate::diagnose::{self, Change, Evidence, Finding, Role, Run, Severity, Shared};

/// Of plans with more configurations only those are judged that arms selected, and of no more arms: what is said of the points of a
/// large search fills pages that nobody reads.
pub(super) const JUDGED_MAX: usize = 256;

/// What holds of a configuration: at least half of its trials have it.
#[derive(Clone, Debug)]
pub(super) struct Found<'a> {
    pub(super) shared: Shared,
    /// The reason, where the file says that it is expected.
    pub(super) allowed: Option<&'a str>,
}

impl Found<'_> {
    pub(super) fn finding(&self) -> &Finding {
        &self.shared.finding
    }

    /// Worth a reader's time: a warning that nobody expected.
    pub(super) fn is_told(&self) -> bool {
        self.allowed.is_none() && self.shared.is_told()
    }

    /// A warning of a cause, whether expected or not.
    pub(super) fn is_cause(&self) -> bool {
        self.finding().is_likely_cause() && self.shared.holds()
    }

    /// The word in `findings.csv`.
    fn severity(&self) -> &'static str {
        if self.allowed.is_some() { "allowed" } else { self.finding().severity.name() }
    }
}

/// A configuration that was judged.
#[derive(Clone, Debug)]
pub(super) struct Judged<'a> {
    pub(super) configuration: usize,
    /// Causes in their order, then what came of them.
    pub(super) found: Vec<Found<'a>>,
}

/// Everything that was found.
#[derive(Clone, Debug)]
pub(super) struct Findings<'a> {
    /// In the order of the plan.
    pub(super) judged: Vec<Judged<'a>>,
}

impl<'a> Findings<'a> {
    pub(super) fn of(view: &View<'a>, selection: &Selection) -> Findings<'a> {
        let cliffs = cliff::looked_at(view, selection);
        let judge = |configuration: usize| {
            let mut found = of_configuration(view, configuration);
            if cliffs.contains(&configuration)
                && let Some(finding) = cliff::cliff(view, configuration)
            {
                let trials = view.done(configuration).len();
                let causes = found.iter().take_while(|f| f.finding().role == Role::Cause).count();
                found.insert(causes, with_reason(view, Shared { finding, trials, of: trials }));
            }
            Judged { configuration, found }
        };
        Findings { judged: configurations(view, selection).into_iter().map(judge).collect() }
    }

    /// What was found of a configuration.
    pub(super) fn get(&self, configuration: usize) -> &[Found<'a>] {
        let judged = self.judged.iter().find(|judged| judged.configuration == configuration);
        judged.map_or(&[], |judged| &judged.found)
    }
}

impl Judged<'_> {
    /// Whether half of its trials or more did not learn, and no cause was found of it.
    pub(super) fn is_unexplained(&self, view: &View<'_>) -> bool {
        let tally = view.tally(self.configuration);
        let is_poor = tally.done > 0 && 2 * tally.learned <= tally.done;
        is_poor && !self.found.iter().any(Found::is_cause)
    }
}

/// The configurations that are judged, in the order of the plan.
fn configurations(view: &View<'_>, selection: &Selection) -> Vec<usize> {
    if view.configurations() <= JUDGED_MAX {
        return (0..view.configurations()).collect();
    }
    let mut selected: Vec<usize> = selection.arms.iter().take(JUDGED_MAX).map(|arm| arm.selected).collect();
    selected.sort_unstable();
    selected.dedup();
    selected
}

/// What at least half of the trials of a configuration have, down to what is only worth knowing.
pub(super) fn of_configuration<'a>(view: &View<'a>, configuration: usize) -> Vec<Found<'a>> {
    let results = view.results;
    let facts = results.data_of.get(configuration).and_then(|data| results.data.get(*data));
    let Some(facts) = facts else { return Vec::new() };
    let of_trial = |done: &super::view::Done<'_>| {
        (results.judge)(&Evidence {
            configuration: &results.plan.configurations[configuration].configuration,
            task: facts.task,
            traits: Some(&facts.traits),
            preflight: None,
            run: Some(Run { record: done.record, columns: &results.curve_columns }),
        })
    };
    let each: Vec<Vec<Finding>> = view.done(configuration).iter().map(of_trial).collect();
    let holds = |shared: &Shared| shared.holds() && shared.finding.severity >= Severity::Note;
    let shared = diagnose::over_trials(&each).into_iter().filter(holds);
    shared.map(|shared| with_reason(view, shared)).collect()
}

fn with_reason<'a>(view: &View<'a>, shared: Shared) -> Found<'a> {
    Found { allowed: view.results.experiment.diagnose.reason(shared.finding.rule.code), shared }
}

/// The first cause of what went wrong with a configuration, or what there is to see of it; `None` where rules say nothing.
pub(super) fn first_cause<'a>(found: &'a [Found<'_>]) -> Option<&'a Finding> {
    let told = || found.iter().filter(|found| found.is_told()).map(Found::finding);
    told().find(|finding| finding.role == Role::Cause).or_else(|| told().next())
}

/// `optimizer.learning_rate = 0.01; data.scale = "standardize"`.
pub(super) fn change(changes: &[Change]) -> String {
    changes.iter().map(Change::to_string).collect::<Vec<_>>().join("; ")
}

/// One row per configuration and finding.
pub(super) fn table<'a>(view: &'a View<'_>, findings: &'a Findings<'_>) -> Table<'a> {
    let mut columns = names(["configuration"]);
    columns.extend(view.results.plan.axes.iter().cloned());
    columns.extend(names([
        "code",
        "severity",
        "role",
        "stage",
        "layer",
        "epoch",
        "step",
        "value",
        "threshold",
    ]));
    columns.extend(names(["trials", "of", "says", "why", "change"]));
    let row = |configuration: usize, found: &'a Found<'_>| {
        let finding = found.finding();
        let mut row = vec![id(view, configuration)];
        row.extend(labels(view, configuration));
        row.extend([finding.rule.code, found.severity(), finding.role.name()].map(text));
        row.push(text(finding.rule.stage.name()));
        row.push(finding.layer.as_deref().map_or(Cell::Empty, text));
        row.push(finding.at.map_or(Cell::Empty, |(epoch, _)| count(epoch)));
        row.push(finding.at.map_or(Cell::Empty, |(_, step)| count(step)));
        row.extend([finding.value, finding.threshold].map(|x| maybe(x.filter(|x| x.is_finite()))));
        row.extend([found.shared.trials, found.shared.of].map(count));
        row.push(text(&finding.says));
        let why = found.allowed.or(finding.because.first().map(String::as_str));
        row.push(why.map_or(Cell::Empty, text));
        let change = change(&finding.changes);
        row.push(if change.is_empty() { Cell::Empty } else { Cell::Text(change.into()) });
        row
    };
    let rows = (findings.judged.iter())
        .flat_map(move |judged| judged.found.iter().map(move |found| row(judged.configuration, found)));
    Table { columns, rows: Box::new(rows) }
}
