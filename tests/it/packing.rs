//! What a trial becomes does not depend on how it was packed, on its neighbours, or on how often it is recorded: through the
//! program, with the fused engine. Which bits a member computes in a pack is asked in `lanes`.

use std::collections::BTreeMap;

use crate::support::Project;

/// 68 trials of one structure in two learning rates, of which the larger breaks every seed at a step of its own, and two
/// samplings, which must not mix; a schedule that listens to losses, early stopping, dropout, and a budget that leaves a last batch smaller.
const CROWDED: &str = r#"
[data]
source = "../datasets/iris.csv"
target = "species"
scale = "standardize"
split = { test = 0.2, validation = 0.2, stratified = true }

[model]
hidden = [{ units = 5, dropout = 0.1 }, 4]
activation = "leaky_relu"

[optimizer]
name = "sgd"
momentum = 0.9
learning_rate = 0.1
schedule = { name = "plateau", patience = 1, factor = 0.5 }

[train]
epochs = 10
batch = 16
seeds = 17
early_stop = { metric = "validation.loss", patience = 4, restore_best = true }

[sweep]
pairing = ["identity+mse"]
"optimizer.learning_rate" = [0.01, 30.0]
"train.sampling" = ["shuffle", "sequential"]

[record]
every = 1
"#;

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// `trials.csv` by the id of the trial.
fn trials(project: &Project, results: &str) -> BTreeMap<String, String> {
    let file = project.files(results).remove("trials.csv").unwrap();
    let rows = text(&file).lines().skip(1);
    rows.map(|row| (row.split(',').next().unwrap().to_string(), row.to_string())).collect()
}

#[test]
fn packs_of_any_size_and_any_number_of_threads_write_the_same_bytes() {
    let project = Project::new().file("experiments/crowded.toml", CROWDED);
    let mut expected = None;
    for (threads, pack) in
        [("1", "64"), ("1", "1"), ("2", "5"), ("3", "16"), ("8", "17"), ("2", "17"), ("8", "1"), ("1", "33")]
    {
        let results = format!("results_{threads}_{pack}");
        let options = ["--quiet", "--results", &results, "--threads", threads, "--pack", pack];
        project.expect(0, &[&["experiments/crowded.toml"], &options[..]].concat());
        let files = project.files(&format!("{results}/crowded"));
        let expected = expected.get_or_insert_with(|| files.clone());
        assert!(files == *expected, "{threads} threads, packs of {pack}");
    }
    let all = trials(&project, "results_1_64/crowded");
    let count = |word: &str| all.values().filter(|row| row.contains(word)).count();
    assert_eq!(all.len(), 68);
    assert!(count("non_finite") >= 20, "{all:?}");
    assert!(count("early_stopped") + count("finished") >= 34, "{all:?}");
}

/// The trials that both experiments have, beside neighbours that diverge and without them.
#[test]
fn a_diverging_neighbour_changes_no_trial() {
    let alone = CROWDED.replace("[0.01, 30.0]", "[0.01]");
    let project =
        Project::new().file("experiments/crowded.toml", CROWDED).file("experiments/alone.toml", &alone);
    project.expect(0, &["experiments/crowded.toml", "experiments/alone.toml", "--quiet"]);
    let (crowded, alone) = (trials(&project, "results/crowded"), trials(&project, "results/alone"));
    assert_eq!(alone.len(), 34);
    for (id, row) in &alone {
        assert_eq!(crowded.get(id), Some(row));
    }
}

/// Epochs that nobody looks at are trained in one stretch: what a trial becomes is the same.
#[test]
fn how_often_epochs_are_recorded_changes_no_trial() {
    // Without anything that looks at every epoch, and slow enough that some break in the middle of a stretch.
    let unwatched = CROWDED
        .replace("early_stop = { metric = \"validation.loss\", patience = 4, restore_best = true }", "")
        .replace("schedule = { name = \"plateau\", patience = 1, factor = 0.5 }", "schedule = \"cosine\"")
        .replace("[0.01, 30.0]", "[0.01, 0.3, 1.0, 3.0, 30.0]");
    let mut expected = None;
    for every in ["1", "3", "7", "100"] {
        let project = Project::new()
            .file("experiments/crowded.toml", &unwatched.replace("every = 1", &format!("every = {every}")));
        project.expect(0, &["experiments/crowded.toml", "--quiet"]);
        let found = trials(&project, "results/crowded");
        let broken = found.values().filter(|row| row.contains("non_finite")).count();
        assert!(broken > 34 && broken < 5 * 34, "{broken} break");
        let expected = expected.get_or_insert_with(|| found.clone());
        for (id, row) in &found {
            assert_eq!(Some(row), expected.get(id), "every {every}");
        }
        assert_eq!(found.len(), expected.len());
    }
}

/// Recurrent trials whose sequences have several lengths, with masks at every step, and one of two learning rates that breaks some.
const RECURRENT: &str = r#"
pairing = "softmax+cross_entropy"

[data]
source = "../datasets/steps.csv"
target = "class"
sequence = "id"
mask = ["m_a", "m_b"]
split = { test = 0.2, validation = 0.2, stratified = false }

[model]
kind = "rnn"
return_sequences = true
hidden = [{ units = 4, dropout = 0.2 }, 3]

[train]
epochs = 5
batch = 4
seeds = 3
early_stop = { metric = "validation.loss", patience = 2, restore_best = true }

[sweep]
"model.cell" = ["elman", "gru", "lstm"]
"optimizer.learning_rate" = [0.01, 1.0]

[record]
every = 1
"#;

#[test]
fn recurrent_and_masked_trials_write_the_same_bytes_in_packs_of_any_size_and_on_any_number_of_threads() {
    let row = |n: usize| {
        let (sequence, class) = (n * n % 17, n / 3 % 2);
        let bits = [1 - class * (n % 2), 1 - (1 - class) * (n % 2)];
        format!("s{sequence},{}.{},{},{},{}\n", n % 7, n % 10, ["a", "b"][class], bits[0], bits[1])
    };
    let steps: String = (0..90).map(row).collect();
    let project = Project::new()
        .file("experiments/recurrent.toml", RECURRENT)
        .file("datasets/steps.csv", &format!("id,x,class,m_a,m_b\n{steps}"));
    let mut expected = None;
    for (threads, pack) in [("1", "64"), ("1", "1"), ("2", "2"), ("2", "64"), ("8", "3")] {
        let results = format!("results_{threads}_{pack}");
        let options = ["--quiet", "--results", &results, "--threads", threads, "--pack", pack];
        project.expect(0, &[&["experiments/recurrent.toml"], &options[..]].concat());
        let files = project.files(&format!("{results}/recurrent"));
        let expected = expected.get_or_insert_with(|| files.clone());
        assert!(files == *expected, "{threads} threads, packs of {pack}");
    }
    assert_eq!(trials(&project, "results_1_64/recurrent").len(), 18);
}
