//! Does any hidden layer bend?

use super::{Change, Evidence, Finding, Rule, Stage, course, number, reading};
use crate::text;

pub(super) static THIS: Rule = Rule {
    code: "linear",
    summary: "no hidden layer bends: the network is a linear model",
    docs: "Two matrix products in a row are one: hidden layers whose activation is the `identity` add nothing that a network without them could not do. Such a network is a linear model, whatever its depth, and ties with logistic or linear regression: it cannot tell apart what no straight line (plane) separates, such as XOR, circles, or a spiral.

Found: at least one hidden layer, and the `identity` in all of them. Nothing is measured, and there is no threshold to choose. Networks without hidden layers are linear on purpose: they are told only where the data says that this is too little, and no run that it is enough: the nearest other row covers 0.25 of the way from the most frequent class (of numbers: the mean) to perfect or more, and a straight line (ridge regression, each row answered by the others) less than half of that; or, of so few rows that this cannot be measured (XOR has four), where `runner doctor` finds no optimizer that learns them by heart. Recurrent ones are left alone: their states bend by gates, or are judged by what they do over time. A note where a run learns all the same (skill 0.85): then the task is a linear one, and the hidden layers can go.

What to do: an activation that bends, such as `relu` or `tanh`.",
    stage: Stage::Lint,
    judge,
};

const TELLS: f64 = 0.25;
const PART: f64 = 0.5;
/// Rows, below which neighbours are not asked.
const FEW: usize = 10;

fn judge(evidence: &Evidence<'_>, before: &[Finding]) -> Option<Finding> {
    let model = &evidence.configuration.model;
    let is_linear = model.hidden.iter().all(|layer| layer.activation.name() == "identity");
    if !is_linear || model.recurrent.is_some() {
        return None;
    }
    if model.hidden.is_empty() {
        return bent(evidence, before);
    }
    let says = match model.hidden.len() {
        1 => "the hidden layer does not bend (`identity`): the network is a linear model".into(),
        n => format!(
            "none of the {} hidden layers bends (`identity`): the network is a linear model",
            text::grouped(n as u64)
        ),
    };
    let name = reading::suited_activation(&model.hidden[0].init);
    let found = Finding::new(&THIS, says)
        .severity(reading::unless_well(evidence))
        .because("matrix products in a row are one matrix product: it can do no more than a network without hidden layers")
        .help("an activation that bends, such as `relu` or `tanh`");
    Some(found.change(reading::hidden_activation(model, name)))
}

/// What keeps few rows from being learned whatever the network.
const EXPLAINED: [&str; 6] = ["constant-features", "scale", "target-scale", "range", "pairing", "gradient"];

/// No optimizer learns a few rows that do not contradict one another.
fn by_heart(evidence: &Evidence<'_>) -> Option<Finding> {
    let batch = &evidence.preflight?.one_batch;
    let is_contradicted = evidence.traits?.alike.is_some_and(|(_, contrary)| contrary > 0.0);
    if is_contradicted || batch.attempts.is_empty() || batch.attempts.iter().any(|one| batch.learned(one)) {
        return None;
    }
    let least = batch.attempts.iter().map(|one| one.last).fold(f64::INFINITY, f64::min);
    let says = format!(
        "there is no hidden layer, and no optimizer learns {} rows by heart: their loss goes from {} to {} at least",
        batch.samples,
        number(batch.first),
        number(least)
    );
    Some(Finding::new(&THIS, says))
}

/// Linear on purpose, where the target is not.
fn bent(evidence: &Evidence<'_>, before: &[Finding]) -> Option<Finding> {
    if evidence.is_well() {
        return None;
    }
    let traits = evidence.traits?;
    let found = match traits.nearest.zip(traits.linear) {
        Some((nearest, line)) if nearest >= TELLS && line < PART * nearest => {
            let says = format!(
                "there is no hidden layer, and a straight line covers {} of the way, where the nearest rows cover {}",
                course::percent(line.max(0.0)),
                course::percent(nearest)
            );
            Finding::new(&THIS, says).measured(line, PART * nearest)
        }
        // Of a few rows nothing is measured but whether they can be learned.
        None if traits.rows < FEW && evidence.is_sick() && !reading::found(before, &EXPLAINED) => {
            by_heart(evidence)?
        }
        _ => return None,
    };
    Some(
        found
            .because(
                "without a hidden layer the network is a linear model: it cannot follow a target that bends",
            )
            .help("a hidden layer; 16 units are a start")
            .change(Change::set("model.hidden", "[16]")),
    )
}

#[cfg(test)]
mod tests {
    use crate::diagnose::Severity;
    use crate::diagnose::reading::Example;

    fn of(model: &str) -> Example {
        Example::classes(model)
    }

    #[test]
    fn layers_that_do_not_bend_are_told() {
        let linear = of("hidden = [8, 8]\nactivation = \"identity\"\ninit = \"glorot_uniform\"");
        assert!(linear.says("linear").unwrap().says.starts_with("none of the 2 hidden layers bends"));
        assert_eq!(linear.changes("linear"), ["model.activation = \"tanh\""]);
        assert_eq!(linear.well().says("linear").unwrap().severity, Severity::Note);
        let he = of("hidden = [8]\nactivation = \"identity\"\ninit = \"he_normal\"");
        assert_eq!(he.changes("linear"), ["model.activation = \"relu\""]);
    }

    #[test]
    fn one_that_bends_is_enough_and_none_is_meant() {
        assert_eq!(of("hidden = [8, { units = 8, activation = \"identity\" }]").says("linear"), None);
        assert_eq!(of("hidden = []").says("linear"), None);
    }

    /// By hand: circles, where a straight line tells nothing; a line that tells half of what neighbours do; and a run that learned.
    #[test]
    fn no_hidden_layer_is_too_little_where_the_target_bends() {
        let with = |model: &str, nearest: f64, line: f64| {
            let mut example = of(model);
            (example.traits.nearest, example.traits.linear) = (Some(nearest), Some(line));
            example
        };
        let circles = with("hidden = []", 0.9, -0.02);
        let found = circles.says("linear").unwrap();
        assert_eq!(
            found.says,
            "there is no hidden layer, and a straight line covers 0 % of the way, where the nearest rows cover 90 %"
        );
        assert_eq!(circles.changes("linear"), ["model.hidden = [16]"]);
        assert_eq!(circles.well().says("linear"), None);
        assert_eq!(with("hidden = []", 0.9, 0.45).says("linear"), None);
        assert_eq!(with("hidden = []", 0.2, 0.0).says("linear"), None);
        assert_eq!(with("hidden = [8]", 0.9, -0.02).says("linear"), None);
    }

    /// By hand: the four rows of XOR, which no optimizer learns; rows of equal features with two targets nobody can learn.
    #[test]
    fn a_few_rows_that_no_line_tells_apart_are_found_by_trying() {
        use super::super::Evidence;
        use super::super::trial::{Trial, one_batch, preflight};
        let says = |text: &str, last: f64, alike: Option<(f64, f64)>| {
            let mut tried = preflight("");
            tried.one_batch = one_batch(&[0.72, last], Some(last));
            let mut trial = Trial::new(text).sick();
            (trial.traits.rows, trial.traits.alike) = (4, alike);
            (super::THIS.judge)(&Evidence { preflight: Some(&tried), ..trial.evidence() }, &[])
        };
        let none = "[model]\nhidden = []";
        let found = says(none, 0.69, None).unwrap();
        assert_eq!(
            found.says,
            "there is no hidden layer, and no optimizer learns 16 rows by heart: their loss goes from 0.72 to 0.69 at least"
        );
        assert!(says(none, 0.01, None).is_none());
        assert!(says(none, 0.69, Some((2.0, 1.0))).is_none());
        assert!(says("[model]\nhidden = [2]", 0.69, None).is_none());
    }
}
