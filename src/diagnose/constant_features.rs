//! Do features vary at all?
//!
//! Only where none does is it a cause: then nothing tells one row from another. Some constant columns among others are harmless.

use super::{Evidence, Finding, Rule, Severity, Stage};
use crate::text;

pub(super) static THIS: Rule = Rule {
    code: "constant-features",
    summary: "features have the same value in every row",
    docs: "A feature with one value in every row of the training part tells nothing: its weight is a second bias. Where **all** features are constant, all rows look the same to the network, and the best it can learn is the shares of the classes or the mean of the targets; that is a cause, and a warning. Some constant features among others, such as the corner pixels of scanned digits, do no harm and are a note.

Threshold: none to choose; a standard deviation of 0, or of less than 1e-12 of the mean, which is rounding.

What to do: look at how the columns are read (a wrong delimiter or column, a placeholder that was never filled in), and name the right ones with `data.features`. `runner data FILE` shows the range of each column.",
    stage: Stage::Lint,
    judge,
};

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let traits = evidence.traits?;
    let (constant, all) = (traits.constant_features, traits.features);
    if constant == 0 {
        return None;
    }
    if constant < all {
        let says = format!(
            "{} of {all} features have one value in every row of the training part",
            text::grouped(constant as u64)
        );
        let found = Finding::new(&THIS, says)
            .severity(Severity::Note)
            .symptom()
            .measured(constant as f64, all as f64);
        return Some(found.because("they tell nothing, and do no harm"));
    }
    let says = match all {
        1 => "the only feature has one value in every row of the training part".into(),
        _ => format!("all {all} features have one value each in every row of the training part"),
    };
    let found = Finding::new(&THIS, says)
        .measured(constant as f64, all as f64)
        .because("every row looks the same to the network, so that it can learn no more than how often each answer occurs")
        .help("other columns in `data.features`; `runner data FILE` shows the range of each");
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Role;
    use crate::diagnose::reading::Example;

    fn of(constant: usize, features: usize) -> Option<Finding> {
        let mut example = Example::classes("hidden = [8]");
        (example.traits.constant_features, example.traits.features) = (constant, features);
        example.says("constant-features")
    }

    /// By hand.
    #[test]
    fn all_constant_is_a_cause_and_some_are_worth_knowing() {
        assert_eq!(of(0, 4), None);
        let some = of(3, 4).unwrap();
        assert_eq!((some.severity, some.role), (Severity::Note, Role::Symptom));
        let all = of(4, 4).unwrap();
        assert_eq!((all.severity, all.role, all.value), (Severity::Warning, Role::Cause, Some(4.0)));
        assert!(of(1, 1).unwrap().says.starts_with("the only feature"));
        // Of data without features nothing was measured.
        assert_eq!(of(0, 0), None);
    }
}
