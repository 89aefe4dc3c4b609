//! The corpus that rules of diagnosis are judged by: every case is an experiment that runner takes.
//!
//! Training it is the business of its bench.

use std::path::Path;

use runner::config::{Request, load};

// Its own tests come with it.
#[path = "../../benches/diagnosis/cases/mod.rs"]
mod cases;

/// A fault that runner refuses could not be diagnosed, and a healthy run that it refuses is none.
#[test]
fn every_case_is_a_sound_experiment() {
    let catalog = runner::cli::catalog();
    let mut checked = 0;
    for case in cases::faulty("../../datasets", "").into_iter().chain(cases::healthy("../../datasets", "")) {
        for text in [Some(&case.toml), case.twin.as_ref()].into_iter().flatten() {
            let path = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("experiments/corpus")
                .join(format!("{}.toml", case.name));
            let request =
                Request { path, text: Some((case.name.clone(), text.clone())), ..Request::default() };
            let loaded = load(&request, &catalog);
            assert!(loaded.experiment.is_some(), "{}: {:?}", case.name, loaded.diagnostics);
            checked += 1;
        }
    }
    assert!(checked > 1000, "{checked}");
}
