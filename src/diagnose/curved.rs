//! Does the target bend, so that the loss may stay where it is for long?

use super::{Evidence, Finding, Rule, Severity, Stage, course, settings};
use crate::spec::Weights;

pub(super) static THIS: Rule = Rule {
    code: "curved",
    summary: "neighbours tell the target and no straight line does, and the network has not found how it bends",
    docs: "In a spiral, a circle, or XOR the target lies in how features combine: no straight boundary tells it. The loss of such a task may stay on a plateau for most of a run, since small weights make a network of tanh or sigmoid units nearly a straight line, and no direction helps at once. Nothing need be wrong with such a run but its length or its start.

Thresholds of a note, by elimination: no rule above it found a cause, the run came to little, the nearest other row tells more than 0.25 of the way from the most frequent class (of numbers: the mean) to perfect, a straight line (ridge regression, each row answered by the others) less than half of that, and so does the network. Where a straight line tells 0.25 or more and more than twice what the network does, see `labels`. Silent in plain runs, where nobody has looked at the gradient, where classes are weighted (neighbours are measured by accuracy), and of networks without a hidden layer that bends (`linear`).

What to do: relu, or larger initial weights, so that units bend from the start; several times the steps; a second hidden layer; standardised inputs; features that say how others combine (`data.polynomial`).",
    stage: Stage::After,
    judge,
};

const TELLS: f64 = 0.25;
const PART: f64 = 0.5;

fn judge(evidence: &Evidence<'_>, before: &[Finding]) -> Option<Finding> {
    evidence.preflight.and_then(|_| by_elimination(evidence, before))
}

fn by_elimination(evidence: &Evidence<'_>, before: &[Finding]) -> Option<Finding> {
    let run = evidence.run.filter(|run| settings::is_unexplained(before) && course::is_over(run))?;
    let (traits, skill) = (evidence.traits?, evidence.skill());
    let (nearest, line) = (traits.nearest?, traits.linear?);
    let configuration = evidence.configuration;
    let bends = configuration.model.hidden.iter().any(|layer| layer.activation.name() != "identity");
    // What a straight line tells and the network does not is no matter of bending: `labels`.
    let is_line = line >= TELLS && line > 2.0 * skill;
    let is_little = nearest > TELLS && skill < PART * nearest && line < PART * nearest && !is_line;
    if !bends || !evidence.is_sick() || !is_little || configuration.data.weights != Weights::Equal {
        return None;
    }
    let says = format!(
        "the nearest rows tell {} of the way and a straight line {}: what tells the target bends, and the network, with {}, has not found how",
        course::percent(nearest),
        course::percent(line.max(0.0)),
        course::percent(skill.max(0.0))
    );
    let (epoch, step) = course::end(&run);
    Some(
        Finding::new(&THIS, says)
            .severity(Severity::Note)
            .at(epoch, step)
            .measured(skill, PART * nearest)
            .because("the loss of such a task may stay where it is for most of a run, until a direction is found")
            .help("relu, or larger initial weights, so that units bend from the start; several times the steps; a second hidden layer"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::super::{Finding, Severity, rate_scale};

    fn with(text: &str, line: f64, nearest: f64, skill: f64) -> Trial {
        let mut trial = Trial::new(text).losses(&[1.1, 1.09, 1.08]).skill(skill);
        (trial.traits.nearest, trial.traits.linear) = (Some(nearest), Some(line));
        trial
    }

    fn of(line: f64, nearest: f64, skill: f64) -> Trial {
        with("", line, nearest, skill)
    }

    fn says(trial: &Trial) -> Option<Finding> {
        super::by_elimination(&trial.evidence(), &[])
    }

    /// By hand: a spiral, and what each of the conditions leaves out.
    #[test]
    fn a_spiral_that_stays_on_its_plateau_is_noted() {
        let found = says(&of(-0.05, 0.85, 0.02)).unwrap();
        assert_eq!(
            found.says,
            "the nearest rows tell 85 % of the way and a straight line 0 %: what tells the target bends, and the network, with 2 %, has not \
             found how"
        );
        assert_eq!((found.severity, found.value, found.threshold), (Severity::Note, Some(0.02), Some(0.425)));
        assert!(says(&of(0.25, 0.85, 0.02)).is_none(), "a straight line tells it, and the network not");
        assert!(says(&of(0.27, 0.97, 0.22)).is_some(), "the network has found the line and no more");
        assert!(says(&of(0.43, 0.85, 0.3)).is_none(), "a straight line tells half of it");
        assert!(says(&of(0.0, 0.2, 0.02)).is_none(), "neighbours do not tell it");
        assert!(says(&of(0.0, 0.85, 0.43)).is_none(), "the network has begun to");
        let explained = [Finding::new(&rate_scale::THIS, "something")];
        assert!(super::by_elimination(&of(0.0, 0.85, 0.02).evidence(), &explained).is_none());
        assert!(of(0.0, 0.85, 0.02).says(&super::THIS).is_none(), "nobody has looked at the gradient");
        let straight = ["[model]\nhidden = []", "[model]\nhidden = [8]\nactivation = \"identity\""];
        assert!(straight.iter().all(|text| says(&with(text, 0.0, 0.85, 0.02)).is_none()));
        assert!(says(&with("[data]\nsource = \"blobs\"\nweights = \"balanced\"", 0.0, 0.85, 0.02)).is_none());
    }
}
