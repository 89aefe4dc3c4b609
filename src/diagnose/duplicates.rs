//! Are rows of the test part rows of the training part?

use super::{Evidence, Finding, Rule, Severity, Stage, number, reading};
use crate::spec::Source;
use crate::text;

pub(super) static THIS: Rule = Rule {
    code: "duplicates",
    summary: "rows of one part are in another part too",
    docs: "Rows, target included, are compared between the training, the validation, and the test part. A test row that was trained on asks for memory, not for knowledge: scores are too good, and overfitting is not seen. It keeps no network from learning: of a run that came to nothing it is a note.

Threshold: 2 % of all rows, where the design said 0.1 %. Real tables have a few equal rows by chance (two of 150 irises, 1.3 %), which change no verdict; in the corpus of `benches/diagnosis` healthy tables stay below 2 %, and tables whose rows are there twice or more are far above. Rows that a generator draws are not copies of one another: where its inputs take few values (truth tables, symbols), equal rows are what the task is, and only worth knowing. So are equal rows of a table whose features take few values, as answers to a questionnaire do: more than 4.5 rows for each combination of features, or more than a twentieth of the rows with the features of a row that has another target. Silent where all features are constant: then all rows are equal. Where the split itself draws rows twice (`holdout_with_replacement`), a note says how many.

What to do: remove repeated rows before splitting; or, where they belong to one subject or one original, give the rows of a group to the same part by a column (`data.split = { column = \"part\" }`).",
    stage: Stage::Lint,
    judge,
};

const SHARE: f64 = 0.02;
/// Rows for each combination of features, and rows whose features also stand with another target. Copies have neither: the corpus' faults
/// have two to four rows of each, with one target.
const EACH: f64 = 4.5;
const CONTRARY: f64 = 0.05;

fn judge(evidence: &Evidence<'_>, before: &[Finding]) -> Option<Finding> {
    let traits = evidence.traits?;
    if traits.shared <= SHARE || reading::found(before, &["constant-features"]) {
        return redrawn(evidence);
    }
    let says = format!(
        "{} rows ({} % of all) are in more than one part: rows of the test or the validation part were trained on",
        text::grouped(traits.shared_rows as u64),
        number(100.0 * traits.shared),
    );
    let found = Finding::new(&THIS, says).measured(traits.shared, SHARE);
    if is_drawn(&evidence.configuration.data.source) {
        let found = found.severity(Severity::Note).symptom();
        return Some(found.because("the generator draws from few different rows; none was copied"));
    }
    if let Some((each, contrary)) =
        traits.alike.filter(|(each, contrary)| *each > EACH || *contrary > CONTRARY)
    {
        let found = found.severity(Severity::Note).symptom();
        return Some(found.because(format!(
            "features take few values: there are {} rows for each combination of them, {} of them with different targets, so that equal rows \
             need not be copies",
            number(each),
            super::course::percent(contrary)
        )));
    }
    let found = found
        .because("a network that learns rows by heart looks good on them, so that scores say too much and overfitting stays hidden")
        .help("remove repeated rows before splitting, or give all copies of a row to one part with `data.split = { column = \"part\" }`");
    // What makes scores too good is not why there are none.
    Some(if evidence.came_to_nothing() { found.severity(Severity::Note) } else { found })
}

/// Worth knowing: it makes no score better or worse in the mean.
fn redrawn(evidence: &Evidence<'_>) -> Option<Finding> {
    let again = evidence.traits.map(|traits| traits.redrawn_rows).filter(|rows| *rows > 0)?;
    // A number of rows is no share of them: there is no threshold.
    let says = format!(
        "{} of the rows that judge {} drawn before: the split draws with replacement",
        text::grouped(again as u64),
        if again == 1 { "was" } else { "were" }
    );
    let found = Finding::new(&THIS, says)
        .severity(Severity::Note)
        .because("a row that is drawn twice counts twice, and fewer different rows judge: scores differ more from seed to seed")
        .help("`data.split = \"holdout\"`, which draws each row once");
    Some(found)
}

/// Made up rather than read: rows that are written in the file are read.
fn is_drawn(source: &Source) -> bool {
    matches!(source, Source::Generator { choice, .. } if choice.name() != "rows")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::reading::Example;
    use crate::spec::Task;

    fn of(source: &str, shared: f64) -> Example {
        let text = format!(
            "pairing = \"softmax+cross_entropy\"\n[data]\nsource = {source}\ntarget = \"t\"\n[model]\nhidden = [8]"
        );
        let text = if source.contains("csv") { text } else { text.replace("target = \"t\"\n", "") };
        let mut example = Example::new(Task::Classification, &text);
        (example.traits.shared, example.traits.shared_rows) = (shared, 1200);
        example
    }

    /// By hand: 1.3 % is the pair of equal rows in iris.
    #[test]
    fn copies_are_told_and_chance_is_not() {
        assert_eq!(of("\"a.csv\"", 0.0133).says("duplicates"), None);
        let mut copied = of("\"a.csv\"", 0.85);
        let found = copied.says("duplicates").unwrap();
        assert_eq!(
            (found.severity, found.value, found.threshold),
            (Severity::Warning, Some(0.85), Some(0.02))
        );
        assert!(found.says.starts_with("1,200 rows (85 % of all)"), "{}", found.says);
        assert_eq!(copied.clone().well().says("duplicates").unwrap().severity, Severity::Warning);
        assert_eq!(copied.clone().sick().says("duplicates").unwrap().severity, Severity::Note);
        assert_eq!(of("\"blobs\"", 0.85).says("duplicates").unwrap().severity, Severity::Note);
        // By hand: 300 people with 24 combinations of answers; copies, which agree; and a few features with two targets.
        let mut asked = copied.clone();
        for (alike, severity) in
            [((12.5, 0.9), Severity::Note), ((3.0, 0.0), Severity::Warning), ((2.0, 0.06), Severity::Note)]
        {
            asked.traits.alike = Some(alike);
            assert_eq!(asked.says("duplicates").unwrap().severity, severity, "{alike:?}");
        }
        // By hand: of five draws two came twice.
        let mut drawn = of("\"a.csv\"", 0.0133);
        drawn.traits.redrawn_rows = 2;
        let found = drawn.says("duplicates").unwrap();
        assert_eq!(found.severity, Severity::Note);
        assert!(found.says.starts_with("2 of the rows that judge were drawn before"), "{}", found.says);
        // Rows without any feature that varies are all equal.
        (copied.traits.constant_features, copied.traits.features) = (3, 3);
        assert_eq!(copied.says("duplicates"), None);
    }
}
