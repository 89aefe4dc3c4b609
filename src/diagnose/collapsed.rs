//! Does the network give nearly all rows the same class?
//!
//! Threshold: 95 % of the training rows. In healthy runs of the corpus (`benches/diagnosis`) the class given most has 84 % at most.

use super::{Evidence, Finding, Rule, Stage, course};
use crate::spec::{Part, Task};

pub(super) static THIS: Rule = Rule {
    code: "collapsed",
    summary: "nearly all rows are given the same class",
    docs: "Threshold: found where, in a classification that came to little, one class is predicted for more than 95 % of the rows of the training part. In healthy runs of the corpus the class predicted most has 84 % at most. Accuracy hides it where that class is frequent; `balanced_accuracy` does not.

What to do: the causes above it in the list; with a frequent class, `data.weights = \"balanced\"`.",
    stage: Stage::After,
    judge,
};

const ALL: f64 = 0.95;

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let run = evidence.run.filter(|_| evidence.is_sick() && evidence.task == Task::Classification)?;
    let (_, counts) = run.record.confusion.iter().find(|(part, _)| *part == Part::Train)?;
    let column = |class: usize| counts.iter().filter_map(|row| row.get(class)).sum::<u64>();
    let (class, given) =
        (0..counts.len()).map(|class| (class, column(class))).max_by_key(|(_, given)| *given)?;
    let rows: u64 = counts.iter().flatten().sum();
    let share = given as f64 / rows.max(1) as f64;
    if share <= ALL || counts.len() < 2 {
        return None;
    }
    let own: u64 = counts[class].iter().sum();
    let says = format!(
        "{} of the training rows are given one class, number {} of {}, which {} of them have",
        course::percent(share),
        class + 1,
        counts.len(),
        course::percent(own as f64 / rows as f64)
    );
    let (epoch, step) = course::end(&run);
    Some(Finding::new(&THIS, says).symptom().at(epoch, step).measured(share, ALL))
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;

    /// By hand.
    #[test]
    fn the_threshold_is_95_of_100() {
        let found = Trial::new("").sick().confusion(&[&[1, 49], &[3, 47]]).says(&super::THIS).unwrap();
        assert_eq!(
            found.says,
            "96 % of the training rows are given one class, number 2 of 2, which 50 % of them have"
        );
        assert!(Trial::new("").sick().confusion(&[&[2, 48], &[3, 47]]).says(&super::THIS).is_none());
        assert!(Trial::new("").well().confusion(&[&[0, 2], &[0, 98]]).says(&super::THIS).is_none());
    }
}
