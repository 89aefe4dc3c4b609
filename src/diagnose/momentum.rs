//! Does momentum make steps far longer than the learning rate says?
//!
//! Thresholds: 0.99, and an effective rate above the usual (see `rate-scale`). Healthy files of the corpus (`benches/diagnosis`) have at
//! most 0.98.

use super::settings::{self, Rate};
use super::{Change, Evidence, Finding, Rule, Stage, number, reading};

pub(super) static THIS: Rule = Rule {
    code: "momentum",
    summary: "momentum near 1 makes steps far longer than the learning rate says",
    docs: "Momentum adds up the gradients of the past: where they agree, a step is 1 / (1 - momentum) times as long as the learning rate says, and it takes about as many steps to turn round. With 0.999 that is a thousand: the network is thrown past every minimum.

Threshold: found where momentum is at least 0.99 and the learning rate divided by (1 - momentum) is above the usual range of the optimizer (`runner explain rate-scale`). Healthy runs of the corpus have at most 0.98. Of a run that learns all the same it is a note.

What to do: 0.9, the value of nearly all published trainings.",
    stage: Stage::Lint,
    judge,
};

const HIGH: f64 = 0.99;

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let (rate, usual) = (Rate::of(evidence)?, settings::usual(evidence.configuration)?);
    if rate.momentum < HIGH || !usual.is_below(rate.effective()) {
        return None;
    }
    let times = number(1.0 / (1.0 - rate.momentum));
    let found = Finding::new(
        &THIS,
        format!(
            "momentum of {} makes steps {times} times as long: the rate at work is {}, and {} is the most that usually works",
            crate::text::exact(rate.momentum),
            rate.told(),
            number(usual.high)
        ),
    );
    Some(
        found
            .severity(reading::unless_well(evidence))
            .measured(rate.momentum, HIGH)
            .because(format!(
                "it takes about {times} steps to turn round: the network is thrown past every minimum"
            ))
            .help("`optimizer.momentum = 0.9`")
            .change(Change::set("optimizer.momentum", "0.9")),
    )
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;

    /// By hand: 0.2 / 0.002 = 100, 0.2 / 0.01 = 20; 0.005 / 0.01 = 0.5 is below 1.
    #[test]
    fn momentum_and_the_rate_that_it_makes_must_both_be_large() {
        let of = |momentum: &str, rate: &str| {
            Trial::new(&format!("[optimizer]\nlearning_rate = {rate}\nmomentum = {momentum}"))
                .says(&super::THIS)
        };
        let found = of("0.998", "0.2").unwrap();
        assert_eq!(
            found.says,
            "momentum of 0.998 makes steps 500 times as long: the rate at work is 0.2 / (1 - 0.998) = 100, and 1 is the most that \
             usually works"
        );
        assert_eq!(found.changes[0].to_string(), "optimizer.momentum = 0.9");
        assert!(of("0.99", "0.2").is_some());
        assert!(of("0.98", "0.2").is_none());
        assert!(of("0.99", "0.005").is_none());
    }
}
