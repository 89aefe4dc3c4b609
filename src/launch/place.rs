//! Which of several parts is this process? As it was told on the command line, or as the engine that started it says.

use std::str::FromStr;

/// One of several disjoint parts of the trials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shard {
    /// From 0.
    pub index: usize,
    pub of: usize,
}

/// What `--shard` says: `I/N`, `auto/N`, or `auto`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    index: Option<usize>,
    of: Option<usize>,
}

/// More parts than this are a slip of the finger.
pub(super) const SHARDS_MAX: usize = 10_000;

impl FromStr for Asked {
    type Err = String;

    fn from_str(text: &str) -> Result<Asked, String> {
        let number = |text: &str| text.parse::<usize>().ok();
        let of = |text: &str| number(text).filter(|of| (1..=SHARDS_MAX).contains(of));
        let asked = match text.split_once('/') {
            None if text == "auto" => Some(Asked { index: None, of: None }),
            None => None,
            Some(("auto", n)) => of(n).map(|n| Asked { index: None, of: Some(n) }),
            Some((i, n)) => match (number(i), of(n)) {
                (Some(index), Some(n)) if index < n => Some(Asked { index: Some(index), of: Some(n) }),
                _ => None,
            },
        };
        asked.ok_or_else(|| {
            format!(
                "expected I/N with I from 0 to N - 1 and N at most {SHARDS_MAX}: 0/3, 1/3, 2/3; or `auto` or `auto/N`, where the engine \
                 that starts the parts says which one this is"
            )
        })
    }
}

/// An engine that starts many processes, and the variables in which it tells each of them which one it is.
struct Engine {
    name: &'static str,
    index: &'static str,
    /// The index of the first.
    first: usize,
    count: Option<&'static str>,
}

/// In the words of the documentation of each: Kubernetes "Indexed Job", AWS Batch "Array job environment variables", PBS Professional
/// "Job arrays", GitLab "Predefined CI/CD variables", CircleCI "Built-in environment variables", Buildkite "Environment variables".
/// Slurm is asked apart, because its indices may begin and step as the user likes.
const ENGINES: [Engine; 6] = [
    Engine { name: "Kubernetes", index: "JOB_COMPLETION_INDEX", first: 0, count: None },
    Engine {
        name: "AWS Batch",
        index: "AWS_BATCH_JOB_ARRAY_INDEX",
        first: 0,
        count: Some("AWS_BATCH_JOB_ARRAY_SIZE"),
    },
    Engine { name: "PBS", index: "PBS_ARRAY_INDEX", first: 0, count: None },
    Engine { name: "GitLab", index: "CI_NODE_INDEX", first: 1, count: Some("CI_NODE_TOTAL") },
    Engine { name: "CircleCI", index: "CIRCLE_NODE_INDEX", first: 0, count: Some("CIRCLE_NODE_TOTAL") },
    Engine {
        name: "Buildkite",
        index: "BUILDKITE_PARALLEL_JOB",
        first: 0,
        count: Some("BUILDKITE_PARALLEL_JOB_COUNT"),
    },
];

/// What an engine says: its name, this process's index, and how many there are.
struct Told {
    engine: &'static str,
    variable: &'static str,
    index: Option<usize>,
    of: Option<usize>,
}

impl Asked {
    /// The part that is asked for; `variable` gives a variable of the environment. Fails with what is missing and how to say it.
    pub fn find(self, variable: &dyn Fn(&str) -> Option<String>) -> Result<Shard, String> {
        if let Asked { index: Some(index), of: Some(of) } = self {
            return Ok(Shard { index, of });
        }
        let mut told: Vec<Told> = ENGINES.iter().filter_map(|engine| engine.says(variable)).collect();
        told.extend(slurm(self.of, variable));
        let [one] = told.as_slice() else {
            return Err(match told.as_slice() {
                [] => format!(
                    "`--shard auto`: no engine says which part this is: none of {} and SLURM_ARRAY_TASK_ID is set",
                    ENGINES.map(|e| e.index).join(", ")
                ),
                several => format!(
                    "`--shard auto`: {} say which part this is; give it as I/N",
                    several.iter().map(|t| t.variable).collect::<Vec<_>>().join(" and ")
                ),
            });
        };
        let Told { engine, variable, .. } = one;
        let Some(index) = one.index else {
            return Err(format!("`--shard auto`: {variable}, which {engine} sets, is no number of a part"));
        };
        match self.of.or(one.of) {
            Some(of) if index < of && of <= SHARDS_MAX => Ok(Shard { index, of }),
            Some(of) => Err(format!(
                "`--shard auto`: {engine} says by {variable} that this is part {index}, counted from 0, and there are {of}"
            )),
            None => Err(format!(
                "`--shard auto`: {engine} says by {variable} that this is part {index}, and not of how many: write `--shard auto/N`"
            )),
        }
    }
}

impl Engine {
    fn says(&self, variable: &dyn Fn(&str) -> Option<String>) -> Option<Told> {
        let index = variable(self.index)?;
        let number = |text: String| text.trim().parse::<usize>().ok();
        Some(Told {
            engine: self.name,
            variable: self.index,
            index: number(index).and_then(|index| index.checked_sub(self.first)),
            of: self.count.and_then(variable).and_then(number),
        })
    }
}

/// Slurm tells the first, the last, and the number of the tasks that were submitted. Where they follow one another without a gap, and
/// nothing else is said, they are all parts, from the first one on. Where the number of parts is given, an array may be of some of
/// them, and an index is that of a part, from 0.
fn slurm(of: Option<usize>, variable: &dyn Fn(&str) -> Option<String>) -> Option<Told> {
    let name = "SLURM_ARRAY_TASK_ID";
    let number = |name: &str| variable(name).and_then(|text| text.trim().parse::<usize>().ok());
    variable(name)?;
    let (id, count) = (number(name), number("SLURM_ARRAY_TASK_COUNT"));
    let ends = number("SLURM_ARRAY_TASK_MIN").zip(number("SLURM_ARRAY_TASK_MAX"));
    let all = ends.filter(|(first, last)| of.is_none() && count == last.checked_sub(*first).map(|n| n + 1));
    let index = match all {
        Some((first, _)) => id.and_then(|id| id.checked_sub(first)),
        None => id,
    };
    Some(Told { engine: "Slurm", variable: name, index, of: all.and(count) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(asked: &str, variables: &[(&str, &str)]) -> Result<Shard, String> {
        let variable = |name: &str| variables.iter().find(|v| v.0 == name).map(|v| v.1.to_string());
        asked.parse::<Asked>()?.find(&variable)
    }

    #[test]
    fn what_is_given_is_what_is_trained() {
        let elsewhere = [("JOB_COMPLETION_INDEX", "2")];
        assert_eq!(find("1/3", &elsewhere), Ok(Shard { index: 1, of: 3 }));
        for wrong in ["3/3", "0/0", "1", "a/3", "1/3/5", "-1/3", "auto/", "auto/0", "1/99999", "Auto"] {
            assert!(find(wrong, &[]).unwrap_err().contains("expected I/N"), "{wrong}");
        }
    }

    #[test]
    fn each_engine_counts_in_its_own_way() {
        let third = Ok(Shard { index: 2, of: 5 });
        assert_eq!(find("auto/5", &[("JOB_COMPLETION_INDEX", "2")]), third);
        assert_eq!(find("auto", &[("CI_NODE_INDEX", "3"), ("CI_NODE_TOTAL", "5")]), third);
        assert_eq!(find("auto", &[("CIRCLE_NODE_INDEX", "2"), ("CIRCLE_NODE_TOTAL", "5")]), third);
        assert_eq!(
            find("auto", &[("AWS_BATCH_JOB_ARRAY_INDEX", "2"), ("AWS_BATCH_JOB_ARRAY_SIZE", "5")]),
            third
        );
        let why = find("auto", &[("JOB_COMPLETION_INDEX", "2")]).unwrap_err();
        assert!(why.contains("write `--shard auto/N`"), "{why}");
        let why = find("auto/2", &[("JOB_COMPLETION_INDEX", "2")]).unwrap_err();
        assert!(why.contains("part 2, counted from 0, and there are 2"), "{why}");
        assert!(find("auto", &[]).unwrap_err().contains("no engine says"));
        assert!(find("auto/2", &[("JOB_COMPLETION_INDEX", "x")]).unwrap_err().contains("no number"));
        let both = [("CI_NODE_INDEX", "3"), ("CI_NODE_TOTAL", "5"), ("JOB_COMPLETION_INDEX", "2")];
        assert!(find("auto", &both).unwrap_err().contains("JOB_COMPLETION_INDEX and CI_NODE_INDEX"));
    }

    #[test]
    fn tasks_of_slurm_are_all_parts_or_some_of_them() {
        let tasks = |id: &'static str, first: &'static str, last: &'static str, count: &'static str| {
            [
                ("SLURM_ARRAY_TASK_ID", id),
                ("SLURM_ARRAY_TASK_MIN", first),
                ("SLURM_ARRAY_TASK_MAX", last),
                ("SLURM_ARRAY_TASK_COUNT", count),
            ]
        };
        // `--array=0-7`, `--array=1-8`
        assert_eq!(find("auto", &tasks("3", "0", "7", "8")), Ok(Shard { index: 3, of: 8 }));
        assert_eq!(find("auto", &tasks("4", "1", "8", "8")), Ok(Shard { index: 3, of: 8 }));
        assert_eq!(find("auto/8", &tasks("4", "0", "7", "8")), Ok(Shard { index: 4, of: 8 }));
        // `--array=3,5`, of eight
        assert_eq!(find("auto/8", &tasks("5", "3", "5", "2")), Ok(Shard { index: 5, of: 8 }));
        assert!(find("auto", &tasks("5", "3", "5", "2")).unwrap_err().contains("write `--shard auto/N`"));
        // `--array=3-4`, of eight
        assert_eq!(find("auto/8", &tasks("4", "3", "4", "2")), Ok(Shard { index: 4, of: 8 }));
    }
}
