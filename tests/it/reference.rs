//! Generated files are up to date, and the schema says what the loader says. `UPDATE=1 cargo test` writes them anew.

use std::path::{Path, PathBuf};

use runner::catalog::{Default, Entry, Facts, Family, Param, explain, reference, schema, sections};
use serde_json::Value;

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[expect(clippy::disallowed_methods, reason = "the one switch of the tests, as in insta")]
fn update() -> bool {
    std::env::var("UPDATE").is_ok_and(|v| v == "1")
}

#[track_caller]
fn up_to_date(path: &str, text: &str) {
    let file = project(path);
    if update() {
        runner::disk::create_folder(file.parent().unwrap()).unwrap();
        runner::disk::replace(&file, text.as_bytes()).unwrap();
    }
    let committed = runner::disk::read(&file).unwrap_or_default();
    assert!(
        committed == text.as_bytes(),
        "{path} is out of date; `UPDATE=1 cargo test --test it reference` writes it"
    );
}

fn schema_text() -> String {
    serde_json::to_string_pretty(&schema::schema(&runner::cli::catalog())).unwrap() + "\n"
}

#[test]
fn the_reference_page_is_up_to_date() {
    up_to_date("experiments/REFERENCE.md", &reference::page(&runner::cli::catalog()));
}

#[test]
fn the_schema_is_up_to_date() {
    up_to_date("experiments/schema.json", &schema_text());
}

/// TOML as JSON, as an editor's validator sees it.
fn json(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(s) => Value::from(s.as_str()),
        toml::Value::Integer(i) => Value::from(*i),
        toml::Value::Float(x) => Value::from(*x),
        toml::Value::Boolean(b) => Value::from(*b),
        toml::Value::Datetime(d) => Value::from(d.to_string()),
        toml::Value::Array(items) => items.iter().map(json).collect(),
        toml::Value::Table(table) => Value::Object(table.iter().map(|(k, v)| (k.clone(), json(v))).collect()),
    }
}

fn parsed(text: &str) -> Value {
    json(&toml::Value::Table(text.parse().unwrap()))
}

/// Whether a document satisfies the schema, and why not.
fn verdict(document: &Value) -> Result<(), String> {
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    compiler.set_default_draft(boon::Draft::V2020_12);
    compiler.add_resource("schema.json", schema::schema(&runner::cli::catalog())).unwrap();
    let index = compiler.compile("schema.json", &mut schemas).unwrap();
    schemas.validate(document, index).map_err(|e| format!("{e:#}"))
}

fn experiments() -> Vec<PathBuf> {
    let mut files = runner::disk::list(&project("experiments")).unwrap_or_default();
    files.retain(|p| p.extension().is_some_and(|e| e == "toml"));
    files.push(project("tests/cases/config/parts/extends.toml"));
    files.push(project("tests/cases/config/parts/base/base.toml"));
    files
}

#[test]
fn every_experiment_satisfies_the_schema() {
    for path in experiments() {
        let text = String::from_utf8(runner::disk::read(&path).unwrap()).unwrap();
        verdict(&parsed(&text)).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    }
    verdict(&parsed(runner::config::TEMPLATE)).unwrap();
}

#[test]
fn the_resolved_experiment_satisfies_the_schema() {
    let path = project("tests/cases/config/parts/extends.toml");
    let request = runner::config::Request { path, ..std::default::Default::default() };
    let loaded = runner::config::load(&request, &runner::cli::catalog());
    verdict(&parsed(&loaded.experiment.unwrap().resolved)).unwrap();
}

#[test]
fn the_schema_refuses_what_the_loader_refuses() {
    let bad = [
        "[train]\nepoch = 3",
        "[model]\nactivation = \"rleu\"",
        "[optimizer]\nlearning_rate = -1",
        "titel = \"x\"",
        "pairing = \"softmax\"",
        "[sweep]\n\"optimizer.learning_rte\" = [1]",
        "[expect]\n\"a.test.loss\" = { mean = 1 }",
        "[sweep]\n\"train.batch\" = [16, \"all\"]",
        "[model]\nhidden = [{ unit = 3 }]",
    ];
    for text in bad {
        assert!(verdict(&parsed(text)).is_err(), "{text}");
    }
    let good = [
        "[train]\nbatch = \"full\"",
        "[model]\nactivation = { name = \"leaky_relu\", slope = 0.1 }",
        "[sweep]\n\"model.activation\" = [\"relu\", { name = \"elu\", alpha = 0.5 }]",
        "[data]\nsplit = { folds = 5 }",
        "[variants.a]\noptimizer.name = \"adam\"\n\"model.hidden\" = [3]",
        "[data]\nsource = \"../x.csv\"",
    ];
    for text in good {
        verdict(&parsed(text)).unwrap_or_else(|e| panic!("{text}: {e}"));
    }
}

#[test]
fn every_page_of_explain_can_be_had() {
    let catalog = runner::cli::catalog();
    for entry in catalog.all() {
        let page = explain::explain(&catalog, entry.name).unwrap();
        assert!(page.contains(entry.summary), "{}", entry.name);
    }
    for section in sections::SECTIONS {
        assert!(explain::explain(&catalog, section.name).is_ok(), "{}", section.name);
        for param in section.keys {
            let dotted = format!("{}.{}", section.name, param.key);
            assert!(explain::explain(&catalog, &dotted).unwrap().contains(param.docs), "{dotted}");
        }
    }
    for code in runner::diagnostic::CODES {
        assert!(explain::explain(&catalog, code.name).unwrap().contains(code.summary));
    }
    for (word, told) in [
        ("gru", "h_t = z_t ⊙ h_{t-1} + (1 - z_t) ⊙ c_t"),
        ("lstm", "c_t = f_t ⊙ c_{t-1} + i_t ⊙ g_t"),
        ("elman", "h_t = f(x_t U + h_{t-1} W + b)"),
        ("rnn", "h_t = f(x_t U + h_{t-1} W + b)"),
        ("truncate", "which are k + 1 steps"),
        ("model.bias", "z = x W[..I] - W[I]"),
        ("tied", "`layer_k.bias` is `[1]`"),
        ("skill", "(accuracy - majority share) / (1 - majority share)"),
        ("baseline", "it gives every row the same answer"),
        ("learned", "`compare.success_margin` or more"),
        ("success_margin", "`compare.success_margin` or more"),
        ("hopeless", "`[sweep] stop_hopeless = true`"),
        ("stop_hopeless", "So a budget of fewer than 7 epochs is never cut"),
        ("doctor", "`runner doctor FILE` says why"),
        ("probe", "rows at even distances over the training part"),
    ] {
        assert!(explain::explain(&catalog, word).unwrap().contains(told), "{word}");
    }
    assert!(explain::explain(&catalog, "truncate").unwrap().contains("model.truncate"));
    assert_eq!(explain::explain(&catalog, "sofmax"), Err(Some("softmax".into())));
    assert_eq!(explain::explain(&catalog, "hopless"), Err(Some("hopeless".into())));
    assert_eq!(explain::explain(&catalog, "optimizer.momentun"), Err(Some("optimizer.momentum".into())));
    assert_eq!(explain::list(&catalog, Some(Family::Sampler)).len(), 7);
}

fn sound_default(owner: &str, param: &'static Param) {
    use runner::catalog::Kind;
    let inside = match (&param.kind, &param.default) {
        (Kind::Real(range), Default::Real(x)) => range.contains(*x),
        (Kind::Count { min, max }, Default::Count(n)) => (min..=max).contains(&n),
        (Kind::Flag, Default::Flag(_)) | (_, Default::Required | Default::Absent) => true,
        (Kind::Choice(words), Default::Word(w)) => words.contains(w),
        (Kind::Text, Default::Word(_)) => true,
        (Kind::Member(family), Default::Word(w)) => runner::cli::catalog().find(*family, w).is_some(),
        (Kind::OneOf(_), _) => true,
        _ => false,
    };
    assert!(inside, "the default of `{owner}.{}` is not a value it may have", param.key);
    assert!(param.docs.ends_with('.'), "`{owner}.{}` is told without a full stop: {}", param.key, param.docs);
}

#[test]
fn every_default_is_a_value_that_may_be_written() {
    for section in sections::SECTIONS {
        section.keys.iter().for_each(|p| sound_default(section.name, p));
    }
    for table in [
        sections::TOP,
        sections::PAIRING,
        sections::LAYER,
        sections::OUTPUT,
        sections::EARLY_STOP,
        sections::STOP_WHEN,
    ] {
        table.iter().for_each(|p| sound_default("", p));
    }
    let catalog = runner::cli::catalog();
    catalog.all().for_each(|e: &'static Entry| e.params.iter().for_each(|p| sound_default(e.name, p)));
    // Parameters of an optimizer stand beside the section's own keys.
    for entry in catalog.family(Family::Optimizer) {
        for param in entry.params {
            assert!(!sections::OPTIMIZER.iter().any(|p| p.key == param.key), "{}.{}", entry.name, param.key);
        }
        let searches = matches!(entry.facts, Facts::LineSearch);
        assert!(entry.params.iter().any(|p| p.key == "learning_rate") != searches, "{}", entry.name);
    }
}
