//! Do the targets of the training rows belong to them?
//!
//! By elimination, with the data at hand: rows near one another have other classes more often than not, or neighbours tell the target and
//! the network, which could learn it, does not.

use super::{
    Evidence, Finding, Rule, Severity, Stage, course, depends, number, oscillating, schedule, settings,
};
use crate::spec::{Task, Weights};

pub(super) static THIS: Rule = Rule {
    code: "labels",
    summary: "targets of the training rows contradict one another, or belong to other rows",
    docs: "Thresholds, by elimination: no rule above it found a cause, the loss stays above 0.15 of the first, and the network covers less than 0.65 of the way from the most frequent class to perfect (of a regression: less than a third of what neighbours tell, if that is more than a quarter). Two things make that:

- **Noise**: rows near one another have different classes. The nearest other row then tells little of the way too. Whether labels are wrong, classes overlap by nature, or most features say nothing, so that near rows are near in what does not matter, the data alone cannot say. Where the network learned and is as good as a straight line and as neighbours, within 0.05, it is a note: this may be what there is.
- **Other rows' targets**: neighbours in the file tell the target well, a straight line does too (0.25 of the way, and more than twice what the network covers), and the network, which does learn 16 rows by heart and whose loss has settled, covers less than 0.25 of the way on its training rows too: what it is trained with is not what is in the file (features and targets were shuffled or sorted apart). Where a straight line tells nothing, the task may just be hard to find (`curved`).

Where neighbours tell nothing either and the network nothing at all, it is `depends`: the inputs, not the targets. In healthy runs of the corpus no classification ends above 0.15 with less than 0.65 of the way, and every regression comes to two thirds of what neighbours tell at least. A run that its sampler stopped is not judged, none whose schedule takes most of the learning rate away (mean factor below 0.3), and none whose classes are weighted or masked: neighbours are measured by accuracy, of all classes.

What to do: look at 20 rows with their targets, by hand; print what reaches the network (`runner trace`); train on the rows that you trust.",
    stage: Stage::After,
    judge,
};

const HIGH: f64 = 0.15;
const LITTLE: f64 = 0.65;
const NOTHING: f64 = 0.25;
const PART: f64 = 1.0 / 3.0;
const TELLS: f64 = 0.25;
const NEAR: f64 = 0.05;
/// A network that is trained with the targets of other rows ends with the answer that suits all of them; its loss does not grow.
const ROSE: f64 = 1.5;

fn judge(evidence: &Evidence<'_>, before: &[Finding]) -> Option<Finding> {
    // With the optimizer of the file.
    let is_learned_by_heart = evidence.preflight.is_some_and(|preflight| {
        let batch = &preflight.one_batch;
        batch.attempts.first().is_some_and(|attempt| batch.learned(attempt))
    });
    contradiction(evidence, before, is_learned_by_heart)
}

fn contradiction(evidence: &Evidence<'_>, before: &[Finding], is_learned_by_heart: bool) -> Option<Finding> {
    // Neighbours are found among features alone, and their classes may be off.
    let data = &evidence.configuration.data;
    let is_weighted = data.weights != Weights::Equal || !data.mask.is_empty();
    let run = evidence
        .run
        .filter(|run| settings::is_unexplained(before) && course::is_over(run) && !is_weighted)?;
    let (skill, left) = (run.record.skill, run.left()?);
    let nearest = evidence.traits?.nearest?;
    // A network that learned some of what neighbours tell was trained with it.
    let most = if nearest > TELLS { NOTHING } else { LITTLE };
    let is_poor = match evidence.task {
        Task::Classification => left > HIGH && skill < most && !depends::is_told_by_nothing(nearest, skill),
        Task::Regression => nearest > TELLS && skill < PART * nearest,
        Task::MultiLabel => false,
    };
    // If a few rows are not learned, or nobody has tried, the network may be what cannot follow its neighbours. Where they tell little,
    // steps on rows that contradict one another are slow: that says nothing.
    // And what bends may be hard to find: what a straight line tells, a network would have found, and told of its training rows.
    let is_plain = evidence.traits?.linear.is_some_and(|line| line >= TELLS && line > 2.0 * skill);
    let is_trained = course::skill_in_training(evidence, &run).is_some_and(|share| share >= NOTHING);
    let is_settled = left < ROSE && !oscillating::jumps(&run).is_some_and(|share| share > oscillating::LARGE);
    let is_settled = is_settled && !schedule::takes_away(evidence);
    let learns = is_learned_by_heart && is_plain && !is_trained && is_settled || nearest <= TELLS;
    if !is_poor || !learns {
        return None;
    }
    let told = course::told_by_neighbours(evidence.task, nearest);
    let (says, help) = if nearest > TELLS {
        (
            format!(
                "{told}, and the network {}: what trains it is not what is in the file",
                course::percent(skill.max(0.0))
            ),
            "look at what reaches the network (`runner trace`): were features and targets sorted or shuffled apart?",
        )
    } else {
        (
            format!(
                "rows that are near one another have different classes, because these overlap, labels are wrong, or most features say nothing: {told} only"
            ),
            "look at 20 rows with their targets by hand; where labels are right, this may be as good as it gets",
        )
    };
    // As good as a straight line, which is not misled by a few wrong labels: then this may be what there is.
    let line = evidence.traits?.linear.unwrap_or(f64::INFINITY);
    let is_fair = nearest <= TELLS && evidence.has_learned() && skill >= nearest && skill >= line - NEAR;
    let severity = if is_fair { Severity::Note } else { Severity::Warning };
    let (epoch, step) = course::end(&run);
    // Of gradients nothing is known where nobody looked at them.
    let unexplained = match evidence.preflight {
        Some(_) => ", and nothing in settings, start, or gradient explains it",
        None => "",
    };
    Some(
        Finding::new(&THIS, says)
            .severity(severity)
            .at(epoch, step)
            .measured(skill, if evidence.task == Task::Regression { PART * nearest } else { most })
            .because(format!("the loss ended at {} of the first{unexplained}", number(left)))
            .help(help),
    )
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::super::{Finding, rate_scale};
    use crate::event::End;

    fn of(nearest: f64, left: f64, skill: f64) -> Trial {
        let mut trial = Trial::new("").losses(&[1.0, left]).skill(skill);
        trial.traits.nearest = Some(nearest);
        trial.traits.linear = Some(0.6);
        trial
    }

    #[test]
    fn noise_and_other_rows_targets_are_told_apart() {
        let found = of(0.09, 0.8, 0.3).says(&super::THIS).unwrap();
        assert_eq!(
            found.says,
            "rows that are near one another have different classes, because these overlap, labels are wrong, or most features say nothing: answering with the \
             nearest row covers 9 % of the way from the most frequent class to perfect only"
        );
        assert_eq!(found.because, ["the loss ended at 0.8 of the first"]);
        let apart = of(0.95, 0.8, -0.1);
        let found = super::contradiction(&apart.evidence(), &[], true).unwrap();
        assert!(
            found.says.starts_with(
                "answering with the nearest row covers 95 % of the way from the most frequent class to perfect, and the network 0 %"
            )
        );
        // A spiral is told by its neighbours and by no straight line.
        let mut spiral = of(0.95, 0.8, -0.1);
        spiral.traits.linear = Some(0.24);
        assert!(super::contradiction(&spiral.evidence(), &[], true).is_none());
        // Nobody has looked whether the network can learn them at all.
        assert!(apart.says(&super::THIS).is_none());
    }

    #[test]
    fn what_learned_or_is_explained_is_left_alone() {
        let says = |trial: Trial, before: &[Finding]| super::contradiction(&trial.evidence(), before, true);
        assert!(says(of(0.9, 0.8, 0.1), &[]).is_some());
        assert!(says(of(0.9, 0.14, 0.3), &[]).is_none());
        assert!(says(of(0.9, 0.2, 0.66), &[]).is_none());
        assert!(says(of(0.9, 0.8, 0.1), &[Finding::new(&rate_scale::THIS, "something")]).is_none());
        assert!(says(of(0.9, 0.8, 0.1).end(End::Halted), &[]).is_none());
        // Nothing tells the target: the inputs.
        assert!(says(of(-0.05, 1.0, 0.0), &[]).is_none());
    }

    /// By hand: an accuracy of 0.8 of two equal classes in training is 0.6 of the way; a loss of twice the first; one that jumps by a half.
    #[test]
    fn what_was_learned_in_training_or_is_unsettled_has_other_causes() {
        use crate::spec::Part;
        let says = |trial: &Trial| super::contradiction(&trial.evidence(), &[], true).is_some();
        let mut learned = of(0.9, 0.8, 0.1).metrics(&[(Part::Train, "accuracy", 0.8)]);
        learned.traits.classes = vec![50, 50];
        assert!(!says(&learned));
        assert!(says(&of(0.9, 0.8, 0.1)) && !says(&of(0.9, 2.0, 0.1)));
        let mut losses = vec![1.0; 13];
        losses.extend([0.4, 0.9, 0.4, 0.9, 0.4, 0.9]);
        let mut jumping = Trial::new("").losses(&losses).skill(0.1);
        (jumping.traits.nearest, jumping.traits.linear) = (Some(0.9), Some(0.6));
        assert!(!says(&jumping));
    }

    /// By hand: a network as good as a straight line and better than neighbours, and one that finds less; a rate that is gone after a tenth.
    #[test]
    fn what_is_as_good_as_a_line_may_be_what_there_is() {
        use super::super::Severity;
        let of = |line: f64, skill: f64| {
            let mut trial = of(0.1, 0.8, skill);
            trial.traits.linear = Some(line);
            trial.says(&super::THIS).unwrap().severity
        };
        assert_eq!(of(0.3, 0.26), Severity::Note);
        assert_eq!(of(0.3, 0.24), Severity::Warning);
        let text = "[train]\nepochs = 10\nbatch = 10\n[optimizer]\nschedule = { name = \"step\", every = 1, factor = 0.1 }";
        let mut gone = Trial::new(text).losses(&[1.0, 0.8]).skill(0.1);
        (gone.traits.nearest, gone.traits.linear) = (Some(0.9), Some(0.6));
        assert!(super::contradiction(&gone.evidence(), &[], true).is_none());
    }

    #[test]
    fn numbers_need_neighbours_that_tell_them() {
        let of = |nearest: f64, skill: f64| {
            let text = "pairing = \"identity+mse\"\n[data]\nsource = \"sine\"\ntask = \"regression\"";
            let mut trial = Trial::new(text).losses(&[1.0, 1.0]).skill(skill);
            trial.traits.nearest = Some(nearest);
            trial.traits.linear = Some(0.3);
            super::contradiction(&trial.evidence(), &[], true)
        };
        // By hand: a third of 0.3 is 0.1.
        assert!(of(0.3, 0.09).is_some());
        assert!(of(0.3, 0.11).is_none());
        assert!(of(0.2, 0.0).is_none());
    }
}
