//! Do batches come in the order of a sorted file?

use super::{Change, Evidence, Finding, Rule, Stage, number, reading};
use crate::spec::{Batch, Sampling, Task};

pub(super) static THIS: Rule = Rule {
    code: "order",
    summary: "batches come in the order of a sorted file",
    docs: "With `train.sampling = \"sequential\"` batches are made of rows in the order of the file. If the file is sorted by its target, a batch holds one class, or numbers of one size: each step teaches the network that everything is of this kind, and the next ones take it back. Training swings, or ends with what came last (Bengio 2012, *Practical recommendations for gradient-based training*, section 3.1).

Measured: how alike neighbouring rows of the training part are in their targets, as the share of the way from chance to certainty: of classes how often two neighbours are of one class, against how often two random rows are; of numbers the correlation of each target with the next. Threshold: 0.8, with batches smaller than the training part. In the corpus of `benches/diagnosis` sorted files are above 0.9; sequential batches of files that are not sorted do no harm and are near 0. A note where a run learns all the same (skill 0.85).

What to do: `train.sampling = \"shuffle\"`, which is the default.",
    stage: Stage::Lint,
    judge,
};

const ALIKE: f64 = 0.8;

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let (train, traits) = (&evidence.configuration.train, evidence.traits?);
    let is_in_parts = matches!(train.batch, Batch::Size(rows) if rows < traits.rows);
    if train.sampling != Sampling::Sequential || !is_in_parts {
        return None;
    }
    let (alike, chance) = traits.neighbours?;
    let share = (alike - chance) / (1.0 - chance);
    if share.is_nan() || share <= ALIKE {
        return None;
    }
    let says = match evidence.task {
        Task::Regression => format!(
            "batches come in the order of the file, which is sorted: each target correlates with the next by {}",
            number(alike)
        ),
        _ => format!(
            "batches come in the order of the file, which is sorted: {} % of neighbouring rows are of one class, where chance gives {} %",
            number(100.0 * alike),
            number(100.0 * chance)
        ),
    };
    let found = Finding::new(&THIS, says)
        .severity(reading::unless_well(evidence))
        .measured(share, ALIKE)
        .because("each step learns one kind of answer and unlearns the one before")
        .help("rows in a new order in each epoch");
    Some(found.change(Change::set("train.sampling", "\"shuffle\"")))
}

#[cfg(test)]
mod tests {
    use crate::diagnose::Severity;
    use crate::diagnose::reading::Example;

    fn of(train: &str, neighbours: (f64, f64)) -> Example {
        let mut example = Example::classes(&format!("hidden = [8]\n[train]\n{train}"));
        (example.traits.rows, example.traits.neighbours) = (100, Some(neighbours));
        example
    }

    /// By hand: 0.91 alike where chance gives 0.5 is 0.82 of the way, 0.89 is 0.78.
    #[test]
    fn sorted_rows_in_order_are_told() {
        let sequential = "sampling = \"sequential\"\nbatch = 10";
        let sorted = of(sequential, (0.91, 0.5));
        let found = sorted.says("order").unwrap();
        assert!((found.value.unwrap() - 0.82).abs() < 1e-12, "{found:?}");
        assert_eq!(sorted.changes("order"), ["train.sampling = \"shuffle\""]);
        assert_eq!(of(sequential, (0.89, 0.5)).says("order"), None);
        assert_eq!(sorted.well().says("order").unwrap().severity, Severity::Note);
    }

    /// By hand: the full batch has no order, and rows of one class in 95 % are alike by chance.
    #[test]
    fn order_matters_to_batches_of_sorted_rows_only() {
        for train in [
            "batch = 10",
            "sampling = \"sequential\"\nbatch = \"full\"",
            "sampling = \"sequential\"\nbatch = 100",
        ] {
            assert_eq!(of(train, (0.99, 0.5)).says("order"), None, "{train}");
        }
        assert_eq!(of("sampling = \"sequential\"\nbatch = 10", (0.91, 0.905)).says("order"), None);
    }
}
