//! Recurrent layers and masks: the fused engine against the reference path, which is what they took before.

use std::hint::black_box;
use std::sync::Arc;

use runner::nn::{self, Feed, Rows, Samples, Shape, Trainer};
use runner::spec::{Cell, Engine, Precision, Recurrent, Truncate};

use crate::clock;
use crate::networks::{self, Setup};

/// Time steps of a sequence.
const STEPS: usize = 10;
const ROWS: usize = 20;

/// A cell, or masks on a dense layer where there is none; and units.
const WORKS: &[(Option<Cell>, usize)] = &[
    (Some(Cell::Elman), 12),
    (Some(Cell::Elman), 64),
    (Some(Cell::Elman), 128),
    (Some(Cell::Gru), 12),
    (Some(Cell::Gru), 64),
    (Some(Cell::Lstm), 12),
    (Some(Cell::Lstm), 64),
    (Some(Cell::Lstm), 128),
    (None, 32),
];

/// Calls that each make one more step on one batch.
fn way(cell: Option<Cell>, units: usize, members: usize, engine: Engine) -> impl FnMut() {
    let (steps, has_mask) = if cell.is_some() { (STEPS, false) } else { (1, true) };
    let shape = Shape { features: 4, outputs: 4, steps, answers: 1 };
    let setup = Setup {
        hidden: vec![networks::layer(units, networks::activation("tanh"))],
        recurrent: cell.map(|cell| Recurrent { cell, return_sequences: false, truncate: Truncate::Never }),
        optimizer: networks::optimizer("adam", &[("learning_rate", 1e-4)]),
        precision: Precision::F32,
        has_mask,
        engine,
        ..Setup::new()
    };
    let configuration = setup.configuration();
    let member = |seed| nn::Member { configuration: &configuration, init_seed: seed, noise_seed: 0 };
    let mut trainer = Trainer::new(&(0..members as u64).map(member).collect::<Vec<_>>(), shape);
    let x = networks::numbers(1, ROWS * steps * shape.features);
    let y: Vec<f64> = (0..ROWS * 4).map(|at| f64::from(u8::from(at % 4 == at / 4 % 4))).collect();
    let mask: Vec<f64> = (0..ROWS * 4).map(|at| f64::from(u8::from(at % 4 != (at / 4 + 1) % 4))).collect();
    let mask = if has_mask { &mask[..] } else { &[] };
    let samples = Samples::of(shape, Precision::F32, Rows { x: &x, y: &y, mask, ..Rows::default() });
    let feed = Feed::whole(vec![Arc::new(samples)], vec![0; members]);
    move || {
        black_box(trainer.advance(&feed, 1, None));
    }
}

/// Prints the table of `benches/README.md`: the fastest of a few calls of each, in turn.
#[expect(clippy::print_stdout, reason = "what was asked for")]
pub(crate) fn ratios() {
    println!("| network | members | fused | reference | reference / fused |");
    println!("|---|--:|--:|--:|--:|");
    for (cell, units) in WORKS {
        for members in [1, 8, 64] {
            let mut ways: [Box<dyn FnMut()>; 2] = [Engine::Fused, Engine::Burn]
                .map(|engine| Box::new(way(*cell, *units, members, engine)) as Box<dyn FnMut()>);
            let mut best = [f64::INFINITY; 2];
            for _ in 0..15 {
                for (way, best) in ways.iter_mut().zip(&mut best) {
                    let start = clock::now();
                    way();
                    *best = best.min(clock::now() - start);
                }
            }
            let [fused, reference] = best.map(|time| time * 1e-3 / members as f64);
            let name = cell.map_or("dense, masks", Cell::name);
            println!(
                "| {name} {units} | {members} | {fused:.1} | {reference:.1} | {:.1} |",
                reference / fused
            );
        }
    }
}
