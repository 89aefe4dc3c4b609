//! Did the loss leave its start behind, upwards?
//!
//! Threshold: three times the first loss at the last three recorded points. The design's three times the running minimum holds for 2 % of
//! healthy runs: a loss of 1e-5 may be 1e-4 an epoch later.

use super::{Evidence, Finding, Rule, Severity, Stage, course, number};
use crate::event::End;

pub(super) static THIS: Rule = Rule {
    code: "diverging",
    summary: "the loss grows far above its start",
    docs: "Threshold: found where the training loss is above three times the first at the last three recorded points (at the last one, of a run that was ended for it). Three times the least so far, which is often asked for, holds for 2 % of healthy runs, whose loss wanders between 1e-5 and 1e-4; the first loss is what a network that knows nothing has.

What to do: the causes above it in the list; a smaller learning rate first.",
    stage: Stage::Online,
    judge,
};

const TIMES: f64 = 3.0;

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let run = evidence.run.filter(|_| evidence.is_sick())?;
    let first = run.first_loss().filter(|first| *first > 0.0)?;
    let losses = run.curve("train_loss");
    let least = if run.record.end == End::Diverged { 1 } else { course::POINTS };
    let (epoch, step, _) = course::since(&losses, least, |(.., loss)| *loss > TIMES * first)?;
    let times = losses.last()?.2 / first;
    let says = format!(
        "from epoch {epoch} on the training loss is above {} times the first, at the end {} times",
        TIMES,
        number(times)
    );
    let severity = if run.record.end.failed() { Severity::Wrong } else { Severity::Warning };
    Some(Finding::new(&THIS, says).symptom().severity(severity).at(*epoch, *step).measured(times, TIMES))
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use crate::event::End;

    #[test]
    fn three_points_above_three_times_the_first() {
        let found = Trial::new("").losses(&[1.0, 3.1, 2.0, 3.1, 4.0, 5.0]).says(&super::THIS).unwrap();
        assert_eq!(
            found.says,
            "from epoch 3 on the training loss is above 3 times the first, at the end 5 times"
        );
        assert_eq!(found.at, Some((3, 30)));
        assert!(Trial::new("").losses(&[1.0, 2.0, 4.0, 5.0]).says(&super::THIS).is_none());
        assert!(Trial::new("").losses(&[1.0, 2.9, 2.9, 2.9]).says(&super::THIS).is_none());
        assert!(Trial::new("").losses(&[1.0, 11.0]).end(End::Diverged).says(&super::THIS).is_some());
    }
}
