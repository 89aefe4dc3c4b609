//! Does a table of all combinations lack one?

use super::{Evidence, Finding, Rule, Severity, Stage};
use crate::text;

pub(super) static THIS: Rule = Rule {
    code: "truth-table",
    summary: "a table of combinations lacks one, and has another twice",
    docs: "Where features have two values each, there are 2, 4, 8, or 16 combinations of them, and a task such as XOR is the table of all. With (1, 1) left out, what is left of XOR is OR, which a single unit learns: that a network learns it shows nothing about XOR, nor about its gradient.

Measured on the rows of all parts as they are read, of two to four features, where there are at most twice as many rows as combinations: larger tables are samples, in which combinations may well be missing. Threshold: none; a warning where there are as many rows as combinations, so that one was written in place of another; a note where there are fewer or more (a fraction of all combinations may be a design), and of a run that came to nothing: a simpler task is not why. No data set of the corpus of `benches/diagnosis` is such a table with a row missing.

What to do: write every combination once.",
    stage: Stage::Lint,
    judge,
};

/// Combinations that are named.
const NAMED_MAX: usize = 3;

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let found = evidence.traits?.combinations.as_ref().filter(|found| !found.missing.is_empty())?;
    // As they are read: an expansion makes more of them.
    let features = found.possible.ilog2();
    let be = |names: &[String]| if names.len() == 1 { "is" } else { "are" };
    let mut says = format!(
        "the rows have {} of the {} combinations of {features} features: {} {} missing",
        found.there,
        found.possible,
        named(&found.missing),
        be(&found.missing)
    );
    if !found.repeated.is_empty() {
        says += &format!(", and {} {} there more than once", named(&found.repeated), be(&found.repeated));
    }
    // As many rows as combinations: one was written in place of another. A task that is too simple is no reason to fail.
    let is_slip = found.rows == found.possible && !evidence.came_to_nothing();
    let severity = if is_slip { Severity::Warning } else { Severity::Note };
    Some(
        Finding::new(&THIS, says)
            .severity(severity)
            .measured(found.there as f64, found.possible as f64)
            .because("what is left may be a much simpler task: to learn it does not show that the whole table is learned")
            .help("write every combination once"),
    )
}

fn named(all: &[String]) -> String {
    let (named, more) = all.split_at(all.len().min(NAMED_MAX));
    let named = named.join(", ");
    if more.is_empty() { named } else { format!("{named}, and {} more", text::grouped(more.len() as u64)) }
}

#[cfg(test)]
mod tests {
    use crate::diagnose::Severity;
    use crate::diagnose::reading::Example;
    use crate::event::Combinations;

    fn of(missing: &[&str], repeated: &[&str]) -> Example {
        let mut example = Example::classes("hidden = []");
        let owned = |names: &[&str]| names.iter().map(|name| name.to_string()).collect();
        example.traits.combinations = Some(Combinations {
            rows: 4 - missing.len() + repeated.len(),
            there: 4 - missing.len(),
            possible: 4,
            missing: owned(missing),
            repeated: owned(repeated),
        });
        example
    }

    /// By hand: the rows of the zoo's E6.
    #[test]
    fn a_row_in_place_of_another_is_a_warning() {
        let found = of(&["(1, 1)"], &["(0, 0)"]).says("truth-table").unwrap();
        assert_eq!(
            found.says,
            "the rows have 3 of the 4 combinations of 2 features: (1, 1) is missing, and (0, 0) is there more than once"
        );
        assert_eq!((found.severity, found.value, found.threshold), (Severity::Warning, Some(3.0), Some(4.0)));
        let lacking = of(&["(0, 1)", "(1, 0)"], &[]).says("truth-table").unwrap();
        assert_eq!(lacking.severity, Severity::Note);
        assert!(lacking.says.ends_with("(0, 1), (1, 0) are missing"), "{}", lacking.says);
        let sick = of(&["(1, 1)"], &["(0, 0)"]).sick();
        assert_eq!(sick.says("truth-table").unwrap().severity, Severity::Note);
        // Half of the combinations, and one of them twice: a design.
        let fraction = of(&["(0, 1)", "(1, 0)"], &["(0, 0)"]);
        assert_eq!(fraction.says("truth-table").unwrap().severity, Severity::Note);
    }

    #[test]
    fn whole_tables_and_what_is_none_are_silent() {
        assert_eq!(of(&[], &["(0, 0)"]).says("truth-table"), None);
        assert_eq!(Example::classes("hidden = []").says("truth-table"), None);
    }
}
