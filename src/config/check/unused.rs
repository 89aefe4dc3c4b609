//! Initial biases of layers whose bias is a constant input: its weights are drawn with the others, so they would draw nothing.
//!
//! Whether they are written does not matter, since a resolved file writes every default: what is not the default is meant.

use super::{Place, Sound};
use crate::catalog::{Choice, Default, sections};
use crate::diagnostic::{self, Diagnostic};
use crate::spec::Bias;

pub(super) fn faults(c: &Sound, place: Place<'_>) -> Vec<Diagnostic> {
    let Some(model) = &c.model else { return Vec::new() };
    let is_unused = |bias: Bias, init: &Choice| bias == Bias::ConstantInput && !is_default(init);
    // What another layer draws its biases by is the section's, and not meant for this one.
    let is_anothers = |init: &Choice| {
        let has_biases = |bias: Bias| matches!(bias, Bias::Unit | Bias::Tied);
        model.hidden.iter().any(|layer| has_biases(layer.bias) && layer.bias_init == *init)
    };
    let hidden = model.hidden.iter().any(|l| is_unused(l.bias, &l.bias_init) && !is_anothers(&l.bias_init));
    let output = is_unused(model.output_bias, &model.output_bias_init);
    let places: [(bool, &[&str]); 2] = [(hidden, &["model", "hidden"]), (output, &["model", "output"])];
    let title = "`bias_init` has no meaning where the bias is a constant input";
    let fault = |(_, path): &(bool, &[&str])| {
        Diagnostic::error(&diagnostic::KEY_NOT_USED, title)
            .at(&place(path), "has both")
            .help("remove `bias_init`: the weights of a constant input are drawn by `init`, with the others")
            .help("or write `bias = \"unit\"` for biases with initial values of their own")
    };
    places.iter().filter(|(is_unused, _)| *is_unused).map(fault).collect()
}

fn is_default(init: &Choice) -> bool {
    let key = sections::MODEL.iter().find(|p| p.key == "bias_init").map(|p| p.default);
    key == Some(Default::Word(init.name())) && init.is_plain()
}
