//! Is the gradient that of the loss? If not: which mistake makes it?
//!
//! Thresholds are those of [`crate::nn::gradcheck`]: 1e-6 in f64, 1e-3 in f32, relative to the largest entry of a tensor.

use super::{Change, Evidence, Finding, Rule, Severity, Stage, mistakes, number};
use crate::nn::gradcheck::{self, Agreement, Suspect};
use crate::text;
use crate::train::Preflight;

pub(super) static THIS: Rule = Rule {
    code: "gradient",
    summary: "the gradient is not that of the loss",
    docs: "The gradient that trains is compared, tensor by tensor, with central differences of the loss in f64 (two step sizes, extrapolated; places next to a kink are left out). It disagrees where they differ by more than 1e-6 (f64) or 1e-3 (f32) of the largest entry of the tensor. A gradient that is not that of the loss may still learn, slowly: extra factors leave the direction roughly right, so no curve shows them.

What gives exactly this gradient is named: every known mistake is made at the same parameters, alone and two together, and compared. `runner check FILE --gradient JSON` checks a gradient of your own.

Where the loss or the differences are not finite at these parameters there is nothing to compare, and nothing is said. Truncated recurrent networks are compared without truncation; networks whose recurrent weights have a singular value above 3 are not judged, since differences are rounding there.",
    stage: Stage::Preflight,
    judge,
};

/// Above this singular value of recurrent weights differences are rounding.
const EXPLODING: f32 = 3.0;

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let preflight = evidence.preflight?;
    let recurrent = evidence
        .start()
        .and_then(|look| look.layers.iter().filter_map(|l| l.recurrent).max_by(f32::total_cmp));
    if recurrent.is_some_and(|norm| norm > EXPLODING) {
        return None;
    }
    let found = look(preflight);
    (found.severity == Severity::Wrong).then(|| {
        let says =
            format!("the gradient that trains is not that of the loss: {}", mistake(preflight, &found.says));
        let because = [vec![found.says.clone()], found.because.clone()].concat();
        let keys = preflight.suspects.first().map_or(Vec::new(), |suspect| mistakes::told(&suspect.fault));
        let changes = keys.into_iter().map(|(key, ..)| Change::remove(&format!("fault.{key}"))).collect();
        let worst = worst(preflight);
        let finding = Finding { says, because, changes, ..found };
        match worst {
            Some((layer, error)) => finding.layer(layer).measured(error, gradcheck::F64),
            None => finding,
        }
    })
}

/// What makes exactly this gradient, in the words that its author needs; else what was seen.
fn mistake(preflight: &Preflight, seen: &str) -> String {
    let told = |suspect: &Suspect| {
        let words: Vec<&str> = mistakes::told(&suspect.fault).into_iter().map(|(.., says)| says).collect();
        if words.is_empty() { "it has a wrong factor".to_string() } else { words.join("; and ") }
    };
    match preflight.suspects.as_slice() {
        [] => seen.to_string(),
        [one] => told(one),
        [one, others @ ..] => {
            let others = text::count(others.len(), "other mistake");
            format!("{} (or {others} with the same gradient)", told(one))
        }
    }
}

/// Whether the loss and its slopes are finite.
fn is_comparable(preflight: &Preflight) -> bool {
    let slopes = preflight.differences.iter().flat_map(|d| d.slopes.iter().chain(&d.doubt));
    preflight.point.loss().is_finite() && slopes.into_iter().all(|x| x.is_finite())
}

/// The layer of the tensor with the largest relative error, and that error.
fn worst(preflight: &Preflight) -> Option<(String, f64)> {
    let judged = preflight.untruncated.as_ref().unwrap_or(&preflight.gradient);
    let wrong = judged.iter().filter(|t| !t.agrees);
    let worst = wrong.max_by(|a, b| a.error.total_cmp(&b.error))?;
    Some((worst.name.split('.').next().unwrap_or_default().to_string(), worst.error))
}

/// The direction is right from this cosine on, and two factors are one if they differ by less than this share.
const STRAIGHT: f64 = 0.999_999;
const SAME: f64 = 1e-3;

/// A gradient so many times shorter than it should be is rounding.
const NOTHING: f64 = 1e-12;

/// What the rule says of a network, also where all is as it should be.
pub(super) fn look(preflight: &Preflight) -> Finding {
    let judged = preflight.untruncated.as_ref().unwrap_or(&preflight.gradient);
    if !is_comparable(preflight) {
        let says = "at these parameters the loss is not finite: there is nothing to compare a gradient with";
        return Finding::new(&THIS, says);
    }
    let finding = |severity, says: String| Finding::new(&THIS, says).severity(severity);
    let wrong: Vec<&Agreement> = judged.iter().filter(|t| !t.agrees).collect();
    if wrong.is_empty() {
        let mut found = finding(Severity::Fine, right(judged, preflight));
        trained(preflight, &mut found);
        unseen(preflight, &mut found);
        truncated(preflight, &mut found);
        return found;
    }
    let says = match (wrong.len(), judged.len()) {
        (1, 1) => "the only tensor disagrees with central differences".to_string(),
        (1, all) => format!("1 of {all} tensors disagrees with central differences"),
        (some, all) => format!("{some} of {all} tensors disagree with central differences"),
    };
    let mut found = finding(Severity::Wrong, says);
    found.because.extend([direction(&wrong), place(judged, preflight)].into_iter().flatten());
    found.because.extend(cause(preflight));
    if !preflight.configuration.fault.is_none() {
        found.help.push("the mistake is made on purpose: without `[fault]` the gradient is right".into());
    }
    found
}

fn right(tensors: &[Agreement], preflight: &Preflight) -> String {
    let error = tensors.iter().map(|t| t.error).fold(0.0, f64::max);
    let flat = tensors.iter().filter(|t| t.is_flat).count();
    let all = match flat {
        0 => "every tensor agrees with central differences".to_string(),
        n if n == tensors.len() => {
            return format!(
                "the loss is flat: at {} no parameter changes it by more than rounding, and the gradient is as small",
                text::count(preflight.samples.rows, "sample")
            );
        }
        n => format!("every tensor agrees with central differences, {n} of them within rounding of 0"),
    };
    format!("{all}; the largest relative error is {}", text::significant(error, 2))
}

/// What trains computes in other ways and in another precision.
fn trained(preflight: &Preflight, found: &mut Finding) {
    let Some((engine, precision, tensors)) = &preflight.trained else { return };
    if preflight.untruncated.is_some() {
        return;
    }
    let error = tensors.iter().map(|t| t.error).fold(0.0, f64::max);
    let (error, precision) = (text::significant(error, 2), precision.name());
    if tensors.iter().all(|t| t.agrees) {
        found
            .because
            .push(format!("as trained, by the engine `{engine}` in {precision}, the largest is {error}"));
    } else {
        found.severity = Severity::Warning;
        found.because.push(format!(
            "but as trained, by the engine `{engine}` in {precision}, the largest is {error}: numbers of this network are too large or \
             cancel too much for {precision}"
        ));
        found.help.push("scale the inputs, or `model.precision = \"f64\"`".into());
    }
}

/// Mistakes that are made with a right gradient.
fn unseen(preflight: &Preflight, found: &mut Finding) {
    let fault = &preflight.configuration.fault;
    let unseen = fault.all().into_iter().filter(|(key, _)| matches!(*key, "update" | "labels"));
    for (key, word) in unseen {
        let why = match key {
            "update" => "the gradient is right, and what is done with it is not",
            _ => "the gradient is that of the targets it is given, whichever they are",
        };
        found.because.push(format!("`fault.{key} = \"{word}\"` is seen by no gradient check: {why}"));
    }
    if unseen_here(preflight) {
        found.because.push(
            "the mistake in `[fault]` makes no difference at these parameters and samples: look at others, or at other data".into(),
        );
    }
}

/// A mistake in the gradient that gives the right gradient here.
fn unseen_here(preflight: &Preflight) -> bool {
    !mistakes::told(&preflight.configuration.fault).is_empty()
}

fn truncated(preflight: &Preflight, found: &mut Finding) {
    if preflight.untruncated.is_none() {
        return;
    }
    let off: Vec<&Agreement> = preflight.gradient.iter().filter(|t| !t.agrees).collect();
    if let Some(worst) = off.iter().max_by(|a, b| a.error.total_cmp(&b.error)) {
        found.severity = Severity::Note;
        found.because.push(format!(
            "that is without truncation: with `model.truncate` as configured, {} of {} differ from the slopes of the loss, by up to {} of the \
             largest entry ({}), and must: a truncated gradient is not that of the loss",
            off.len(),
            text::count(preflight.gradient.len(), "tensor"),
            number(worst.error),
            worst.name,
        ));
        found.help.push("a gradient check of your own needs truncation off".into());
    }
}

/// What all wrong tensors have in common.
fn direction(wrong: &[&Agreement]) -> Option<String> {
    let all = |is: &dyn Fn(&Agreement) -> bool| wrong.iter().all(|t| is(t));
    let lowest = wrong.iter().map(|t| t.cosine).fold(f64::INFINITY, f64::min);
    if all(&|t| t.ratio < NOTHING) {
        return Some("the gradient is 0, but for rounding, where the loss has a slope".into());
    }
    if all(&|t| t.cosine < -STRAIGHT) {
        return Some(
            "all of them point the opposite way (cosine -1): along the gradient the loss rises".into(),
        );
    }
    if all(&|t| t.cosine > STRAIGHT) {
        return Some("all of them have the right direction and the wrong length".into());
    }
    let is_uphill = wrong.iter().any(|t| t.cosine < 0.0);
    lowest.is_finite().then(|| {
        let way = if is_uphill {
            "some point uphill"
        } else {
            "all still point downhill, so that it may learn, slowly"
        };
        format!("{way}: the lowest cosine is {}", text::significant(lowest, 3))
    })
}

/// From which layer on everything is right, or would be but for one factor.
fn place(tensors: &[Agreement], preflight: &Preflight) -> Option<String> {
    let outputs = preflight.configuration.model.hidden.len();
    let layer = |t: &Agreement| {
        t.name.trim_start_matches("layer_").split('.').next().and_then(|n| n.parse::<usize>().ok())
    };
    let is_straight = |t: &Agreement| t.agrees || t.cosine > STRAIGHT;
    let of_outputs = || tensors.iter().filter(|t| layer(t) == Some(outputs));
    // Of the layer of the outputs, if all its tensors have one.
    let ratio = of_outputs().find(|t| !t.is_flat).map_or(1.0, |t| t.ratio);
    let has_factor = of_outputs().any(|t| !t.agrees) && of_outputs().all(is_straight);
    let fits =
        |t: &Agreement| t.agrees || has_factor && t.cosine > STRAIGHT && (t.ratio / ratio - 1.0).abs() < SAME;
    let times = if has_factor {
        format!(", but for a factor of {}", factor(ratio, preflight))
    } else {
        String::new()
    };
    let Some(last_wrong) = tensors.iter().filter(|t| !fits(t)).filter_map(layer).max() else {
        return has_factor.then(|| format!("everything is right{times}"));
    };
    if last_wrong == outputs {
        let first =
            "the layer of the outputs is wrong already: look at what is sent back from the outputs first";
        return (outputs > 0).then(|| first.into());
    }
    let inside = if preflight.configuration.model.recurrent.is_some() { "the recurrence or " } else { "" };
    let right = if last_wrong + 1 == outputs {
        "the layer of the outputs is right".to_string()
    } else {
        format!("the layers from {} on are right", last_wrong + 1)
    };
    Some(format!(
        "{right}{times}: the mistake is made on the way back through {inside}the activation of layer {last_wrong}"
    ))
}

fn cause(preflight: &Preflight) -> Vec<String> {
    let suspects = &preflight.suspects;
    if suspects.is_empty() {
        return vec!["no mistake that runner knows (`runner explain fault`), nor two of them together, gives this gradient".into()];
    }
    let either = if suspects.len() > 1 {
        "one of these gives exactly this gradient: "
    } else {
        "exactly this gradient comes of "
    };
    let names: Vec<String> = suspects.iter().map(|s| name(s, preflight)).collect();
    let mut told = vec![format!("{either}{}", names.join("; or "))];
    let mut known: Vec<&str> = Vec::new();
    for (_, word, says) in suspects.iter().flat_map(|s| mistakes::told(&s.fault)) {
        if !known.contains(&word) {
            known.push(word);
            told.push(format!("{word}: {says}"));
        }
    }
    told
}

/// `output_delta = "wrong_sign"`, with a factor where there is one.
fn name(suspect: &Suspect, preflight: &Preflight) -> String {
    let words: Vec<String> =
        mistakes::told(&suspect.fault).iter().map(|(key, word, _)| format!("`{key} = \"{word}\"`")).collect();
    let words = if words.is_empty() { "the right one".to_string() } else { words.join(" with ") };
    if suspect.factor == 1.0 {
        words
    } else {
        format!("{words}, times {}", factor(suspect.factor, preflight))
    }
}

/// The factor, and what of the network it is.
fn factor(factor: f64, preflight: &Preflight) -> String {
    let samples = preflight.samples.rows as f64;
    let outputs = preflight.samples.shape.outputs as f64;
    let known = [
        (samples, "the number of samples: a sum where the loss is a mean over samples"),
        (outputs, "the number of outputs: a sum where the loss is a mean over outputs"),
        (samples * outputs, "samples times outputs: a sum where the loss is a mean over both"),
        (1.0 / samples, "one over the number of samples: divided once too often, or the loss is a sum"),
        (1.0 / outputs, "one over the number of outputs: divided by them where the loss is not"),
        (1.0 / (samples * outputs), "one over samples times outputs: a mean where the loss is a sum"),
        (0.5, "the 2 of a squared error's derivative is missing"),
        (2.0, "the derivative of a whole square where the loss has half of it"),
    ];
    let is = |known: f64| (factor / known - 1.0).abs() < 1e-3;
    let what = known.iter().find(|(k, _)| is(*k)).map(|(_, what)| format!(" ({what})"));
    format!("{}{}", number(factor), what.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::trial::preflight;

    /// A network whose loss overflows has no slopes to compare with: its gradient is not called wrong.
    #[test]
    fn what_is_not_finite_is_not_judged() {
        assert_eq!(look(&preflight("")).severity, Severity::Fine);
        let mut preflight = preflight("");
        preflight.differences[0].slopes[0] = f64::NAN;
        preflight.gradient =
            gradcheck::compare(&preflight.differences, &preflight.point.gradient(), gradcheck::F64);
        assert!(preflight.gradient.iter().any(|tensor| !tensor.agrees), "or the test tests nothing");
        let found = look(&preflight);
        assert_eq!(found.severity, Severity::Warning);
        assert!(found.says.contains("not finite"), "{found:?}");
    }
}
