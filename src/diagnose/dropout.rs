//! Is so much dropped in training that next to nothing gets through?
//!
//! Threshold: 0.8. Healthy files of the corpus (`benches/diagnosis`) have at most 0.42, the paper that introduced dropout 0.5 for hidden
//! units (Srivastava et al. 2014).

use super::{Change, Evidence, Finding, Rule, Stage, number, reading};

pub(super) static THIS: Rule = Rule {
    code: "dropout",
    summary: "nearly all hidden units are dropped in training",
    docs: "Dropout sets a hidden unit to 0 with this probability in every training step, and multiplies the others by 1 / (1 - p). With p = 0.9 one unit in ten is left and counts ten times: each step trains another, tiny network, and what it learns is undone by the next.

Threshold: found where a layer drops 0.8 or more. Srivastava et al. 2014 use 0.5 for hidden units; healthy runs of the corpus have at most 0.42. Of a run that learns all the same it is a note.

What to do: 0.2, or none until the network overfits.",
    stage: Stage::Lint,
    judge,
};

const HIGH: f64 = 0.8;

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let hidden = &evidence.configuration.model.hidden;
    // Of equal ones the first.
    let (at, layer) = hidden.iter().enumerate().rev().max_by(|a, b| a.1.dropout.total_cmp(&b.1.dropout))?;
    if layer.dropout < HIGH {
        return None;
    }
    let left = (1.0 - layer.dropout) * layer.units as f64;
    let found = Finding::new(
        &THIS,
        format!(
            "dropout of {} leaves about {} of the {} units of {} in each training step",
            number(layer.dropout),
            crate::text::significant(left, 2),
            layer.units,
            reading::layer(at)
        ),
    )
    .severity(reading::unless_well(evidence))
    .layer(reading::layer(at))
    .measured(layer.dropout, HIGH)
    .because("every step trains another tiny network, and the next step undoes what it learned")
    .help("0.2, or none until the network overfits");
    // One key says it for all layers, or each layer says it itself.
    let is_one = hidden.iter().all(|other| other.dropout == layer.dropout);
    Some(if is_one { found.change(Change::set("model.dropout", "0.2")) } else { found })
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;

    #[test]
    fn the_threshold_is_four_fifths() {
        let of = |share: &str| Trial::new(&format!("[model]\ndropout = {share}"));
        assert!(of("0.79").says(&super::THIS).is_none() && of("0.8").says(&super::THIS).is_some());
        let found = of("0.9").says(&super::THIS).unwrap();
        // By hand: a tenth of 8 units.
        assert_eq!(
            found.says,
            "dropout of 0.9 leaves about 0.8 of the 8 units of layer_0 in each training step"
        );
        assert_eq!(found.changes[0].to_string(), "model.dropout = 0.2");
    }

    /// `model.dropout` would not reach a layer that has its own.
    #[test]
    fn a_layer_of_its_own_is_named() {
        let found =
            Trial::new("[model]\nhidden = [8, { units = 4, dropout = 0.95 }]").says(&super::THIS).unwrap();
        assert_eq!((found.layer.as_deref(), found.changes.len()), (Some("layer_1"), 0));
    }
}
