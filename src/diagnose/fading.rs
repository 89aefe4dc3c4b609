//! Does the gradient fade on its way back to the first layer?
//!
//! Threshold: relative to the parameters, a thousandth of what reaches the last layer, at two looks in a row, with a first layer that moved
//! less than 0.05. Healthy runs of the corpus (`benches/diagnosis`) have 0.057 at least.

use super::{Evidence, Finding, Rule, Stage, course, number, reading};

pub(super) static THIS: Rule = Rule {
    code: "fading",
    summary: "the gradient fades on its way back to the first layer",
    docs: "Compared is the norm of the gradient over that of the parameters, of the first layer and of the outputs. Each layer that the gradient passes on its way back multiplies it by weights and by the slope of an activation; the slope of a sigmoid is 1/4 at most, so behind five of them a thousandth is left (Hochreiter 1991; Glorot and Bengio 2010).

Threshold: found where the ratio of the two is below 0.001 at the last two looks of a run that came to little, and the first layer moved by less than 0.05 of itself. The ratio is 0.057 at least in healthy runs of the corpus; in faulty ones that vanish 2e-4.

What to do: `relu`, or `tanh` with `glorot_uniform`; fewer layers.",
    stage: Stage::Online,
    judge,
};

const RATIO: f64 = 1e-3;

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let looks = evidence.looks();
    let last = looks.last().filter(|_| evidence.is_sick())?;
    let far =
        course::movement(looks, last).first().filter(|(layer, far)| *layer == 0 && *far < course::STILL)?.1;
    let first = course::since(looks, course::LOOKS, |look| {
        course::reaches_first(look).is_some_and(|ratio| ratio < RATIO)
    })?;
    let ratio = course::reaches_first(last)?;
    let says = format!(
        "measured by its parameters, the gradient that reaches the first layer is {} of that at the outputs",
        number(ratio)
    );
    let found = Finding::new(&THIS, says).symptom().layer(reading::layer(0)).at(first.epoch, first.step);
    Some(
        found
            .measured(ratio, RATIO)
            .because(format!("the first layer moved by {} of itself in the whole run", number(far)))
            .help("`relu`, or `tanh` with `glorot_uniform`; fewer layers"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use crate::event::LayerLook;

    /// By hand: parameters of norm 2 and 1; a gradient of 1.8e-3 is 9e-4 of itself, one of 2.2e-3 is 1.1e-3.
    fn of(gradients: &[f32], moved: f32) -> Option<super::Finding> {
        let layers: Vec<[(f32, f32, f32); 2]> =
            gradients.iter().map(|gradient| [(2.0, *gradient, moved), (1.0, 1.0, 1.0)]).collect();
        let each: Vec<&[(f32, f32, f32)]> = layers.iter().map(<[_; 2]>::as_slice).collect();
        let layer = |(weight, gradient, moved): (f32, f32, f32)| LayerLook {
            weight: Some(weight),
            gradient: Some(gradient),
            moved: Some(moved),
            ..LayerLook::default()
        };
        Trial::new("").sick().looks(&each, layer).says(&super::THIS)
    }

    #[test]
    fn two_looks_in_a_row_and_a_layer_that_stays() {
        let found = of(&[1.0, 1.8e-3, 1.8e-3], 0.01).unwrap();
        assert_eq!(found.at, Some((1, 10)));
        assert!((found.value.unwrap() - 9e-4).abs() < 1e-9);
        assert!(of(&[1.0, 1.0, 1.8e-3], 0.01).is_none());
        assert!(of(&[1.0, 2.2e-3, 2.2e-3], 0.01).is_none());
        // 0.12 of 2 is 0.06.
        assert!(of(&[1.0, 1.8e-3, 1.8e-3], 0.12).is_none());
    }
}
