//! Do recurrent weights multiply the state with every time step?

use super::{Change, Evidence, Finding, Rule, Stage, course, number, reading};

pub(super) static THIS: Rule = Rule {
    code: "exploding",
    summary: "recurrent weights multiply the state with every time step",
    docs: "The weights from a recurrent layer to itself are applied once for every time step. Their largest singular value s says by how much a state can grow in one step: after T steps by up to s^T, and its gradient on the way back as much. With an activation that does not end (relu, identity) states overflow; with tanh or a gate they are pushed to its ends, where they no longer depend on the inputs (Pascanu, Mikolov, and Bengio 2013, *On the difficulty of training recurrent neural networks*).

Measured before the first step: the largest singular value of the weights from the layer to itself, of cells with gates the largest of any gate. Threshold: 3. `orthogonal`, the default, has 1; random weights of usual size stay near 1 (at most 1.1 in the healthy cases of the corpus of `benches/diagnosis`), and seeded faults begin at 4. A note where a run learns all the same (skill 0.85).

What to do: `model.recurrent_init = \"orthogonal\"`.",
    stage: Stage::Preflight,
    judge,
};

const VALUE: f64 = 3.0;

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let (at, value) = course::worst(evidence.start()?, |layer| layer.recurrent)?;
    if value <= VALUE {
        return None;
    }
    let activation = &evidence.configuration.model.hidden.get(at)?.activation;
    let steps = evidence.traits.map_or(0, |traits| traits.steps);
    let over = if steps > 1 { format!(", and there are {steps} of them") } else { String::new() };
    let says = format!(
        "the recurrent weights of layer {at} can multiply the state by {} in each time step{over}",
        number(value)
    );
    let comes = if reading::is_squashing(activation) {
        format!(
            "the state is pushed to the ends of `{}`, where it no longer depends on the inputs",
            activation.name()
        )
    } else {
        format!("`{}` has no end, so that the state overflows, and its gradient with it", activation.name())
    };
    let found = Finding::new(&THIS, says)
        .severity(reading::unless_well(evidence))
        .layer(reading::layer(at))
        .at(0, 0)
        .measured(value, VALUE)
        .because(comes)
        .help("initial weights that keep the size of the state");
    Some(found.change(Change::set("model.recurrent_init", "\"orthogonal\"")))
}

#[cfg(test)]
mod tests {
    use crate::diagnose::Severity;
    use crate::diagnose::reading::Example;
    use crate::event::LayerLook;
    use crate::spec::Task;

    fn of(activation: &str, values: [f32; 2]) -> Example {
        started(network(activation).sick(), values)
    }

    fn network(activation: &str) -> Example {
        let text = format!(
            "pairing = \"identity+mse\"\n[data]\nsource = \"echo\"\n[model]\nkind = \"rnn\"\nhidden = [8, 8]\nactivation = \"{activation}\""
        );
        Example::new(Task::Regression, &text)
    }

    fn started(example: Example, values: [f32; 2]) -> Example {
        let look = |value: Option<f32>| LayerLook { recurrent: value, ..LayerLook::default() };
        example.start(&[look(Some(values[0])), look(Some(values[1])), look(None)])
    }

    /// By hand: 1.1 is the largest of the corpus' healthy cases.
    #[test]
    fn states_that_grow_are_told() {
        assert_eq!(of("tanh", [1.1, 3.0]).says("exploding"), None);
        let grown = of("tanh", [1.0, 4.5]);
        let found = grown.says("exploding").unwrap();
        assert_eq!(
            (found.layer.as_deref(), found.value, found.threshold),
            (Some("layer_1"), Some(4.5), Some(3.0))
        );
        assert!(found.because[0].contains("ends of `tanh`"), "{found:?}");
        assert_eq!(grown.changes("exploding"), ["model.recurrent_init = \"orthogonal\""]);
        assert!(of("relu", [20.0, 4.5]).says("exploding").unwrap().because[0].contains("overflows"));
        assert_eq!(found.severity, Severity::Warning);
        let well = started(network("tanh").well(), [4.5, 1.0]);
        assert_eq!(well.says("exploding").unwrap().severity, Severity::Note);
    }
}
