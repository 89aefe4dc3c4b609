//! Are most errors those between two classes?
//!
//! Threshold: more than half of at least ten errors, of three classes or more, of which none is given to more than 0.9 of the rows.

use super::{Evidence, Finding, Rule, Severity, Stage, course};
use crate::spec::{Part, Task};

pub(super) static THIS: Rule = Rule {
    code: "confusion",
    summary: "most errors are those between two classes",
    docs: "Counted are the errors on the validation part (on the training part where there is no other). Threshold: a note where more than half of them, and at least ten, take one of two classes for the other, of three classes or more: a handful of errors says nothing about pairs. Silent where one class is given to more than 0.9 of the rows: which errors are made then follows from how frequent the others are. It is worth knowing, not wrong: some classes are alike.

What to do: look at rows of both classes: is there a feature that tells them apart, are they labelled alike?",
    stage: Stage::After,
    judge,
};

const MOST: f64 = 0.5;
const ERRORS: u64 = 10;
/// Where more of the rows than this are given one class, the errors are the rows of the others.
const ONE_CLASS: f64 = 0.9;

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let run = evidence.run.filter(|_| evidence.task == Task::Classification)?;
    let of = |part: Part| run.record.confusion.iter().find(|(p, _)| *p == part);
    let (part, counts) = of(Part::Validation).or_else(|| of(Part::Train))?;
    let classes = counts.len();
    let pairs = (0..classes).flat_map(|a| (a + 1..classes).map(move |b| (a, b)));
    let between = |(a, b): (usize, usize)| counts[a][b] + counts[b][a];
    let errors: u64 = pairs.clone().map(between).sum();
    let worst = pairs.max_by_key(|pair| between(*pair)).filter(|_| classes > 2 && errors >= ERRORS)?;
    let share = between(worst) as f64 / errors as f64;
    if share <= MOST || given_most(counts) > ONE_CLASS {
        return None;
    }
    let says = format!(
        "{} of the {errors} errors on the {} part are between two classes, numbers {} and {} of {classes}",
        course::percent(share),
        part.name(),
        worst.0 + 1,
        worst.1 + 1
    );
    let (epoch, step) = course::end(&run);
    let found = Finding::new(&THIS, says).symptom().severity(Severity::Note).at(epoch, step);
    Some(found.measured(share, MOST).help("look at rows of both: is there a feature that tells them apart?"))
}

/// The share of the rows that are given the class that is given most.
fn given_most(counts: &[Vec<u64>]) -> f64 {
    let given = |class: usize| counts.iter().filter_map(|row| row.get(class)).sum::<u64>();
    let rows: u64 = counts.iter().flatten().sum();
    (0..counts.len()).map(given).max().unwrap_or(0) as f64 / rows.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;

    /// By hand: 4 + 3 of 12 errors, then 4 + 2 of them.
    #[test]
    fn more_than_half_of_ten_errors() {
        let of = |a: u64, other: u64| {
            let counts: [&[u64]; 3] = [&[20, other, 1], &[1, 20, 4], &[2, a, 20]];
            Trial::new("").well().confusion(&counts).says(&super::THIS)
        };
        let found = of(3, 1).unwrap();
        assert_eq!(
            found.says,
            "58.3 % of the 12 errors on the train part are between two classes, numbers 2 and 3 of 3"
        );
        assert!(of(2, 2).is_none());
        // 5 + 4 of 9 errors are too few.
        assert!(of(1, 0).is_none());
    }

    /// By hand: 30 of 55 errors are between the first two classes, and 80 of 90 rows are given the first (0.889); then 30 of 58, and 85
    /// of 90 (0.944).
    #[test]
    fn errors_of_a_network_that_answers_one_class_are_arithmetic() {
        let of = |last: [u64; 3]| {
            let counts: [&[u64]; 3] = [&[30, 0, 0], &[30, 0, 0], &last];
            Trial::new("").sick().confusion(&counts).says(&super::THIS)
        };
        assert!(of([20, 5, 5]).is_some());
        assert!(of([25, 3, 2]).is_none());
    }
}
