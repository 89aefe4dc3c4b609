//! Do penalties hold the weights near zero?
//!
//! Thresholds: 0.1 for penalties on the gradient, 1 for a decoupled decay; and, whatever is written, weights that shrink to three tenths of
//! what they were in a run that learns nothing. Healthy files of the corpus (`benches/diagnosis`) have at most 0.002, and no layer of
//! theirs ends below 0.37 of its start.

use super::{Change, Evidence, Finding, Rule, Stage, course, number, reading, settings};

pub(super) static THIS: Rule = Rule {
    code: "penalty",
    summary: "penalties hold all weights near zero",
    docs: "`l2` adds `2 · l2 · w` to the gradient of each weight, `l1` adds `± l1`, and `weight_decay` adds `weight_decay · w`. Where that is larger than what the loss asks for, weights shrink to nothing, and the network answers with the mean or the most frequent class whatever it is asked.

Threshold: found where `l1`, `l2`, or `weight_decay` is 0.1 or more. For `adamw` and `lion`, whose decay does not pass through the gradient, 1 or more: their weights cannot grow much beyond 1 / `weight_decay`. Also where any of them is above 0.001, the run comes to little, and a layer ends below 0.3 of the norm that it started with. Healthy runs of the corpus have at most 0.002 and end at 0.37 at least. Of a run that learns all the same it is a note.

What to do: 0.0001, or none; look at the gap between training and validation before adding more.",
    stage: Stage::Lint,
    judge,
};

const STRONG: f64 = 0.1;
const STRONG_DECOUPLED: f64 = 1.0;
const SOME: f64 = 1e-3;
const SHRUNK: f64 = 0.3;
const GENTLE: &str = "0.0001";

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let optimizer = &evidence.configuration.optimizer;
    let is_decoupled = ["adamw", "lion"].contains(&optimizer.method.name());
    let limit = if is_decoupled { STRONG_DECOUPLED } else { STRONG };
    let all = [
        ("l2", optimizer.l2, STRONG),
        ("l1", optimizer.l1, STRONG),
        ("weight_decay", optimizer.weight_decay, limit),
    ];
    let (key, value, limit) = all
        .into_iter()
        .max_by(|a, b| (a.1 / a.2).total_cmp(&(b.1 / b.2)))
        .filter(|(_, value, _)| *value > 0.0)?;
    let shrunk = shrunk(evidence);
    let says = match &shrunk {
        _ if value >= limit => format!(
            "`{key}` is {}, where less than {} is usual: it pulls the weights towards 0 harder than a loss usually pushes them away",
            number(value),
            number(limit)
        ),
        Some((layer, left, ..)) if value > SOME => format!(
            "with `{key} = {}` the weights of {layer} shrank to {} of what they were at the start, and little was learned",
            settings::toml(value),
            number(*left)
        ),
        _ => return None,
    };
    let mut found = Finding::new(&THIS, says).severity(reading::unless_well(evidence)).measured(value, limit);
    if let Some((layer, left, epoch, step)) = shrunk {
        if value >= limit {
            let why = format!(
                "the norm of the parameters of {layer} is {} of what it was at the start",
                number(left)
            );
            found = found.because(why);
        } else {
            found = found.measured(left, SHRUNK);
        }
        found = found.layer(layer).at(epoch, step);
    }
    Some(
        found
            .because("weights near 0 let nothing of the inputs through: the answer is the mean, or the most frequent class")
            .help(format!("`optimizer.{key} = {GENTLE}`, or none"))
            .change(Change::set(&format!("optimizer.{key}"), GENTLE)),
    )
}

/// The layer whose parameters shrank most in a run that came to little, what is left of them, and since when that is below the threshold.
fn shrunk(evidence: &Evidence<'_>) -> Option<(String, f64, usize, usize)> {
    let looks = evidence.looks();
    let last = looks.last().filter(|_| looks.len() > 1 && evidence.is_sick())?;
    let (layer, left) = course::smallest(course::growth(looks, last)).filter(|(_, left)| *left < SHRUNK)?;
    let is_small = |look: &&crate::event::Look| {
        course::growth(looks, look).iter().any(|(at, left)| *at == layer && *left < SHRUNK)
    };
    let each: Vec<&crate::event::Look> = looks.iter().collect();
    let first = course::since(&each, 1, is_small)?;
    Some((reading::layer(layer), left, first.epoch, first.step))
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;

    /// By hand: 3 is above 0.1; at the end 0.02 of 2 is 0.01 of the norm, at 1/2 it is 0.5 of it.
    #[test]
    fn strong_penalties_are_found_with_what_they_did() {
        let trial = Trial::new("[optimizer]\nweight_decay = 3.0").sick();
        let trial = trial.weights(&[&[2.0, 2.0], &[1.0, 2.0], &[0.02, 2.0]]);
        let found = trial.says(&super::THIS).unwrap();
        assert_eq!((found.value, found.threshold), (Some(3.0), Some(0.1)));
        assert_eq!((found.layer.as_deref(), found.at), (Some("layer_0"), Some((2, 20))));
        assert_eq!(found.changes[0].to_string(), "optimizer.weight_decay = 0.0001");
        assert!(Trial::new("[optimizer]\nl2 = 0.09").says(&super::THIS).is_none());
        assert!(Trial::new("[optimizer]\nl2 = 0.11").says(&super::THIS).is_some());
    }

    /// By hand: a norm of 0.58 of 2 is 0.29, of 0.62 it is 0.31.
    #[test]
    fn weaker_ones_are_found_where_weights_shrink_and_nothing_is_learned() {
        let of =
            |norm: f32| Trial::new("[optimizer]\nl2 = 0.01").sick().weights(&[&[2.0, 2.0], &[2.0, norm]]);
        let found = of(0.58).says(&super::THIS).unwrap();
        assert_eq!((found.layer.as_deref(), found.threshold), (Some("layer_1"), Some(0.3)));
        assert!(of(0.62).says(&super::THIS).is_none());
    }

    #[test]
    fn a_decay_that_passes_the_gradient_by_may_be_larger() {
        let of = |decay: &str| Trial::new(&format!("[optimizer]\nname = \"adamw\"\nweight_decay = {decay}"));
        assert!(of("0.9").says(&super::THIS).is_none());
        assert!(of("1.1").says(&super::THIS).is_some());
    }

    #[test]
    fn a_run_that_learned_makes_it_a_note() {
        let found = Trial::new("[optimizer]\nl2 = 0.5").well().says(&super::THIS).unwrap();
        assert_eq!(found.severity, super::super::Severity::Note);
    }
}
