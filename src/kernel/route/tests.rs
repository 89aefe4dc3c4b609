//! Both routes give the same bits, with every instruction set of this machine.
//!
//! The forms here are small stand-ins, one of each kind that the kernel tells apart; what the catalogue's own forms compute
//! is tested where they are.

use super::super::forms::{Activation, Curve, Decay, Direction, Loss, Mix, MixTerms, Optimizer, Row, Terms};
use super::super::table::{Rows, Table, Widths};
use super::super::task::{Bias, Feed, Layer, Masking, Method, Network, Noise, Numbers, Pace, Reduction};
use super::super::wrong::{Delta, Place, Slope, WrongDelta};
use super::super::{Evaluation, Lanes, Set, Training, lanes_route, math, matrix_route};
use super::{Route, route};
use crate::rng::{Purpose, Stream, stream};

/// Its slope looks at its value.
struct Rectified;

impl Curve for Rectified {
    const FROM_VALUE: bool = true;

    #[inline(always)]
    fn value<L: Lanes>(l: L, z: L::F, _: &[L::F]) -> L::F {
        l.max(l.splat(0.0), z)
    }

    #[inline(always)]
    fn slope<L: Lanes>(l: L, _: L::F, a: L::F, _: &[L::F]) -> L::F {
        l.select(l.gt(a, l.splat(0.0)), l.splat(1.0), l.splat(0.0))
    }
}

/// `z / (n + |z|)`: its slope looks at the pre-activation, and it has a number.
struct Soft;

impl Curve for Soft {
    const FROM_VALUE: bool = false;

    #[inline(always)]
    fn value<L: Lanes>(l: L, z: L::F, numbers: &[L::F]) -> L::F {
        l.div(z, l.add(numbers[0], l.abs(z)))
    }

    #[inline(always)]
    fn slope<L: Lanes>(l: L, z: L::F, _: L::F, numbers: &[L::F]) -> L::F {
        let below = l.add(numbers[0], l.abs(z));
        l.div(numbers[0], l.mul(below, below))
    }
}

/// All units together.
struct Shares;

impl Mix for Shares {
    #[inline(always)]
    fn values<L: Lanes>(l: L, row: &mut Row<'_, L>) {
        let largest = row.largest(l);
        let mut sum = l.splat(0.0);
        for unit in 0..row.units() {
            let e = math::exp(l, l.sub(row.get(unit), largest));
            sum = l.add(sum, e);
            row.set(unit, e);
        }
        for unit in 0..row.units() {
            row.set(unit, l.div(row.get(unit), sum));
        }
    }

    #[inline(always)]
    fn back<L: Lanes>(l: L, values: &Row<'_, L>, deltas: &mut Row<'_, L>) {
        let mut along = l.splat(0.0);
        for unit in 0..values.units() {
            along = l.fma(values.get(unit), deltas.get(unit), along);
        }
        for unit in 0..values.units() {
            deltas.set(unit, l.mul(values.get(unit), l.sub(deltas.get(unit), along)));
        }
    }
}

/// `n · (a - y)²`, of each output alone.
struct Square;

impl Terms for Square {
    #[inline(always)]
    fn terms<L: Lanes>(l: L, a: L::F, y: L::F, numbers: &[L::F]) -> (L::F, L::F) {
        let off = l.sub(a, y);
        let slope = l.mul(numbers[0], off);
        (l.mul(slope, off), l.add(slope, slope))
    }
}

/// Of all outputs together, from their pre-activations, `n` times; it writes over the targets.
struct CrossEntropy;

impl MixTerms for CrossEntropy {
    #[inline(always)]
    fn terms<L: Lanes>(l: L, z: &mut Row<'_, L>, y: &mut Row<'_, L>, n: &[L::F]) -> L::F {
        let largest = z.largest(l);
        let (mut sum, mut along) = (l.splat(0.0), l.splat(0.0));
        for unit in 0..z.units() {
            let below = l.sub(z.get(unit), largest);
            let e = math::exp(l, below);
            sum = l.add(sum, e);
            along = l.fma(y.get(unit), below, along);
            z.set(unit, e);
        }
        for unit in 0..z.units() {
            z.set(unit, l.mul(n[0], l.sub(l.div(z.get(unit), sum), y.get(unit))));
            y.set(unit, sum);
        }
        l.mul(n[0], l.sub(math::ln(l, sum), along))
    }
}

/// Of all outputs together, from what they give: `n · (Σa - Σy)²`; it writes over the targets.
struct SquareOfSums;

impl MixTerms for SquareOfSums {
    #[inline(always)]
    fn terms<L: Lanes>(l: L, a: &mut Row<'_, L>, y: &mut Row<'_, L>, n: &[L::F]) -> L::F {
        let mut off = l.splat(0.0);
        for unit in 0..a.units() {
            off = l.add(off, l.sub(a.get(unit), y.get(unit)));
            y.set(unit, off);
        }
        let slope = l.mul(n[0], off);
        (0..a.units()).for_each(|unit| a.set(unit, l.add(slope, slope)));
        l.mul(slope, off)
    }
}

struct Plain;

impl Direction for Plain {
    const STATES: usize = 0;

    #[inline(always)]
    fn direction<L: Lanes>(_: L, g: L::F, _: &mut [L::F], _: &[L::F]) -> L::F {
        g
    }
}

/// Two states and a division by the root of one, as Adam.
struct Scaled;

impl Direction for Scaled {
    const STATES: usize = 2;

    #[inline(always)]
    fn direction<L: Lanes>(l: L, g: L::F, states: &mut [L::F], n: &[L::F]) -> L::F {
        states[0] = l.flush(l.fma(states[0], n[0], g));
        states[1] = l.flush(l.fma(states[1], n[1], l.mul(g, g)));
        l.div(states[0], l.add(l.sqrt(states[1]), n[2]))
    }
}

/// A wrong derivative at the outputs that looks at all there is and writes over the targets, at each place.
struct Askew<const PLACE: usize>;

impl<const PLACE: usize> Delta for Askew<PLACE> {
    const PLACE: Place = [Place::BeforeActivation, Place::InsteadOfActivation, Place::AfterActivation][PLACE];

    #[inline(always)]
    fn delta<L: Lanes>(l: L, p: &mut Row<'_, L>, y: &mut Row<'_, L>, deltas: &mut Row<'_, L>) {
        for unit in 0..deltas.units() {
            y.set(unit, l.fma(p.get(unit), y.get(unit), deltas.get(unit)));
            deltas.set(unit, l.add(y.get(unit), y.get(0)));
        }
    }
}

/// Each of the ten bits of `choice` decides one thing, and its remainders others, so that a number gives a structure.
struct Case {
    widths: &'static [usize],
    members: usize,
    rows: usize,
    batch: usize,
    steps: usize,
    choice: u32,
}

impl Case {
    fn has(&self, bit: u32) -> bool {
        self.choice >> bit & 1 == 1
    }

    /// Whether all goes wrong that can, and which of several ways.
    fn mistake(&self) -> Option<usize> {
        (self.choice % 7 == 3).then_some(self.choice as usize / 7)
    }

    fn random(&self) -> Stream {
        stream(u64::from(self.choice), Purpose::Data, self.widths.len() as u64)
    }

    /// One number for each member.
    fn each(&self, random: &mut Stream, low: f64, high: f64) -> Vec<f32> {
        (0..self.members).map(|_| random.uniform(low, high) as f32).collect()
    }

    fn network(&self, random: &mut Stream) -> Network {
        let last = self.widths.len() - 2;
        let layer = |(index, units): (usize, &usize)| {
            let numbers: Numbers = vec![self.each(random, 0.5, 2.0)];
            let activation = match (self.choice as usize + index) % 3 {
                0 => Activation::curve::<Rectified>(),
                1 => Activation::curve::<Soft>(),
                _ => Activation::mix::<Shares>(),
            };
            const SLOPES: [Slope; 5] =
                [Slope::Value, Slope::One, Slope::Share, Slope::AtValue, Slope::FormulaOnZ];
            let bent = self.mistake().filter(|_| index < last).map(|way| SLOPES[(way + index) % 5]);
            let activation = bent.and_then(|slope| activation.bent(slope)).unwrap_or(activation);
            let dropout = (index < last && self.has(0))
                .then(|| self.each(random, 0.1, 0.6).into_iter().map(f64::from).collect());
            let bias = match (index % 2, self.has(1)) {
                (0, _) => Bias::Unit,
                (_, true) => Bias::ConstantInput,
                (_, false) => Bias::None,
            };
            Layer { units: *units, bias, activation, numbers, dropout }
        };
        let layers: Vec<Layer> = self.widths[1..].iter().enumerate().map(layer).collect();
        let is_fused = self.has(2);
        Network {
            features: self.widths[0],
            layers,
            time: None,
            masking: self.masking(),
            loss: match (is_fused, self.has(1)) {
                (true, _) => Loss::mix_terms::<CrossEntropy>(),
                (false, true) => Loss::mix_terms::<SquareOfSums>(),
                (false, false) => Loss::terms::<Square>(),
            },
            loss_is_fused: is_fused,
            loss_numbers: vec![self.each(random, 0.5, 2.0)],
            delta: self.mistake().map(|way| {
                [WrongDelta::new::<Askew<0>>(), WrongDelta::new::<Askew<1>>(), WrongDelta::new::<Askew<2>>()]
                    [way % 3]
            }),
            reduction: (0..self.members)
                .map(
                    |member| {
                        if member % 3 == 1 { Reduction::Sum } else { Reduction::Mean(member as f64 + 1.0) }
                    },
                )
                .collect(),
        }
    }

    fn masking(&self) -> Option<Masking> {
        let rules = [Masking::Logits(-50.0), Masking::Outputs(0.0)];
        // Mistakes at the outputs know no masks.
        (self.has(9) && self.mistake().is_none()).then(|| rules[self.choice as usize % 2])
    }

    fn method(&self, random: &mut Stream) -> Method {
        let pace = |values: Vec<f32>, count: usize| Pace { values, count, step: 0, member: count };
        let rate = (0..self.members).flat_map(|_| [random.uniform(0.001, 0.01) as f32, 0.99]).collect();
        let numbers = (0..self.members).flat_map(|_| [random.uniform(0.5, 0.9) as f32, 0.9, 0.01]).collect();
        let mut some = |bit: u32, high: f64| self.has(bit).then(|| self.each(random, high / 2.0, high));
        let rule = match self.has(3) {
            true => Optimizer::direction::<Scaled>(),
            false => Optimizer::direction::<Plain>(),
        };
        Method {
            rule: if self.mistake().is_some() { rule.summed() } else { rule },
            numbers: pace(numbers, 3),
            rate: pace(rate, 2),
            decay: [Decay::None, Decay::Joined, Decay::Apart][self.choice as usize % 3],
            multiplies: self.mistake().is_some_and(|way| way % 2 == 0),
            l1: some(4, 0.01),
            twice_l2: some(5, 0.01),
            clip_value: some(6, 0.1),
            clip_norm: some(7, 0.5),
        }
    }

    fn tables(&self, random: &mut Stream) -> Vec<Table> {
        let (features, outputs) = (self.widths[0], self.widths[self.widths.len() - 1]);
        let table = |_| {
            let x: Vec<f64> = (0..self.rows * features).map(|_| random.uniform(-1.0, 1.0)).collect();
            let y: Vec<f64> = (0..self.rows * outputs).map(|_| random.unit()).collect();
            let weights = if self.has(8) { self.rows } else { 0 };
            let weight: Vec<f64> = (0..weights).map(|_| random.uniform(0.5, 2.0)).collect();
            let on = |at: usize| f64::from(u8::from(at % 5 != 2));
            let mask: Vec<f64> = (0..if self.masking().is_some() { y.len() } else { 0 }).map(on).collect();
            let widths = Widths { features, outputs, steps: 1, answers: 1 };
            Table::of(widths, Rows { x: &x, y: &y, weight: &weight, lengths: &[], mask: &mask })
        };
        (0..2).map(table).collect()
    }
}

/// Everything that the three entry points give, as bits.
#[derive(PartialEq)]
struct Found {
    parameters: Vec<u32>,
    states: Vec<u32>,
    losses: Vec<u64>,
    gradients: Vec<u32>,
    evaluation: (Vec<u64>, Vec<u32>),
}

fn bits(values: &[f32]) -> Vec<u32> {
    assert!(values.iter().all(|value| value.is_finite()), "numbers stay finite");
    values.iter().map(|value| value.to_bits()).collect()
}

fn bits_of_f64(values: &[f64]) -> Vec<u64> {
    assert!(values.iter().all(|value| value.is_finite()), "numbers stay finite");
    values.iter().map(|value| value.to_bits()).collect()
}

fn found(case: &Case, set: Set, route: Route) -> Found {
    let random = &mut case.random();
    let (network, method, tables) = (case.network(random), case.method(random), case.tables(random));
    let order: Vec<u32> = (0..4 * case.rows).map(|_| random.word() % case.rows as u32).collect();
    let (rows, members) = (case.rows, case.members);
    let feed = Feed {
        tables: tables.iter().collect(),
        table_of: (0..members).map(|member| member % 2).collect(),
        orders: vec![&order[..3 * rows], &order[rows..]],
        order_of: (0..members).map(|member| member / 2 % 2).collect(),
        rows,
        batch: case.batch,
        first: 0,
        apart: rows,
    };
    let count = network.parameters();
    let mut parameters: Vec<f32> = (0..members * count).map(|_| random.uniform(-0.4, 0.4) as f32).collect();
    let mut states = vec![0.0; members * count * method.rule.states()];
    let mut losses = vec![0.0; members * case.steps];
    let noise = Noise { seeds: (0..members as u64).collect(), steps: vec![3; members] };
    let training = Training {
        network: &network,
        feed: &feed,
        method: &method,
        noise: case.has(0).then_some(&noise),
        steps: case.steps,
    };
    feed.check(&network, case.steps.div_ceil(feed.batches()));
    let whole = Feed { batch: rows, ..feed.clone() };
    let mut slopes = vec![0.0; members * count];
    let (train, gradients, evaluate) = match route {
        Route::Lanes => (
            lanes_route::train as fn(Set, &Training<'_>, &mut [f32], &mut [f32], &mut [f64]),
            lanes_route::gradients as fn(Set, &Network, &Feed<'_>, &[f32], &mut [f32]),
            lanes_route::evaluate as fn(Set, &Network, &Feed<'_>, &[f32], bool) -> _,
        ),
        Route::Matrix => {
            (matrix_route::train as _, matrix_route::gradients as _, matrix_route::evaluate as _)
        }
    };
    train(set, &training, &mut parameters, &mut states, &mut losses);
    gradients(set, &network, &feed, &parameters, &mut slopes);
    let evaluation: Evaluation = evaluate(set, &network, &whole, &parameters, true);
    Found {
        parameters: bits(&parameters),
        states: bits(&states),
        losses: bits_of_f64(&losses),
        gradients: bits(&slopes),
        evaluation: (bits_of_f64(&evaluation.loss), bits(&evaluation.outputs)),
    }
}

fn check(case: &Case) {
    let first = found(case, Set::Portable, Route::Lanes);
    for set in Set::available() {
        for route in [Route::Lanes, Route::Matrix] {
            let other = found(case, set, route);
            let name = format!("{:?} choice {} {} {route:?}", case.widths, case.choice, set.name());
            assert!(first.losses == other.losses, "{name}: losses");
            assert!(first.parameters == other.parameters, "{name}: parameters");
            assert!(first.states == other.states, "{name}: states");
            assert!(first.gradients == other.gradients, "{name}: gradients");
            assert!(first.evaluation == other.evaluation, "{name}: evaluation");
        }
    }
}

#[test]
fn every_structure_has_the_same_bits_on_both_routes() {
    for choice in 0..1 << 10 {
        let widths: &[usize] =
            [&[3, 5, 2][..], &[4, 9, 17, 3], &[7, 1], &[2, 33, 8, 1], &[9, 40, 10]][choice as usize % 5];
        let batch = [1, 7, 16, 37][choice as usize % 4];
        check(&Case { widths, members: 3, rows: 37, batch, steps: 3, choice });
    }
}

#[test]
fn batches_longer_than_a_chunk_have_the_same_bits() {
    for (rows, choice) in [(129, 0b1_1111_1001), (145, 0b0_1000_1100), (300, 0b1_0000_0110)] {
        check(&Case { widths: &[5, 19, 18, 4], members: 2, rows, batch: rows, steps: 2, choice });
    }
}

#[test]
fn layers_larger_than_a_cache_have_the_same_bits() {
    // More inputs than a panel's rows in the nearest cache with any set (512), and panels beyond those that need packing.
    for (widths, choice) in [
        (&[1033, 70, 10][..], 0b0_1000_1100),
        (&[11, 600, 41, 3], 0b1_1111_1101),
        (&[603, 40, 600, 2], 0b0_0000_0000),
    ] {
        check(&Case { widths, members: 2, rows: 50, batch: 27, steps: 2, choice });
    }
}

#[test]
fn small_networks_take_the_lanes_where_members_fill_them() {
    let network = |widths| {
        let case = Case { widths, members: 1, rows: 1, batch: 1, steps: 1, choice: 0 };
        case.network(&mut case.random())
    };
    let (small, large) = (network(&[4, 5, 6, 3]), network(&[784, 128, 10]));
    for set in [Set::Portable, Set::Avx2, Set::Avx512] {
        assert_eq!(route(&small, 1, set), Route::Matrix, "one member leaves most lanes empty");
        assert_eq!(route(&small, 64, set), Route::Lanes, "the lanes are full");
        assert_eq!(route(&large, 64, set), Route::Matrix, "a block leaves the cache");
    }
}
