//! The experiment language from outside: bad files and their messages, what leaves the meaning alone, where values come from.

use std::path::PathBuf;

use runner::catalog::{Catalog, Value};
use runner::config::{Loaded, Request, TEMPLATE, load, origin};
use runner::diagnostic::{Severity, render};
use runner::spec::{Axis, Configuration, Coordinate, Domain, Experiment, Point, Resolve};

fn catalog() -> Catalog {
    runner::cli::catalog()
}

fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Everything a person sees, without the machine's own paths.
fn told(loaded: &Loaded) -> String {
    let texts: Vec<String> = loaded.diagnostics.iter().map(|d| render(d, &loaded.sources, false)).collect();
    texts.join("\n").replace(&format!("{}/", project().display()), "")
}

/// Loads a text from a folder of its own, below `tests/cases/config` as far as paths are concerned.
#[track_caller]
fn from_text(text: &str, overrides: &[&str]) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("experiment.toml");
    runner::disk::replace(&path, text.as_bytes()).unwrap();
    let table = project().join("tests/cases/config/parts/flowers.csv");
    runner::disk::replace(&folder.path().join("flowers.csv"), &runner::disk::read(&table).unwrap()).unwrap();
    let overrides = overrides.iter().map(|s| s.to_string()).collect();
    load(&Request { path, overrides, ..Request::default() }, &catalog())
}

#[track_caller]
fn sound(text: &str, overrides: &[&str]) -> (Experiment, runner::config::Resolver) {
    let loaded = from_text(text, overrides);
    let told = told(&loaded);
    match (loaded.experiment, loaded.resolver) {
        (Some(experiment), Some(resolver)) => (experiment, resolver),
        _ => panic!("not sound:\n{told}"),
    }
}

/// The files that make up a configuration's meaning, without the places they were written at.
fn meaning(c: &Configuration) -> String {
    let text = format!("{:?} {:?} {:?} {:?} {:?}", c.data, c.model, c.pairing, c.optimizer, c.train);
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find("Span {") {
        out.push_str(&rest[..at]);
        let end = rest[at..].find("} }").or_else(|| rest[at..].find('}')).map_or(rest.len(), |n| at + n);
        rest = &rest[end..];
    }
    out.push_str(rest);
    // Paths differ by the folder of the test.
    out.split("path: ")
        .map(|s| s.split_once(',').filter(|_| s.starts_with('"')).map_or(s, |(_, t)| t))
        .collect()
}

fn all(experiment: &Experiment, resolver: &dyn Resolve) -> Vec<String> {
    let mut meanings = vec![meaning(&experiment.base)];
    for (a, axis) in experiment.sweep.axes.iter().enumerate() {
        for v in 0..axis.values.len() {
            let first = Some(Coordinate::Listed(0));
            let mut point: Vec<Option<Coordinate>> = experiment.sweep.axes.iter().map(|_| first).collect();
            point[a] = Some(Coordinate::Listed(v));
            meanings.push(meaning(&resolver.configuration(&point).unwrap()));
        }
    }
    meanings
}

#[test]
fn every_bad_file_gets_its_message() {
    for path in cases() {
        let path = path.strip_prefix(project()).unwrap_or(&path).to_path_buf();
        let name = path.file_name().unwrap().to_string_lossy().to_string();
        let loaded = load(&Request { path, ..Request::default() }, &catalog());
        assert!(loaded.experiment.is_none(), "{name} is sound");
        assert!(loaded.diagnostics.iter().any(|d| d.severity == Severity::Error));
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true, snapshot_path => "snapshots" }, {
            insta::assert_snapshot!(format!("every_bad_file_gets_its_message@{name}"), told(&loaded));
        });
    }
}

fn cases() -> Vec<PathBuf> {
    let all = runner::disk::list(&project().join("tests/cases/config")).unwrap();
    all.into_iter().filter(|p| p.extension().is_some_and(|e| e == "toml")).collect()
}

#[test]
fn there_are_enough_bad_files() {
    let count = cases().len();
    assert!(count >= 65, "only {count}");
}

const IRIS: &str = r#"#:schema schema.json
title = "Iris: sigmoid with MSE against softmax with cross-entropy"
question = "Which output pairing learns iris faster and better when each has its own learning rate?"

[data]
source = "flowers.csv"
target = "species"                 # the other columns are features
scale = "min_max"                  # fitted on the training part only
split = { test = 0.2, validation = 0.2, stratified = true }

[model]
hidden = [5, 6]                    # short for [{ units = 5 }, { units = 6 }]
activation = "relu"
init = "he_normal"

[optimizer]
name = "sgd"
learning_rate = 0.1

[train]
epochs = 300
batch = 16                         # or "full"
seeds = 10

[sweep]
pairing = ["sigmoid+mse", "softmax+cross_entropy"]
"optimizer.learning_rate" = { log = [0.003, 3.0], points = 7 }

[compare]
by = "pairing"
metric = "accuracy"
tune = ["optimizer.learning_rate"] # per arm, on validation; the test part is opened once
rope = 0.01

[expect]                           # a run that misses one exits with its own code
"softmax+cross_entropy.test.accuracy" = { mean_min = 0.93 }
"#;

/// What a sweep of the small file comes to: points by their labels.
fn points_of(sweep: &str) -> Vec<String> {
    let text = format!(
        "pairing = \"softmax+cross_entropy\"\n[data]\nsource = \"xor\"\n[model]\nhidden = [4]\n{sweep}"
    );
    let (experiment, _) = sound(&text, &[]);
    let sweep = &experiment.sweep;
    let label = |(axis, at): (&Axis, &Option<Coordinate>)| at.map_or("-".into(), |at| axis.label(at));
    let labels = |p: Point| sweep.axes.iter().zip(&p).map(label).collect::<Vec<String>>().join(" ");
    sweep.points().filter(|p| !sweep.is_excluded(p)).map(labels).collect()
}

#[test]
fn an_axis_may_apply_to_some_values_of_another() {
    let sweep = r#"
[sweep]
"optimizer.name" = ["sgd", "rmsprop", "adam"]
"optimizer.momentum" = [0.0, 0.9]
"optimizer.beta1" = [0.8, 0.9]
[sweep.when]
"optimizer.momentum" = { "optimizer.name" = ["sgd", "rmsprop"] }
"optimizer.beta1" = { optimizer.name = "adam" }
"#;
    let expected = ["sgd 0 -", "sgd 0.9 -", "rmsprop 0 -", "rmsprop 0.9 -", "adam - 0.8", "adam - 0.9"];
    assert_eq!(points_of(sweep), expected);
}

#[test]
fn a_sampler_draws_what_is_tuned_and_crosses_the_rest() {
    let text = r#"
[sweep]
method = { name = "tpe", round = 2 }
configurations = 8
seed = 7
pairing = ["sigmoid+mse", "softmax+cross_entropy"]
"optimizer.learning_rate" = { log_uniform = [0.001, 1.0] }
"optimizer.momentum" = { uniform = [0, 0.9] }
"train.batch" = { int = [1, 4] }
[compare]
by = "pairing"
metric = "log_loss"
tune = ["optimizer.learning_rate", "optimizer.momentum", "train.batch"]
"#;
    let whole = format!(
        "[data]\nsource = {{ name = \"moons\", samples = 100 }}\nsplit = {{ test = 0.2, validation = 0.2 }}\n[model]\nhidden = [4]\n{text}"
    );
    let (experiment, _) = sound(&whole, &[]);
    let sweep = &experiment.sweep;
    assert_eq!((sweep.drawn.as_slice(), sweep.configurations, sweep.seed), (&[1, 2, 3][..], Some(8), 7));
    assert_eq!(sweep.size(), 2, "the arms are crossed");
    let domains: Vec<Option<Domain>> = sweep.axes.iter().map(|a| a.domain).collect();
    assert_eq!(
        domains,
        [
            None,
            Some(Domain::LogUniform { low: 0.001, high: 1.0 }),
            Some(Domain::Uniform { low: 0.0, high: 0.9 }),
            Some(Domain::Int { low: 1, high: 4 }),
        ]
    );
    // The resolved file means the same, and says the same.
    let (again, _) = sound(&experiment.resolved, &[]);
    assert_eq!(experiment.resolved, again.resolved);
}

#[test]
fn the_example_of_the_language_loads_as_written() {
    let (experiment, resolver) = sound(IRIS, &[]);
    assert_eq!(experiment.seeds, (0..10).collect::<Vec<u64>>());
    let keys: Vec<&str> = experiment.sweep.axes.iter().map(|a| a.key.as_str()).collect();
    assert_eq!(keys, ["pairing", "optimizer.learning_rate"]);
    let labels: Vec<&str> = experiment.sweep.axes[1].values.iter().map(|v| v.label.as_str()).collect();
    // 0.003 · 1000^(i/6), to 6 significant digits.
    assert_eq!(labels, ["0.003", "0.00948683", "0.03", "0.0948683", "0.3", "0.948683", "3"]);
    assert!(experiment.sweep.axes[1].numeric && !experiment.sweep.axes[0].numeric);
    let c = resolver.configuration(&[1, 2].map(|v| Some(Coordinate::Listed(v)))).unwrap();
    assert_eq!(c.pairing.label(), "softmax+cross_entropy");
    assert_eq!(c.optimizer.method.number("learning_rate"), 0.03);
    assert_eq!(experiment.expect[0].arm.as_deref(), Some("softmax+cross_entropy"));
    assert_eq!(resolver.configuration(&[None, None]).unwrap().optimizer.method.number("learning_rate"), 0.1);
}

#[test]
fn notation_does_not_change_the_meaning() {
    let (experiment, resolver) = sound(IRIS, &[]);
    let wanted = all(&experiment, &resolver);
    let same = [
        IRIS.replace("0.003", "3e-3").replace("3.0]", "3]").replace("0.1\n", "1e-1\n"),
        IRIS.replace("# or \"full\"", "").replace("title =", "notes = \"none\"\ntitle ="),
        IRIS.replace("name = \"sgd\"\nlearning_rate = 0.1", "learning_rate = 0.1\nname = \"sgd\""),
        IRIS.replace("hidden = [5, 6] ", "hidden = [{ units = 5 }, { units = 6 }] "),
        IRIS.replace("hidden = [5, 6] ", "hidden = [5, { units = 6, activation = \"relu\", bias = true }] "),
        IRIS.replace(
            "epochs = 300",
            "epochs = 300\nsampling = \"shuffle\"\nvary = [\"split\", \"init\", \"order\", \"noise\"]",
        ),
        IRIS.replace("seeds = 10", "seeds = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]"),
        IRIS.replace("seeds = 10", "seeds = 0xA"),
        IRIS.replace("\"optimizer.learning_rate\" =", "optimizer.learning_rate ="),
        IRIS.replace(
            "[\"sigmoid+mse\", ",
            "[{ activation = \"sigmoid\", loss = { name = \"mse\" }, reduction = \"mean\" }, ",
        ),
        IRIS.replace("target = \"species\" ", "target = [\"species\"] "),
        IRIS.replace("\n", "\r\n"),
        format!("\u{feff}{IRIS}"),
        IRIS.replace("stratified = true", "stratified = true, name = \"holdout\""),
        IRIS.replace(
            "learning_rate = 0.1\n",
            "learning_rate = 0.1\nweight_decay = 0\nschedule = \"constant\"\n",
        ),
    ];
    for text in same {
        let (experiment, resolver) = sound(&text, &[]);
        assert_eq!(all(&experiment, &resolver), wanted, "{text}");
    }
}

#[test]
fn the_resolved_text_means_the_same_and_is_stable() {
    for text in [IRIS, TEMPLATE, VARIANTS] {
        let (experiment, resolver) = sound(text, &[]);
        let (again, resolver_again) = sound(&experiment.resolved, &[]);
        assert_eq!(all(&again, &resolver_again), all(&experiment, &resolver));
        assert_eq!(again.resolved, experiment.resolved);
        assert_eq!((&again.seeds, &again.compare), (&experiment.seeds, &experiment.compare));
        assert_eq!((&again.record, &again.report), (&experiment.record, &experiment.report));
        let bounds =
            |e: &Experiment| e.expect.iter().map(|x| (x.key.clone(), x.bounds.clone())).collect::<Vec<_>>();
        assert_eq!(bounds(&again), bounds(&experiment));
        let values = |e: &Experiment| {
            let of = |a: &runner::spec::Axis| {
                a.values.iter().map(|v| (v.label.clone(), v.value.clone())).collect::<Vec<_>>()
            };
            (e.sweep.axes.iter().map(of).collect::<Vec<_>>(), e.sweep.zip.clone(), e.sweep.exclude.clone())
        };
        assert_eq!(values(&again), values(&experiment));
    }
}

#[test]
fn the_resolved_example_reads_well() {
    let (experiment, _) = sound(IRIS, &["train.epochs=50"]);
    insta::assert_snapshot!(experiment.resolved);
    assert_eq!(experiment.overrides, ["train.epochs=50"]);
}

const VARIANTS: &str = r#"
pairing = "softmax+cross_entropy"
[data]
source = "flowers.csv"
target = "species"
split = { folds = 3, validation = 0.2 }
[model]
hidden = [4]
[optimizer]
name = "sgd"
learning_rate = 0.1
momentum = 0.9
[train]
epochs = 5
seeds = 2
[sweep]
"train.batch" = [8, "full"]
"model.activation" = ["tanh", { name = "leaky_relu", slope = 0.2 }]
zip = [["train.batch", "model.activation"]]
exclude = [{ variant = "adam", "train.batch" = 8 }]
[variants.momentum]
[variants.adam]
optimizer = { name = "adam", schedule = "cosine" }
"model.hidden" = [4, 4]
[variants.sum]
pairing = { activation = "softmax", loss = "cross_entropy", reduction = "sum" }
"#;

#[test]
fn a_variant_overrides_keys_and_a_new_name_drops_the_old_parameters() {
    let (experiment, resolver) = sound(VARIANTS, &[]);
    assert_eq!(experiment.sweep.axes[0].key, "variant");
    assert_eq!(experiment.sweep.zip, [[1, 2]]);
    assert_eq!(experiment.sweep.exclude.len(), 1);
    let adam = resolver.configuration(&[1, 0, 1].map(|v| Some(Coordinate::Listed(v)))).unwrap();
    assert_eq!(adam.optimizer.method.name(), "adam");
    // `learning_rate` is a parameter of both and stays; `momentum` belongs to sgd.
    assert_eq!(adam.optimizer.method.number("learning_rate"), 0.1);
    assert_eq!(adam.optimizer.schedule.name(), "cosine");
    assert_eq!(adam.model.hidden.len(), 2);
    assert_eq!(adam.model.hidden[1].activation.to_string(), "{ name = \"leaky_relu\", slope = 0.2 }");
    let plain = resolver.configuration(&[0, 0, 0].map(|v| Some(Coordinate::Listed(v)))).unwrap();
    assert_eq!(plain.optimizer.method.number("momentum"), 0.9);
}

#[test]
fn set_overrides_the_file_and_takes_bare_words() {
    let set = [
        "optimizer.name=adam",
        "train.seeds=[3, 5]",
        "model.hidden=[7]",
        "sweep.optimizer.learning_rate=[0.5]",
    ];
    let (experiment, resolver) = sound(IRIS, &set);
    let c = resolver.configuration(&[0, 0].map(|v| Some(Coordinate::Listed(v)))).unwrap();
    assert_eq!((c.optimizer.method.name(), c.optimizer.method.number("learning_rate")), ("adam", 0.5));
    assert_eq!((experiment.seeds, c.model.hidden[0].units), (vec![3, 5], 7));
    let axis = &experiment.sweep.axes[1];
    assert_eq!((axis.key.as_str(), &axis.values[0].value), ("optimizer.learning_rate", &Value::Real(0.5)));
}

#[test]
fn faults_of_set_point_into_the_argument() {
    let set = [
        "optimizer.learning_rate=-1",
        "train.batch",
        "train.sampling=suffle",
        "=3",
        "model.hiden=[1]",
        "extends=a.toml",
        "optimizer.learning_rate=[0.1",
        "train.early_stop={ metric = \"validation.los\" }",
    ];
    insta::assert_snapshot!(told(&from_text(IRIS, &set)));
}

/// What a sweep or a variant of another folder names is found from the experiment's own folder in the resolved text.
#[test]
fn paths_of_sweeps_and_variants_are_resolved_from_the_experiment() {
    let parts = project().join("tests/cases/config/parts");
    for (name, lines) in [
        (
            "swept.toml",
            [
                r#""data.source" = ["flowers.csv", "base/more_flowers.csv"]"#,
                r#"exclude = [{ "data.source" = "base/more_flowers.csv", "train.batch" = 4 }]"#,
            ],
        ),
        (
            "variants.toml",
            [r#"data = { source = "flowers.csv", target = "species" }"#, r#"data = { source = "moons" }"#],
        ),
    ] {
        let path = parts.join(name);
        let loaded = load(&Request { path: path.clone(), ..Request::default() }, &catalog());
        let told = told(&loaded);
        let resolved = loaded.experiment.unwrap_or_else(|| panic!("{told}")).resolved;
        lines.iter().for_each(|line| assert!(resolved.contains(line), "{line}\n{resolved}"));
        // What only a file has would have no meaning for a generator.
        assert!(!resolved.contains("header"), "{resolved}");
        let text = Some((path.display().to_string(), resolved.clone()));
        let again = load(&Request { path, text, ..Request::default() }, &catalog());
        assert_eq!(again.experiment.expect("sound").resolved, resolved);
    }
}

#[test]
fn a_file_that_extends_another_names_paths_from_its_own_folder() {
    let path = project().join("tests/cases/config/parts/extends.toml");
    let loaded = load(&Request { path, ..Request::default() }, &catalog());
    let told = told(&loaded);
    let experiment = loaded.experiment.as_ref().unwrap_or_else(|| panic!("{told}"));
    // `base/base.toml` names `../flowers.csv`, which lies beside `extends.toml`.
    assert!(experiment.resolved.contains("source = \"flowers.csv\""), "{}", experiment.resolved);
    assert_eq!(experiment.base.optimizer.method.number("learning_rate"), 0.5);
    assert_eq!(experiment.base.model.hidden.len(), 1, "lists are replaced");
    let of = |key: &str| {
        origin(&loaded, key, &catalog()).unwrap().replace(&format!("{}/", project().display()), "")
    };
    insta::assert_snapshot!(
        [
            of("optimizer.learning_rate"),
            of("train.epochs"),
            of("train.batch"),
            of("optimizer.momentum"),
            of("data.limit"),
            of("data.split.test"),
            of("data.source"),
        ]
        .join("\n")
    );
    assert_eq!(origin(&loaded, "train.epoch", &catalog()), None);
}

#[test]
fn the_origin_of_a_value_tells_what_is_trained() {
    let text = "pairing = \"identity+mse\"\n[data]\nsource = { name = \"sine\", steps = 4 }\n[model]\nkind = \"rnn\"\nhidden = [3]\n\
                [variants.a]\n[variants.b]\noptimizer.momentum = 0.9\n[sweep]\n\"train.epochs\" = [1, 2]\n";
    let loaded = from_text(text, &[]);
    let of = |key: &str| {
        let told = origin(&loaded, key, &catalog()).unwrap();
        let folder = told.find("from /").map(|at| at + "from ".len());
        let name = told.find("experiment.toml");
        folder.zip(name).map_or(told.clone(), |(a, b)| told.replace(&told[a..b], ""))
    };
    insta::assert_snapshot!(
        [
            of("optimizer.learning_rate"),
            of("optimizer.momentum"),
            of("model.activation"),
            of("model.cell"),
            of("train.epochs"),
            of("train.steps"),
        ]
        .join("\n")
    );
    // Where the kind is swept, no single default is told.
    let swept = from_text(
        &text.replace("kind = \"rnn\"\n", "").replace("optimizer.momentum = 0.9", "model.kind = \"rnn\""),
        &[],
    );
    let told = origin(&swept, "model.activation", &catalog()).unwrap();
    assert!(told.contains("of an rnn `tanh`") && !told.contains("the default"), "{told}");
    // A file that is not sound still has a default optimizer.
    let broken = from_text(&text.replace("hidden", "hiden"), &[]);
    let told = origin(&broken, "optimizer.learning_rate", &catalog()).unwrap();
    assert_eq!(told, "`optimizer.learning_rate` is 0.001, the default of `sgd`");
}

#[test]
fn ten_thousand_configurations_differ_in_what_the_axes_name() {
    let text = IRIS.replace("points = 7", "points = 5000").replace("seeds = 10", "seeds = 1");
    let (experiment, resolver) = sound(&text, &[]);
    let axis = &experiment.sweep.axes[1];
    assert_eq!(axis.values.len(), 5000);
    for a in 0..2 {
        for b in 0..5000 {
            let made = resolver.configuration(&[a, b].map(|v| Some(Coordinate::Listed(v)))).unwrap();
            let learning_rate = runner::catalog::Value::Real(made.optimizer.method.number("learning_rate"));
            assert_eq!(learning_rate, axis.values[b].value);
        }
    }
}

#[test]
fn a_path_may_leave_the_project_only_when_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let put =
        |name: &str, text: &str| runner::disk::replace(&folder.path().join(name), text.as_bytes()).unwrap();
    for name in ["a/b/c", "a/.git"] {
        runner::disk::create_folder(&folder.path().join(name)).unwrap();
    }
    put("data.csv", "x,y\n1,a\n");
    put("a/data.csv", "x,y\n1,a\n");
    let text = |source: &str| {
        format!(
            "pairing = \"softmax+cross_entropy\"\n[data]\nsource = \"{source}\"\ntarget = \"y\"\n[model]\nhidden = []\n"
        )
    };
    let check = |source: &str, allow_outside: bool| {
        put("a/b/c/e.toml", &text(source));
        let request =
            Request { path: folder.path().join("a/b/c/e.toml"), allow_outside, ..Request::default() };
        load(&request, &catalog()).diagnostics.iter().map(|d| d.code.name).collect::<Vec<_>>()
    };
    assert_eq!(check("../../data.csv", false), Vec::<&str>::new());
    assert_eq!(check("../../../data.csv", false), ["outside-project"]);
    assert_eq!(check("../../../data.csv", true), Vec::<&str>::new());
    assert_eq!(check("../../../absent.csv", false), ["outside-project"]);
    assert_eq!(check(&folder.path().join("data.csv").display().to_string(), false), ["outside-project"]);
}

#[test]
fn the_template_is_sound() {
    let (experiment, _) = sound(TEMPLATE, &[]);
    assert!(experiment.compare.is_some());
}

/// Deterministic mutations of sound files: cut, doubled, swapped, and foreign bytes. Nothing may panic.
#[test]
fn no_mutation_of_a_file_panics() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("e.toml");
    let table = project().join("tests/cases/config/parts/flowers.csv");
    runner::disk::replace(&folder.path().join("flowers.csv"), &runner::disk::read(&table).unwrap()).unwrap();
    let catalog = catalog();
    let words: [&[u8]; 16] = [
        b"[", b"]", b"{", b"}", b"=", b"\"", b"\n", b".", b"1e999", b"-1", b"nan", b"\xff", b"name", b"+",
        b"''", b"0",
    ];
    let mut state = 1u64;
    let mut next = |n: usize| {
        // Knuth's MMIX linear congruential generator.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n.max(1)
    };
    for round in 0..600 {
        let mut bytes = [IRIS, TEMPLATE, VARIANTS][round % 3].as_bytes().to_vec();
        for _ in 0..=next(4) {
            let (a, b) = (next(bytes.len()), next(bytes.len()));
            match next(4) {
                0 => drop(bytes.drain(a.min(b)..(a.min(b) + next(12)).min(bytes.len()))),
                1 => {
                    let word = words[next(words.len())];
                    bytes.splice(a..a, word.iter().copied());
                }
                2 => {
                    let end = (b + next(40)).min(bytes.len());
                    let part = bytes[b..end].to_vec();
                    bytes.splice(a..a, part);
                }
                _ => bytes.swap(a, b),
            }
        }
        runner::disk::replace(&path, &bytes).unwrap();
        let loaded = load(&Request { path: path.clone(), ..Request::default() }, &catalog);
        assert_eq!(
            loaded.experiment.is_none(),
            loaded.diagnostics.iter().any(|d| d.severity == Severity::Error)
        );
        told(&loaded);
    }
}

#[test]
fn every_experiment_of_the_project_is_sound() {
    let folders =
        ["", "sweeps", "sweeps/wide", "race", "zoo", "study", "study/data_sets", "study/label_noise"]
            .map(|folder| project().join("experiments").join(folder));
    let files = folders.iter().flat_map(|folder| runner::disk::list(folder).unwrap());
    let mut suites = 0;
    for path in files.filter(|path| path.extension().is_some_and(|e| e == "toml")) {
        let request = Request { path: path.clone(), ..Request::default() };
        if let Some(suite) = runner::config::suite(&request, &catalog()) {
            assert!(suite.suite.is_some(), "{}: {:?}", path.display(), suite.diagnostics);
            suites += 1;
            continue;
        }
        let loaded = load(&request, &catalog());
        // Large data is not part of the project; such a file says where to get it.
        let faults: Vec<&str> = loaded.diagnostics.iter().map(|d| d.code.name).collect();
        assert!(faults.iter().all(|f| *f == "missing-file"), "{}", told(&loaded));
    }
    assert_eq!(suites, 3);
}

/// What a variant sets is its own: one that does not set it has what the file has, or the default.
#[test]
fn variants_do_not_inherit_from_the_first() {
    let text = r#"
pairing = "softmax+cross_entropy"
data.source = "xor"
model.hidden = [2]
[variants.faulty]
fault.output_delta = "wrong_sign"
optimizer.momentum = 0.9
[variants.right]
[variants.faster]
optimizer.learning_rate = 0.3
"#;
    let (experiment, resolver) = sound(text, &[]);
    let of = |variant: usize| resolver.configuration(&[Some(Coordinate::Listed(variant))]).unwrap();
    assert_eq!([of(0), of(1), of(2)].map(|c| c.fault.all().len()), [1, 0, 0]);
    assert_eq!([of(0), of(1), of(2)].map(|c| c.optimizer.method.number("momentum")), [0.9, 0.0, 0.0]);
    // Reading again what was resolved gives the same.
    let (_, again) = sound(&experiment.resolved, &[]);
    for variant in 0..3 {
        let read = again.configuration(&[Some(Coordinate::Listed(variant))]).unwrap();
        assert_eq!((read.fault, read.optimizer), (of(variant).fault, of(variant).optimizer));
    }
}
