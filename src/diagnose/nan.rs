//! Where did numbers stop being finite?

use super::{Evidence, Finding, Rule, Severity, Stage, number};
use crate::event::End;

pub(super) static THIS: Rule = Rule {
    code: "nan",
    summary: "numbers stopped being finite",
    docs: "A trial whose loss or parameters become infinite or NaN ends as `non_finite`. One that broke within 256 steps is trained again up to there, and the first tensor of the forward pass that is not finite is named: a parameter, the pre-activations or activations of a layer, or, where all of these are finite, the loss itself.

Pre-activations that break first mean weights that grew until their sum overflowed (a rate too high, inputs too large, an exploding state); a loss that breaks first, with finite outputs, a logarithm of 0 or a square that overflows. There is no threshold.

What to do: the causes above it in the list.",
    stage: Stage::Online,
    judge,
};

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let run = evidence.run.filter(|run| run.record.end == End::NonFinite)?;
    let losses = run.curve("train_loss");
    let finite = |step: usize| losses.iter().rfind(|(_, at, loss)| *at <= step && loss.is_finite());
    let found = match &run.record.broke {
        Some(broke) => {
            let says =
                format!("numbers stopped being finite after {}: first {}", steps(broke.step), broke.tensor);
            let found =
                Finding::new(&THIS, says).at(finite(broke.step).map_or(0, |(epoch, ..)| *epoch), broke.step);
            match layer(&broke.tensor) {
                Some(layer) => found.layer(layer),
                None => found,
            }
        }
        None => {
            let (epoch, step) = finite(usize::MAX).map_or((0, 0), |(epoch, step, _)| (*epoch, *step));
            Finding::new(&THIS, format!("numbers stopped being finite after epoch {epoch}")).at(epoch, step)
        }
    };
    let last = finite(usize::MAX).map(|(epoch, _, loss)| {
        format!(
            "the last loss that was recorded is {}, after epoch {epoch}; the first was {}",
            number(*loss),
            number(losses[0].2)
        )
    });
    let found = found.symptom().severity(Severity::Wrong);
    Some(match last {
        Some(last) => found.because(last),
        None => found,
    })
}

fn steps(count: usize) -> String {
    crate::text::count(count, "step")
}

/// `layer_1` of `pre-activations of layer_1` and of `layer_1.weight`.
fn layer(tensor: &str) -> Option<&str> {
    let name = &tensor[tensor.find("layer_")?..];
    name.split('.').next()
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use crate::event::End;

    /// By hand: ten steps an epoch, so that the 25th lies after epoch 2.
    #[test]
    fn the_first_tensor_is_named_with_its_layer_and_step() {
        let trial = Trial::new("").losses(&[1.0, 5.0, 100.0, f64::NAN]).end(End::NonFinite);
        let found = trial.broke(25, "pre-activations of layer_1").says(&super::THIS).unwrap();
        assert_eq!(
            found.says,
            "numbers stopped being finite after 25 steps: first pre-activations of layer_1"
        );
        assert_eq!((found.layer.as_deref(), found.at), (Some("layer_1"), Some((2, 25))));
        assert_eq!(
            found.because[0],
            "the last loss that was recorded is 100, after epoch 2; the first was 1"
        );
    }

    #[test]
    fn where_it_was_not_found_again_the_epoch_is_told() {
        let trial = Trial::new("").losses(&[1.0, 2.0, f64::NAN]).end(End::NonFinite);
        assert_eq!(trial.says(&super::THIS).unwrap().at, Some((1, 10)));
        assert!(Trial::new("").losses(&[1.0, 2.0]).end(End::Diverged).says(&super::THIS).is_none());
    }

    #[test]
    fn a_parameter_tells_its_layer_too() {
        assert_eq!(super::layer("layer_0.recurrent_weight"), Some("layer_0"));
        assert_eq!(super::layer("loss"), None);
    }
}
