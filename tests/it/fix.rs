//! `runner fix`: what keeps small networks from learning is found, changed, and judged by training again with the same
//! seeds; no file is replaced.

use serde_json::Value;

use crate::support::Project;

/// A network that learns iris, and comments that a fix must not lose.
const SOUND: &str = r#"#:schema schema.json
# Three kinds of flowers.
title = "Iris"                    # as on the cover
pairing = "softmax+cross_entropy"

[data]
source = "../datasets/iris.csv"
target = "species"
scale = "standardize"             # fitted on the training part
split = { test = 0.2, validation = 0.2, stratified = true }

[model]
hidden = [8]
activation = "tanh"

# How it learns.
[optimizer]
name = "sgd"
learning_rate = 0.1               # found by hand
  # No momentum.

[train]
epochs = 30
batch = 16
seeds = 2
"#;

/// `SOUND` with another text in one place, as `experiments/mine.toml`.
#[track_caller]
fn faulty(from: &str, to: &str) -> Project {
    assert!(SOUND.contains(from), "{from}");
    Project::new().file("experiments/mine.toml", &SOUND.replacen(from, to, 1))
}

const FILE: &str = "experiments/mine.toml";
const NEW: &str = "experiments/mine.fixed.toml";

#[expect(clippy::disallowed_methods, reason = "tests read files directly")]
fn read(project: &Project, relative: &str) -> String {
    std::fs::read_to_string(project.path(relative)).unwrap()
}

#[track_caller]
fn document(project: &Project, code: i32, arguments: &[&str]) -> Value {
    let outcome = project.expect(code, &[&["fix", FILE, "--format", "json"], arguments].concat());
    serde_json::from_str(&outcome.stdout).unwrap()
}

/// The codes of the findings that an attempt or a decision answers.
fn codes(attempt: &Value) -> String {
    let codes: Vec<&str> =
        attempt["findings"].as_array().unwrap().iter().map(|f| f["code"].as_str().unwrap()).collect();
    codes.join(" ")
}

/// The changes that were kept, as `KEY = VALUE`, by the code of the finding.
fn kept(document: &Value) -> Vec<(String, String)> {
    let attempts = document["attempts"].as_array().unwrap().iter().filter(|a| a["outcome"] == "kept");
    let changes = |attempt: &Value| {
        let all = attempt["changes"].as_array().unwrap().iter();
        let one =
            |c: &Value| format!("{} = {}", c["key"].as_str().unwrap(), c["value"].as_str().unwrap_or("-"));
        (codes(attempt), all.map(one).collect::<Vec<_>>().join("; "))
    };
    attempts.map(changes).collect()
}

/// A wrong sign: the mistake goes, with its section, and every other byte stays. The new file trains, and its networks learn.
#[test]
fn a_wrong_gradient_is_healed_and_comments_stay() {
    let mistake = "\n[fault]\noutput_delta = \"wrong_sign\" # on purpose\n";
    let project = faulty("\n# How it learns.", &format!("{mistake}\n# How it learns."));
    let before = read(&project, FILE);
    let outcome = project.expect(0, &["fix", FILE]);
    assert_eq!(read(&project, NEW), SOUND);
    assert_eq!(read(&project, FILE), before, "the file itself is left alone");
    let told = &outcome.stdout;
    for part in [
        "It diverges",
        "-output_delta = \"wrong_sign\" # on purpose\n",
        "  learned            0 of 5  5 of 5",
        "gradient          no fault.output_delta",
        "now: It learns",
        "wrote experiments/mine.fixed.toml; train it with `runner experiments/mine.fixed.toml`",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    project.expect(0, &["run", NEW]);
    assert!(read(&project, "results/mine.fixed/README.md").contains("2 of 2"));
}

#[test]
fn a_healthy_file_is_left_as_it_is() {
    let project = Project::new().file(FILE, SOUND);
    let outcome = project.expect(0, &["fix", FILE]);
    assert!(outcome.stdout.contains("nothing to fix; nothing was written"), "{}", outcome.stdout);
    assert!(!project.path(NEW).exists());
}

/// What is proposed for one setting is tried, and what it brought is told for each seed.
#[test]
fn settings_are_healed_by_what_the_rules_propose() {
    let cases = [
        ("learning_rate = 0.1  ", "learning_rate = 1e-6 ", "optimizer.learning_rate = "),
        ("# No momentum.\n", "# No momentum.\nclip_norm = 1e-6\n", "optimizer.clip_norm = -"),
    ];
    for (from, to, change) in cases {
        let project = faulty(from, to);
        let document = document(&project, 0, &[]);
        let kept = kept(&document);
        assert!(kept.iter().any(|(_, made)| made.starts_with(change)), "{to}: {kept:?}");
        let gain = &document["gain"];
        assert_eq!((&gain["part"], &gain["metric"]), (&"validation".into(), &"accuracy".into()));
        assert_eq!(gain["seeds"].as_array().unwrap().len(), 5, "fewer seeds have no interval");
        assert!(gain["low"].as_f64().unwrap() > 0.0, "{gain}");
        assert_eq!(document["written"], NEW);
        assert_eq!(document["text"].as_str().unwrap(), read(&project, NEW));
        assert!(
            read(&project, NEW).contains("# Three kinds of flowers.\n")
                && read(&project, NEW).contains("  # No momentum.\n")
        );
        project.expect(0, &["check", NEW]);
    }
}

#[test]
fn unscaled_inputs_are_healed() {
    // Wine's proline is in the thousands, its hue about 1.
    let project = Project::new().file(
        FILE,
        &SOUND
            .replace("iris.csv", "wine.csv")
            .replace("\"species\"", "\"class\"")
            .replace("scale = \"standardize\"             # fitted on the training part\n", ""),
    );
    let document = document(&project, 0, &[]);
    let kept = kept(&document);
    assert!(kept.contains(&("scale".into(), "data.scale = \"standardize\"".into())), "{kept:?}");
    assert!(read(&project, NEW).contains("stratified = true }\nscale = \"standardize\"\n"));
}

#[test]
fn nothing_is_replaced_and_a_dry_run_writes_nothing() {
    let project = faulty("\n[train]", "\n[fault]\noutput_delta = \"wrong_sign\"\n\n[train]");
    let dry = project.expect(0, &["fix", FILE, "--dry-run"]);
    assert!(
        dry.stdout.contains("nothing was written (--dry-run)")
            && dry.stdout.contains("+++ experiments/mine.fixed.toml")
    );
    assert!(!project.path(NEW).exists() && !project.path("results").exists());
    let project = project.file(NEW, "mine");
    let refused = project.expect(2, &["fix", FILE]);
    assert!(
        refused.stderr.contains("exists already") && refused.stderr.contains("--output"),
        "{}",
        refused.stderr
    );
    assert_eq!(read(&project, NEW), "mine");
    let elsewhere = project.expect(2, &["fix", FILE, "--output", "mine.toml"]);
    assert!(elsewhere.stderr.contains("`--output experiments/mine.toml`"), "{}", elsewhere.stderr);
    let name = project.expect(2, &["fix", FILE, "--output", "experiments/mine.txt"]);
    assert!(name.stderr.contains("does not end in .toml"), "{}", name.stderr);
    assert!(name.stderr.contains("`--output experiments/mine.txt.toml`"), "{}", name.stderr);
    let folder = project.expect(2, &["fix", FILE, "--output", "."]);
    assert!(folder.stderr.contains("`.` is a folder"), "{}", folder.stderr);
    assert!(folder.stderr.contains("`--output experiments/mine.fixed.toml`"), "{}", folder.stderr);
    let other = document(&project, 0, &["--output", "experiments/other.toml", "--seeds", "3"]);
    assert_eq!(other["written"], "experiments/other.toml");
    assert_eq!(other["gain"]["seeds"].as_array().unwrap().len(), 3);
    // The same bytes every time.
    let again = document(&project, 0, &["--output", "experiments/again.toml", "--seeds", "3"]);
    assert_eq!(other["text"], again["text"]);
    assert_eq!(other["attempts"], again["attempts"]);
}

/// A mistake in a variant is taken out of that variant; a key that comes from another file, or from the command line, cannot be.
#[test]
fn changes_are_made_where_the_key_stands() {
    let project = faulty(
        "\n[train]",
        "\n[variants.small]\nmodel.hidden = [4]\n\n[variants.wrong]\nfault = { output_delta = \"wrong_sign\" }\n\n[train]",
    );
    let document_of = document(&project, 0, &[]);
    assert_eq!(document_of["attempts"][0]["configuration"], "wrong");
    assert!(
        read(&project, NEW).contains("\nmodel.hidden = [4]\n\n[variants.wrong]\n\n[train]"),
        "{}",
        read(&project, NEW)
    );
    let project = project
        .file("experiments/base.toml", &format!("{SOUND}\n[fault]\noutput_delta = \"wrong_sign\"\n"))
        .file(FILE, "extends = \"base.toml\"\ntitle = \"Extended\"\n");
    let inherited = document(&project, 1, &["--dry-run"]);
    let told = inherited["attempts"][0]["told"].as_str().unwrap();
    assert!(told.contains("is not in the file itself"), "{told}");
    assert_eq!(inherited["attempts"][0]["outcome"], "not_tried");
    let page = project.expect(1, &["fix", FILE, "--dry-run"]).stdout;
    assert!(page.contains("\nnot tried\n  gradient ") && !page.contains("dropped"), "{page}");
    let project = project.file(FILE, SOUND);
    let set = document(&project, 1, &["--dry-run", "--set", "fault.output_delta=wrong_sign"]);
    let told = set["attempts"][0]["told"].as_str().unwrap();
    assert!(told.contains("is set on the command line"), "{told}");
}

#[test]
fn an_experiment_of_many_configurations_names_one() {
    let project = faulty(
        "\n[train]",
        "\n[sweep]\n\"model.hidden\" = [[1], [2], [3], [4], [5], [6], [7], [8], [9], [10], [11], [12], [13]]\n\n[train]",
    );
    let refused = project.expect(2, &["fix", FILE]);
    assert!(
        refused.stderr.contains("13 configurations") && refused.stderr.contains("--trial"),
        "{}",
        refused.stderr
    );
    let one = document(&project, 0, &["--trial", "25", "--dry-run"]);
    assert_eq!((&one["was_healthy"], one["before"].as_array().unwrap().len()), (&true.into(), 1));
}

/// A link that leads nowhere is a name that is taken; a disk that cannot be written loses nothing of what was found.
#[test]
fn links_are_not_replaced_and_what_cannot_be_written_is_told() {
    let project = faulty("\n[train]", "\n[fault]\noutput_delta = \"wrong_sign\"\n\n[train]");
    let lost = project.expect(3, &["fix", FILE, "--disk-fault", "readonly:1"]);
    assert!(lost.stdout.contains("-output_delta = \"wrong_sign\"\n"), "{}", lost.stdout);
    assert!(lost.stdout.ends_with("\nnothing was written\n"), "{}", lost.stdout);
    assert!(lost.stderr.contains("help: `--dry-run`"), "{}", lost.stderr);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere", project.path(NEW)).unwrap();
        let taken = project.expect(2, &["fix", FILE]);
        assert!(taken.stderr.contains("exists already"), "{}", taken.stderr);
        assert!(project.path(NEW).is_symlink());
    }
}

#[test]
fn names_with_blanks_are_quoted_where_they_are_to_be_typed() {
    let text = SOUND.replace("\n[train]", "\n[fault]\noutput_delta = \"wrong_sign\"\n\n[train]");
    let project = Project::new().file("experiments/my  own.toml", &text);
    let told = project.expect(0, &["fix", "experiments/my  own.toml", "--set", "title=\"a b\""]).stdout;
    let ending = "wrote experiments/my  own.fixed.toml; what `--set` gives is not in it; train it with \
                  `runner 'experiments/my  own.fixed.toml' --set 'title=\"a b\"'`\n";
    assert!(told.ends_with(ending), "{told}");
}

/// The rate that mends one variant spoils another, which takes its rate from the same line for another optimizer.
#[test]
fn no_variant_pays_for_another() {
    let project = Project::new().file(
        FILE,
        r#"
pairing = "softmax+cross_entropy"
[data]
source = "../datasets/digits.csv"
target = "label"
scale = "standardize"
split = { test = 0.2, validation = 0.2, stratified = true }
[model]
hidden = [16]
[optimizer]
name = "sgd"
learning_rate = 0.002
[train]
epochs = 2
batch = 64
seeds = 3
[variants.plain]
[variants.fast]
optimizer.name = "adam"
train.epochs = 20
model.hidden = [64, 64, 64]
"#,
    );
    let document = document(&project, 1, &[]);
    let first = &document["attempts"][0];
    assert_eq!((codes(first).as_str(), &first["outcome"]), ("rate-scale", &"dropped".into()));
    assert_eq!(first["gain"]["shown"], "does_not_help");
    let told = first["told"].as_str().unwrap();
    assert!(told.starts_with("it makes `fast` worse: 10 of 10 trials learn, 5 before"), "{told}");
    assert!(!project.path(NEW).exists());
}

/// Of two mistakes that hide one another each alone changes nothing; both together are told as both.
#[test]
fn what_helps_only_together_is_told_as_such() {
    let project = faulty("learning_rate = 0.1  ", "clip_norm = 1e-6\nlearning_rate = 1e-6");
    let document = document(&project, 0, &[]);
    let all: Vec<(String, &str)> = document["attempts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| (codes(a), a["outcome"].as_str().unwrap()))
        .collect();
    let expected = [("clip", "dropped"), ("rate-scale", "dropped"), ("clip rate-scale", "kept")];
    assert_eq!(all, expected.map(|(codes, outcome)| (codes.to_string(), outcome)));
}

/// Once every seed learns, what is merely unusual stays: here a pairing that trains slowly.
#[test]
fn no_more_is_changed_than_must_be() {
    let text = SOUND
        .replace("softmax+cross_entropy", "sigmoid+mse")
        .replace("[8]", "[8, 8]")
        .replace("\"tanh\"", "\"sigmoid\"")
        .replace("epochs = 30", "epochs = 150")
        + "\n[fault]\nhidden_derivative = \"formula_on_z\"\n";
    let project = Project::new().file(FILE, &text);
    let kept = kept(&document(&project, 0, &[]));
    assert_eq!(kept, [("gradient".to_string(), "fault.hidden_derivative = -".to_string())]);
}

/// What the seeds at hand cannot show is not said not to help. Half a truth table teaches nothing of the other half.
#[test]
fn what_cannot_be_told_asks_for_more_seeds() {
    let rows: Vec<String> = (0..200)
        .map(|i| {
            let bits: Vec<u32> = (0..6).map(|b| (i * 37 % 64) >> b & 1).collect();
            let odd = bits.iter().sum::<u32>() % 2;
            format!(
                "{},{}",
                bits.iter().map(u32::to_string).collect::<Vec<_>>().join(","),
                ["a", "b"][odd as usize]
            )
        })
        .collect();
    let project =
        Project::new().file("datasets/parity.csv", &format!("p,q,r,s,t,u,odd\n{}\n", rows.join("\n"))).file(
            FILE,
            &SOUND
                .replace("iris.csv", "parity.csv")
                .replace("\"species\"", "\"odd\"")
                .replace("softmax+cross_entropy", "sigmoid+mse")
                .replace("[8]", "[2]"),
        );
    let document = document(&project, 1, &[]);
    let shown: Vec<&Value> =
        document["attempts"].as_array().unwrap().iter().map(|a| &a["gain"]["shown"]).collect();
    assert!(shown.contains(&&"not_shown".into()), "{shown:?}");
    let told = project.expect(1, &["fix", FILE]).stdout;
    assert!(told.contains("not shown with 5 seeds; `--seeds 20` may tell: "), "{told}");
    assert!(told.contains("nothing was shown to help; nothing was written"), "{told}");
}

/// A column that tells the target makes the score worthless; without it the score is lower, so no score can judge that.
#[test]
fn a_leak_is_left_to_people() {
    let rows: Vec<String> = (0..120)
        .map(|i| {
            let class = ["no", "yes"][usize::from(i * 7 % 10 < 5)];
            let noise = i * 7919 % 101;
            format!("{},{},{},{class}", noise, i * 104_729 % 97, if class == "yes" { 10 } else { 0 })
        })
        .collect();
    let project = Project::new()
        .file("datasets/leak.csv", &format!("a,b,known_after,left\n{}\n", rows.join("\n")))
        .file(FILE, &SOUND.replace("iris.csv", "leak.csv").replace("\"species\"", "\"left\""));
    let document = document(&project, 1, &[]);
    assert_eq!(document["attempts"].as_array().unwrap().len(), 0, "{document}");
    let open = &document["decisions"][0];
    assert_eq!((codes(open).as_str(), &open["changes"][0]["key"]), ("leak", &"data.ignore".into()));
    let told = project.expect(1, &["fix", FILE]).stdout;
    for part in [
        "for you to decide\n  leak              data.ignore = [\"known_after\"]",
        "that is its point",
        "nothing was written",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
}

/// Layers may have keys of their own, and then those of the model mean nothing to them.
#[test]
fn a_layer_is_changed_that_has_the_key_itself() {
    let layers = "hidden = [{ units = 8, bias_init = { name = \"constant\", value = -9 } }]";
    let text = SOUND.replace("hidden = [8]", layers).replace("\"tanh\"", "\"relu\"");
    let project = Project::new().file(FILE, &text);
    let kept = kept(&document(&project, 0, &[]));
    assert_eq!(kept[0].1, "model.bias_init = \"zeros\"");
    let text = read(&project, NEW);
    assert!(text.contains("hidden = [{ units = 8, bias_init = \"zeros\" }]\nactivation"), "{text}");
}

/// XOR with two hidden units is learned by some seeds and not by others, and no rule knows better.
#[test]
fn what_does_not_learn_is_not_called_healthy() {
    let project = Project::new().file(
        FILE,
        r#"
pairing = "sigmoid+binary_cross_entropy"
[data]
source = "xor"
split = "none"
[model]
hidden = [2]
activation = "tanh"
init = "glorot_uniform"
[optimizer]
name = "sgd"
learning_rate = 1
[train]
epochs = 300
batch = "full"
seeds = 12
"#,
    );
    let told = project.expect(1, &["fix", FILE]).stdout;
    assert!(
        told.contains(
            "it does not learn with every seed, and no rule proposes a change; nothing was written"
        ),
        "{told}"
    );
}

/// A step that is multiplied by the weight cannot be mended by a rate: one so small that steps do no harm is called too low.
#[test]
fn a_change_that_calls_for_its_contrary_is_not_kept() {
    let text = SOUND
        .replace("activation = \"tanh\"", "activation = \"tanh\"\ninit = \"glorot_uniform\"")
        .replace("epochs = 30", "epochs = 150")
        + "\n[fault]\nupdate = \"multiplicative\"\n";
    let project = Project::new().file(FILE, &text);
    let document = document(&project, 0, &["--seeds", "20"]);
    let all: Vec<(String, &str, &str)> = document["attempts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| {
            let value = a["changes"][0]["value"].as_str().unwrap();
            (codes(a), value, a["outcome"].as_str().unwrap())
        })
        .collect();
    let is = |codes: &str, value: &str, outcome: &str| all.contains(&(codes.to_string(), value, outcome));
    assert!(is("update", "0.01", "kept") && is("update", "0.001", "dropped"), "{all:?}");
    assert!(!all.iter().any(|(_, value, _)| *value == "0.1"), "that is where it began: {all:?}");
    let told = document["attempts"][1]["told"].as_str().unwrap();
    assert!(told.starts_with("with it the contrary is found: the learning rate is too low"), "{told}");
}
