//! Looks inside networks: whole trainings with them and without.
//!
//! The figures say what part of its time a trial spends on being looked into; the rule in `train/looks.rs` that decides how often was
//! chosen on them.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use runner::event::{Event, Observer, Stateless};
use runner::plan::{Pack, Places, Planner, Queue};
use runner::train::{self, Inputs, Looking, Setting, Shapes};
use runner::{cli, config};

use crate::clock;

/// Data, target, hidden layers, epochs, members.
const WORKS: &[(&str, &str, &str, usize, usize)] = &[
    ("iris", "species", "[5, 6]", 3, 256),
    ("iris", "species", "[5, 6]", 30, 64),
    ("iris", "species", "[5, 6]", 100, 64),
    ("iris", "species", "[5, 6]", 300, 64),
    ("iris", "species", "[5, 6]", 300, 1),
    ("wine", "class", "[32]", 100, 16),
    ("digits", "label", "[32]", 30, 10),
    ("digits", "label", "[64, 32]", 30, 4),
];

struct Nobody;

impl Observer for Nobody {
    fn on(&mut self, _: &Event<'_>) {}
}

/// An experiment of one configuration, ready to be trained as one pack.
struct Work {
    experiment: runner::spec::Experiment,
    plan: runner::plan::Plan,
    inputs: Inputs,
    shapes: Shapes,
}

impl Work {
    fn new(data: &str, target: &str, hidden: &str, epochs: usize, members: usize) -> Work {
        let text = format!(
            "title = \"Looks\"\npairing = \"softmax+cross_entropy\"\n[data]\nsource = \"../datasets/{data}.csv\"\ntarget = \"{target}\"\n\
             scale = \"standardize\"\nsplit = {{ test = 0.2, validation = 0.2 }}\n[model]\nhidden = {hidden}\nactivation = \"relu\"\n\
             [optimizer]\nname = \"sgd\"\nlearning_rate = 0.05\n[train]\nepochs = {epochs}\nbatch = 16\nseeds = {members}\n"
        );
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments/looks.toml");
        let request = config::Request { path, text: Some(("looks".into(), text)), ..Default::default() };
        let mut loaded = config::load(&request, &cli::catalog());
        let (Some(experiment), Some(resolver)) = (loaded.experiment, loaded.resolver) else {
            panic!("{:?}", loaded.diagnostics)
        };
        let mut planner = Planner::new(&experiment);
        let (mut plan, mut inputs) = (planner.empty(), Inputs::new(0));
        let round = planner.ask(&plan, &resolver).expect("one configuration");
        inputs.load(round.configurations(), &mut loaded.sources).expect("committed data");
        planner.add(&mut plan, round, |data| inputs.digest(data));
        let shapes = Shapes::of(&inputs, &plan).expect("every split can be made");
        Work { experiment, plan, inputs, shapes }
    }

    /// Nanoseconds.
    fn time(&self, looking: Looking) -> f64 {
        let trials: Vec<usize> = (0..self.plan.trials.len()).collect();
        let places = Places { members: trials.len(), samples: trials.len() };
        let setting = Setting {
            experiment: &self.experiment,
            plan: &self.plan,
            inputs: &self.inputs,
            shapes: &self.shapes,
            columns: &train::columns(&self.experiment, self.shapes.all()),
            every: None,
            looking,
            tells: false,
            hopeless: &runner::diagnose::NotLearning,
            queue: &Queue::default(),
            states: &Stateless,
            stop: &AtomicBool::new(false),
        };
        let start = clock::now();
        train::run(&setting, &Pack { index: 0, group: 0, trials, bytes: 0, places }, &mut Nobody);
        clock::now() - start
    }
}

/// Prints the table of `benches/README.md`: the fastest of a few trainings of each, in turn.
#[expect(clippy::print_stdout, reason = "what was asked for")]
pub(crate) fn ratios() {
    println!("| training | members | without, ms | as usual | always |");
    println!("|---|--:|--:|--:|--:|");
    for (data, target, hidden, epochs, members) in WORKS {
        let work = Work::new(data, target, hidden, *epochs, *members);
        let ways = [Looking::Never, Looking::Affordable, Looking::Always];
        let mut best = [f64::INFINITY; 3];
        for _ in 0..12 {
            for (way, best) in ways.iter().zip(&mut best) {
                *best = best.min(work.time(*way));
            }
        }
        let [never, usual, always] = best;
        println!(
            "| {data} {hidden}, {epochs} epochs | {members} | {:.1} | {:.3} | {:.3} |",
            never * 1e-6,
            usual / never,
            always / never
        );
    }
}
