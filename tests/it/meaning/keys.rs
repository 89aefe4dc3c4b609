//! Every key of every section, changed once, and its default written out.

use std::collections::BTreeSet;

use runner::catalog::sections::{self, SECTIONS};
use runner::catalog::{Default, Kind, Param};

use super::{BASE, Bench, GENERATED, SPLIT, as_toml};

/// A regression of a table.
const REGRESSION: &str = r#"
pairing = "identity+mse"

[data]
source = "../datasets/diabetes.csv"
target = "target"

[model]
hidden = [4]
"#;

/// What a change of a key does to the ids.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Effect {
    /// Every trial is another.
    New,
    /// Every trial is the same.
    Same,
    /// Some trials come or go, the others are the same.
    Chosen,
}

use Effect::{Chosen, New, Same};

struct Case {
    key: &'static str,
    base: &'static str,
    /// Keys that this one needs.
    given: &'static [&'static str],
    /// The key with another value.
    change: &'static [&'static str],
    effect: Effect,
}

const fn case(key: &'static str, change: &'static [&'static str], effect: Effect) -> Case {
    Case { key, base: BASE, given: &[], change, effect }
}

const fn given(
    key: &'static str,
    given: &'static [&'static str],
    change: &'static [&'static str],
    effect: Effect,
) -> Case {
    Case { key, base: BASE, given, change, effect }
}

const RATES: &str = "sweep.\"optimizer.learning_rate\"=[0.1, 0.2, 0.3]";
const BATCHES: &str = "sweep.\"train.batch\"=[8, 16, 32]";
const ROWS: &[&str] = &["data.source=../datasets/rows.csv", "data.target=class"];
const STEPS: &[&str] = &[
    "data.source=../datasets/steps.csv",
    "data.target=x",
    "data.sequence=colour",
    "data.time=t",
    "pairing=identity+mse",
];
const MASKED: &[&str] =
    &["data.source=../datasets/steps.csv", "data.target=colour", "data.mask=[\"blue\", \"green\", \"red\"]"];
const IMAGES: &[&str] = &["data.enlarge={ from = [2, 2], to = [4, 4] }"];
const NPY: &[&str] =
    &["data.source=../datasets/x.npy", "data.labels=../datasets/y.npy", "pairing=identity+mse"];
const NPZ: &[&str] = &["data.source=../datasets/four.npz", "data.x=a", "data.y=t", "pairing=identity+mse"];
const PAIRED: &[&str] = &["pairing={ activation = \"tanh\", loss = \"mse\" }"];
const LAYER: &[&str] = &["model.hidden=[{ units = 4 }]"];
const STOPPED: &[&str] = &[SPLIT, "train.early_stop={}"];
const STOPS: &[&str] = &[SPLIT, "train.stop_when={ metric = \"train.loss\", at_most = 0.1 }"];
/// Data of sequences, as a dense network sees it, and for a recurrent one.
const SEQUENCES: &[&str] = &["data.source=sign_of_sum", "pairing=softmax+cross_entropy"];
const RECURRENT: &[&str] = &["data.source=sign_of_sum", "pairing=softmax+cross_entropy", "model.kind=rnn"];
const WINDOW: &[&str] = &[
    "data.source=sign_of_sum",
    "pairing=softmax+cross_entropy",
    "model.kind=rnn",
    "model.truncate={ window = 1 }",
];
const CHUNK: &[&str] = &[
    "data.source=sign_of_sum",
    "pairing=softmax+cross_entropy",
    "model.kind=rnn",
    "model.truncate={ chunk = 2 }",
];
const SWEPT: &[&str] = &[SPLIT, RATES];

const DRAWN: &[&str] = &[
    SPLIT,
    "sweep.method=random",
    "sweep.configurations=6",
    "sweep.\"optimizer.learning_rate\"={ log_uniform = [0.01, 1.0] }",
];

/// Every key of every section.
static CASES: &[Case] = &[
    case("title", &["title=other"], Same),
    case("question", &["question=other?"], Same),
    case("notes", &["notes=other"], Same),
    case("pairing", &["pairing=sigmoid+mse"], New),
    given("pairing.activation", PAIRED, &["pairing.activation=sigmoid"], New),
    given("pairing.loss", PAIRED, &["pairing.loss=mae"], New),
    // What a mask does is asked where there is one, and refused elsewhere.
    given("pairing.masking", MASKED, &["pairing.masking=outputs"], New),
    given("pairing.reduction", PAIRED, &["pairing.reduction=sum"], New),
    case("data.source", &["data.source=../datasets/wine.csv", "data.target=class"], New),
    given(
        "data.target",
        &["pairing=identity+mse", "data.target=petal_width"],
        &["data.target=sepal_width"],
        New,
    ),
    case("data.features", &["data.features=[\"petal_width\", \"petal_length\"]"], New),
    case("data.ignore", &["data.ignore=petal_width"], New),
    given("data.sequence", STEPS, &["data.sequence=class"], New),
    given("data.time", STEPS, &["data.time=level"], New),
    given("data.mask", MASKED, &["data.mask=[\"blue\", \"off\", \"red\"]"], New),
    given("data.categorical", ROWS, &["data.categorical=level"], New),
    given("data.encoding", ROWS, &["data.encoding=ordinal"], New),
    // What lies in the file counts, not how its columns are told apart.
    given("data.delimiter", ROWS, &["data.source=../datasets/rows.dat.csv", "data.delimiter=;"], Same),
    given(
        "data.header",
        &["data.source=../datasets/bare.csv", "data.header=false", "data.target=column_3"],
        &["data.header=true", "data.target=\"0\""],
        New,
    ),
    Case { base: GENERATED, ..given("data.labels", NPY, &["data.labels=../datasets/z.npy"], New) },
    Case { base: GENERATED, ..given("data.x", NPZ, &["data.x=b"], New) },
    Case { base: GENERATED, ..given("data.y", NPZ, &["data.y=u"], New) },
    // A digest that must hold is a check; these stand for the digests of the files.
    case("data.sha256", &["data.sha256=SHA256 iris.csv"], Same),
    Case { base: GENERATED, ..given("data.labels_sha256", NPY, &["data.labels_sha256=SHA256 y.npy"], Same) },
    given(
        "data.task",
        &["data.source=../datasets/rows.csv", "data.target=level", "pairing=identity+mse"],
        &["data.task=regression"],
        New,
    ),
    case("data.scale", &["data.scale=standardize"], New),
    Case { base: REGRESSION, ..case("data.target_scale", &["data.target_scale=standardize"], New) },
    case("data.enlarge", &["data.enlarge={ from = [2, 2], to = [3, 4] }"], New),
    given("data.enlarge.from", IMAGES, &["data.enlarge.from=[1, 4]"], New),
    given("data.enlarge.to", IMAGES, &["data.enlarge.to=[4, 5]"], New),
    given("data.enlarge.method", IMAGES, &["data.enlarge.method=nearest"], New),
    case("data.polynomial", &["data.polynomial=2"], New),
    case("data.missing", &["data.missing=mean"], New),
    case("data.limit", &["data.limit=120"], New),
    case("data.split", &[SPLIT], New),
    case("data.weights", &["data.weights=balanced"], New),
    case("data.label_noise", &["data.label_noise=0.1"], New),
    Case { base: GENERATED, ..given("model.kind", SEQUENCES, &["model.kind=rnn"], New) },
    Case { base: GENERATED, ..given("model.cell", RECURRENT, &["model.cell=gru"], New) },
    Case {
        base: GENERATED,
        ..given("model.return_sequences", RECURRENT, &["model.return_sequences=true"], New)
    },
    Case { base: GENERATED, ..given("model.truncate", RECURRENT, &["model.truncate=2"], New) },
    Case { base: GENERATED, ..given("model.truncate.window", WINDOW, &["model.truncate.window=2"], New) },
    Case { base: GENERATED, ..given("model.truncate.chunk", CHUNK, &["model.truncate.chunk=3"], New) },
    Case {
        base: GENERATED,
        ..given("model.recurrent_init", RECURRENT, &["model.recurrent_init=normal"], New)
    },
    Case {
        base: GENERATED,
        ..given(
            "model.hidden.recurrent_init",
            RECURRENT,
            &["model.hidden=[{ units = 4, recurrent_init = \"normal\" }]"],
            New,
        )
    },
    case("model.hidden", &["model.hidden=[5]"], New),
    given("model.hidden.units", LAYER, &["model.hidden=[{ units = 5 }]"], New),
    given("model.hidden.activation", LAYER, &["model.hidden=[{ units = 4, activation = \"tanh\" }]"], New),
    given("model.hidden.init", LAYER, &["model.hidden=[{ units = 4, init = \"normal\" }]"], New),
    given("model.hidden.bias_init", LAYER, &["model.hidden=[{ units = 4, bias_init = \"normal\" }]"], New),
    given("model.hidden.bias", LAYER, &["model.hidden=[{ units = 4, bias = false }]"], New),
    given("model.hidden.dropout", LAYER, &["model.hidden=[{ units = 4, dropout = 0.1 }]"], New),
    case("model.activation", &["model.activation=tanh"], New),
    case("model.init", &["model.init=normal"], New),
    case("model.bias_init", &["model.bias_init=normal"], New),
    case("model.bias", &["model.bias=false"], New),
    case("model.dropout", &["model.dropout=0.1"], New),
    case("model.output", &["model.output={ bias = false }"], New),
    case("model.output.init", &["model.output.init=normal"], New),
    case("model.output.bias_init", &["model.output.bias_init=normal"], New),
    case("model.output.bias", &["model.output.bias=false"], New),
    case("model.precision", &["model.precision=f64"], New),
    case("optimizer.name", &["optimizer.name=adam"], New),
    case("optimizer.schedule", &["optimizer.schedule=cosine"], New),
    case("optimizer.weight_decay", &["optimizer.weight_decay=0.1"], New),
    case("optimizer.l1", &["optimizer.l1=0.1"], New),
    case("optimizer.l2", &["optimizer.l2=0.1"], New),
    case("optimizer.clip_norm", &["optimizer.clip_norm=1"], New),
    case("optimizer.clip_value", &["optimizer.clip_value=1"], New),
    case("fault.hidden_derivative", &["fault.hidden_derivative=relu_value"], New),
    case("fault.output_delta", &["fault.output_delta=wrong_sign"], New),
    case("fault.update", &["fault.update=accumulate"], New),
    Case {
        base: GENERATED,
        ..given("fault.time_index", RECURRENT, &["fault.time_index=first_step_used"], New)
    },
    case("fault.labels", &["fault.labels=shuffled"], New),
    case("fault.loss", &["fault.loss=parameters_ignored"], New),
    case("train.epochs", &["train.epochs=99"], New),
    case("train.steps", &["train.steps=99"], New),
    case("train.batch", &["train.batch=31"], New),
    case("train.sampling", &["train.sampling=sequential"], New),
    case("train.engine", &["train.engine=burn"], New),
    case("train.seeds", &["train.seeds=[0, 3, 99]"], Chosen),
    case("train.vary", &["train.vary=[\"init\"]"], New),
    case("train.checkpoint", &["train.checkpoint=10"], Same),
    given("train.early_stop", &[SPLIT], &["train.early_stop={}"], New),
    given("train.early_stop.metric", STOPPED, &["train.early_stop.metric=train.loss"], New),
    given("train.early_stop.patience", STOPPED, &["train.early_stop.patience=21"], New),
    given("train.early_stop.min_delta", STOPPED, &["train.early_stop.min_delta=0.1"], New),
    given("train.early_stop.restore_best", STOPPED, &["train.early_stop.restore_best=false"], New),
    given("train.stop_when", &[SPLIT], &["train.stop_when={ metric = \"train.loss\", at_most = 0.1 }"], New),
    given("train.stop_when.metric", STOPS, &["train.stop_when.metric=validation.loss"], New),
    given(
        "train.stop_when.at_least",
        &[],
        &["train.stop_when={ metric = \"train.accuracy\", at_least = 0.9 }"],
        New,
    ),
    given("train.stop_when.at_most", STOPS, &["train.stop_when.at_most=0.2"], New),
    given("sweep.method", SWEPT, &["sweep.method=grid"], Same),
    given(
        "sweep.zip",
        &[SPLIT, RATES, BATCHES],
        &["sweep.zip=[[\"optimizer.learning_rate\", \"train.batch\"]]"],
        Chosen,
    ),
    given("sweep.exclude", SWEPT, &["sweep.exclude=[{ \"optimizer.learning_rate\" = 0.2 }]"], Chosen),
    given(
        "sweep.when",
        &[SPLIT, RATES, BATCHES],
        &["sweep.when={ \"train.batch\" = { \"optimizer.learning_rate\" = 0.1 } }"],
        Chosen,
    ),
    given("sweep.configurations", DRAWN, &["sweep.configurations=4"], Chosen),
    // What is drawn is other numbers: a trial of each means something else.
    given("sweep.seed", DRAWN, &["sweep.seed=1"], New),
    given("sweep.stop_hopeless", SWEPT, &["sweep.stop_hopeless=true"], New),
    given("sweep.limit", SWEPT, &["sweep.limit=30"], Same),
    given("compare.by", SWEPT, &["compare.by=optimizer.learning_rate"], Same),
    given("compare.metric", SWEPT, &["compare.metric=loss"], Same),
    given(
        "compare.tune",
        &[SPLIT, RATES, BATCHES, "compare.by=train.batch"],
        &["compare.tune=optimizer.learning_rate"],
        Same,
    ),
    given("compare.rope", SWEPT, &["compare.rope=0.2"], Same),
    given("compare.rope.relative", SWEPT, &["compare.rope={ relative = 0.2 }"], Same),
    given(
        "compare.confirm",
        &[SPLIT, RATES, BATCHES, "compare.by=train.batch", "compare.tune=optimizer.learning_rate"],
        &["compare.confirm=3"],
        Same,
    ),
    given("compare.control", SWEPT, &["compare.control=\"0.1\""], Same),
    given("compare.success_margin", SWEPT, &["compare.success_margin=0.2"], Same),
    given("compare.confidence", SWEPT, &["compare.confidence=0.9"], Same),
    case("record.every", &["record.every=7"], Same),
    case("record.metrics", &["record.metrics=loss"], Same),
    case("record.models", &["record.models=all"], Same),
    case("report.figures", &["report.figures=false"], Same),
    case("report.notes", &["report.notes=other"], Same),
    case("diagnose.allow", &["diagnose.allow={ \"first-loss\" = \"asked for\" }"], Same),
];

/// Keys that have tests of their own, above, or that stand in files that are no experiments.
const ELSEWHERE: [&str; 3] = ["extends", "suite.experiments", "suite.searches"];

/// Every key of these parameters by its full name, with what it has when it is not written.
fn keys(of: &'static [Param], prefix: &str, found: &mut Vec<(String, Default)>) {
    fn tables(kind: &'static Kind) -> Vec<&'static [Param]> {
        match kind {
            Kind::Table(params) => vec![params],
            Kind::OneOf(kinds) => kinds.iter().flat_map(tables).collect(),
            Kind::List(kind) => tables(kind),
            _ => Vec::new(),
        }
    }
    for param in of {
        let name = format!("{prefix}{}", param.key);
        found.push((name.clone(), param.default));
        tables(&param.kind).into_iter().for_each(|below| keys(below, &format!("{name}."), found));
    }
}

fn all_keys() -> Vec<(String, Default)> {
    let mut found = Vec::new();
    keys(sections::TOP, "", &mut found);
    SECTIONS.iter().for_each(|section| keys(section.keys, &format!("{}.", section.name), &mut found));
    found
}

/// Overrides as the table has them, with the digests they name.
fn filled(bench: &Bench, overrides: &[&str]) -> Vec<String> {
    let fill = |text: &&str| match text.split_once("SHA256 ") {
        Some((key, name)) => {
            let bytes = runner::disk::read(&bench.project.path("datasets").join(name)).unwrap();
            format!("{key}{}", runner::disk::sha256(&bytes))
        }
        None => text.to_string(),
    };
    overrides.iter().map(fill).collect()
}

#[test]
fn every_key_changes_the_ids_or_means_nothing_to_a_trial() {
    let bench = Bench::new();
    let known: BTreeSet<&str> = CASES.iter().map(|case| case.key).chain(ELSEWHERE).collect();
    let all = all_keys();
    let language: BTreeSet<&str> = all.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(known, language, "a key of the language has no case here, or a case has no key");
    let effect = |case: &Case| {
        let given = filled(&bench, case.given);
        let before = bench.ids(case.base, &given)?;
        let after = bench.ids(case.base, &[given, filled(&bench, case.change)].concat())?;
        Ok::<_, String>(match before.intersection(&after).count() {
            0 => New,
            _ if before == after => Same,
            _ => Chosen,
        })
    };
    let found = CASES.iter().map(|case| (case, effect(case)));
    let wrong = found.filter(|(case, found)| *found != Ok(case.effect));
    let wrong: Vec<String> = wrong.map(|(case, found)| format!("{}: {found:?}", case.key)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_default_written_out_keeps_every_id() {
    let bench = Bench::new();
    let mut written = 0;
    for (key, default) in all_keys() {
        let Some(value) = as_toml(default) else { continue };
        let Some(case) = CASES.iter().find(|case| case.key == key) else {
            assert!(ELSEWHERE.contains(&key.as_str()), "{key}");
            continue;
        };
        // Where the key is given another value, it is not at its default.
        if case.given.iter().any(|text| text.starts_with(&format!("{key}="))) {
            continue;
        }
        let given = filled(&bench, case.given);
        let before = bench.sound(case.base, &given);
        let after = bench.sound(case.base, &[given, vec![format!("{key}={value}")]].concat());
        assert!(before == after, "{key} = {value}");
        written += 1;
    }
    assert!(written > 30, "{written}");
}
