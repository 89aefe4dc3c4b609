//! Does the target lie in how features combine, so that the loss may stay where it is for long?

use super::{Evidence, Finding, Rule, Severity, Stage, course, labels, number, settings};

pub(super) static THIS: Rule = Rule {
    code: "curved",
    summary: "no feature tells the target by itself, and the network has not found how they combine",
    docs: "In a spiral, a circle, or a parity the target lies in how features combine: each of them alone tells nothing, and so does every straight boundary. Such a loss begins on a plateau, since the gradient has no direction that helps at once; how long that takes depends on the start and grows with the number of features that must be combined (of parities exponentially: Shalev-Shwartz, Shamir, and Shammah 2017, *Failures of gradient-based deep learning*). Nothing need be wrong with such a run but its length.

A note, by elimination: no rule above it found a cause, the run came to little, the nearest other row tells more than 0.25 of the way from the most frequent class (of numbers: the mean) to perfect, the network less than half of that, and no feature has a correlation with a target of 0.3 or more. That is the threshold of `labels`, which speaks where one has. Silent in plain runs, where nobody has looked at the gradient.

What to do: several times the steps; relu, or larger initial weights; a second hidden layer; standardised inputs; features that say how others combine (`data.polynomial_features`).",
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
    let traits = evidence.traits?;
    let (nearest, skill) = (traits.nearest?, evidence.skill());
    let (name, most, _) = traits.teller.as_ref()?;
    if !evidence.is_sick() || nearest <= TELLS || skill >= PART * nearest || *most >= labels::ALONE {
        return None;
    }
    let says = format!(
        "the nearest rows tell {} of the way and no feature does alone ({name} comes nearest, with a correlation of {}): the target lies in \
         how they combine, which the network has not found",
        course::percent(nearest),
        number(*most)
    );
    let (epoch, step) = course::end(&run);
    Some(
        Finding::new(&THIS, says)
            .severity(Severity::Note)
            .at(epoch, step)
            .measured(*most, labels::ALONE)
            .because("the loss of such a task stays where it is until a direction is found, which may take most of a run")
            .help("several times the steps; relu, or larger initial weights; a second hidden layer; standardised inputs"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::super::{Finding, Severity, rate_scale};

    fn of(alone: f64, nearest: f64, skill: f64) -> Trial {
        let mut trial = Trial::new("").losses(&[1.1, 1.09, 1.08]).skill(skill);
        trial.traits.nearest = Some(nearest);
        trial.traits.teller = Some(("x".into(), alone, 0.05));
        trial
    }

    fn says(trial: &Trial) -> Option<Finding> {
        super::by_elimination(&trial.evidence(), &[])
    }

    /// By hand: a spiral, and what each of the conditions leaves out.
    #[test]
    fn a_spiral_that_stays_on_its_plateau_is_noted() {
        let found = says(&of(0.07, 0.85, 0.02)).unwrap();
        assert_eq!(
            found.says,
            "the nearest rows tell 85 % of the way and no feature does alone (x comes nearest, with a correlation of 0.07): the target lies \
             in how they combine, which the network has not found"
        );
        assert_eq!((found.severity, found.value, found.threshold), (Severity::Note, Some(0.07), Some(0.3)));
        assert!(says(&of(0.3, 0.85, 0.02)).is_none(), "a feature tells it alone");
        assert!(says(&of(0.07, 0.2, 0.02)).is_none(), "neighbours do not tell it");
        assert!(says(&of(0.07, 0.85, 0.43)).is_none(), "the network has begun to");
        let explained = [Finding::new(&rate_scale::THIS, "something")];
        assert!(super::by_elimination(&of(0.07, 0.85, 0.02).evidence(), &explained).is_none());
        assert!(of(0.07, 0.85, 0.02).says(&super::THIS).is_none(), "nobody has looked at the gradient");
    }
}
