//! Do the inputs say anything about the targets?
//!
//! By elimination, with a baseline that needs no training: the nearest other row. Thresholds: it tells less than 0.05 of the way, and the
//! network less than 0.1 on top of that.

use super::{Evidence, Finding, Rule, Run, Severity, Stage, course, prior, settings};
use crate::spec::{Part, Reduction, Task, Weights};

pub(super) static THIS: Rule = Rule {
    code: "depends",
    summary: "the inputs say nothing about the targets",
    docs: "Thresholds, by elimination: no rule above it found a cause, the run came to little, and the nearest other row tells less than 0.05 of the way from the most frequent class (or the mean, with five neighbours) to perfect, a straight line (ridge regression, each row answered by the others) less than 0.05, and the network less than 0.1 on top of that. Then none of three quite different methods finds the target in the inputs. Where the validation loss is a fiftieth below that of the best constant answer, a classification is only blind to what was found: accuracy does not show it where one class is common, and a note says so. Where a straight line covers a little more, and the network about as much, it is a note: there may be no more to find. Noise is at most 0 there: random labels of two equal classes agree with their neighbours' as often as not.

In a plain run nobody has looked at the gradient, which may be what is wrong: only `runner doctor` says this. Where classes are weighted, what the network covers is measured by its mean recall over classes.

With noisy labels (`labels`) both still tell something. A classification whose neighbours and network tell nothing may also have labels at random: the data cannot say which of the two is wrong.

A run that was stopped early is not judged. Of sequences no neighbours are known. If such a run covers less than 0.2 of the way and nothing explains it, this is a note.

What to do: look for the column that should tell the target: is it there, is it joined to the right rows, is it cut off before the answer?",
    stage: Stage::After,
    judge,
};

const NEAREST: f64 = 0.05;
const NETWORK: f64 = 0.1;
const LITTLE: f64 = 0.2;
const BELOW: f64 = 0.02;

/// Neither neighbours nor the network find the target.
pub(super) fn is_told_by_nothing(nearest: f64, skill: f64) -> bool {
    nearest < NEAREST && nearest.max(0.0) + skill < NETWORK
}

fn judge(evidence: &Evidence<'_>, before: &[Finding]) -> Option<Finding> {
    evidence.preflight.and_then(|_| by_elimination(evidence, before))
}

fn by_elimination(evidence: &Evidence<'_>, before: &[Finding]) -> Option<Finding> {
    let run = evidence.run.filter(|run| settings::is_unexplained(before) && course::is_over(run))?;
    let skill = evidence.skill();
    // Of weighted classes the rare ones may be too few in the validation part to be found there.
    let is_found = evidence.mean_recall(Part::Train).is_some_and(|share| share >= NETWORK);
    if !evidence.is_sick() || skill.is_nan() || is_found {
        return None;
    }
    let (epoch, step) = course::end(&run);
    let help = "look for the column that should tell the target: is it there, and joined to the right rows?";
    let traits = evidence.traits?;
    let line = traits.linear.filter(|_| evidence.configuration.data.weights == Weights::Equal).unwrap_or(0.0);
    let found = match traits.nearest {
        // A straight line finds some of it: then what there is may be little, and found.
        Some(nearest) if nearest < NEAREST && (NEAREST..LITTLE).contains(&line) && skill >= line - NEAREST => {
            let says = format!(
                "the inputs say little about the targets: a straight line covers {} of the way, the nearest row {}, the network {}",
                course::percent(line),
                course::percent(nearest.max(0.0)),
                course::percent(skill.max(0.0))
            );
            let found = Finding::new(&THIS, says).severity(Severity::Note).measured(line, LITTLE);
            let (help, because) = ("more rows, or features that say more", "the network may be as good as it can be");
            return Some(found.at(epoch, step).because(because).help(help));
        }
        // Accuracy does not see what a loss does: where one class is common, answering with it is hard to beat.
        Some(nearest) if is_told_by_nothing(nearest, skill) && is_below_prior(evidence, &run) => {
            let says = "no answer is right more often than the most frequent class, and the validation loss is below that of a constant answer";
            let found = Finding::new(&THIS, says).severity(Severity::Note).measured(skill, NETWORK);
            let because = "the network has found how likely classes are, which accuracy does not show";
            let help = "judge by `log_loss` or `auroc`; or `data.weights = \"balanced\"` and `balanced_accuracy`";
            return Some(found.at(epoch, step).because(because).help(help));
        }
        Some(nearest) if is_told_by_nothing(nearest, skill) && line < NEAREST => Finding::new(
            &THIS,
            format!(
                "the inputs tell next to nothing of the targets that could be found: the nearest row covers {} of the way, a straight line \
                 {}, the network {}",
                course::percent(nearest.max(0.0)),
                course::percent(line.max(0.0)),
                course::percent(skill.max(0.0))
            ),
        )
        .measured(nearest, NEAREST),
        None if skill < LITTLE => Finding::new(
            &THIS,
            format!(
                "the network covers {} of the way from the baseline, and nothing that was measured says why: the inputs may not tell the target",
                course::percent(skill.max(0.0))
            ),
        )
        .measured(skill, LITTLE)
        .severity(Severity::Note),
        _ => return None,
    };
    Some(found.at(epoch, step).because("settings, start, and gradient are in order").help(help))
}

/// Of classes: the validation loss ends at least a fiftieth below that of the best constant answer.
fn is_below_prior(evidence: &Evidence<'_>, run: &Run<'_>) -> bool {
    let is_mean = evidence.configuration.pairing.reduction == Reduction::Mean;
    let last = run.curve("validation_loss").last().map(|(.., loss)| *loss);
    let prior = prior::loss(evidence).filter(|_| evidence.task == Task::Classification && is_mean);
    last.zip(prior).is_some_and(|(last, prior)| last < (1.0 - BELOW) * prior)
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::super::{Finding, Severity, rate_scale};

    fn of(nearest: Option<f64>, skill: f64) -> Trial {
        let mut trial = Trial::new("").losses(&[1.0, 1.0]).skill(skill);
        trial.traits.nearest = nearest;
        trial
    }

    fn says(trial: Trial) -> Option<Finding> {
        super::by_elimination(&trial.evidence(), &[])
    }

    #[test]
    fn neighbours_and_network_must_both_fail() {
        let found = says(of(Some(-0.1), 0.02)).unwrap();
        assert_eq!(
            found.says,
            "the inputs tell next to nothing of the targets that could be found: the nearest row covers 0 % of the way, a straight line 0 %, \
             the network 2 %"
        );
        assert!(says(of(Some(0.06), 0.0)).is_none());
        assert!(says(of(Some(0.04), 0.07)).is_none());
        let explained = [Finding::new(&rate_scale::THIS, "something")];
        assert!(super::by_elimination(&of(Some(-0.1), 0.02).evidence(), &explained).is_none());
        // Nobody has looked at the gradient.
        assert!(of(Some(-0.1), 0.02).says(&super::THIS).is_none());
    }

    /// By hand: of 90 frequent rows 80 are found and of 10 rare ones 8, 0.844 of each class in the mean, which is 0.689 of the way from
    /// chance to perfect, although answering with the frequent class alone is right more often.
    #[test]
    fn weighted_classes_are_judged_by_their_mean_recall() {
        let of = |counts: &[&[u64]]| {
            let text = "[data]\nsource = \"blobs\"\nweights = \"balanced\"";
            let mut trial = Trial::new(text).losses(&[1.0, 0.9]).skill(-0.2).confusion(counts);
            trial.traits.nearest = Some(-0.1);
            trial
        };
        let found = of(&[&[80, 10], &[2, 8]]);
        assert!((found.evidence().skill() - 0.688_889).abs() < 1e-6, "{}", found.evidence().skill());
        assert!(found.evidence().has_learned());
        assert!(says(found).is_none());
        assert!(says(of(&[&[90, 0], &[10, 0]])).is_some());
        assert!(of(&[]).evidence().skill().is_nan());
        assert!(says(of(&[])).is_none());
    }

    /// By hand: a line that finds a tenth, and a network that finds as much or nothing of it.
    #[test]
    fn what_a_straight_line_finds_is_not_nothing() {
        let of = |line: f64, skill: f64| {
            let mut trial = of(Some(-0.1), skill);
            trial.traits.linear = Some(line);
            says(trial)
        };
        let found = of(0.1, 0.08).unwrap();
        assert_eq!(found.severity, Severity::Note);
        assert_eq!(
            found.says,
            "the inputs say little about the targets: a straight line covers 10 % of the way, the nearest row 0 %, the network 8 %"
        );
        assert!(of(0.1, 0.02).is_none(), "the network finds less than there is");
        assert_eq!(of(0.04, 0.02).unwrap().severity, Severity::Warning);
    }

    /// SciPy 1.17.1: the entropy of the shares 0.85 and 0.15 is 0.4227; by hand, 0.403 is a fiftieth below it and 0.42 is not.
    #[test]
    fn a_loss_below_that_of_a_constant_answer_found_something() {
        let of = |validation: f64| {
            let points: [(usize, &[f64]); 2] = [(0, &[0.7, 0.7]), (1, &[0.4, validation])];
            let mut trial = Trial::new("").curve(&["train_loss", "validation_loss"], &points).skill(0.0);
            trial.traits.nearest = Some(-0.1);
            trial.traits.classes = vec![85, 15];
            says(trial).unwrap()
        };
        assert_eq!(of(0.403).severity, Severity::Note);
        assert!(of(0.403).says.starts_with("no answer is right more often"), "{}", of(0.403).says);
        assert_eq!(of(0.42).severity, Severity::Warning);
    }

    #[test]
    fn without_neighbours_it_is_a_question() {
        assert_eq!(says(of(None, 0.1)).unwrap().severity, Severity::Note);
        assert!(says(of(None, 0.3)).is_none());
    }
}
