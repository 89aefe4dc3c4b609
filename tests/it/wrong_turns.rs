//! What a person is told who takes a wrong turn: warnings of a plan, mistakes of a table, words of other programs.
//!
//! Faults of a single file are in `config`, those of a table's cells in `data/bad.rs`.

use crate::support::{Outcome, Project};

/// Three sequences; the target stands at the last step of each only.
const LAST: &str = "id,t,x,y\na,0,1,\na,1,2,0.5\nb,0,2,\nb,1,1,1.5\nc,0,3,\nc,1,3,2.5\n";

const SEQUENCES: &str = "pairing = \"identity+mse\"\n[data]\nsource = \"../datasets/long.csv\"\ntarget = \"y\"\n\
                         sequence = \"id\"\ntime = \"t\"\ntask = \"regression\"\n\
                         [model]\nkind = \"rnn\"\nhidden = [2]\n[train]\nepochs = 2\nseeds = 1\n";

fn project(data: &str, text: &str) -> Project {
    Project::new().file("datasets/long.csv", data).file("experiments/x.toml", text)
}

#[track_caller]
fn plan(code: i32, data: &str, text: &str) -> Outcome {
    project(data, text).expect(code, &["plan", "experiments/x.toml"])
}

#[track_caller]
fn holds(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "not there: {part}\n{text}");
    }
}

/// Whether a network suits the data must not depend on which variant comes first.
#[test]
fn every_kind_of_network_is_held_against_the_data() {
    let text = "pairing = \"sigmoid+mse\"\n[data]\nsource = \"xor\"\ntask = \"regression\"\n[model]\nhidden = [3]\n\
                [variants.dense]\nmodel.kind = \"dense\"\n[variants.rnn]\nmodel.kind = \"rnn\"\n";
    holds(&plan(2, "", text).stderr, &["error[no-sequences]"]);
}

#[test]
fn every_parameter_of_a_pairing_is_held_against_the_data() {
    let text = "[data]\nsource = \"../datasets/iris.csv\"\ntarget = \"species\"\n[model]\nhidden = [3]\n\
                [variants.some]\npairing = { activation = \"tanh\", loss = { name = \"hinge\", margin = 3.0 } }\n\
                [variants.more]\npairing = { activation = \"tanh\", loss = { name = \"hinge\", margin = 5.0 } }\n";
    holds(&plan(0, "", text).stderr, &["by the margin of 3:", "by the margin of 5:"]);
}

#[test]
fn a_target_at_the_last_step_is_enough_for_an_answer_at_the_last_step() {
    let project = project(LAST, SEQUENCES);
    let outcome = project.expect(0, &["experiments/x.toml"]);
    assert!(!outcome.stderr.contains("warning"), "{}", outcome.stderr);
    let each = ["plan", "experiments/x.toml", "--set", "model.return_sequences=true"];
    holds(
        &project.expect(2, &each).stderr,
        &["has no target at 3 of 6 time steps", "leave `return_sequences` out", "step 1 of sequence 1"],
    );
    let open = LAST.replace("b,1,1,1.5", "b,1,1,");
    let told = plan(3, &open, SEQUENCES).stderr;
    holds(&told, &["row 4, column `y`: the last step of sequence `b` has no target"]);
    assert!(!told.contains("drop_row"), "{told}");
}

#[test]
fn time_steps_in_the_order_of_the_file_are_remarked_on_where_that_is_doubtful() {
    let full = LAST.replace(",\n", ",0.1\n");
    let untimed = SEQUENCES.replace("time = \"t\"\n", "");
    let told = plan(0, &full, &untimed).stderr;
    holds(&told, &["warning[order-of-file]: `t` counts the time steps of each sequence", "`time = \"t\"`"]);
    assert!(!told.contains("do not follow one another"), "{told}");
    // A column that is listed is meant.
    let listed = untimed.replace("[model]", "features = [\"t\", \"x\"]\n[model]");
    assert!(!plan(0, &full, &listed).stderr.contains("order-of-file"));
    let mixed = "id,x,y\na,1,0.1\nb,2.5,0.2\na,3,0.3\nb,1,0.4\nc,1,0.5\nc,2.5,0.6\n";
    holds(&plan(0, mixed, &untimed).stderr, &["rows of one sequence do not follow one another", "is row 3"]);
    assert!(!plan(0, &full, SEQUENCES).stderr.contains("order-of-file"));
}

#[test]
fn a_truncation_past_every_sequence_is_told() {
    let text = "pairing = \"identity+mse\"\n[data]\nsource = { name = \"sine\", steps = 8, samples = 9 }\n\
                [model]\nkind = \"rnn\"\nhidden = [2]\ntruncate = 6\n";
    let told = |by: &str| plan(0, "", &text.replace("truncate = 6", by)).stderr;
    // Of 8 steps the last is 7 steps after the first.
    assert_eq!(told("truncate = 6"), "");
    holds(&told("truncate = 7"), &["warning[key-not-used]", "`window = 7` cuts nothing", "has 8 steps"]);
    assert_eq!(told("truncate = { chunk = 7 }"), "");
    holds(&told("truncate = { chunk = 8 }"), &["`chunk = 8` cuts nothing"]);
}

/// Two of the three variants come to the same network.
const VARIANTS: &str = "pairing = \"softmax+cross_entropy\"\n[data]\nsource = \"../datasets/iris.csv\"\n\
                        target = \"species\"\nsplit = { test = 0.2 }\n[model]\nhidden = [3]\n[train]\nepochs = 2\nseeds = 2\n\
                        [variants.as_posted]\nmodel.activation = \"relu\"\n[variants.other]\nmodel.activation = \"tanh\"\n\
                        [variants.corrected]\nfault = {}\n";

#[test]
fn a_variant_that_equals_another_is_named_in_plan_run_and_report() {
    let project = project("", VARIANTS);
    let said = "`corrected` is the same as `as_posted`";
    holds(&project.expect(0, &["plan", "experiments/x.toml"]).stdout, &[said]);
    let told = project.expect(0, &["experiments/x.toml"]).stdout;
    holds(&told, &[said, "nothing is compared without `[compare]`"]);
    let report = String::from_utf8(project.files("results/x")["README.md"].clone()).unwrap();
    holds(&report, &[said]);
    // With an axis beside, the same rate for both.
    let crossed = format!("{VARIANTS}[sweep]\n\"optimizer.learning_rate\" = [0.1, 0.2]\n");
    let told = plan(0, "", &crossed).stdout;
    holds(&told, &[said, "4 "]);
    assert!(!told.contains("points"), "{told}");
}

#[test]
fn a_plan_without_a_comparison_says_so() {
    holds(&plan(0, "", VARIANTS).stdout, &["none: `[compare]` says which arms are compared"]);
    let compared = format!("{VARIANTS}[compare]\nmetric = \"accuracy\"\n");
    assert!(!plan(0, "", &compared).stdout.contains("none: `[compare]`"));
}

#[test]
fn a_column_that_is_not_there_is_shown_where_it_is_named() {
    let told = plan(3, LAST, &SEQUENCES.replace("time = \"t\"", "time = \"tt\"")).stderr;
    holds(&told, &["--> experiments/x.toml:6:8", "time = \"tt\"", "::: ../datasets/long.csv:1"]);
}

#[test]
fn a_missing_table_is_looked_for_in_the_current_folder() {
    let told = Project::new().run(&["data", "nothing.csv"]).stderr;
    holds(&told, &["looked for relative to the current folder"]);
}

#[test]
fn an_optimizer_may_be_set_where_none_is_named() {
    let text = "pairing = \"softmax+cross_entropy\"\n[data]\nsource = \"../datasets/iris.csv\"\ntarget = \"species\"\n\
                [model]\nhidden = [3]\n[optimizer]\nlearning_rate = 0.1\nmomentum = 0.9\n[train]\nbatch = \"full\"\n";
    let project = project("", text);
    let set = |what: &'static str| ["plan", "experiments/x.toml", "--set", what];
    project.expect(0, &set("optimizer.name=lbfgs"));
    plan(0, "", &format!("{text}[variants.a]\n[variants.b]\noptimizer.name = \"lbfgs\"\n"));
    // What is a parameter of no optimizer is no rest of another one.
    let misspelt = project.file("experiments/x.toml", &text.replace("momentum", "momentun"));
    holds(&misspelt.expect(2, &set("optimizer.name=lbfgs")).stderr, &["unknown key `momentun`"]);
    // A variant's own keys are its own.
    let own = format!("{text}[variants.a]\n\"optimizer.momentum\" = 0.9\n\"optimizer.name\" = \"adam\"\n");
    holds(&plan(2, "", &own).stderr, &["unknown key `momentum`"]);
}

#[test]
fn a_new_experiment_asks_for_no_wider_axis() {
    let project = Project::new();
    project.expect(0, &["new", "experiments/mine.toml"]);
    let told = project.expect(0, &["experiments/mine.toml"]).stdout;
    assert!(!told.contains("extend the axis"), "{told}");
}
