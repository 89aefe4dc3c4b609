//! Are features of one size, and around zero?

use super::{Change, Evidence, Finding, Rule, Stage, number, reading};
use crate::event::Traits;

pub(super) static THIS: Rule = Rule {
    code: "scale",
    summary: "features are of very different sizes, or far from zero",
    docs: "Measured on the training part as networks see it, after `data.scale`: the standard deviation of each feature that varies, and its mean. One learning rate has to suit the weights of all features. Where one feature varies a hundred times as much as another, the gradient of its weights is a hundred times as large: a rate that is stable for it leaves the other where it began. A feature whose mean is many standard deviations from zero works as a second, much stronger bias. Initial weights are made for features of size 1, too; with others units start saturated or dead, or the loss starts in the thousands (LeCun, Bottou, Orr, and Müller 1998, *Efficient BackProp*, section 4.3).

Thresholds: the largest standard deviation above 50 times the smallest, while it is above 2; a mean above 10 standard deviations, while features vary by more than 0.05; or a largest standard deviation above 50, or above 5 where the run overflowed or diverged, or below 0.02 (the threshold of `init` for signals that are lost). A note where a run learns all the same (skill 0.85). Calibrated on the corpus of `benches/diagnosis`, where healthy cases go up to a ratio of 40.6 and a mean of 7.4 standard deviations, and unscaled ones begin at 61. Features that are all small, such as pixels in [0, 1] of which some are nearly always dark, have large ratios and do no harm: hence the second condition.

What to do: `data.scale = \"standardize\"`, which is fitted on the training part only.",
    stage: Stage::Lint,
    judge,
};

const RATIO: f64 = 50.0;
const OFFSET: f64 = 10.0;
const LARGEST: f64 = 50.0;
/// All features smaller than this.
const SMALLEST: f64 = 0.02;
/// Of a run that failed.
const LARGEST_FAILED: f64 = 5.0;
/// Features that vary less than this are all small.
const RATIO_MATTERS: f64 = 2.0;
const OFFSET_MATTERS: f64 = 0.05;

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let traits = evidence.traits?;
    let has_failed = evidence.run.is_some_and(|run| run.record.end.failed());
    let most = if has_failed { LARGEST_FAILED } else { LARGEST };
    let told = unequal(traits).or_else(|| far(traits)).or_else(|| large(traits, most));
    let (says, value, threshold) = told.or_else(|| small(traits))?;
    let found = Finding::new(&THIS, says).severity(reading::unless_well(evidence)).measured(value, threshold);
    if value < SMALLEST {
        return Some(
            found
                .because("initial weights are made for features of size 1: what is so small hardly reaches the outputs, and its weights must grow a hundredfold")
                .help("scaled features, fitted on the training part")
                .change(Change::set("data.scale", "\"standardize\"")),
        );
    }
    let found = found
        .because("one learning rate cannot suit weights of features that differ so much: it is too large for some or too small for others")
        .because("initial weights are made for features of size 1")
        .help("scaled features, fitted on the training part");
    Some(found.change(Change::set("data.scale", "\"standardize\"")))
}

fn unequal(traits: &Traits) -> Option<(String, f64, f64)> {
    let (ratio, largest) = (traits.spread?, traits.largest?);
    let says = || {
        format!(
            "the largest feature varies {} times as much as the smallest: standard deviations go from {} to {}",
            number(ratio),
            number(largest / ratio),
            number(largest)
        )
    };
    (ratio > RATIO && largest > RATIO_MATTERS).then(|| (says(), ratio, RATIO))
}

fn far(traits: &Traits) -> Option<(String, f64, f64)> {
    let (offset, largest) = (traits.offset?, traits.largest?);
    let says = || format!("the mean of a feature lies {} of its standard deviations from 0", number(offset));
    (offset > OFFSET && largest > OFFSET_MATTERS).then(|| (says(), offset, OFFSET))
}

fn small(traits: &Traits) -> Option<(String, f64, f64)> {
    let largest = traits.largest?;
    let says = || format!("features vary by {} at most, where 1 is usual", number(largest));
    (largest < SMALLEST).then(|| (says(), largest, SMALLEST))
}

fn large(traits: &Traits, most: f64) -> Option<(String, f64, f64)> {
    let largest = traits.largest?;
    let says = || format!("features vary by up to {}, where 1 is usual", number(largest));
    (largest > most).then(|| (says(), largest, most))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::reading::Example;

    fn of(spread: f64, offset: f64, largest: f64) -> Option<Finding> {
        example(spread, offset, largest).says("scale")
    }

    fn example(spread: f64, offset: f64, largest: f64) -> Example {
        let mut example = Example::classes("hidden = [8]");
        example.traits = Traits {
            spread: Some(spread),
            offset: Some(offset),
            largest: Some(largest),
            ..Traits::default()
        };
        example
    }

    /// By hand, on both sides of each threshold; 40.6 and 7.4 are the largest of the corpus' healthy cases.
    #[test]
    fn features_of_many_sizes_are_told() {
        assert_eq!(of(40.6, 7.4, 10.0), None);
        let found = of(61.0, 0.0, 305.0).unwrap();
        assert_eq!((found.value, found.threshold), (Some(61.0), Some(50.0)));
        assert!(found.says.contains("from 5 to 305"), "{}", found.says);
        assert_eq!(found.changes, [Change::set("data.scale", "\"standardize\"")]);
        assert_eq!(of(1.0, 11.0, 1.0).unwrap().value, Some(11.0));
        assert_eq!(of(1.0, 0.0, 51.0).unwrap().value, Some(51.0));
        // x² of x = 1, ..., 5: its standard deviation is 8.65 (by hand), and training overflows.
        let mut failed = example(6.1, 1.3, 8.65).sick();
        assert_eq!(failed.says("scale"), None);
        failed = failed.failed();
        assert_eq!(failed.says("scale").unwrap().threshold, Some(5.0));
        // Bytes that were divided twice: by hand, below 0.02; of a run that learns all the same a note.
        let tiny = example(1.0, 0.5, 0.0003);
        assert!(tiny.says("scale").unwrap().says.starts_with("features vary by 0.0003 at most"));
        let severity = tiny.well().says("scale").unwrap().severity;
        assert_eq!(severity, crate::diagnose::Severity::Note);
        assert_eq!(of(1.0, 0.5, 0.03), None);
        let severity = example(61.0, 0.0, 305.0).well().says("scale").unwrap().severity;
        assert_eq!(severity, crate::diagnose::Severity::Note);
        // Pixels in [0, 1], one of them nearly always dark.
        assert_eq!(of(400.0, 0.0, 0.4), None);
    }
}
