//! Does any hidden layer bend?

use super::{Evidence, Finding, Rule, Stage, reading};
use crate::text;

pub(super) static THIS: Rule = Rule {
    code: "linear",
    summary: "no hidden layer bends: the network is a linear model",
    docs: "Two matrix products in a row are one: hidden layers whose activation is the `identity` add nothing that a network without them could not do. Such a network is a linear model, whatever its depth, and ties with logistic or linear regression: it cannot tell apart what no straight line (plane) separates, such as XOR, circles, or a spiral.

Found: at least one hidden layer, and the `identity` in all of them. Nothing is measured, and there is no threshold to choose. Networks without hidden layers are linear on purpose, and recurrent ones are left alone: their states bend by gates, or are judged by what they do over time. A note where a run learns all the same (skill 0.85): then the task is a linear one, and the hidden layers can go.

What to do: an activation that bends, such as `relu` or `tanh`.",
    stage: Stage::Lint,
    judge,
};

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let model = &evidence.configuration.model;
    let is_linear = model.hidden.iter().all(|layer| layer.activation.name() == "identity");
    if !is_linear || model.hidden.is_empty() || model.recurrent.is_some() {
        return None;
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
