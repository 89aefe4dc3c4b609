//! Are regression targets of a size that a network starts near?

use super::{Change, Evidence, Finding, Rule, Stage, number, reading};
use crate::spec::Task;

pub(super) static THIS: Rule = Rule {
    code: "target-scale",
    summary: "regression targets are far larger than what a network starts with",
    docs: "A network starts with outputs of size 1. Targets of hundreds or thousands are that far away: the first loss, which is about their mean square, is in the thousands or millions, and the gradient as large. A learning rate that is small enough for it lets all other weights stand still, and a larger one overflows or throws hidden units into saturation, after which the network answers the mean of the targets for every row.

Measured: the size (root mean square) of the targets as networks see them, after `data.target_scale`; at least: the root of their variance plus the square of the nearest to 0 that their mean can be, from the smallest and the largest target. Threshold: 10, ten times the size of standardised targets; its square, 100, is the threshold of `runner check` for the loss of a network that knows nothing.

Silent where the output activation cannot give the targets at all: then `range` says it. A note where a run learns all the same (skill 0.85).

What to do: `data.target_scale = \"standardize\"`. Metrics are given in the units of the file all the same.",
    stage: Stage::Lint,
    judge,
};

const SIZE: f64 = 10.0;

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let (low, high) = evidence.traits?.targets.filter(|_| evidence.task == Task::Regression)?;
    let nearest = low.max(-high).max(0.0);
    let size = (evidence.traits?.variance? + nearest * nearest).sqrt();
    let gives = reading::gives(&evidence.configuration.pairing.activation);
    if size <= SIZE || low < gives.low || high > gives.high {
        return None;
    }
    let says = format!(
        "targets go from {} to {}, of a size (root mean square) of {} or more, while a network starts with outputs of size 1",
        number(low),
        number(high),
        number(size)
    );
    let found = Finding::new(&THIS, says)
        .severity(reading::unless_well(evidence))
        .measured(size, SIZE)
        .because("the gradient is as large as the targets: a learning rate that suits it suits no other part of the network")
        .help("scaled targets; metrics stay in the units of the file");
    Some(found.change(Change::set("data.target_scale", "\"standardize\"")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Severity;
    use crate::diagnose::reading::Example;

    fn of(activation: &str, targets: (f64, f64), variance: f64) -> Example {
        let text =
            format!("pairing = \"{activation}+mse\"\n[data]\nsource = \"sine\"\n[model]\nhidden = [8]");
        let mut example = Example::new(Task::Regression, &text);
        (example.traits.targets, example.traits.variance) = (Some(targets), Some(variance));
        example
    }

    /// By hand: a mean between 9 and 11 has a square of 81 at least; 77² + 25² is 6554.
    #[test]
    fn large_targets_are_told() {
        let large = of("identity", (25.0, 346.0), 5929.0);
        let found = large.says("target-scale").unwrap();
        assert_eq!((found.value, found.threshold), (Some(6554f64.sqrt()), Some(10.0)));
        assert_eq!(large.changes("target-scale"), ["data.target_scale = \"standardize\""]);
        assert_eq!(of("identity", (9.0, 11.0), 0.5).says("target-scale"), None);
        assert_eq!(
            of("identity", (-13.0, -11.0), 0.5).says("target-scale").unwrap().value,
            Some(121.5f64.sqrt())
        );
        assert_eq!(of("identity", (-3.0, 3.0), 1.0).says("target-scale"), None);
    }

    #[test]
    fn what_cannot_be_reached_is_another_matter_and_a_good_run_contradicts() {
        assert_eq!(of("tanh", (25.0, 346.0), 5929.0).says("target-scale"), None);
        let well = of("identity", (25.0, 346.0), 5929.0).well();
        assert_eq!(well.says("target-scale").unwrap().severity, Severity::Note);
    }
}
