//! What is told of failures, mistakes on purpose, and data sets: through the program, as a person sees it.
//!
//! How reports are made is asked in `report`; here are small experiments whose reports once said too much or the wrong thing.

use crate::support::Project;

fn project(text: &str) -> Project {
    Project::new().file("experiments/x.toml", text)
}

const FILE: &str = "experiments/x.toml";

/// A linear network whose loss grows with every step, since it goes uphill.
const UPHILL: &str = r#"
pairing = "identity+mse"

[data]
source = { name = "rows", x = [[1], [2], [3], [4]], y = [1.5, 4.25, 9.125, 16.75] }
split = "none"

[model]
hidden = []
precision = "f64"

[optimizer]
learning_rate = 0.01

[train]
epochs = 50
batch = "full"
seeds = 3

[variants.right]

[variants.wrong]
fault.output_delta = "wrong_sign"

[compare]
by = "variant"
metric = "mse"

[expect]
"wrong.train.mse" = { mean_min = 0.1, median_max = 5.0 }
"right.train.mse" = { mean_max = 100.0 }
"#;

#[test]
fn a_bound_on_trials_that_diverged_says_so() {
    let outcome = project(UPHILL).expect(1, &[FILE]);
    for told in [
        "expectation MISSED: wrong.train.mse mean diverged in 3 of 3 trials, at least 0.1",
        "expectation held: right.train.mse mean",
    ] {
        assert!(outcome.stdout.contains(told), "{}", outcome.stdout);
    }
    assert!(!outcome.stdout.contains("inf"), "{}", outcome.stdout);
}

#[test]
fn an_arm_with_a_mistake_on_purpose_gets_no_advice() {
    let project = project(UPHILL);
    let outcome = project.expect(1, &[FILE]);
    let told = "No trial of wrong beat the baseline (3 of 3 failed): it makes a mistake on purpose (output_delta = wrong_sign).";
    let stdout = outcome.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(stdout.contains(told), "{}", outcome.stdout);
    assert!(!stdout.contains("ten times smaller"), "{}", outcome.stdout);
    // One without the mistake, which fails at a learning rate that is far too large, is told what rules found.
    let outcome = project.expect(1, &[FILE, "--set", "optimizer.learning_rate=3.0"]);
    let stdout = outcome.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = "No trial of right beat the baseline (3 of 3 failed). What rules found first: ";
    assert!(stdout.contains(told) && stdout.contains(" Try `"), "{}", outcome.stdout);
}

/// Each variant has data of its own: nothing can be compared over data sets.
#[test]
fn arms_that_share_no_data_set_are_not_told_of_over_data_sets() {
    let text = "pairing = \"sigmoid+mse\"\n[data]\nsource = \"xor\"\nsplit = \"none\"\n[model]\nhidden = [3]\n[train]\nepochs = 3\nseeds = 6\n\
                [variants.xor]\n[variants.and]\ndata.source = \"and\"\n[compare]\nby = \"variant\"\n";
    let own = project(text);
    let outcome = own.expect(0, &[FILE]);
    assert!(!outcome.stdout.contains("Not tested over"), "{}", outcome.stdout);
    let files = own.files("results/x");
    assert!(!files.contains_key("over_datasets.csv"));
    let page = String::from_utf8_lossy(&files["README.md"]).into_owned();
    assert!(!page.contains("Over the data sets"), "{page}");
    // Nor where some share one and nothing is measured with all.
    let some =
        project(&text.replace("[variants.and]", "[variants.more]\nmodel.hidden = [4]\n[variants.and]"));
    assert!(!some.expect(0, &[FILE]).stdout.contains("Not tested over"));
    // Over two data sets that both arms have there is something to tell.
    let all = text.replace("data.source = \"and\"", "model.hidden = [4]");
    let all = project(&format!("{all}[sweep]\n\"data.source\" = [\"xor\", \"or\"]\n"));
    assert!(all.expect(0, &[FILE]).stdout.contains("Not tested over 2 data sets"));
}

#[test]
fn a_plan_tells_each_data_set_once() {
    let text = "pairing = \"sigmoid+mse\"\n[data]\nsource = \"xor\"\nsplit = \"none\"\n[model]\nhidden = [3]\n[train]\nepochs = 3\n\
                [sweep]\n\"data.scale\" = [\"none\", \"standardize\"]\n";
    let plan = project(text).expect(0, &["plan", FILE]).stdout;
    assert_eq!(plan.lines().filter(|line| line.trim_start().starts_with("data ")).count(), 1, "{plan}");
}

#[test]
fn tables_on_an_axis_have_short_names_that_tell_them_apart() {
    let text = "pairing = \"sigmoid+mse\"\n[data]\nsplit = \"none\"\n[model]\nhidden = [3]\n[train]\nepochs = 3\nseeds = 1\n[sweep]\n\
                \"data.source\" = [\n  { name = \"rows\", x = [[0, 0], [1, 0], [0, 1], [1, 1]], y = [0, 1, 1, 0] },\n  \
                { name = \"rows\", x = [[0, 0], [1, 0], [0, 1], [1, 1]], y = [0, 1, 1, 1] },\n  \
                { name = \"rows\", x = [[0, 0], [1, 0], [0, 1]], y = [0, 1, 1] },\n]\n";
    let labels = |text: &str| -> Vec<String> {
        let project = project(text);
        project.expect(0, &[FILE, "--quiet"]);
        let file = project.files("results/x").remove("trials.csv").unwrap();
        let mut reader = csv::Reader::from_reader(&file[..]);
        let at = reader.headers().unwrap().iter().position(|name| name == "data.source").unwrap();
        reader.records().map(|row| row.unwrap()[at].to_string()).collect()
    };
    let all = labels(text);
    assert_eq!(all.len(), 3);
    assert!(all[..2].iter().all(|label| label.starts_with("rows (4) ") && label.len() == 15), "{all:?}");
    assert!(all[0] != all[1] && all[2] == "rows (3)", "{all:?}");
    // A name does not depend on the place of its value.
    let turned = text.replace("y = [0, 1, 1, 0]", "y = [?]").replace("y = [0, 1, 1, 1]", "y = [0, 1, 1, 0]");
    let turned = labels(&turned.replace("y = [?]", "y = [0, 1, 1, 1]"));
    assert_eq!((&turned[0], &turned[1]), (&all[1], &all[0]));
}

#[test]
fn masks_of_numbers_and_labels_are_refused() {
    let data = "x,a,b,m_a,m_b\n1,0.5,2,1,0\n2,1.5,1,1,1\n3,2.5,7,0,1\n4,1,1,1,1\n";
    let text = "pairing = \"identity+mse\"\n[data]\nsource = \"../datasets/own.csv\"\ntarget = [\"a\", \"b\"]\nmask = [\"m_a\", \"m_b\"]\n\
                [model]\nhidden = [2]\n[train]\nepochs = 1\n";
    let project = project(text).file("datasets/own.csv", data);
    let outcome = project.expect(3, &[FILE]);
    let told = "error[wrong-task]: `mask` needs a classification, and this data is none";
    assert!(outcome.stderr.contains(told), "{}", outcome.stderr);
    let project =
        project.file("datasets/own.csv", &data.replace(".5", "").replace(",2,", ",0,").replace(",7,", ",0,"));
    let outcome = project.expect(3, &[FILE, "--set", "data.task=multi_label"]);
    assert!(outcome.stderr.contains(told), "{}", outcome.stderr);
}

/// Every word that `[fault]` takes has its formula on the page of its key.
#[test]
fn each_word_of_a_mistake_is_explained() {
    let project = Project::new();
    let section = runner::catalog::sections::section_named("fault").unwrap();
    for param in section.keys {
        let runner::catalog::Kind::Choice(words) = &param.kind else { panic!("{} is no choice", param.key) };
        let page = project.expect(0, &["explain", param.key]).stdout;
        let dotted = project.expect(0, &["explain", &format!("fault.{}", param.key)]).stdout;
        for word in *words {
            let line = format!("- `{word}`: ");
            let explained = page.lines().find(|l| l.starts_with(&line));
            assert!(explained.is_some_and(|l| l.len() > line.len()), "{word}: {page}");
            assert!(dotted.contains(&line), "{word}: {dotted}");
        }
    }
    let page = project.expect(0, &["explain", "output_delta"]).stdout;
    assert!(page.contains("- `softmax_of_softmax`: `dL/dp · s (1 - s)` with `s = softmax(p)`."), "{page}");
}
