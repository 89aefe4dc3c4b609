//! What an optimizer that searches along lines cannot live with: whatever makes the objective another function at each evaluation, or
//! its gradient something else than its derivative.
//!
//! Whether an optimizer is of that kind is a fact of its entry. A learning rate is no parameter of such an entry, so it needs no rule.

use super::{Place, Sound};
use crate::catalog::{Default, Facts, sections};
use crate::diagnostic::{self, Diagnostic};
use crate::spec::{Batch, Fault, FaultyLoss, Model, Optimizer, Sampling, Train, Truncate};

/// A key, why it is refused, and what to do.
type Refused = (&'static [&'static str], &'static str, &'static str);

pub(super) fn faults(c: &Sound, place: Place<'_>) -> Vec<Diagnostic> {
    let Some(optimizer) = c.optimizer.as_ref().filter(|o| searches(o)) else { return Vec::new() };
    let mut refused = around_it(optimizer);
    refused.extend(c.model.iter().flat_map(|model| [dropout(model), truncation(model)]).flatten());
    refused.extend(c.train.iter().flat_map(|train| batches(train)));
    refused.extend(c.fault.iter().flat_map(|fault| mistakes(fault)));
    let name = optimizer.method.name();
    let fault = |(path, why, help): Refused| {
        let title = format!("`{}` does not go with the line search of `{name}`", path.join("."));
        Diagnostic::error(&diagnostic::NOT_FOR_LINE_SEARCH, title)
            .at(&place(path), why)
            .also(&place(&["optimizer", "name"]), "the optimizer")
            .help(help)
    };
    refused.into_iter().map(fault).collect()
}

fn searches(optimizer: &Optimizer) -> bool {
    matches!(optimizer.method.entry.facts, Facts::LineSearch)
}

fn around_it(optimizer: &Optimizer) -> Vec<Refused> {
    let schedule = sections::OPTIMIZER.iter().find(|p| p.key == "schedule").map(|p| p.default);
    let has_schedule = schedule != Some(Default::Word(optimizer.schedule.name()));
    let all: [(bool, Refused); 4] = [
        (
            has_schedule,
            (
                &["optimizer", "schedule"],
                "a factor on the learning rate, and there is none",
                "remove the key: the line search finds the length of each step",
            ),
        ),
        (
            optimizer.l1 != 0.0,
            (
                &["optimizer", "l1"],
                "has a kink at 0, at which the search would stall",
                "remove the key, or use `l2`, which is smooth",
            ),
        ),
        (
            optimizer.clip_norm.is_some(),
            (
                &["optimizer", "clip_norm"],
                "a clipped gradient is not the slope of the objective",
                "remove the key: a step that leads too far is cut by the line search",
            ),
        ),
        (
            optimizer.clip_value.is_some(),
            (
                &["optimizer", "clip_value"],
                "a clipped gradient is not the slope of the objective",
                "remove the key: a step that leads too far is cut by the line search",
            ),
        ),
    ];
    all.into_iter().filter(|(is_there, _)| *is_there).map(|(_, refused)| refused).collect()
}

fn dropout(model: &Model) -> Option<Refused> {
    let refused: Refused = (
        &["model", "dropout"],
        "draws another network at each evaluation",
        "remove it, or use an optimizer that steps: `runner list optimizer`",
    );
    model.hidden.iter().any(|layer| layer.dropout > 0.0).then_some(refused)
}

fn truncation(model: &Model) -> Option<Refused> {
    let refused: Refused = (
        &["model", "truncate"],
        "a truncated gradient is not the slope of the objective",
        "remove the key, or use an optimizer that steps: `runner list optimizer`",
    );
    model.recurrent.is_some_and(|r| r.truncate != Truncate::Never).then_some(refused)
}

/// Mistakes in a gradient. One whose objective is another function, as `parameters_ignored`, has the gradient of that.
fn mistakes(fault: &Fault) -> Vec<Refused> {
    let steps = "remove the key, or use an optimizer that steps: `runner list optimizer`";
    let wrong = "a wrong gradient is not the slope of the objective, and the search would stall";
    let all: [(bool, Refused); 5] = [
        (fault.hidden_derivative.is_some(), (&["fault", "hidden_derivative"], wrong, steps)),
        (fault.output_delta.is_some(), (&["fault", "output_delta"], wrong, steps)),
        (fault.time_index.is_some(), (&["fault", "time_index"], wrong, steps)),
        (
            fault.update.is_some(),
            (
                &["fault", "update"],
                "a mistake in an update from a gradient and a learning rate, which there is none of",
                steps,
            ),
        ),
        (
            fault.loss.is_some_and(|loss| loss != FaultyLoss::ParametersIgnored),
            (
                &["fault", "loss"],
                "changes the gradient alone, and a line search compares values",
                "use an optimizer that steps: `runner list optimizer`",
            ),
        ),
    ];
    all.into_iter().filter(|(is_there, _)| *is_there).map(|(_, refused)| refused).collect()
}

fn batches(train: &Train) -> Vec<Refused> {
    let mut refused: Vec<Refused> = Vec::new();
    if train.batch != Batch::Full {
        refused.push((
            &["train", "batch"],
            "another function in each step",
            "write `batch = \"full\"`: every evaluation takes the whole training part",
        ));
    }
    if train.sampling == Sampling::WithReplacement {
        refused.push((
            &["train", "sampling"],
            "another function in each step",
            "remove the key: a full batch is every row once",
        ));
    }
    refused
}
