//! Whole epochs: through the product's own path, by the kernel alone, and, where there is one, by the limit kernel.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use runner::kernel::{self, Set, Training};

use crate::clock::{self, ThreadTime};
use crate::limit;
use crate::works::{Ready, W1, W1_BATCHES, W3, W4, W5, Work};

/// Works, numbers of members, and steps of one call.
const RUNS: &[(Work, usize, usize)] = &[
    (W1, 1, 64),
    (W1, 64, 32),
    (W1, 1024, 4),
    (W1_BATCHES, 1, 640),
    (W1_BATCHES, 64, 320),
    (W1_BATCHES, 1024, 40),
    (W3, 1, 640),
    (W3, 64, 320),
    (W3, 1024, 40),
    (W4, 1, 92),
    (W4, 64, 23),
    (W5, 1, 16),
    (W5, 64, 4),
];

/// The three ways, as calls that each make the same steps again from where they are.
struct Ways {
    product: Box<dyn FnMut()>,
    kernel: Box<dyn FnMut()>,
    /// Only for the net that it is written for, and whole vectors of members.
    limit: Option<Box<dyn FnMut()>>,
}

impl Ways {
    fn new(work: Work, members: usize, steps: usize) -> Ways {
        Ways {
            product: product(work, members, steps),
            kernel: kernel_alone(work, members, steps),
            limit: bare(work, members, steps),
        }
    }

    fn each(&mut self) -> impl Iterator<Item = (&'static str, &mut Box<dyn FnMut()>)> {
        let always = [("product", &mut self.product), ("kernel", &mut self.kernel)];
        always.into_iter().chain(self.limit.as_mut().map(|limit| ("limit", limit)))
    }
}

fn product(work: Work, members: usize, steps: usize) -> Box<dyn FnMut()> {
    let Ready { mut trainer, feed, .. } = work.ready(members);
    Box::new(move || {
        black_box(trainer.advance(&feed, steps, None));
    })
}

fn kernel_alone(work: Work, members: usize, steps: usize) -> Box<dyn FnMut()> {
    let Ready { trainer, feed, x, y } = work.ready(members);
    let (network, method) = (work.network(members), work.method(steps));
    let mut w = parameters(&trainer);
    let mut states = vec![0.0; method.rule.states() * w.len()];
    let mut losses = vec![0.0; steps * members];
    let outputs = network.outputs();
    let table = kernel::Table::new(network.features, outputs, &x, &y, &[]);
    Box::new(move || {
        let feed = kernel::Feed {
            tables: vec![&table],
            table_of: vec![0; members],
            orders: feed.orders.iter().map(|order| &order[..]).collect(),
            order_of: feed.order_of.clone(),
            rows: feed.rows,
            batch: feed.batch,
            first: 0,
            apart: 0,
        };
        let training = Training { network: &network, feed: &feed, method: &method, noise: None, steps };
        kernel::train(Set::best(), &training, &mut w, &mut states, &mut losses);
        black_box(&losses);
    })
}

fn bare(work: Work, members: usize, steps: usize) -> Option<Box<dyn FnMut()>> {
    let is_written_for = work.widths == W1.widths && members.is_multiple_of(Set::best().width());
    is_written_for.then(|| {
        let (mut w, samples) = (limit_parameters(work, members), LimitSamples::new(work));
        let mut losses = vec![0.0; steps * members];
        Box::new(move || {
            limit::train(Set::best(), &samples.of(work, steps), &mut w, &mut losses);
            black_box(&losses);
        }) as Box<dyn FnMut()>
    })
}

/// The initial parameters of all members, as the kernel takes them.
fn parameters(trainer: &runner::nn::Trainer) -> Vec<f32> {
    let of = |member: usize| {
        let parameters = trainer.parameters(member);
        parameters.into_iter().flat_map(|p| p.values).map(|v| v as f32).collect::<Vec<f32>>()
    };
    (0..trainer.members()).flat_map(of).collect()
}

fn limit_parameters(work: Work, members: usize) -> Vec<f32> {
    parameters(&work.ready(members).trainer)
}

/// Samples as the limit kernel takes them.
struct LimitSamples {
    x: Vec<[f32; 4]>,
    y: Vec<[f32; 3]>,
    order: Vec<u32>,
}

impl LimitSamples {
    fn new(work: Work) -> LimitSamples {
        let Ready { feed, x, y, .. } = work.ready(1);
        LimitSamples { x: rows(&x), y: rows(&y), order: feed.orders[0].to_vec() }
    }

    fn of(&self, work: Work, steps: usize) -> limit::Work<'_> {
        let (x, y, order) = (&self.x, &self.y, &self.order);
        limit::Work { x, y, order, batch: work.batch, rate: work.rate as f32, steps }
    }
}

fn rows<const N: usize>(values: &[f64]) -> Vec<[f32; N]> {
    values.chunks_exact(N).map(|row| std::array::from_fn(|k| row[k] as f32)).collect()
}

/// The limit kernel must do the same work: its losses are the product's, bit for bit.
pub(crate) fn check_limit() {
    for work in [W1, W1_BATCHES] {
        let (members, steps) = (2 * Set::best().width(), 25);
        let Ready { mut trainer, feed, .. } = work.ready(members);
        let (mut w, mut losses) = (parameters(&trainer), vec![0.0; steps * members]);
        limit::train(Set::best(), &LimitSamples::new(work).of(work, steps), &mut w, &mut losses);
        assert_eq!(trainer.advance(&feed, steps, None), losses, "{}: the limit kernel's losses", work.name);
        assert_eq!(parameters(&trainer), w, "{}: the limit kernel's parameters", work.name);
    }
}

/// An element is one step of one member.
pub(crate) fn bench(c: &mut Criterion<ThreadTime>) {
    for (work, members, steps) in RUNS {
        let mut group = c.benchmark_group(format!("epochs/{} P={members}", work.name));
        group.throughput(Throughput::Elements((steps * members) as u64));
        let mut ways = Ways::new(*work, *members, *steps);
        for (name, way) in ways.each() {
            group.bench_function(name, |b| b.iter(&mut *way));
        }
    }
}

/// Calls of each way for a ratio; the fastest counts, since whatever disturbs can only slow down.
const ROUNDS: usize = 40;

/// The ways in turn, and their ratios, as a table in Markdown.
#[expect(clippy::print_stdout, reason = "what was asked for")]
pub(crate) fn ratios() {
    println!("| work | members | product | kernel | limit | product / kernel | product / limit |");
    println!("|---|--:|--:|--:|--:|--:|--:|");
    for (work, members, steps) in RUNS {
        let mut ways = Ways::new(*work, *members, *steps);
        let mut best = [f64::INFINITY; 3];
        for _ in 0..ROUNDS {
            for ((_, way), best) in ways.each().zip(&mut best) {
                let start = clock::now();
                way();
                *best = best.min(clock::now() - start);
            }
        }
        let [product, kernel, limit] = best.map(|time| time * 1e-3 / (steps * members) as f64);
        let shown = |value: f64, digits: usize| {
            if value.is_finite() { format!("{value:.digits$}") } else { "-".to_string() }
        };
        let to_limit = if limit.is_finite() { shown(product / limit, 2) } else { "-".to_string() };
        println!(
            "| {} | {members} | {} | {} | {} | {} | {to_limit} |",
            work.name,
            shown(product, 3),
            shown(kernel, 3),
            shown(limit, 3),
            shown(product / kernel, 2),
        );
    }
}
