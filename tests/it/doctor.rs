//! What `runner doctor` makes of what rules say: its first sentence, what the file allows, its exit code, and its JSON.
//!
//! How often rules are right is asked elsewhere (`corpus`, `diagnosed`).

use serde_json::Value;

use crate::support::Project;

/// Iris with a rate and a budget.
fn iris(rate: &str, more: &str) -> Project {
    let text = format!(
        "pairing = \"softmax+cross_entropy\"\n[data]\nsource = \"../datasets/iris.csv\"\ntarget = \"species\"\nscale = \"standardize\"\n\
         split = {{ test = 0.2, validation = 0.2, stratified = true }}\n[model]\nhidden = [8]\nactivation = \"tanh\"\n\
         init = \"glorot_uniform\"\n[optimizer]\nlearning_rate = {rate}\n[train]\nepochs = 150\nbatch = 16\nseeds = 3\n{more}"
    );
    Project::new().file("experiments/x.toml", &text)
}

const DOCTOR: [&str; 2] = ["doctor", "experiments/x.toml"];

/// With a rate of 1e-5 nothing moves: what a start is worth by chance (one of three seeds is 0.3 of the way) was not learned.
#[test]
fn what_did_not_move_did_not_learn() {
    let outcome = iris("1e-5", "").expect(1, &DOCTOR);
    assert!(outcome.stdout.starts_with("It does not learn: skill "), "{}", outcome.stdout);
    let healthy = iris("0.1", "").expect(0, &DOCTOR);
    assert!(healthy.stdout.starts_with("It learns: skill 0.9"), "{}", healthy.stdout);
}

/// A note of a mistake made on purpose is no finding; the file says it.
#[test]
fn mistakes_made_on_purpose_are_named() {
    let project = iris("0.1", "[fault]\nlabels = \"shuffled\"\n");
    let text = project.expect(1, &DOCTOR).stdout;
    assert!(text.contains("the file makes a mistake on purpose (`[fault]`): labels = shuffled"), "{text}");
    // A plain run has not looked at the gradient, and says that there is more to look at.
    let run = project.expect(0, &["experiments/x.toml"]);
    let more = "`runner doctor FILE` also looks at the start and the gradient";
    assert!(run.stderr.contains(more), "{}", run.stderr);
    let page = String::from_utf8(project.files("results/x").remove("README.md").unwrap()).unwrap();
    assert!(page.contains(more), "{page}");
}

/// What is allowed stands apart, with its reason, and is no reason for another exit code.
#[test]
fn what_the_file_allows_is_not_counted() {
    let project = Project::new().committed("diagnosis/leak.toml");
    let file = ["doctor", "experiments/diagnosis/leak.toml", "--trial", "0"];
    let text = project.expect(1, &file).stdout;
    assert!(text.contains(". But: the feature x4"), "{text}");
    let allow = "diagnose.allow={ \"leak\" = \"that is the question\" }";
    let text = project.expect(0, &[&file[..], &["--set", allow]].concat()).stdout;
    let (_, allowed) = text.split_once("\nallowed by the file\n").unwrap_or_else(|| panic!("{text}"));
    assert!(allowed.contains("leak") && allowed.contains("reason: that is the question"), "{text}");
    assert!(!text.contains("causes, most likely first"), "{text}");
    let json = project.expect(0, &[&file[..], &["--set", allow, "--format", "json"]].concat()).stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["configurations"][0]["allowed"][0]["reason"], "that is the question");
    assert_eq!(json["configurations"][0]["is_healthy"], true);
}

/// Numbers that are none are `null`: a program that reads a column of numbers finds no words there.
#[test]
fn json_has_no_words_for_numbers() {
    let project = Project::new().committed("diagnosis/nan.toml");
    let file = ["doctor", "experiments/diagnosis/nan.toml", "--trial", "0", "--format", "json"];
    let json: Value = serde_json::from_str(&project.expect(1, &file).stdout).unwrap();
    let one = &json["configurations"][0];
    assert_eq!(one["ends"][0], "non_finite");
    assert_eq!(one["skill"][0], Value::Null);
    let numbers = one["findings"].as_array().unwrap().iter().flat_map(|f| [&f["value"], &f["threshold"]]);
    assert!(numbers.into_iter().all(|number| number.is_number() || number.is_null()), "{one}");
}
