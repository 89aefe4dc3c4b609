//! Did the network learn its training rows by heart?
//!
//! By elimination. Thresholds: more than 0.8 of the way in training, and a gap to validation of 0.25 of the way with a validation loss that
//! rose at all, or of 0.14 with one that rose by half of the first loss.

use super::{Change, Evidence, Finding, Rule, Stage, course, number, settings};
use crate::spec::Part;

pub(super) static THIS: Rule = Rule {
    code: "overfit",
    summary: "training rows are learned by heart, and others are not told by that",
    docs: "Compared are the shares of the way from a baseline (the most frequent class, the mean) to perfect that the network covers on training and on validation rows, and the validation loss at the end with its least value, divided by the first: a cross-entropy that rises from .01 to .03 is no harm.

Thresholds: found, where no rule above it found a cause, if the network covers more than 0.8 of the way in training and either the gap to validation is above 0.25 and the validation loss rose by more than 0.015 of the first loss, or the gap is above 0.14 and it rose by more than half of the first loss. In healthy runs of the corpus the gap is .14 at the 98th percentile and the rise .13; no run has both. (The design's threshold, a validation loss 10 % above its least, holds for 44 % of healthy runs.) Needs a validation part, of classes one of 10 rows at least; a run with `early_stop` is judged by the network that it keeps.

What to do: stop early; fewer units; a little `l2` or dropout; more rows.",
    stage: Stage::After,
    judge,
};

const LEARNED: f64 = 0.8;
/// One row of ten is a gap of a tenth.
const ROWS: u64 = 10;
const GAP: f64 = 0.25;
const ROSE: f64 = 0.015;
const SMALLER_GAP: f64 = 0.14;
const ROSE_MUCH: f64 = 0.5;
const STOP: &str = "{ metric = \"validation.loss\", patience = 10 }";

fn judge(evidence: &Evidence<'_>, before: &[Finding]) -> Option<Finding> {
    let run = evidence.run.filter(|run| settings::is_unexplained(before) && !run.record.end.failed())?;
    run.metric(Part::Validation, course::main_metric(evidence.task))?;
    // A few rows say nothing.
    let rows = run.record.confusion.iter().find(|(part, _)| *part == Part::Validation);
    if rows.is_some_and(|(_, counts)| counts.iter().flatten().sum::<u64>() < ROWS) {
        return None;
    }
    let train = course::skill_in_training(evidence, &run)?;
    let losses = run.curve("validation_loss");
    let (first, last) = (losses.first()?.2, losses.last()?.2);
    let least = losses.iter().min_by(|a, b| a.2.total_cmp(&b.2))?;
    let (gap, rise) = (train - run.record.skill, (last - least.2) / first);
    let is_overfit = train > LEARNED && (gap > GAP && rise > ROSE || gap > SMALLER_GAP && rise > ROSE_MUCH);
    if !is_overfit {
        return None;
    }
    let found = Finding::new(
        &THIS,
        format!(
            "it covers {} of the way from the baseline to perfect on training rows, and {} on validation rows",
            course::percent(train),
            course::percent(run.record.skill.max(0.0))
        ),
    );
    let found = found
        .at(least.0, least.1)
        .measured(gap, if gap > GAP { GAP } else { SMALLER_GAP })
        .because(format!(
            "the validation loss was least after epoch {}, {}, and rose to {}",
            least.0,
            number(least.2),
            number(last)
        ))
        .help("stop early; fewer units; a little `optimizer.l2` or `model.dropout`; more rows");
    let stops = evidence.configuration.train.early_stop.is_some();
    Some(if stops { found } else { found.change(Change::set("train.early_stop", STOP)) })
}

#[cfg(test)]
mod tests {
    use super::super::rate_scale;
    use super::super::trial::Trial;
    use crate::spec::Part;

    /// By hand: of two equal classes an accuracy of 0.95 covers 0.9 of the way; the validation loss ends `rise` above its least, with 1 at
    /// first.
    fn trial(skill: f64, rise: f64) -> Trial {
        let points: [(usize, &[f64]); 3] = [(0, &[1.0, 1.0]), (1, &[0.5, 0.6]), (2, &[0.1, 0.6 + rise])];
        let mut trial = Trial::new("").curve(&["train_loss", "validation_loss"], &points).skill(skill);
        trial.traits.classes = vec![50, 50];
        trial.metrics(&[(Part::Train, "accuracy", 0.95), (Part::Validation, "accuracy", 0.5 + skill / 2.0)])
    }

    #[test]
    fn a_gap_and_a_loss_that_rises_are_needed() {
        let found = trial(0.6, 0.2).says(&super::THIS).unwrap();
        assert_eq!(
            found.says,
            "it covers 90 % of the way from the baseline to perfect on training rows, and 60 % on validation rows"
        );
        assert_eq!(found.at, Some((1, 10)));
        assert_eq!(
            found.changes[0].to_string(),
            "train.early_stop = { metric = \"validation.loss\", patience = 10 }"
        );
        assert!(trial(0.6, 0.01).says(&super::THIS).is_none());
        // A gap of 0.2 needs a rise of more than 0.5.
        assert!(trial(0.7, 0.4).says(&super::THIS).is_none());
        assert!(trial(0.7, 0.6).says(&super::THIS).is_some());
        assert!(trial(0.8, 0.6).says(&super::THIS).is_none());
        assert!(trial(0.6, 0.2).says_after(&super::THIS, &rate_scale::THIS).is_none());
    }

    #[test]
    fn a_network_that_did_not_learn_its_rows_has_not_overfitted() {
        let trial =
            trial(0.1, 0.2).metrics(&[(Part::Train, "accuracy", 0.89), (Part::Validation, "accuracy", 0.55)]);
        assert!(trial.says(&super::THIS).is_none());
    }

    #[test]
    fn early_stopping_that_is_there_is_not_proposed() {
        let mut trial = trial(0.6, 0.2);
        let stopping = Trial::new("[train]\nearly_stop = { metric = \"train.loss\" }");
        trial.configure(&stopping);
        assert!(trial.says(&super::THIS).unwrap().changes.is_empty());
    }
}
