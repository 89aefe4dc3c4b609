//! What each known mistake looks like in a gradient, and what its author needs to hear.
//!
//! The words are those of `[fault]`; what they mean exactly is in `spec`.

use crate::spec::{Fault, FaultyLoss, HiddenDerivative, OutputDelta, TimeIndex};

/// A sentence for each mistake that a gradient shows.
pub(super) fn told(fault: &Fault) -> Vec<(&'static str, &'static str, &'static str)> {
    let Fault { hidden_derivative, output_delta, update: _, time_index, labels: _, loss } = fault;
    let all = [
        output_delta.map(|w| ("output_delta", w.name(), output(w))),
        hidden_derivative.map(|w| ("hidden_derivative", w.name(), hidden(w))),
        time_index.map(|w| ("time_index", w.name(), time(w))),
        loss.map(|w| ("loss", w.name(), of_loss(w))),
    ];
    all.into_iter().flatten().collect()
}

fn output(wrong: OutputDelta) -> &'static str {
    match wrong {
        OutputDelta::WrongSign => {
            "what is sent back from the outputs has the wrong sign, such as y - p where p - y belongs: \
             every step climbs, and the loss rises"
        }
        OutputDelta::ExtraElementwise => {
            "what is sent back from the outputs carries an extra p (1 - p): where loss and activation are differentiated \
             together, p - y already is dL/dz, and the derivative of the activation must not be multiplied in again"
        }
        OutputDelta::WrongSignAndExtraElementwise => {
            "what is sent back from the outputs has the wrong sign and carries an extra p (1 - p): \
             dL/dz of softmax with cross-entropy is p - y and nothing else"
        }
        OutputDelta::MissingDerivative => {
            "dL/dp is sent back as if it were dL/dz: the derivative of the output activation is missing"
        }
        OutputDelta::SoftmaxElementwise => {
            "the derivative of softmax is taken unit by unit, p (1 - p): the other entries of its Jacobian, -p_i p_j, are missing"
        }
        OutputDelta::SoftmaxRowSum => {
            "the rows of the Jacobian of softmax were summed before they met dL/dp, and these sums are 0: \
             multiply dL/dp by the Jacobian, as a matrix"
        }
        OutputDelta::SoftmaxIndexShadowed => {
            "in the Jacobian of softmax the index i stands where the probability p_i was meant"
        }
        OutputDelta::SoftmaxOfSoftmax => {
            "the derivative of softmax is taken at the probabilities instead of the pre-activations: softmax was applied twice"
        }
        OutputDelta::SquaredError => {
            "the squared error itself is sent back: it is never negative, so weights can only move one way"
        }
        OutputDelta::SquaredErrorSquared => "the square of the squared error was differentiated",
        OutputDelta::DerivativeOfError => {
            "the formula of the sigmoid's derivative, p (1 - p), was given the error instead of the output"
        }
    }
}

fn hidden(wrong: HiddenDerivative) -> &'static str {
    match wrong {
        HiddenDerivative::ReluValue => {
            "the activation itself was given as its derivative: behind every hidden layer the gradient is multiplied by f(z) \
             instead of f'(z), which for relu is z instead of 1"
        }
        HiddenDerivative::FormulaOnZ => {
            "a formula of the derivative in terms of the output, such as a (1 - a) or 1 - a², was given the pre-activation z"
        }
        HiddenDerivative::DerivativeAtOutput => {
            "the derivative of the hidden activation was taken at the activated value, f'(f(z)) instead of f'(z)"
        }
        HiddenDerivative::DerivativeAtState => {
            "going back from one time step to the one before, the derivative was taken at the state h instead of the \
             pre-activation z: tanh'(h) where tanh'(z) belongs"
        }
        HiddenDerivative::SoftmaxElementwise => {
            "the derivative of a hidden softmax is taken unit by unit, a (1 - a), without the other entries of its Jacobian"
        }
        HiddenDerivative::Missing => {
            "the derivative of the hidden activations is missing: the gradient passes as if f' were 1"
        }
    }
}

fn time(wrong: TimeIndex) -> &'static str {
    match wrong {
        TimeIndex::FirstStepUsed => {
            "the gradient is that of the first time step: its input, pre-activation, and state were used with the error of the last"
        }
    }
}

fn of_loss(wrong: FaultyLoss) -> &'static str {
    match wrong {
        FaultyLoss::RangeDrop => "a last range of a single element is left out of the loss",
        FaultyLoss::TargetClassOnly => {
            "only the right class is in the loss, where a hinge is its margin whatever the parameters are: the gradient is 0"
        }
        FaultyLoss::ParametersIgnored => {
            "the gradient is 0 everywhere although the loss has a slope: what is made small does not read the parameters it is given"
        }
    }
}
