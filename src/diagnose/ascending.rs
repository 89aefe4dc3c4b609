//! Does the loss rise from the first step on?
//!
//! Threshold: it rises in each of the first three recorded epochs, by one hundredth in all. In the corpus (`benches/diagnosis`) all runs
//! with a gradient of the wrong sign do, and no healthy run.

use super::{Evidence, Finding, Rule, Severity, Stage, number};

pub(super) static THIS: Rule = Rule {
    code: "ascending",
    summary: "the loss rises from the first step on",
    docs: "Threshold: found where the training loss rises in each of the first three recorded epochs, by more than a hundredth of the first in all. Steps along a right gradient that are too long make the loss jump up and down; a loss that rises steadily from the start is climbed: the gradient has the wrong sign, or is added where it should be subtracted. In the corpus all runs with a wrong sign do it, no healthy one, and half of those whose rows come sorted.

What to do: `runner check` compares the gradient with differences of the loss, and names the mistake.",
    stage: Stage::Online,
    judge,
};

const EPOCHS: usize = 3;
const RISES: f64 = 0.01;

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let run = evidence.run.filter(|_| evidence.is_sick())?;
    let losses = run.curve("train_loss");
    let start = losses.get(..=EPOCHS).filter(|start| start[0].0 == 0)?;
    let (first, (epoch, step, last)) = (start[0].2, start[EPOCHS]);
    let share = (last - first) / first;
    if !start.windows(2).all(|pair| pair[1].2 > pair[0].2) || share <= RISES {
        return None;
    }
    let says = format!(
        "the training loss rises from the start: from {} to {} in the first {epoch} epochs",
        number(first),
        number(last)
    );
    let found = Finding::new(&THIS, says)
        .symptom()
        .severity(Severity::Warning)
        .at(epoch, step)
        .measured(share, RISES);
    Some(found.help("`runner check` compares the gradient with differences of the loss"))
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;

    #[test]
    fn each_of_the_first_three_epochs_must_rise() {
        let found = Trial::new("").losses(&[1.0, 1.1, 1.2, 1.3, 1.0]).says(&super::THIS).unwrap();
        assert_eq!(found.says, "the training loss rises from the start: from 1 to 1.3 in the first 3 epochs");
        assert!(Trial::new("").losses(&[1.0, 1.1, 1.05, 1.3]).says(&super::THIS).is_none());
        assert!(Trial::new("").losses(&[1.0, 1.001, 1.002, 1.009]).says(&super::THIS).is_none());
        assert!(Trial::new("").losses(&[1.0, 1.1, 1.2]).says(&super::THIS).is_none());
        // It came down again.
        assert!(Trial::new("").losses(&[1.0, 1.1, 1.2, 1.3, 0.1]).says(&super::THIS).is_none());
    }
}
