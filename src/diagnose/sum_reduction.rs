//! Is the loss a sum over the batch, with a learning rate for a mean?
//!
//! The gradient of a sum is that of the mean times the rows of the batch, and so is the step of plain gradient descent. Threshold: the
//! usual rates of `rate-scale`.

use super::settings::{self, Rate};
use super::{Change, Evidence, Finding, Rule, Severity, Stage, number, reading};
use crate::spec::Reduction;

pub(super) static THIS: Rule = Rule {
    code: "sum-reduction",
    summary: "the loss is a sum over the batch, and the learning rate is one for a mean",
    docs: "With `reduction = \"sum\"` the gradient is that of the mean times the number of rows in a batch, so a step of plain gradient descent is that many times as long, and changes with the size of the batch.

Threshold: found where the learning rate times the rows of a batch (divided by 1 - momentum) is above the usual range of the optimizer (`runner explain rate-scale`). Optimizers that divide by the size of past gradients (`adam`, `rmsprop`, ...) do not mind a sum. Of a run that learns all the same it is a note. Where the rate at work is not above the usual, a note says what it is: the number in the file is that of a mean over rows divided by the rows of a batch, which is easily forgotten when batches change or losses are compared.

What to do: `reduction = \"mean\"`, or a learning rate divided by the rows of a batch.",
    stage: Stage::Lint,
    judge,
};

fn judge(evidence: &Evidence<'_>, before: &[Finding]) -> Option<Finding> {
    let is_sum = evidence.configuration.pairing.reduction == Reduction::Sum;
    let (rate, usual) = (Rate::of(evidence)?, settings::usual(evidence.configuration)?);
    if !is_sum || rate.batch <= 1.0 || reading::found(before, &["momentum"]) {
        return None;
    }
    if !usual.is_below(rate.effective()) {
        // Of sequences a sum has as many terms as there are answers.
        return evidence.traits.is_none_or(|traits| traits.steps <= 1).then(|| hidden_factor(rate));
    }
    let found = Finding::new(
        &THIS,
        format!(
            "the loss is the sum over {} rows, so the rate at work is {}, and {} is the most that usually works",
            rate.batch,
            rate.told(),
            number(usual.high)
        ),
    );
    let severity = if evidence.is_sick() { Severity::Wrong } else { reading::unless_well(evidence) };
    Some(
        found
            .severity(severity)
            .measured(rate.effective(), usual.high)
            .because("the gradient of a sum is that of the mean times the rows of the batch")
            .help(format!(
                "`pairing.reduction = \"mean\"`, or `optimizer.learning_rate = {}`",
                settings::toml(rate.to_write(usual.typical))
            ))
            .change(Change::set("pairing.reduction", "\"mean\"")),
    )
}

/// The rate is not too high, but it is not the number that is written.
fn hidden_factor(rate: Rate) -> Finding {
    let says = format!(
        "the loss is the sum over the {} rows of a batch: its learning rate of {} does what {} does with a mean over rows",
        rate.batch,
        number(rate.written),
        number(rate.written * rate.batch)
    );
    Finding::new(&THIS, says)
        .severity(Severity::Note)
        .because("with batches of another size, or compared with a loss that is a mean, the same number is another rate")
}

#[cfg(test)]
mod tests {
    use super::super::Severity;
    use super::super::trial::Trial;

    fn of(reduction: &str, rate: &str, more: &str) -> Option<super::Finding> {
        let pairing = format!(
            "pairing = {{ activation = \"softmax\", loss = \"cross_entropy\", reduction = \"{reduction}\" }}"
        );
        Trial::new(&format!("{pairing}\n[optimizer]\nlearning_rate = {rate}\n{more}")).says(&super::THIS)
    }

    /// By hand: 0.2 times 10 rows is 2, above 1; 0.09 times 10 is 0.9.
    #[test]
    fn the_rate_is_that_of_the_rows_of_a_batch() {
        let found = of("sum", "0.2", "").unwrap();
        assert_eq!(
            found.says,
            "the loss is the sum over 10 rows, so the rate at work is 0.2 x 10 rows of a batch = 2, and 1 is the most that usually works"
        );
        // A tenth of the typical 0.1.
        assert_eq!(found.help[0], "`pairing.reduction = \"mean\"`, or `optimizer.learning_rate = 0.01`");
        assert!(of("mean", "0.2", "").is_none());
        let usual = of("sum", "0.09", "").unwrap();
        assert_eq!(usual.severity, Severity::Note);
        assert_eq!(
            usual.says,
            "the loss is the sum over the 10 rows of a batch: its learning rate of 0.09 does what 0.9 does with a mean over rows"
        );
        assert!(of("mean", "0.09", "").is_none());
        // Adam's steps do not grow with the gradient.
        assert!(of("sum", "0.05", "name = \"adam\"").is_none());
    }
}
