//! Did the network learn only how often each answer is right?
//!
//! Threshold: within 2 % of the loss of a network that gives the same answer, the best one, to every row, at the last three recorded points.

use super::{Evidence, Finding, Rule, Stage, course, number, settings};
use crate::spec::{Part, Reduction, Task, Weights};

pub(super) static THIS: Rule = Rule {
    code: "prior",
    summary: "the network learned how often each answer is right, and nothing of the inputs",
    docs: "What is the best that a network can do which ignores its inputs? With shares `p_k` of the classes, exactly:

- cross-entropy: their entropy, `-Σ p_k ln p_k` (with label smoothing, of the smoothed shares);
- binary cross-entropy: the mean over outputs of the entropy of each, `-p ln p - (1 - p) ln (1 - p)`, of one class a row (how often each of several labels is right is not kept, and nothing is said of them);
- squared error: the mean over outputs of `p (1 - p)`, or the variance of the targets.

Threshold: found where the training loss of a run that came to little lies within 2 % of that at the last three recorded points. It is silent where classes are weighted or outputs masked.

What to do: see why nothing of the inputs arrives: the causes above it in the list.",
    stage: Stage::Online,
    judge,
};

const NEAR: f64 = 0.02;

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let run = evidence.run.filter(|_| evidence.is_sick())?;
    let prior = loss(evidence).filter(|prior| *prior > 0.0)?;
    let losses = run.curve("train_loss");
    let off = |loss: f64| (loss / prior - 1.0).abs();
    let (epoch, step, _) = course::since(&losses, course::POINTS, |(.., loss)| off(*loss) < NEAR)?;
    let last = losses.last()?.2;
    let says = format!(
        "from epoch {epoch} on the training loss is that of a network which ignores its inputs: {}, where the best constant answer has {}",
        number(last),
        number(prior)
    );
    let found = Finding::new(&THIS, says).symptom().at(*epoch, *step).measured(off(last), NEAR);
    let accuracy = run.metric(Part::Train, "accuracy").zip(course::majority(evidence));
    Some(match accuracy.filter(|_| evidence.task == Task::Classification) {
        Some((accuracy, share)) => found.because(format!(
            "its accuracy is {}, the share of the most frequent class {}",
            course::percent(accuracy),
            course::percent(share)
        )),
        None => found,
    })
}

/// The training loss of the best constant answer; `None` where it is not known exactly.
pub(super) fn loss(evidence: &Evidence<'_>) -> Option<f64> {
    let (configuration, traits) = (evidence.configuration, evidence.traits?);
    let chosen = &configuration.pairing.loss;
    let is_plain = configuration.data.weights == Weights::Equal && configuration.data.mask.is_empty();
    if !is_plain {
        return None;
    }
    let rows: usize = traits.classes.iter().sum();
    let smoothing = if chosen.has("label_smoothing") { chosen.number("label_smoothing") } else { 0.0 };
    let classes = traits.classes.len() as f64;
    let shares: Vec<f64> = traits.classes.iter().map(|n| *n as f64 / rows.max(1) as f64).collect();
    let smoothed = shares.iter().map(|p| (1.0 - smoothing) * p + smoothing / classes);
    let is_class = evidence.task == Task::Classification && rows > 0;
    let mean = match chosen.name() {
        "cross_entropy" if is_class => smoothed.map(entropy).sum(),
        "binary_cross_entropy" if is_class => {
            smoothed.map(|p| entropy(p) + entropy(1.0 - p)).sum::<f64>() / classes
        }
        "mse" => traits.variance?,
        _ => return None,
    };
    match configuration.pairing.reduction {
        Reduction::Mean => Some(mean),
        Reduction::SumOverOutputs if is_class => {
            Some(mean * settings::terms(configuration, shares.len()) as f64)
        }
        Reduction::Sum if is_class && traits.rows == rows => {
            Some(mean * (rows * settings::terms(configuration, shares.len())) as f64)
        }
        Reduction::SumOverOutputs | Reduction::Sum => None,
    }
}

fn entropy(p: f64) -> f64 {
    if p > 0.0 { -p * libm::log(p) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;

    fn of(pairing: &str, losses: &[f64]) -> Option<super::Finding> {
        let mut trial = Trial::new(&format!("pairing = {pairing}")).losses(losses).skill(0.0);
        trial.traits.classes = vec![75, 25];
        trial.traits.variance = Some(0.1875);
        trial.says(&super::THIS)
    }

    /// SciPy 1.17.1: `scipy.stats.entropy([0.75, 0.25])` is 0.5623351446188083; by hand 0.75 · 0.25 = 0.1875.
    #[test]
    fn the_loss_of_the_best_constant_answer_is_known() {
        let found = of("\"softmax+cross_entropy\"", &[0.9, 0.6, 0.565, 0.56, 0.563]).unwrap();
        assert_eq!(found.at, Some((2, 20)));
        assert!(found.says.ends_with("0.563, where the best constant answer has 0.5623"), "{}", found.says);
        // 2 % of 0.5623 is 0.0112.
        assert!(of("\"softmax+cross_entropy\"", &[0.9, 0.56, 0.56, 0.574]).is_none());
        assert!(of("\"softmax+cross_entropy\"", &[0.9, 0.56, 0.56, 0.573]).is_some());
        // Of two outputs with the shares 0.75 and 0.25 each has the same entropy.
        assert!(of("\"sigmoid+binary_cross_entropy\"", &[0.9, 0.56, 0.56, 0.56]).is_some());
        assert!(of("\"softmax+mse\"", &[0.3, 0.19, 0.188, 0.187]).is_some());
    }

    /// By hand: 100 rows; squared errors of two outputs are added up too.
    #[test]
    fn sums_are_sums_of_it() {
        let summed = "{ activation = \"softmax\", loss = \"cross_entropy\", reduction = \"sum\" }";
        assert!(of(summed, &[90.0, 56.0, 56.2, 56.1]).is_some());
        let summed = "{ activation = \"softmax\", loss = \"mse\", reduction = \"sum\" }";
        assert!(of(summed, &[90.0, 37.5, 37.5, 37.5]).is_some());
    }

    #[test]
    fn weights_change_it() {
        let text = "[data]\nsource = \"blobs\"\nweights = \"balanced\"";
        let mut trial = Trial::new(text).losses(&[0.9, 0.5623, 0.5623, 0.5623]).skill(0.0);
        trial.traits.classes = vec![75, 25];
        assert!(trial.says(&super::THIS).is_none());
    }
}
