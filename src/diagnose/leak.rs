//! Does one feature say the target, a little disguised?

use super::{Change, Evidence, Finding, Rule, Severity, Stage, number, reading};
use crate::spec::{Data, Format, Source};

pub(super) static THIS: Rule = Rule {
    code: "leak",
    summary: "one feature alone tells the target",
    docs: "The absolute correlation of every feature with the target is measured on the training part (with classes: with the indicator of one class). Where that of one feature is above 0.985 and that of every other below 0.9, this feature is probably the target itself, something computed from it, or something that is known only afterwards. Above 0.999 it is, whatever others do. It keeps no network from learning: of a run that came to nothing it is a note. Scores are then too good, and the network is of no use where the column is not there.

Thresholds: calibrated on the corpus of `benches/diagnosis`: 0 of 204 healthy cases of the calibrating half reach 0.985 with no second feature near it; columns that repeat the target with a little noise all do. The second number keeps laws of nature apart from leaks: where features are powers or copies of one another, several of them correlate.

What to do: ask whether the feature is known at the moment of prediction. If not, leave it out with `data.ignore`.",
    stage: Stage::Lint,
    judge,
};

const TELLS: f64 = 0.985;
const NEXT: f64 = 0.9;
/// What correlates more is the target in other units: laws of nature are measured with noise.
const IS: f64 = 0.999;

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    // One feature that tells the target is no leak: it is what there is.
    let traits = evidence.traits.filter(|traits| traits.features != 1)?;
    let (name, most, next) = traits.teller.as_ref()?;
    if *most <= TELLS || *next >= NEXT && *most <= IS {
        return None;
    }
    let says = format!(
        "the feature {name} alone tells the target: their correlation is {}, that of the next feature {}",
        number(*most),
        number(*next)
    );
    let found = Finding::new(&THIS, says)
        .measured(*most, TELLS)
        .because("it may be the target in other units, or known only after it: scores are then better than they will be in use")
        .help("leave it out, unless it is known when a prediction is wanted");
    // What makes scores too good is not why there are none.
    let found = if evidence.came_to_nothing() { found.severity(Severity::Note) } else { found };
    Some(match without(&evidence.configuration.data, name) {
        Some(change) => found.change(change),
        None => found,
    })
}

/// Columns of tables have names that can be left out; a category's indicator is no column.
fn without(data: &Data, feature: &str) -> Option<Change> {
    let Source::File { format: Format::Csv { .. }, .. } = data.source else { return None };
    let list = |names: &[String]| {
        let names: Vec<String> = names.iter().map(|name| reading::quoted(name)).collect();
        format!("[{}]", names.join(", "))
    };
    let is_column = !feature.starts_with("number ") && !feature.contains('=');
    if !is_column {
        return None;
    }
    if data.features.is_empty() {
        let ignored = [&data.ignore[..], &[feature.to_string()]].concat();
        return Some(Change::set("data.ignore", list(&ignored)));
    }
    let kept: Vec<String> = data.features.iter().filter(|name| *name != feature).cloned().collect();
    (kept.len() < data.features.len() && !kept.is_empty()).then(|| Change::set("data.features", list(&kept)))
}

#[cfg(test)]
mod tests {
    use crate::diagnose::Severity;
    use crate::diagnose::reading::Example;
    use crate::spec::Task;

    fn of(keys: &str, most: f64, next: f64) -> Example {
        let text = format!(
            "pairing = \"softmax+cross_entropy\"\n[data]\nsource = \"a.csv\"\ntarget = \"t\"\n{keys}\n[model]\nhidden = [8]"
        );
        let mut example = Example::new(Task::Classification, &text);
        example.traits.teller = Some(("price".into(), most, next));
        example
    }

    /// By hand, on both sides of both thresholds.
    #[test]
    fn one_feature_that_tells_all_is_named() {
        let found = of("", 0.99, 0.5).says("leak").unwrap();
        assert_eq!((found.value, found.threshold), (Some(0.99), Some(0.985)));
        assert!(found.says.contains("price") && found.says.contains("0.99"), "{}", found.says);
        assert_eq!(of("", 0.98, 0.5).says("leak"), None);
        assert_eq!(of("", 0.99, 0.95).says("leak"), None);
        assert!(of("", 0.9995, 0.95).says("leak").is_some());
        assert_eq!(of("", 0.99, 0.5).well().says("leak").unwrap().severity, Severity::Warning);
        assert_eq!(of("", 0.99, 0.5).sick().says("leak").unwrap().severity, Severity::Note);
    }

    /// By hand: what is left out already stays so, and a list of features loses one.
    #[test]
    fn the_change_leaves_the_column_out() {
        assert_eq!(of("", 0.99, 0.5).changes("leak"), ["data.ignore = [\"price\"]"]);
        assert_eq!(of("ignore = \"id\"", 0.99, 0.5).changes("leak"), ["data.ignore = [\"id\", \"price\"]"]);
        assert_eq!(
            of("features = [\"a\", \"price\"]", 0.99, 0.5).changes("leak"),
            ["data.features = [\"a\"]"]
        );
        let mut made = Example::classes("hidden = [8]");
        made.traits.teller = Some(("price".into(), 0.99, 0.5));
        assert_eq!(made.changes("leak"), [""; 0]);
    }
}
