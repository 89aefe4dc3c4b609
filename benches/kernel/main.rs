//! Micro-benches of the fused kernel: elementary functions, the forms of the catalogue, and whole epochs against a bare kernel.
//!
//! `benches/README.md` says how to run them and what they gave. They compare `runner` with itself; rivals run in `race/`.

mod clock;
mod epochs;
mod forms;
mod functions;
mod limit;
mod looks;
#[expect(dead_code, reason = "written for the tests; the benches use a part of it")]
#[path = "../../tests/it/networks.rs"]
mod networks;
mod paths;
mod works;

use criterion::Criterion;

use crate::clock::ThreadTime;

fn main() {
    epochs::check_limit();
    // Not a bench of criterion, which measures one thing after another: ratios need them in turn.
    if std::env::args().any(|argument| argument == "ratios") {
        return epochs::ratios();
    }
    if std::env::args().any(|argument| argument == "paths") {
        return paths::ratios();
    }
    if std::env::args().any(|argument| argument == "looks") {
        return looks::ratios();
    }
    let mut criterion = Criterion::default().with_measurement(ThreadTime).configure_from_args();
    functions::bench(&mut criterion);
    forms::activations(&mut criterion);
    forms::losses(&mut criterion);
    forms::optimizers(&mut criterion);
    epochs::bench(&mut criterion);
    criterion.final_summary();
}
