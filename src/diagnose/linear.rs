//! Does any hidden layer bend?

use super::{Change, Evidence, Finding, Rule, Stage, course, reading};
use crate::text;

pub(super) static THIS: Rule = Rule {
    code: "linear",
    summary: "no hidden layer bends: the network is a linear model",
    docs: "Two matrix products in a row are one: hidden layers whose activation is the `identity` add nothing that a network without them could not do. Such a network is a linear model, whatever its depth, and ties with logistic or linear regression: it cannot tell apart what no straight line (plane) separates, such as XOR, circles, or a spiral.

Found: at least one hidden layer, and the `identity` in all of them. Nothing is measured, and there is no threshold to choose. Networks without hidden layers are linear on purpose: they are told only where the data says that this is too little, and no run that it is enough: the nearest other row covers 0.25 of the way from the most frequent class (of numbers: the mean) to perfect or more, and a straight line (ridge regression, each row answered by the others) less than half of that. Recurrent ones are left alone: their states bend by gates, or are judged by what they do over time. A note where a run learns all the same (skill 0.85): then the task is a linear one, and the hidden layers can go.

What to do: an activation that bends, such as `relu` or `tanh`.",
    stage: Stage::Lint,
    judge,
};

const TELLS: f64 = 0.25;
const PART: f64 = 0.5;

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let model = &evidence.configuration.model;
    let is_linear = model.hidden.iter().all(|layer| layer.activation.name() == "identity");
    if !is_linear || model.recurrent.is_some() {
        return None;
    }
    if model.hidden.is_empty() {
        return bent(evidence);
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

/// Linear on purpose, where the target is not.
fn bent(evidence: &Evidence<'_>) -> Option<Finding> {
    let traits = evidence.traits?;
    let (nearest, line) = (traits.nearest?, traits.linear?);
    if nearest < TELLS || line >= PART * nearest || evidence.is_well() {
        return None;
    }
    let says = format!(
        "there is no hidden layer, and a straight line covers {} of the way, where the nearest rows cover {}",
        course::percent(line.max(0.0)),
        course::percent(nearest)
    );
    Some(
        Finding::new(&THIS, says)
            .measured(line, PART * nearest)
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
}
