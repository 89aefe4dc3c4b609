//! Is a class so rare that the loss does not see it?
//!
//! Threshold: a tenth of the most frequent class, with equal weights. The rarest class of healthy files of the corpus
//! (`benches/diagnosis`) has 0.15 of the largest.

use super::{Change, Evidence, Finding, Rule, Severity, Stage, number, reading};
use crate::spec::{Part, Weights};

pub(super) static THIS: Rule = Rule {
    code: "imbalance",
    summary: "a class is so rare that the loss does not see it",
    docs: "With equal weights every row counts the same, so a class with few rows moves the loss and the accuracy little: answering with the frequent class is right for most rows.

Threshold: found where the rarest class has less than a tenth of the rows of the most frequent one and `data.weights` is `\"equal\"`. The rarest class of healthy runs of the corpus has 0.15. Of a run that learns all the same, measured from the majority class, or that recognises more than half of the rarest class in training, it is a note. A class without any row in the training part, or whose weight is 0, is told in any case.

What to do: `data.weights = \"balanced\"`, and judge by `balanced_accuracy` rather than accuracy.",
    stage: Stage::Lint,
    judge,
};

const RARE: f64 = 0.1;

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let classes = &evidence.traits?.classes;
    if let Some(found) = absent(evidence, classes) {
        return Some(found);
    }
    let (least, most) = (*classes.iter().min()?, *classes.iter().max()?);
    let ratio = least as f64 / most.max(1) as f64;
    if ratio >= RARE || evidence.configuration.data.weights != Weights::Equal {
        return None;
    }
    let found = Finding::new(
        &THIS,
        format!(
            "the rarest class has {} in the training part, the most frequent one {most}: {} of it",
            crate::text::count(least, "row"),
            super::course::percent(ratio)
        ),
    );
    let recall = recall(evidence, classes, least);
    let is_seen = recall.is_some_and(|(right, all)| 2 * right > all);
    let severity = if is_seen { Severity::Note } else { reading::unless_well(evidence) };
    let mut found = found.severity(severity).measured(ratio, RARE);
    found.because.extend(recall.map(|(right, all)| {
        let share = number(right as f64 / all as f64);
        format!("the network recognised {right} of the {all}, a recall of {share}")
    }));
    Some(
        found
            .because(format!(
                "with equal weights, answering with the frequent class is right for {} of the rows",
                super::course::percent(most as f64 / classes.iter().sum::<usize>() as f64)
            ))
            .help("`data.weights = \"balanced\"`; judge by `balanced_accuracy`")
            .change(Change::set("data.weights", "\"balanced\"")),
    )
}

/// A class that is never asked for: no row of it is there to train with, or its rows count nothing.
fn absent(evidence: &Evidence<'_>, classes: &[usize]) -> Option<Finding> {
    let missing = classes.iter().filter(|rows| **rows == 0).count();
    let unweighted = match &evidence.configuration.data.weights {
        Weights::Given(all) => all.iter().find(|(_, weight)| *weight == 0.0).map(|(class, _)| class),
        _ => None,
    };
    let (says, help, value) = match unweighted {
        Some(class) => (
            format!("the rows of class `{class}` have the weight 0: the loss does not see them"),
            "weights above 0, or leave the rows of that class out",
            0.0,
        ),
        None if missing > 0 => (
            format!(
                "{missing} of {} classes {} no row in the training part: the network is never asked for {}",
                classes.len(),
                if missing == 1 { "has" } else { "have" },
                if missing == 1 { "it" } else { "them" }
            ),
            "a split that draws rows (`split = { test = 0.2, validation = 0.2, stratified = true }`) rather than one by the order of the file",
            0.0,
        ),
        None => return None,
    };
    let found = Finding::new(&THIS, says).measured(value, RARE);
    Some(
        found
            .because("what was never asked for is never answered, and scores on rows of that class are 0")
            .help(help),
    )
}

/// How many rows of the rarest class are found in the training part, and how many there are.
fn recall(evidence: &Evidence<'_>, classes: &[usize], least: usize) -> Option<(u64, u64)> {
    let (_, counts) = evidence.run?.record.confusion.iter().find(|(part, _)| *part == Part::Train)?;
    let rare = classes.iter().position(|n| *n == least)?;
    let row = counts.get(rare)?;
    let (all, right) = (row.iter().sum::<u64>(), *row.get(rare)?);
    (all > 0).then_some((right, all))
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;

    /// By hand: 9 of 100 is below a tenth, 10 is not.
    #[test]
    fn the_threshold_is_a_tenth_with_equal_weights() {
        let of = |least: usize, weights: &str| {
            let mut trial =
                Trial::new(&format!("[data]\nsource = \"blobs\"\nweights = \"{weights}\"")).sick();
            trial.traits.classes = vec![100, least];
            trial.confusion(&[&[100, 0], &[6, 3]])
        };
        let found = of(9, "equal").says(&super::THIS).unwrap();
        assert_eq!(
            found.says,
            "the rarest class has 9 rows in the training part, the most frequent one 100: 9 % of it"
        );
        assert_eq!(found.because[0], "the network recognised 3 of the 9, a recall of 0.3333");
        assert_eq!(found.changes[0].to_string(), "data.weights = \"balanced\"");
        // By hand: 5 of 9 are more than half.
        let mut seen = Trial::new("").sick();
        seen.traits.classes = vec![100, 9];
        let severity = seen.confusion(&[&[100, 0], &[4, 5]]).says(&super::THIS).unwrap().severity;
        assert_eq!(severity, super::Severity::Note);
        // 100 of 109.
        assert_eq!(
            found.because[1],
            "with equal weights, answering with the frequent class is right for 91.7 % of the rows"
        );
        assert!(of(10, "equal").says(&super::THIS).is_none());
        assert!(of(9, "balanced").says(&super::THIS).is_none());
    }

    /// By hand: one of three classes was left to the other parts by the order of the file; one has the weight 0.
    #[test]
    fn a_class_that_is_never_asked_for_is_told() {
        let mut sorted = Trial::new("").well();
        sorted.traits.classes = vec![50, 40, 0];
        let found = sorted.says(&super::THIS).unwrap();
        assert_eq!(
            found.says,
            "1 of 3 classes has no row in the training part: the network is never asked for it"
        );
        assert!(found.changes.is_empty());
        let mut muted = Trial::new("[data]\nsource = \"blobs\"\nweights = { a = 0, b = 1 }").sick();
        muted.traits.classes = vec![50, 50];
        assert!(
            muted.says(&super::THIS).unwrap().says.starts_with("the rows of class `a` have the weight 0")
        );
    }
}
