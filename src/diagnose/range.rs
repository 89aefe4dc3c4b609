//! Can the output activation give the targets of a regression?

use super::{Change, Evidence, Finding, Rule, Stage, course, number, reading};
use crate::catalog::Range;
use crate::event::Traits;
use crate::spec::Task;

pub(super) static THIS: Rule = Rule {
    code: "range",
    summary: "the output activation cannot reach the targets",
    docs: "A sigmoid gives values in (0, 1), tanh in (-1, 1), relu none below 0. Regression targets outside of what the output activation gives are never reached, whatever the weights are: the network answers the end of the range there, with a gradient that goes to 0. What is lost follows from the targets alone, before anything is trained.

Measured: how far the smallest and the largest target of the training part, as networks see them (after `data.target_scale`), lie outside. Threshold: a twentieth of the way from the smallest to the largest; noise at the edge of a range reaches as far. Calibrated on the corpus of `benches/diagnosis`, whose healthy cases have noisy targets in [0, 1] under a sigmoid.

The bound that is told is the larger of two, neither of which needs a network (outputs in [a, b], mean squared error as the network sees it):

- if all targets lie outside on one side, the square of the gap between them and the range;
- `(sd - (b - a) / 2)²`, where the targets' standard deviation is above half of the range: outputs in [a, b] have at most that standard deviation (Popoviciu 1935), and standard deviations obey the triangle inequality.

It is told as a share of the targets' variance, which is what answering their mean leaves; R² stays below 1 less that share. Where both are 0, the error that the row with the farthest target keeps is told.

What to do: `identity` as the output activation of a regression, with `data.target_scale = \"standardize\"` where targets are large; or, to keep the activation, targets scaled into its range with `data.target_scale = { name = \"min_max\", low = ..., high = ... }`.",
    stage: Stage::Lint,
    judge,
};

/// Share of the targets' own range.
const OUTSIDE: f64 = 0.05;
/// Targets larger than this are better scaled, whatever the activation.
const LARGE: f64 = 10.0;

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let traits = evidence.traits.filter(|_| evidence.task == Task::Regression)?;
    let (low, high) = traits.targets?;
    let pairing = &evidence.configuration.pairing;
    let gives = reading::gives(&pairing.activation);
    let (below, above) = ((gives.low - low).max(0.0), (high - gives.high).max(0.0));
    let outside = below.max(above) / (high - low);
    if outside.is_nan() || outside <= OUTSIDE {
        return None;
    }
    let name = pairing.activation.name();
    let says = format!("targets go from {} to {}, but `{name}` gives {gives}", number(low), number(high));
    let found = Finding::new(&THIS, says)
        .measured(outside, OUTSIDE)
        .because(lost(traits, gives, (low, high)))
        .help("`identity` as the output activation, or targets scaled into what it gives with `data.target_scale`")
        .change(reading::pairing(pairing, Some("identity"), None));
    let is_large = low.abs().max(high.abs()) > LARGE;
    Some(if is_large { found.change(Change::set("data.target_scale", "\"standardize\"")) } else { found })
}

/// What stays, in a sentence.
fn lost(traits: &Traits, gives: Range, (low, high): (f64, f64)) -> String {
    let variance = traits.variance.unwrap_or(0.0);
    let bound = least(gives, (low, high), variance);
    if bound > 0.0 && bound < variance {
        return format!(
            "whatever the weights are, {} of the targets' variance or more is out of reach: the mean squared error stays above {}",
            course::percent(bound / variance),
            number(bound)
        );
    }
    if bound > 0.0 {
        let mean = traits.variance.map_or(String::new(), |variance| {
            format!(
                ", and answering the mean of the targets, which is out of reach, would give {}",
                number(variance)
            )
        });
        return format!(
            "whatever the weights are, the mean squared error stays above {}{mean}",
            number(bound)
        );
    }
    let far = (gives.low - low).max(high - gives.high);
    format!("whatever the weights are, the row with the farthest target keeps an error of {}", number(far))
}

/// A bound below the mean squared error: see the rule's text.
fn least(gives: Range, (low, high): (f64, f64), variance: f64) -> f64 {
    let gap = (low - gives.high).max(gives.low - high).max(0.0);
    let wide = (variance.sqrt() - (gives.high - gives.low) / 2.0).max(0.0);
    (gap * gap).max(wide * wide)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::reading::Example;

    fn of(pairing: &str, targets: (f64, f64), variance: f64) -> Example {
        let text = format!("pairing = {pairing}\n[data]\nsource = \"sine\"\n[model]\nhidden = [8]");
        let mut example = Example::new(Task::Regression, &text);
        example.traits = Traits { targets: Some(targets), variance: Some(variance), ..Traits::default() };
        example
    }

    /// By hand: 0.1 of 2.1 is below a twentieth; 1 of 2 is above.
    #[test]
    fn what_an_activation_cannot_give_is_told() {
        assert_eq!(of("\"identity+mse\"", (-1e3, 1e3), 1.0).says("range"), None);
        assert_eq!(of("\"tanh+mse\"", (-1.1, 1.0), 0.5).says("range"), None);
        let found = of("\"relu+mse\"", (-1.0, 1.0), 0.5);
        assert_eq!(found.says("range").unwrap().value, Some(0.5));
        assert_eq!(found.changes("range"), ["pairing = \"identity+mse\""]);
        let summed =
            of("{ activation = \"sigmoid\", loss = \"mae\", reduction = \"sum\" }", (25.0, 346.0), 5929.0);
        assert_eq!(
            summed.changes("range"),
            [
                "pairing = { activation = \"identity\", loss = \"mae\", reduction = \"sum\" }",
                "data.target_scale = \"standardize\""
            ]
        );
        // Classes are told by the order of outputs.
        let mut classes = of("\"tanh+mse\"", (-9.0, 9.0), 1.0);
        classes.task = Task::Classification;
        assert_eq!(classes.says("range"), None);
    }

    /// By hand: targets of 25 to 346 under a tanh are 24 away at least, and their standard deviation of 77 leaves 76 to spare.
    #[test]
    fn what_is_lost_follows_from_the_targets() {
        let tanh = Range::open(-1.0, 1.0);
        assert_eq!(least(tanh, (25.0, 346.0), 5929.0), 76.0 * 76.0);
        assert_eq!(least(tanh, (25.0, 26.0), 0.1), 24.0 * 24.0);
        assert_eq!(least(Range::from(0.0), (-1.0, 1.0), 0.5), 0.0);
        let why = |pairing: &str, targets: (f64, f64), variance: f64| {
            of(pairing, targets, variance).says("range").unwrap().because[0].clone()
        };
        let far = why("\"tanh+mse\"", (25.0, 346.0), 5929.0);
        // 5776 of 5929 are 0.97419.
        assert_eq!(
            far,
            "whatever the weights are, 97.4 % of the targets' variance or more is out of reach: the mean squared error stays above 5776"
        );
        let beyond = why("\"tanh+mse\"", (25.0, 26.0), 0.1);
        assert!(beyond.contains("stays above 576, and answering the mean of the targets"), "{beyond}");
        assert!(beyond.ends_with("would give 0.1"), "{beyond}");
        let edge = why("\"relu+mse\"", (-1.5, 1.0), 0.5);
        assert!(edge.ends_with("keeps an error of 1.5"), "{edge}");
    }
}
