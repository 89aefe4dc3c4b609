//! Rules of sweeps that draw: what the sampler needs, and which axes it draws.
//!
//! Which axes are drawn depends on the comparison, so this is asked after everything else was read.

use crate::catalog::Facts;
use crate::config::check::{self, Sound};
use crate::config::parse::beginning;
use crate::config::read::Reader;
use crate::config::tree::Table;
use crate::diagnostic::{self, Diagnostic, Span};
use crate::spec::{Axis, Budget, Compare, Part, Sweep, Train};

/// What the family says of a sampler.
#[derive(Clone, Copy)]
struct Needs {
    draws: bool,
    counted: bool,
    learns: bool,
    halts: bool,
    dimensions: Option<usize>,
}

fn needs(sweep: &Sweep) -> Needs {
    match sweep.method.entry.facts {
        Facts::Sampler { draws, counted, learns, halts, dimensions } => {
            Needs { draws, counted, learns, halts, dimensions }
        }
        _ => Needs { draws: false, counted: false, learns: false, halts: false, dimensions: None },
    }
}

/// Whether the sampler of a sweep draws points, whatever its axes are.
pub(crate) fn draws(sweep: &Sweep) -> bool {
    needs(sweep).draws
}

/// Chooses the axes that are drawn and tells what the sampler lacks.
pub(crate) fn settle(
    r: &mut Reader<'_>,
    sweep: &mut Sweep,
    root: &Table,
    compare: Option<&Compare>,
    train: Option<&Train>,
    seen: &[Sound],
) {
    let needs = needs(sweep);
    let place = |key: &str| {
        let written = root.place(&["sweep", key]).or_else(|| root.place(&["sweep"]));
        written.unwrap_or_else(beginning)
    };
    let written = root.at(&["sweep", "method"]);
    let named = written.map(|item| item.text().or_else(|| item.table()?.get("name")?.text()));
    if !needs.draws && named.is_some_and(|name| name != Some(sweep.method.name())) {
        // The method is faulty, and told so: the grid only stands in for it.
        return;
    }
    if !needs.draws {
        for axis in sweep.axes.iter().filter(|a| a.domain.is_some()) {
            let title = format!("a grid cannot cross the range of `{}`", axis.key);
            let fault = mismatch(title, &axis.span, "has endlessly many values");
            r.fault(fault.help(
                "give it `points` (`{ log = [a, b], points = n }`), or draw from it: `method = \"random\"`",
            ));
        }
        if sweep.configurations.is_some() {
            let title = "`configurations` has no meaning for a grid".to_string();
            let fault = mismatch(title, &place("configurations"), "a grid tries every combination");
            r.fault(fault.help("remove it, or choose a sampler: `method = \"random\"`"));
        }
        return;
    }
    sweep.drawn = drawn(sweep, compare);
    if sweep.axes.is_empty() && r.faults.is_empty() {
        let title = format!("`{}` has nothing to draw from", sweep.method.name());
        let fault =
            Diagnostic::error(&diagnostic::EMPTY_AXIS, title).at(&place("method"), "there is no axis");
        return r.fault(fault.help(
            "add an axis, for example `\"optimizer.learning_rate\" = { log_uniform = [0.001, 1.0] }`",
        ));
    }
    if sweep.axes.is_empty() {
        return;
    }
    undrawn(r, sweep, compare, &place("method"));
    counted(r, sweep, needs, &place);
    if let Some(most) = needs.dimensions.filter(|most| sweep.drawn_groups().len() > *most) {
        let title = format!("`{}` draws from at most {most} axes", sweep.method.name());
        r.fault(mismatch(title, &place("method"), "has more").help("use `method = \"random\"`"));
    }
    if needs.learns {
        for c in seen {
            let fault = check::part_fault(c, Part::Validation, "sweep.method", &|| place("method"));
            r.faults.extend(fault);
        }
    }
    if needs.halts {
        halts(r, sweep, train, &place);
    }
}

fn mismatch(title: String, span: &Span, label: &str) -> Diagnostic {
    Diagnostic::error(&diagnostic::SAMPLER_MISMATCH, title).at(span, label)
}

/// With a comparison, the axes it tunes; without, all. Zipped axes go together.
fn drawn(sweep: &Sweep, compare: Option<&Compare>) -> Vec<usize> {
    let is_drawn = |axis: &Axis| compare.is_none_or(|c| c.tune.contains(&axis.key));
    let alone: Vec<usize> = (0..sweep.axes.len()).filter(|a| is_drawn(&sweep.axes[*a])).collect();
    let with = |a: &usize| {
        let group = sweep.zip.iter().find(|group| group.contains(a));
        alone.contains(a) || group.is_some_and(|group| group.iter().any(|other| alone.contains(other)))
    };
    (0..sweep.axes.len()).filter(with).collect()
}

/// Arms are crossed: what is compared, and what neither compares nor tunes, must list its values.
fn undrawn(r: &mut Reader<'_>, sweep: &Sweep, compare: Option<&Compare>, method: &Span) {
    if compare.is_some() && sweep.drawn.is_empty() {
        let title = format!("`{}` has nothing to draw from: no axis is tuned", sweep.method.name());
        let fault = mismatch(title, method, "draws the axes of `compare.tune`");
        r.fault(fault.help("name the axes to draw in `[compare] tune`, or use `method = \"grid\"`"));
    }
    let is_drawn = |index: usize| sweep.drawn.contains(&index);
    for (index, axis) in sweep.axes.iter().enumerate() {
        if compare.is_some_and(|c| c.by == axis.key) && is_drawn(index) {
            let title = format!("`{}` is compared and advances with an axis that is drawn", axis.key);
            let fault = mismatch(title, &axis.span, "arms are crossed, so that each is searched");
            r.fault(fault.help("take it out of `zip`"));
        }
        if !is_drawn(index) && axis.when.iter().any(|condition| is_drawn(condition.axis)) {
            let title = format!("whether `{}` applies depends on an axis that is drawn", axis.key);
            let fault = mismatch(title, &axis.span, "is crossed, before anything is drawn");
            r.fault(fault.help("name it in `compare.tune`, so that it is drawn too"));
        }
        if axis.domain.is_some() && !sweep.drawn.contains(&index) {
            let title =
                format!("the range of `{}` is not drawn from, since `[compare]` does not tune it", axis.key);
            let fault = mismatch(title, &axis.span, "would be crossed with the arms");
            r.fault(fault.help("name it in `compare.tune`, or list its values"));
        }
    }
}

fn counted(r: &mut Reader<'_>, sweep: &Sweep, needs: Needs, place: &dyn Fn(&str) -> Span) {
    let name = sweep.method.name();
    match (needs.counted, sweep.configurations) {
        (true, None) => {
            let title = format!("`sweep.configurations` is missing: how many shall `{name}` try?");
            let fault =
                Diagnostic::error(&diagnostic::MISSING_KEY, title).at(&place("method"), "needs a number");
            r.fault(
                fault.help("for example `configurations = 32`: each is trained once for every seed and fold"),
            );
        }
        (false, Some(_)) => {
            let title = format!("`configurations` has no meaning for `{name}`");
            let fault = mismatch(
                title,
                &place("configurations"),
                "the number follows from `train.epochs` and `reduction`",
            );
            r.fault(fault.help("remove it; `runner plan FILE` says how many there are"));
        }
        _ => {}
    }
}

fn halts(r: &mut Reader<'_>, sweep: &Sweep, train: Option<&Train>, place: &dyn Fn(&str) -> Span) {
    let name = sweep.method.name();
    for axis in sweep.axes.iter().filter(|a| ["train.epochs", "train.steps"].contains(&a.key.as_str())) {
        let title = format!("`{name}` shares out `train.epochs`, which therefore cannot be swept");
        r.fault(mismatch(title, &axis.span, "the sampler says how long each trial trains"));
    }
    match train.map(|t| t.budget) {
        Some(Budget::Steps(_)) => {
            let title = format!("`{name}` counts epochs, and the budget is in steps");
            r.fault(
                mismatch(title, &place("method"), "needs `train.epochs`")
                    .help("write `epochs` in place of `steps`"),
            );
        }
        Some(Budget::Epochs(epochs)) => {
            let least = sweep.method.maybe_number("min_epochs").unwrap_or(1.0);
            if least >= epochs as f64 {
                let title = format!(
                    "`min_epochs` of `{name}` leaves no rung below the whole budget of {epochs} epochs"
                );
                r.fault(
                    mismatch(title, &place("method"), "nothing would be stopped early")
                        .help("use a smaller `min_epochs` or more `train.epochs`"),
                );
            }
        }
        None => {}
    }
}
