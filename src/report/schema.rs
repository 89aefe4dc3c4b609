//! What the columns of the CSV files hold: the one place that says so for programs, as `results/SCHEMA.md` does for people.
//!
//! A test holds both together. What a column means and when it is empty stands on that page only.

use crate::spec::Part;

/// What stands in the fields of a column; an empty field is allowed in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number from 0 on.
    Count,
    /// A number, perhaps infinite; never NaN.
    Number,
    /// `yes` or `no`.
    Flag,
    /// One of a few.
    Word,
    /// Anything.
    Text,
}

impl Kind {
    /// The word on the page.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Count => "count",
            Kind::Number => "number",
            Kind::Flag => "flag",
            Kind::Word => "word",
            Kind::Text => "text",
        }
    }
}

/// The columns of a file in their order. A name in braces stands for several: `{axis}` for the axes of the experiment,
/// `{part}_{metric}` for the metrics of each part.
#[derive(Clone, Copy, Debug)]
pub struct TableSchema {
    pub name: &'static str,
    pub columns: &'static [(&'static str, Kind)],
}

/// The kind of each column of a file with this header; `None` where the file is none of ours.
pub fn kinds(file: &str, header: &[String]) -> Option<Vec<Kind>> {
    let schema = TABLES.iter().find(|table| table.name == file)?;
    Some(header.iter().map(|column| kind(schema, column)).collect())
}

/// Whether a column of a file is an axis of the experiment.
pub fn is_axis(file: &str, column: &str) -> bool {
    let schema = TABLES.iter().find(|table| table.name == file);
    schema.is_some_and(|schema| schema.has("{axis}") && column_kind(schema, column).is_none())
}

impl TableSchema {
    fn has(&self, name: &str) -> bool {
        self.columns.iter().any(|(column, _)| *column == name)
    }
}

/// Of a column that names itself, as axes do, nothing is known but that it holds text.
fn kind(schema: &TableSchema, column: &str) -> Kind {
    column_kind(schema, column).unwrap_or(Kind::Text)
}

fn column_kind(schema: &TableSchema, column: &str) -> Option<Kind> {
    let fixed = schema.columns.iter().find(|(name, _)| *name == column);
    let has_measured = schema.columns.iter().any(|(name, _)| name.starts_with("{part}"));
    let measured = (has_measured && part_and_metric(column).is_some()).then_some(Kind::Number);
    fixed.map(|(_, kind)| *kind).or(measured)
}

/// Part and metric of a column such as `validation_accuracy`.
pub fn part_and_metric(column: &str) -> Option<(Part, &str)> {
    Part::ALL.into_iter().find_map(|part| {
        let metric = column.strip_prefix(part.name())?.strip_prefix('_')?;
        Some((part, metric))
    })
}

/// Part and metric of a column of means in `summary.csv`.
pub fn mean_of(column: &str) -> Option<(Part, &str)> {
    part_and_metric(column.strip_suffix("_mean")?)
}

use Kind::{Count, Flag, Number, Text, Word};

pub const TABLES: &[TableSchema] = &[
    TableSchema {
        name: "trials.csv",
        columns: &[
            ("trial", Text),
            ("configuration", Text),
            ("{axis}", Text),
            ("seed", Count),
            ("repeat", Count),
            ("fold", Count),
            ("until", Count),
            ("confirms", Flag),
            ("outcome", Word),
            ("end", Word),
            ("epochs", Count),
            ("steps", Count),
            ("best_epoch", Count),
            ("skill", Number),
            ("iterations", Count),
            ("function_calls", Count),
            ("gradient_calls", Count),
            ("{part}_{metric}", Number),
            ("fault", Text),
        ],
    },
    TableSchema {
        name: "summary.csv",
        columns: &[
            ("configuration", Text),
            ("{axis}", Text),
            ("selected", Flag),
            ("n", Count),
            ("n_failed", Count),
            ("n_learned", Count),
            ("success_rate", Number),
            ("success_low", Number),
            ("success_high", Number),
            ("{part}_{metric}_mean", Number),
            ("{part}_{metric}_sd", Number),
            ("{part}_{metric}_low", Number),
            ("{part}_{metric}_high", Number),
            ("{part}_{metric}_median", Number),
            ("{part}_{metric}_best", Number),
            ("score", Number),
            ("fault", Text),
        ],
    },
    TableSchema {
        name: "curves.csv",
        columns: &[
            ("configuration", Text),
            ("epoch", Count),
            ("n", Count),
            ("n_failed", Count),
            ("{part}_{metric}_mean", Number),
            ("{part}_{metric}_low", Number),
            ("{part}_{metric}_high", Number),
            ("{part}_{metric}_q10", Number),
            ("{part}_{metric}_q50", Number),
            ("{part}_{metric}_q90", Number),
        ],
    },
    TableSchema {
        name: "metrics.csv",
        columns: &[("trial", Text), ("epoch", Count), ("step", Count), ("{part}_{metric}", Number)],
    },
    TableSchema {
        name: "findings.csv",
        columns: &[
            ("configuration", Text),
            ("{axis}", Text),
            ("code", Text),
            ("severity", Word),
            ("role", Word),
            ("stage", Word),
            ("layer", Text),
            ("epoch", Count),
            ("step", Count),
            ("value", Number),
            ("threshold", Number),
            ("trials", Count),
            ("of", Count),
            ("says", Text),
            ("why", Text),
            ("change", Text),
        ],
    },
    TableSchema {
        name: "comparison.csv",
        columns: &[
            ("a", Text),
            ("b", Text),
            ("part", Word),
            ("metric", Word),
            ("n", Count),
            ("mean_a", Number),
            ("mean_b", Number),
            ("delta", Number),
            ("low", Number),
            ("high", Number),
            ("p", Number),
            ("p_holm", Number),
            ("p_a_better", Number),
            ("p_a_better_low", Number),
            ("p_a_better_high", Number),
            ("d_z", Number),
            ("n_trials", Count),
            ("n_learned_a", Count),
            ("n_learned_b", Count),
            ("mcnemar_p", Number),
            ("rope", Number),
            ("verdict", Word),
            ("more_seeds", Count),
            ("p_sign_flip", Number),
            ("mcnemar_p_holm", Number),
            ("p_wilcoxon", Number),
            ("configuration_a", Text),
            ("configuration_b", Text),
        ],
    },
    TableSchema {
        name: "budget.csv",
        columns: &[
            ("arm", Text),
            ("part", Word),
            ("metric", Word),
            ("k", Count),
            ("expected_best", Number),
            ("n", Count),
            ("n_failed", Count),
        ],
    },
    TableSchema {
        name: "datasets.csv",
        columns: &[
            ("context", Text),
            ("data_set", Text),
            ("arm", Text),
            ("part", Word),
            ("metric", Word),
            ("value", Number),
            ("rank", Number),
            ("n_learned", Count),
            ("n_trials", Count),
        ],
    },
    TableSchema {
        name: "dataset_pairs.csv",
        columns: &[
            ("context", Text),
            ("data_set", Text),
            ("a", Text),
            ("b", Text),
            ("part", Word),
            ("metric", Word),
            ("n", Count),
            ("delta", Number),
            ("low", Number),
            ("high", Number),
            ("verdict", Word),
        ],
    },
    TableSchema {
        name: "over_datasets.csv",
        columns: &[
            ("context", Text),
            ("a", Text),
            ("b", Text),
            ("part", Word),
            ("metric", Word),
            ("n", Count),
            ("wins", Count),
            ("ties", Count),
            ("losses", Count),
            ("median_difference", Number),
            ("relative", Flag),
            ("w", Number),
            ("p", Number),
            ("p_holm", Number),
            ("verdict", Word),
            ("reason", Word),
            ("mean_rank_a", Number),
            ("mean_rank_b", Number),
            ("friedman_chi2", Number),
            ("friedman_p", Number),
            ("iman_davenport_f", Number),
            ("iman_davenport_p", Number),
            ("critical_difference", Number),
            ("hodges_lehmann", Number),
            ("low", Number),
            ("high", Number),
        ],
    },
    TableSchema {
        name: "search.csv",
        columns: &[
            ("experiment", Text),
            ("sampler", Word),
            ("search", Count),
            ("budget", Number),
            ("best", Number),
            ("part", Word),
            ("metric", Word),
        ],
    },
    TableSchema {
        name: "timings.csv",
        columns: &[("trial", Text), ("configuration", Text), ("seed", Count), ("seconds", Number)],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_the_kind_of_their_name_or_of_what_it_stands_for() {
        let header = ["trial", "optimizer.learning_rate", "seed", "confirms", "test_loss"].map(String::from);
        let expected = vec![Text, Text, Count, Flag, Number];
        assert_eq!(kinds("trials.csv", &header), Some(expected));
        assert_eq!(kinds("notes.csv", &header), None);
        // Where no metrics stand, a name like one's is an axis'.
        assert_eq!(kinds("budget.csv", &["train_x".to_string()]), Some(vec![Text]));
        assert_eq!(mean_of("validation_top_2_accuracy_mean"), Some((Part::Validation, "top_2_accuracy")));
        assert_eq!(mean_of("validation_loss_sd"), None);
    }
}
