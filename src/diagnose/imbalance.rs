//! Is a class so rare that the loss does not see it?
//!
//! Threshold: a tenth of the most frequent class, with equal weights. The rarest class of healthy files of the corpus
//! (`benches/diagnosis`) has 0.15 of the largest.

use super::{Change, Evidence, Finding, Rule, Stage, number, reading};
use crate::spec::{Part, Weights};

pub(super) static THIS: Rule = Rule {
    code: "imbalance",
    summary: "a class is so rare that the loss does not see it",
    docs: "With equal weights every row counts the same, so a class with few rows moves the loss and the accuracy little: answering with the frequent class is right nearly always.

Threshold: found where the rarest class has less than a tenth of the rows of the most frequent one and `data.weights` is `\"equal\"`. The rarest class of healthy runs of the corpus has 0.15. Of a run that learns all the same, measured from the majority class, it is a note.

What to do: `data.weights = \"balanced\"`, and judge by `balanced_accuracy` rather than accuracy.",
    stage: Stage::Lint,
    judge,
};

const RARE: f64 = 0.1;

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let classes = &evidence.traits?.classes;
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
    let mut found = found.severity(reading::unless_well(evidence)).measured(ratio, RARE);
    found.because.extend(recall(evidence, classes, least));
    Some(
        found
            .because("with equal weights, answering with the frequent class is right nearly always")
            .help("`data.weights = \"balanced\"`; judge by `balanced_accuracy`")
            .change(Change::set("data.weights", "\"balanced\"")),
    )
}

/// How many rows of the rarest class are found in the training part.
fn recall(evidence: &Evidence<'_>, classes: &[usize], least: usize) -> Option<String> {
    let (_, counts) = evidence.run?.record.confusion.iter().find(|(part, _)| *part == Part::Train)?;
    let rare = classes.iter().position(|n| *n == least)?;
    let row = counts.get(rare)?;
    let (all, right) = (row.iter().sum::<u64>(), row.get(rare)?);
    (all > 0).then(|| {
        format!(
            "the network recognised {right} of the {all}, a recall of {}",
            number(*right as f64 / all as f64)
        )
    })
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
        assert!(of(10, "equal").says(&super::THIS).is_none());
        assert!(of(9, "balanced").says(&super::THIS).is_none());
    }
}
