//! Data: files and generators read, split, prepared, and described; bad files told; damaged files survived.

use std::path::{Path, PathBuf};

use runner::catalog::{Choice, Family, Value};
use runner::data::{self, Dataset};
use runner::diagnostic::{Diagnostic, SourceId, Sources, Span, render};
use runner::spec::{self, Encoding, Format, Missing, Source, Split, Weights};

mod bad;
mod damage;
mod describe;
mod files;
mod label_noise;
mod prepare;
mod sequences;
mod split;

/// A member of a family of data with its defaults.
fn choice(family: Family, name: &str) -> Choice {
    let entries = data::entries();
    let entry = entries.iter().find(|e| e.family == family && e.name == name).unwrap();
    Choice::defaults(entry)
}

fn with(mut choice: Choice, key: &str, value: Value) -> Choice {
    let index = choice.entry.params.iter().position(|p| p.key == key).unwrap();
    choice.values[index] = Some(value);
    choice
}

/// Where the experiment names its source, in every test: the first source.
fn at() -> Span {
    Span { source: SourceId(0), range: 9..15 }
}

fn sources() -> Sources {
    let mut sources = Sources::default();
    sources.add("experiment.toml", "source = \"file\"\n");
    sources
}

fn section(source: Source, target: &[&str]) -> spec::Data {
    spec::Data {
        source,
        target: target.iter().map(|t| t.to_string()).collect(),
        features: Vec::new(),
        ignore: Vec::new(),
        sequence: None,
        time: None,
        mask: Vec::new(),
        categorical: Vec::new(),
        encoding: Encoding::OneHot,
        task: None,
        scale: choice(Family::Scale, "none"),
        target_scale: choice(Family::Scale, "none"),
        enlarge: None,
        polynomial: 1,
        missing: Missing::Error,
        limit: None,
        split: Split::None,
        weights: Weights::Equal,
        label_noise: 0.0,
        places: spec::Places::default(),
    }
}

fn file(written: &str, path: PathBuf, format: Format) -> Source {
    Source::File { written: written.into(), path, format, span: at() }
}

const CSV: Format = Format::Csv { delimiter: None, header: true, sha256: None };

/// A CSV file of the project's `datasets` folder.
fn bundled(name: &str, target: &str) -> spec::Data {
    section(file(name, root().join("datasets").join(name), CSV), &[target])
}

fn generated(choice: Choice) -> spec::Data {
    section(Source::Generator { choice, span: at() }, &[])
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Reads a CSV text through a file of the same name.
fn read_text(text: &[u8], change: impl FnOnce(&mut spec::Data)) -> Result<Dataset, Vec<Diagnostic>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    runner::disk::replace(&path, text).unwrap();
    let mut spec = section(file("t.csv", path, CSV), &["class"]);
    change(&mut spec);
    data::load(&spec, &mut sources())
}

#[track_caller]
fn load(spec: &spec::Data) -> Dataset {
    let mut sources = sources();
    match data::load(spec, &mut sources) {
        Ok(dataset) => dataset,
        Err(faults) => panic!("{}", rendered(&faults, &sources)),
    }
}

fn rendered(faults: &[Diagnostic], sources: &Sources) -> String {
    let texts: Vec<String> = faults.iter().map(|f| render(f, sources, false)).collect();
    texts.join("\n")
}
