//! The manifest: digests of everything that makes up the results and of every file, so that they can be verified later.
//!
//! No clock, no path of the machine, no thread count: a second run gives the same bytes.

use super::{File, Results};
use crate::disk;

/// Version of the results folder's layout. Raised when a reader of the old one would misread the new one.
pub const FORMAT_VERSION: u32 = 1;

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digested {
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
}

impl File {
    pub fn digested(&self) -> Digested {
        Digested {
            name: self.name.clone(),
            bytes: self.bytes.len() as u64,
            sha256: disk::sha256(&self.bytes),
        }
    }
}

/// What trained the results.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    pub runner_version: String,
    /// Changes when the same trial would give other numbers.
    pub numerics_version: u32,
    /// `ndarray`.
    pub device: String,
    /// `burn 0.22.1`.
    pub engine: String,
}

/// `manifest.toml` over the canonical files given, sorted by name.
pub fn manifest(results: &Results<'_>, files: &[Digested], facts: &Facts) -> File {
    let experiment = results.experiment;
    let mut out = format!(
        "format = {FORMAT_VERSION}\nrunner = {}\nnumerics = {}\ndevice = {}\nengine = {}\n",
        quoted(&facts.runner_version),
        facts.numerics_version,
        quoted(&facts.device),
        quoted(&facts.engine)
    );
    let (planned, view) = (results.plan.trials.len(), super::view::View::new(results));
    out.push_str(&format!(
        "\n[experiment]\nname = {}\nfile = {}\nset = {}\nsha256 = \"{}\"\ntrials = {planned}\ndone = {}\nrecorded_every = {}\nmetrics_every = {}\n",
        quoted(&experiment.name),
        quoted(&experiment.file),
        list(&experiment.overrides),
        disk::sha256(experiment.resolved.as_bytes()),
        planned - view.missing(),
        match view.recorded_every() {
            (least, most) if least == most => least.to_string(),
            (least, most) => format!("[{least}, {most}]"),
        },
        view.metrics_every()
    ));
    let statements = super::statements(results);
    out.push_str(&told(&experiment.title, &experiment.question, &statements, files));
    for data in &results.data {
        out.push_str(&format!(
            "\n[[data]]\nname = {}\nrows = {}\nsha256 = {}\n",
            quoted(&data.name),
            data.rows,
            quoted(&data.digest)
        ));
        for (name, digest) in &data.files {
            out.push_str(&format!("[[data.files]]\nname = {}\nsha256 = {}\n", quoted(name), quoted(digest)));
        }
    }
    out.push_str(&listed(files));
    File { name: "manifest.toml".into(), bytes: out.into_bytes() }
}

/// What an index of results says of a folder.
pub(super) fn told(title: &str, question: &str, statements: &[String], files: &[Digested]) -> String {
    // The first of these that is there shows most.
    const FIGURES: [&str; 5] = ["datasets", "distribution", "response", "metric", "loss"];
    let path = |name: &&str| format!("figures/{name}.svg");
    let mut shown = FIGURES.iter().map(path).chain(files.iter().map(|f| f.name.clone()));
    let is_there = |name: &String| name.starts_with("figures/") && files.iter().any(|f| f.name == *name);
    let figure = shown.find(is_there).unwrap_or_default();
    format!(
        "\n[told]\ntitle = {}\nquestion = {}\nstatements = {}\nfigure = {}\n",
        quoted(title),
        quoted(question),
        list(statements),
        quoted(&figure)
    )
}

fn list(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|t| quoted(t)).collect::<Vec<_>>().join(", "))
}

/// The files of a folder, sorted by name, as a manifest lists them.
pub(super) fn listed(files: &[Digested]) -> String {
    let mut out = String::new();
    let mut sorted: Vec<&Digested> = files.iter().collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    for file in sorted {
        out.push_str(&format!(
            "\n[[files]]\nname = {}\nbytes = {}\nsha256 = \"{}\"\n",
            quoted(&file.name),
            file.bytes,
            file.sha256
        ));
    }
    out
}

/// A TOML basic string (TOML 1.0): quotes, backslashes, and control characters escaped.
pub(super) fn quoted(t: &str) -> String {
    let escape = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{:04X}", u32::from(c)),
        c => c.to_string(),
    };
    format!("\"{}\"", t.chars().map(escape).collect::<String>())
}
