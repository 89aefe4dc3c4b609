//! Do the inputs say anything about the targets?
//!
//! By elimination, with a baseline that needs no training: the nearest other row. Thresholds: it tells less than 0.05 of the way, and the
//! network less than 0.1 on top of that.

use super::{Evidence, Finding, Rule, Severity, Stage, course, settings};

pub(super) static THIS: Rule = Rule {
    code: "depends",
    summary: "the inputs say nothing about the targets",
    docs: "Thresholds, by elimination: no rule above it found a cause, the run came to little, and the nearest other row tells less than 0.05 of the way from the most frequent class (or the mean, with five neighbours) to perfect, and the network less than 0.1 on top of that. Then neither of two quite different methods finds the target in the inputs. Noise is at most 0 there: random labels of two equal classes agree with their neighbours' as often as not.

With noisy labels (`labels`) both still tell something. A classification whose neighbours and network tell nothing may also have labels at random: the data cannot say which of the two is wrong.

A run that was stopped early is not judged. Of sequences no neighbours are known. If such a run covers less than 0.2 of the way and nothing explains it, this is a note.

What to do: look for the column that should tell the target: is it there, is it joined to the right rows, is it cut off before the answer?",
    stage: Stage::After,
    judge,
};

const NEAREST: f64 = 0.05;
const NETWORK: f64 = 0.1;
const LITTLE: f64 = 0.2;

/// Neither neighbours nor the network find the target.
pub(super) fn is_told_by_nothing(nearest: f64, skill: f64) -> bool {
    nearest < NEAREST && nearest.max(0.0) + skill < NETWORK
}

fn judge(evidence: &Evidence<'_>, before: &[Finding]) -> Option<Finding> {
    let run = evidence.run.filter(|run| settings::is_unexplained(before) && course::is_over(run))?;
    let skill = run.record.skill;
    if !evidence.is_sick() || skill.is_nan() {
        return None;
    }
    let (epoch, step) = course::end(&run);
    let help = "look for the column that should tell the target: is it there, and joined to the right rows?";
    let found = match evidence.traits?.nearest {
        Some(nearest) if is_told_by_nothing(nearest, skill) => Finding::new(
            &THIS,
            format!(
                "the inputs say nothing about the targets: the nearest row tells {} of the way, the network {}",
                course::percent(nearest.max(0.0)),
                course::percent(skill.max(0.0))
            ),
        )
        .measured(nearest, NEAREST),
        None if skill < LITTLE => Finding::new(
            &THIS,
            format!(
                "the network covers {} of the way from the baseline, and nothing that was measured says why: do the inputs tell the target?",
                course::percent(skill.max(0.0))
            ),
        )
        .measured(skill, LITTLE)
        .severity(Severity::Note),
        _ => return None,
    };
    Some(found.at(epoch, step).because("settings, start, and gradient are in order").help(help))
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::super::{Severity, rate_scale};

    fn of(nearest: Option<f64>, skill: f64) -> Trial {
        let mut trial = Trial::new("").losses(&[1.0, 1.0]).skill(skill);
        trial.traits.nearest = nearest;
        trial
    }

    #[test]
    fn neighbours_and_network_must_both_fail() {
        let found = of(Some(-0.1), 0.02).says(&super::THIS).unwrap();
        assert_eq!(
            found.says,
            "the inputs say nothing about the targets: the nearest row tells 0 % of the way, the network 2 %"
        );
        assert!(of(Some(0.06), 0.0).says(&super::THIS).is_none());
        assert!(of(Some(0.04), 0.07).says(&super::THIS).is_none());
        assert!(of(Some(-0.1), 0.02).says_after(&super::THIS, &rate_scale::THIS).is_none());
    }

    #[test]
    fn without_neighbours_it_is_a_question() {
        assert_eq!(of(None, 0.1).says(&super::THIS).unwrap().severity, Severity::Note);
        assert!(of(None, 0.3).says(&super::THIS).is_none());
    }
}
