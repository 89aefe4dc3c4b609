//! Every activation, loss, and optimizer of the catalogue: what a number costs, in the smallest network around it.
//!
//! Forms cannot be called alone, so each time includes that network, which is the same for all: the identity, mean absolute
//! error, and plain gradient descent say what it costs.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use runner::catalog::{Choice, Facts, Family};
use runner::kernel::{self, Feed, Network, Set, Table, Training};
use runner::nn::{activation, loss, optimizer};

use crate::clock::ThreadTime;
use crate::networks::{self, choice};
use crate::works;

/// One member a lane, however many lanes there are.
const MEMBERS: usize = 16;
const ROWS: usize = 128;
const UNITS: usize = 64;
const OUTPUTS: usize = 16;

/// A table of random samples; targets are positive and, roughly, distributions.
fn table(rows: usize, features: usize, outputs: usize) -> Table {
    let x = networks::numbers(1, rows * features);
    let y: Vec<f64> = networks::numbers(2, rows * outputs).iter().map(|v| v.abs() / outputs as f64).collect();
    Table::new(features, outputs, &x, &y, &[])
}

fn parameters(network: &Network) -> Vec<f32> {
    let count = network.parameters() * MEMBERS;
    networks::numbers(3, count).iter().map(|v| *v as f32 * 0.5).collect()
}

fn feed<'a>(table: &'a Table, order: &'a [u32], batch: usize) -> Feed<'a> {
    let (table_of, order_of) = (vec![0; MEMBERS], vec![0; MEMBERS]);
    Feed {
        tables: vec![table],
        table_of,
        orders: vec![order],
        order_of,
        rows: order.len(),
        batch,
        first: 0,
        apart: 0,
    }
}

/// One feature, a layer of the activation, one output. An element is a number that passes the activation.
pub(crate) fn activations(c: &mut Criterion<ThreadTime>) {
    let table = table(ROWS, 1, 1);
    let order: Vec<u32> = (0..ROWS as u32).collect();
    let feed = feed(&table, &order, ROWS);
    let mse = works::form_of(loss::mse::THIS.lanes, &networks::loss("mse"));
    for member in activation::ALL {
        let hidden = works::layer(UNITS, &Choice::defaults(&member.entry), MEMBERS);
        let output = works::layer(1, &networks::activation("identity"), MEMBERS);
        let network = works::small(1, vec![hidden, output], mse, false, Vec::new(), MEMBERS);
        let w = parameters(&network);
        let set = Set::best();
        let numbers = Throughput::Elements((MEMBERS * ROWS * UNITS) as u64);
        let mut group = c.benchmark_group("activations/forward");
        group.throughput(numbers.clone());
        group.bench_function(member.entry.name, |b| {
            b.iter(|| kernel::evaluate(set, &network, &feed, black_box(&w), false));
        });
        group.finish();
        let mut group = c.benchmark_group("activations/forward and back");
        group.throughput(numbers);
        group.bench_function(member.entry.name, |b| {
            b.iter(|| kernel::gradients(set, &network, &feed, black_box(&w)));
        });
    }
}

/// One feature and outputs, nothing between. An element is an output: its value, its derivative, and that of two weights.
pub(crate) fn losses(c: &mut Criterion<ThreadTime>) {
    let table = table(ROWS, 1, OUTPUTS);
    let order: Vec<u32> = (0..ROWS as u32).collect();
    let feed = feed(&table, &order, ROWS);
    let mut group = c.benchmark_group("losses");
    group.throughput(Throughput::Elements((MEMBERS * ROWS * OUTPUTS) as u64));
    let mut bench = |name: String, network: Network| {
        let w = parameters(&network);
        let set = Set::best();
        group.bench_function(name, |b| b.iter(|| kernel::gradients(set, &network, &feed, black_box(&w))));
    };
    for member in loss::ALL {
        let entry = &member.entry;
        let Facts::Loss { fused_with, .. } = entry.facts else { unreachable!("an entry of a loss") };
        let chosen = Choice::defaults(entry);
        if member.lanes.is_some() {
            let (form, numbers) = (works::form_of(member.lanes, &chosen), works::numbers(&chosen, MEMBERS));
            let output = works::layer(OUTPUTS, &networks::activation("identity"), MEMBERS);
            bench(entry.name.to_string(), works::small(1, vec![output], form, false, numbers, MEMBERS));
        }
        for name in fused_with.iter().filter(|_| member.lanes_fused.is_some()) {
            let form = works::form_of(member.lanes_fused, &chosen);
            let activation = networks::activation(name);
            let output = works::layer(OUTPUTS, &activation, MEMBERS);
            let own = works::numbers(&chosen, MEMBERS);
            let numbers = [works::numbers(&activation, MEMBERS), own].concat();
            let network = works::small(1, vec![output], form, true, numbers, MEMBERS);
            bench(format!("{name}+{}", entry.name), network);
        }
    }
}

/// Outputs straight from features, one sample a step. An element is a parameter in one step.
pub(crate) fn optimizers(c: &mut Criterion<ThreadTime>) {
    const FEATURES: usize = 64;
    const STEPS: usize = 32;
    let table = table(STEPS, FEATURES, OUTPUTS);
    let order: Vec<u32> = (0..STEPS as u32).collect();
    let feed = feed(&table, &order, 1);
    let output = works::layer(OUTPUTS, &networks::activation("identity"), MEMBERS);
    let mae = works::form_of(loss::mae::THIS.lanes, &networks::loss("mae"));
    let network = works::small(FEATURES, vec![output], mae, false, Vec::new(), MEMBERS);
    let count = network.parameters() * MEMBERS;
    let mut group = c.benchmark_group("optimizers");
    group.throughput(Throughput::Elements((count * STEPS) as u64));
    let mut bench = |name: &str, chosen: &Choice| {
        let method = works::method(chosen, STEPS);
        let training =
            Training { network: &network, feed: &feed, method: &method, noise: None, steps: STEPS };
        let mut w = parameters(&network);
        let mut states = vec![0.0; method.rule.states() * count];
        let mut losses = vec![0.0; STEPS * MEMBERS];
        group.bench_function(name, |b| {
            b.iter(|| kernel::train(Set::best(), &training, &mut w, &mut states, &mut losses));
        });
    };
    for member in optimizer::ALL {
        bench(member.entry.name, &Choice::defaults(&member.entry));
    }
    bench("sgd with momentum", &choice(Family::Optimizer, "sgd", &[("momentum", 0.9)]));
}
