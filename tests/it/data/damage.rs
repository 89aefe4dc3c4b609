//! Damaged files: every reader, given any truncation or any flipped bit, returns a data set or faults and never panics.
//!
//! The positions are fixed, so a failure can be repeated.

use std::io::Write as _;
use std::path::Path;

use runner::data;
use runner::diagnostic::Sources;
use runner::spec::{self, Format, Missing};

use super::{CSV, at, file, rendered, root, section, sources};

/// Flips and cuts at up to this many positions of a file.
const POSITIONS: usize = 400;

/// Reads every damaged form of `bytes` as `spec` says; the file stands at `path`.
fn check(bytes: &[u8], path: &Path, spec: &spec::Data) {
    let step = bytes.len().div_ceil(POSITIONS).max(1);
    let read = |damaged: &[u8]| {
        // Without the syncing of `disk::replace`: thousands of files are written.
        std::fs::File::create(path).and_then(|mut file| file.write_all(damaged)).unwrap();
        let mut all = sources();
        if let Err(faults) = data::load(spec, &mut all) {
            assert!(!faults.is_empty() && faults.len() <= 2 * data::FAULTS_MAX);
            assert!(!rendered(&faults, &all).is_empty());
        }
        let mut all = Sources::default();
        all.add("command line", "runner data file");
        let _ = data::describe("file", path, &at(), &mut all).map(|d| d.to_text());
    };
    for position in (0..bytes.len()).step_by(step) {
        read(&bytes[..position]);
        for bit in [0, 3, 7] {
            let mut damaged = bytes.to_vec();
            damaged[position] ^= 1 << bit;
            read(&damaged);
        }
        let mut doubled = bytes.to_vec();
        doubled.insert(position, bytes[position]);
        read(&doubled);
    }
}

fn damage(name: &str, spec: impl Fn(&Path) -> spec::Data) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let bytes = runner::disk::read(&root().join("tests/cases/data").join(name)).unwrap();
    check(&bytes, &path, &spec(&path));
}

#[test]
fn text_survives() {
    for policy in [Missing::Error, Missing::DropRow, Missing::Mean] {
        damage("quoted_cell.csv", |path| {
            let mut spec = section(file("quoted_cell.csv", path.into(), CSV), &["class"]);
            spec.missing = policy;
            spec.categorical = vec!["b".into()];
            spec
        });
    }
    damage("crlf_bom.csv", |path| section(file("crlf_bom.csv", path.into(), CSV), &["class"]));
}

#[test]
fn idx_survives() {
    let labels = root().join("tests/cases/data/y-idx1");
    let format = Format::Idx { labels_written: "y".into(), labels, sha256: None, labels_sha256: None };
    damage("x-idx2", |path| section(file("x-idx2", path.into(), format.clone()), &[]));
    damage("cut-idx2.gz", |path| section(file("cut-idx2.gz", path.into(), format.clone()), &[]));
}

#[test]
fn npy_and_npz_survive() {
    let labels = Some(root().join("tests/cases/data/y.npy"));
    let npy = Format::Npy {
        labels_written: Some("y.npy".into()),
        labels,
        x: None,
        y: None,
        sha256: None,
        labels_sha256: None,
    };
    damage("x.npy", |path| section(file("x.npy", path.into(), npy.clone()), &[]));
    let npz = Format::Npy {
        labels_written: None,
        labels: None,
        x: None,
        y: None,
        sha256: None,
        labels_sha256: None,
    };
    damage("good.npz", |path| section(file("good.npz", path.into(), npz.clone()), &[]));
}
