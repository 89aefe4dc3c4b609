//! Crash safety: whatever happens to a run, the same command ends with the bytes of an undisturbed one.
//!
//! Here are the experiments that are disturbed and what must hold afterwards; the disturbances are in the files of `crash/`. They know
//! the working files of a results folder only by their leading dot. That threads, packs, and repetition change no byte is held in
//! `end_to_end.rs` and `packing.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::support::{Outcome, Project};

mod damage;
mod faults;
mod full;
#[cfg(unix)]
mod kills;

/// Two arms, each with its own learning rate, and figures.
pub(crate) const TUNED: &str = r#"
title = "Tuned"

[data]
source = "../datasets/iris.csv"
target = "species"
scale = "standardize"
split = { test = 0.2, validation = 0.2, stratified = true }

[model]
hidden = [4]
activation = "tanh"

[optimizer]
name = "sgd"
momentum = 0.9

[train]
epochs = 6
batch = 16
seeds = 3

[sweep]
pairing = ["sigmoid+mse", "softmax+cross_entropy"]
"optimizer.learning_rate" = [0.03, 0.3]

[compare]
by = "pairing"
metric = "accuracy"
tune = ["optimizer.learning_rate"]
"#;

/// Folds whose trials stop at different epochs, with dropout.
pub(crate) const STOPPED: &str = r#"
pairing = "softmax+cross_entropy"

[data]
source = "../datasets/iris.csv"
target = "species"
scale = "min_max"
split = { folds = 3, validation = 0.2 }

[model]
hidden = [{ units = 3, dropout = 0.1 }]

[train]
epochs = 15
seeds = 1
early_stop = { metric = "validation.loss", patience = 2 }

[sweep]
"optimizer.learning_rate" = [0.05, 0.5, 2.0]

[record]
every = 2
"#;

/// The same with checkpoints.
pub(crate) const SUSPENDED: &str = r#"
pairing = "softmax+cross_entropy"

[data]
source = "../datasets/iris.csv"
target = "species"
scale = "min_max"
split = { test = 0.2, validation = 0.2 }

[model]
hidden = [{ units = 3, dropout = 0.1 }]

[optimizer]
name = "adam"
schedule = { name = "plateau", patience = 1 }

[train]
epochs = 9
seeds = 2
checkpoint = 4
early_stop = { metric = "validation.loss", patience = 2 }

[sweep]
"optimizer.learning_rate" = [0.05, 0.5]
"#;

/// Trials that end well, as `diverged`, and as `non_finite`.
pub(crate) const DIVERGING: &str = r#"
pairing = "identity+mse"

[data]
source = { name = "sine", samples = 80, noise = 0.1 }
split = { test = 0.2, validation = 0.2 }

[model]
hidden = [4]
activation = "relu"

[train]
epochs = 8
batch = "full"
seeds = 3

[sweep]
"optimizer.learning_rate" = [0.01, 1.0, 100.0]
"#;

/// Trained networks are kept.
pub(crate) const MODELLED: &str = r#"
pairing = "softmax+cross_entropy"

[data]
source = "../datasets/iris.csv"
target = "species"
scale = "min_max"
split = { test = 0.2, validation = 0.2 }

[model]
hidden = [3]

[train]
epochs = 3
seeds = 2

[sweep]
"optimizer.learning_rate" = [0.05, 0.5]

[record]
models = "all"

[report]
figures = false
"#;

/// What only a full pass tries; the default is a part of it, so that `cargo test` stays short.
pub(crate) fn everything() -> bool {
    std::env::var_os("RUNNER_TEST_CRASH").is_some_and(|value| value == "full")
}

/// What a test has to tell: it is shown where a test fails, and with `--nocapture`.
#[expect(clippy::print_stderr, reason = "a test reports what it counted")]
pub(crate) fn tell(text: &str) {
    eprintln!("{text}");
}

/// Relative path to bytes.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// Every file below a folder, hidden ones too.
#[expect(clippy::disallowed_methods, reason = "tests read files directly")]
pub(crate) fn tree(root: &Path) -> Files {
    fn walk(root: &Path, folder: &Path, found: &mut Files) {
        let Ok(entries) = fs::read_dir(folder) else { return };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    let mut found = Files::new();
    walk(root, root, &mut found);
    found
}

/// Makes `root` hold these files.
#[expect(clippy::disallowed_methods, reason = "tests write files directly")]
pub(crate) fn plant(root: &Path, files: &Files) {
    fs::create_dir_all(root).unwrap();
    for (name, bytes) in files {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

fn is_hidden(name: &str) -> bool {
    name.split('/').any(|part| part.starts_with('.'))
}

/// The files that the manifest lists, and the manifest.
pub(crate) fn canonical(files: &Files) -> Files {
    let manifest = files.get("manifest.toml").expect("a published folder has a manifest");
    let manifest: toml::Table = String::from_utf8(manifest.clone()).unwrap().parse().unwrap();
    let listed = manifest["files"].as_array().unwrap().iter();
    let names = listed.map(|file| file["name"].as_str().unwrap()).chain(["manifest.toml"]);
    // Networks and the page for a browser are no part of the manifest, and as whole as what is.
    let is_beside = |name: &&str| name.starts_with("models/") || *name == "report.html";
    let names = names.chain(files.keys().map(String::as_str).filter(is_beside));
    names.map(|name| (name.to_string(), files[name].clone())).collect()
}

/// An experiment, and what an undisturbed run of it leaves.
pub(crate) struct Subject {
    pub(crate) project: Project,
    name: &'static str,
    file: String,
    options: Vec<&'static str>,
    /// Canonical files.
    pub(crate) expected: Files,
    /// Every file of the folder.
    names: BTreeSet<String>,
    /// Ids of all trials.
    ids: Vec<String>,
}

impl Subject {
    pub(crate) fn new(name: &'static str, text: &str, options: &[&'static str]) -> Subject {
        let file = format!("experiments/{name}.toml");
        let project = Project::in_memory().file(&file, text);
        let mut subject = Subject {
            project,
            name,
            file,
            options: options.to_vec(),
            expected: Files::new(),
            names: BTreeSet::new(),
            ids: Vec::new(),
        };
        let outcome = subject.run("whole", &[]);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        let files = subject.files("whole");
        subject.expected = canonical(&files);
        subject.names = files.into_keys().collect();
        let trials = String::from_utf8(subject.expected["trials.csv"].clone()).unwrap();
        subject.ids = trials.lines().skip(1).map(|row| row.split(',').next().unwrap().to_string()).collect();
        assert!(subject.ids.len() > 3 && subject.ids.iter().all(|id| id.len() == 12), "{trials}");
        subject
    }

    pub(crate) fn trials(&self) -> usize {
        self.ids.len()
    }

    pub(crate) fn arguments<'a>(&'a self, results: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        let own = [self.file.as_str(), "--results", results];
        own.into_iter().chain(self.options.iter().copied()).chain(more.iter().copied()).collect()
    }

    /// The command of every run here, and what disturbs it.
    pub(crate) fn run(&self, results: &str, more: &[&str]) -> Outcome {
        self.project.run(&self.arguments(results, more))
    }

    /// What is in the experiment's folder, as it lies there.
    pub(crate) fn files(&self, results: &str) -> Files {
        tree(&self.project.path(results).join(self.name))
    }

    /// How many trials stand in whole lines of the working files: these must never be trained again.
    pub(crate) fn finished(&self, results: &str) -> usize {
        // What was set aside is no longer read.
        let working =
            (self.files(results).into_iter()).filter(|(name, _)| is_hidden(name) && !name.contains(".old"));
        // A checkpoint names a trial that has not finished.
        let working = working.filter(|(name, _)| !name.starts_with(".runner.states/"));
        // A network is kept before its trial is.
        let working = working.filter(|(name, _)| !name.starts_with(".runner.models/"));
        let mut found = BTreeSet::new();
        for (_, bytes) in working {
            let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1);
            let text = String::from_utf8_lossy(&bytes[..whole]).into_owned();
            found.extend(self.ids.iter().filter(|id| text.contains(id.as_str())));
        }
        found.len()
    }

    /// Files with a name of the experiment are whole: none is there, or it has the bytes of an undisturbed run.
    #[track_caller]
    pub(crate) fn nothing_is_half_written(&self, results: &str, what: &str) {
        for (name, bytes) in self.files(results) {
            if let Some(expected) = self.expected.get(&name) {
                assert!(bytes == *expected, "{what}: {name} is half-written");
            }
        }
    }

    /// The folder is as an undisturbed run leaves it, but for what was set aside.
    #[track_caller]
    pub(crate) fn is_whole(&self, results: &str, what: &str) {
        let files = self.files(results);
        assert!(files.contains_key("manifest.toml"), "{what}: nothing is published");
        let found = canonical(&files);
        for (name, bytes) in &self.expected {
            assert!(found.get(name) == Some(bytes), "{what}: {name} differs");
        }
        assert_eq!(found.len(), self.expected.len(), "{what}");
        let strange = files.keys().filter(|name| !self.names.contains(*name) && !name.contains(".old"));
        let strange: Vec<&String> = strange.collect();
        assert!(strange.is_empty(), "{what}: left behind {strange:?}");
        for name in tree(&self.project.path(results)).into_keys() {
            assert!(!name.ends_with(".part"), "{what}: left behind {name}");
        }
    }

    /// The same command once more, undisturbed: it ends well, with the same bytes, and has trained no finished trial again.
    #[track_caller]
    pub(crate) fn recovers(&self, results: &str, what: &str) -> Outcome {
        let finished = self.finished(results);
        let outcome = self.run(results, &[]);
        assert_eq!(outcome.code, 0, "{what}: {}", outcome.stderr);
        self.is_whole(results, what);
        // A write may be torn right before the line feed: then one more is whole.
        let kept = kept(&outcome);
        assert!(
            (finished..=finished + 1).contains(&kept),
            "{what}: {finished} had finished: {}",
            outcome.stderr
        );
        outcome
    }

    /// Removes what a run left: memory is small.
    pub(crate) fn forget(&self, results: &str) {
        fs::remove_dir_all(self.project.path(results)).unwrap();
    }

    /// The changes of the disk that an undisturbed run makes, one after the other.
    pub(crate) fn changes(&self, results: &str, more: &[&str]) -> Vec<String> {
        let outcome = self.run(results, &[more, &["--disk-fault", "count", "--quiet"]].concat());
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        outcome.stderr.lines().map(String::from).collect()
    }

    /// How many of these changes come before the first result file.
    pub(crate) fn before_publication(&self, changes: &[String]) -> usize {
        let is_result = |change: &String| {
            let name = change.rsplit('/').next().unwrap();
            let name = name.strip_prefix('.').and_then(|name| name.strip_suffix(".part"));
            name.is_some_and(|name| self.expected.contains_key(name))
        };
        changes.iter().position(is_result).unwrap()
    }

    /// Leaves a folder whose run was killed when about two thirds of what it writes while training were written.
    pub(crate) fn cut(&self, results: &str, more: &[&str]) {
        let changes = self.changes(&format!("{results}_counted"), more);
        let training = &changes[..self.before_publication(&changes)];
        let writes = training.iter().enumerate().filter(|(_, change)| change.starts_with("write"));
        let writes: Vec<usize> = writes.map(|(index, _)| index).collect();
        let fault = format!("kill:{}", writes[writes.len() * 2 / 3] + 1);
        let outcome = self.run(results, &[more, &["--disk-fault", &fault]].concat());
        assert_eq!(outcome.code, -1, "{}", outcome.stderr);
        assert!(self.finished(results) > 0);
    }
}

/// How many trials a run says it did not train again.
pub(crate) fn kept(outcome: &Outcome) -> usize {
    let line = outcome.stderr.lines().find(|line| line.contains(" known from earlier runs"));
    line.map_or(0, |line| line.split(' ').next().unwrap().replace(',', "").parse().unwrap())
}
