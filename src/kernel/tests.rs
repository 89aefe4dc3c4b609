//! The kernel by itself: small forms of every kind, every instruction set that this machine has, and what it refuses.
//!
//! Made so that an interpreter that checks every access (see the module) can run it too: hence so few steps and members.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;

// ---- one form of each kind -------------------------------------------------------------------------------------------

/// `n z / (1 + |z|)`: its slope is not told from its value.
struct Soft;

impl Curve for Soft {
    const FROM_VALUE: bool = false;

    #[inline(always)]
    fn value<L: Lanes>(l: L, z: L::F, n: &[L::F]) -> L::F {
        l.div(l.mul(z, n[0]), l.add(l.splat(1.0), l.abs(z)))
    }

    #[inline(always)]
    fn slope<L: Lanes>(l: L, z: L::F, _: L::F, n: &[L::F]) -> L::F {
        let size = l.add(l.splat(1.0), l.abs(z));
        l.div(n[0], l.mul(size, size))
    }
}

/// The hyperbolic tangent: its slope is told from its value.
struct Bend;

impl Curve for Bend {
    const FROM_VALUE: bool = true;

    #[inline(always)]
    fn value<L: Lanes>(l: L, z: L::F, _: &[L::F]) -> L::F {
        math::tanh(l, z)
    }

    #[inline(always)]
    fn slope<L: Lanes>(l: L, _: L::F, a: L::F, _: &[L::F]) -> L::F {
        l.fnma(a, a, l.splat(1.0))
    }
}

/// Shares of a row: `e^z / Σ e^z`.
struct Shares;

impl Mix for Shares {
    #[inline(always)]
    fn values<L: Lanes>(l: L, row: &mut Row<'_, L>) {
        let (largest, mut sum) = (row.largest(l), l.splat(0.0));
        for unit in 0..row.units() {
            let e = math::exp(l, l.sub(row.get(unit), largest));
            sum = l.add(sum, e);
            row.set(unit, e);
        }
        (0..row.units()).for_each(|unit| row.set(unit, l.div(row.get(unit), sum)));
    }

    #[inline(always)]
    fn back<L: Lanes>(l: L, values: &Row<'_, L>, deltas: &mut Row<'_, L>) {
        let mut along = l.splat(0.0);
        (0..values.units()).for_each(|unit| along = l.fma(values.get(unit), deltas.get(unit), along));
        for unit in 0..values.units() {
            deltas.set(unit, l.mul(values.get(unit), l.sub(deltas.get(unit), along)));
        }
    }
}

/// `(a - y)² n`.
struct Squares;

impl Terms for Squares {
    #[inline(always)]
    fn terms<L: Lanes>(l: L, a: L::F, y: L::F, n: &[L::F]) -> (L::F, L::F) {
        let slope = l.mul(l.sub(a, y), n[0]);
        (l.mul(slope, l.sub(a, y)), l.add(slope, slope))
    }
}

/// Cross-entropy of [`Shares`].
struct Surprise;

impl MixTerms for Surprise {
    #[inline(always)]
    fn terms<L: Lanes>(l: L, z: &mut Row<'_, L>, y: &mut Row<'_, L>, _: &[L::F]) -> L::F {
        Shares::values(l, z);
        let mut value = l.splat(0.0);
        for unit in 0..z.units() {
            value = l.fnma(y.get(unit), math::ln(l, z.get(unit)), value);
            z.set(unit, l.sub(z.get(unit), y.get(unit)));
        }
        value
    }
}

/// Wrong at the outputs.
struct Askew;

impl Delta for Askew {
    const PLACE: Place = Place::BeforeActivation;

    #[inline(always)]
    fn delta<L: Lanes>(l: L, p: &mut Row<'_, L>, y: &mut Row<'_, L>, deltas: &mut Row<'_, L>) {
        for unit in 0..deltas.units() {
            y.set(unit, l.fma(p.get(unit), y.get(unit), deltas.get(unit)));
            deltas.set(unit, l.add(y.get(unit), y.get(0)));
        }
    }
}

/// A mean of gradients over the root of one of squares.
struct Ratio;

impl Direction for Ratio {
    const STATES: usize = 2;

    #[inline(always)]
    fn direction<L: Lanes>(l: L, g: L::F, states: &mut [L::F], n: &[L::F]) -> L::F {
        states[0] = l.flush(l.fma(states[0], n[0], l.mul(g, n[1])));
        states[1] = l.flush(l.fma(states[1], n[0], l.mul(l.mul(g, g), n[1])));
        l.div(states[0], l.add(l.sqrt(states[1]), n[2]))
    }
}

// ---- a pack ----------------------------------------------------------------------------------------------------------

/// Deterministic numbers in [-1, 1).
fn some(seed: u64, count: usize) -> Vec<f64> {
    let mut stream = crate::rng::stream(seed, crate::rng::Purpose::Data, 0);
    (0..count).map(|_| stream.uniform(-1.0, 1.0)).collect()
}

fn single(values: &[f64]) -> Vec<f32> {
    values.iter().map(|v| *v as f32).collect()
}

const FEATURES: usize = 3;
const ROWS: usize = 19;
const BATCH: usize = 17;
/// Both batches of an epoch, and the first of the next where there is time for it.
const STEPS: usize = if cfg!(miri) { 2 } else { 3 };

/// Which of the two ends a network has, and whether members see samples of their own.
#[derive(Clone, Copy)]
struct Case {
    members: usize,
    fused: bool,
    apart: bool,
    decay: Decay,
    wrong: bool,
    time: Option<Time>,
    masking: Option<Masking>,
}

impl Case {
    const PLAIN: Case = Case {
        members: 1,
        fused: false,
        apart: false,
        decay: Decay::None,
        wrong: false,
        time: None,
        masking: None,
    };

    const fn of_time(cell: Cell, answers_each: bool, reach: Reach) -> Option<Time> {
        Some(Time { cell, steps: 3, answers_each, reach })
    }

    fn table(&self, seed: u64) -> Table {
        let Widths { steps, answers, outputs, .. } = self.widths();
        let y: Vec<f64> = some(seed + 1, answers * outputs * ROWS).iter().map(|v| v.abs() / 3.0).collect();
        let weight: Vec<f64> = some(seed + 2, answers * ROWS).iter().map(|v| v.abs()).collect();
        let mask: Vec<f64> = (0..y.len()).map(|at| f64::from(u8::from(at % 7 != 3))).collect();
        let lengths: Vec<u32> = (0..ROWS).map(|row| (steps - row % steps) as u32).collect();
        let x = some(seed, steps * FEATURES * ROWS);
        let mask = if self.masking.is_some() { &mask[..] } else { &[] };
        Table::of(self.widths(), super::Rows { x: &x, y: &y, weight: &weight, lengths: &lengths, mask })
    }

    fn widths(&self) -> Widths {
        let steps = self.time.map_or(1, |time| time.steps);
        let answers = if self.time.is_some_and(|time| time.answers_each) { steps } else { 1 };
        Widths { features: FEATURES, outputs: 3, steps, answers }
    }
}

/// What a test holds of a pack.
struct Pack {
    network: Network,
    tables: Vec<Table>,
    orders: Vec<Vec<u32>>,
    method: Method,
    noise: Noise,
    case: Case,
}

/// One number for each member.
fn each(members: usize, number: f32) -> Vec<f32> {
    (0..members).map(|m| number * (1.0 + m as f32 / 16.0)).collect()
}

impl Pack {
    fn new(case: Case) -> Pack {
        let members = case.members;
        let bend = |activation: Activation, slope| match case.wrong {
            true => activation.bent(slope).unwrap(),
            false => activation,
        };
        let layer = |units, bias, activation, dropout: Option<f64>| Layer {
            units,
            bias,
            activation,
            numbers: vec![each(members, 1.25)],
            dropout: dropout.map(|p| vec![p; members]),
        };
        let (end, loss) = match case.fused {
            true => (Activation::mix::<Shares>(), Loss::mix_terms::<Surprise>()),
            false => (Activation::curve::<Soft>(), Loss::terms::<Squares>()),
        };
        let network = Network {
            features: FEATURES,
            layers: vec![
                layer(5, Bias::Unit, bend(Activation::curve::<Bend>(), Slope::AtValue), Some(0.25)),
                layer(4, Bias::ConstantInput, bend(Activation::curve::<Soft>(), Slope::FormulaOnZ), None),
                layer(2, Bias::Unit, bend(Activation::mix::<Shares>(), Slope::Share), Some(0.5)),
                layer(6, Bias::Unit, Activation::curve::<Bend>(), None),
                layer(3, if case.apart { Bias::Unit } else { Bias::None }, end, None),
            ],
            time: case.time,
            masking: case.masking,
            loss,
            loss_is_fused: case.fused,
            loss_numbers: vec![each(members, 0.75)],
            delta: case.wrong.then(WrongDelta::new::<Askew>),
            reduction: (0..members).map(|m| [Reduction::Mean(3.0), Reduction::Sum][m % 2]).collect(),
        };
        // Two epochs of two batches; members draw rows of their own, some of them twice.
        let order = |m: usize| (0..2 * ROWS).map(|k| ((k * (m + 2)) % ROWS) as u32).collect();
        let method = Method {
            rule: match case.wrong {
                true => Optimizer::direction::<Ratio>().summed(),
                false => Optimizer::direction::<Ratio>(),
            },
            numbers: Pace { values: vec![0.875, 0.125, 1e-4], count: 3, step: 0, member: 0 },
            rate: Pace {
                values: single(&some(7, 2 * STEPS * members)).iter().map(|v| 0.01 + v.abs() / 64.0).collect(),
                count: 2,
                step: 2 * members,
                member: 2,
            },
            decay: case.decay,
            multiplies: case.wrong,
            l1: case.fused.then(|| each(members, 0.01)),
            twice_l2: case.apart.then(|| each(members, 0.02)),
            clip_value: case.fused.then(|| each(members, 0.02)),
            clip_norm: Some(each(members, 0.05)),
        };
        Pack {
            network,
            tables: vec![case.table(1), case.table(5)],
            orders: (0..members).map(order).collect(),
            method,
            noise: Noise { seeds: (0..members as u64).collect(), steps: vec![9; members] },
            case,
        }
    }

    fn feed(&self) -> Feed<'_> {
        let own = |m: usize| if self.case.apart { m } else { 0 };
        let members = 0..self.case.members;
        Feed {
            tables: self.tables.iter().collect(),
            table_of: members.clone().map(|m| own(m) % 2).collect(),
            orders: self.orders.iter().map(Vec::as_slice).collect(),
            order_of: members.map(own).collect(),
            rows: ROWS,
            batch: BATCH,
            first: 0,
            apart: ROWS,
        }
    }

    fn whole<'a>(&'a self, order: &'a [u32]) -> Feed<'a> {
        let members = self.case.members;
        Feed { orders: vec![order], order_of: vec![0; members], batch: ROWS, apart: 0, ..self.feed() }
    }

    fn parameters(&self) -> Vec<f32> {
        single(&some(3, self.case.members * self.network.parameters()))
    }

    /// Everything that the kernel gives, as bits.
    fn run(&self, set: Set) -> Vec<u64> {
        let (network, feed) = (&self.network, &self.feed());
        let training =
            Training { network, feed, method: &self.method, noise: Some(&self.noise), steps: STEPS };
        let mut w = self.parameters();
        let mut states = vec![0.0; self.method.rule.states() * w.len()];
        let mut losses = vec![0.0; STEPS * self.case.members];
        let order: Vec<u32> = (0..ROWS as u32).rev().collect();
        let slopes = gradients(set, network, feed, &w);
        train(set, &training, &mut w, &mut states, &mut losses);
        assert!(
            w != self.parameters() && w.iter().all(|v| v.is_finite()) && losses.iter().all(|v| v.is_finite())
        );
        let seen = evaluate(set, network, &self.whole(&order), &w, true);
        let single =
            slopes.iter().chain(&w).chain(&states).chain(&seen.outputs).map(|v| u64::from(v.to_bits()));
        single.chain(losses.iter().chain(&seen.loss).map(|v| v.to_bits())).collect()
    }
}

const CASES: [Case; 13] = [
    Case::PLAIN,
    Case { members: 6, fused: true, apart: true, decay: Decay::Joined, ..Case::PLAIN },
    Case { members: 5, apart: true, decay: Decay::Apart, wrong: true, ..Case::PLAIN },
    Case { members: 5, time: Case::of_time(Cell::Gru, true, Reach::Chunk(2)), apart: true, ..Case::PLAIN },
    Case { members: 3, time: Case::of_time(Cell::Lstm, true, Reach::Window(1)), ..Case::PLAIN },
    Case { members: 5, apart: true, masking: Some(Masking::Outputs(0.0)), ..Case::PLAIN },
    Case { members: 2, time: Case::of_time(Cell::Elman, true, Reach::All), ..Case::PLAIN },
    Case { masking: Some(Masking::Outputs(0.0)), ..Case::PLAIN },
    Case { members: 5, apart: true, decay: Decay::Apart, ..Case::PLAIN },
    Case { members: 17, fused: true, decay: Decay::Joined, ..Case::PLAIN },
    Case { fused: true, decay: Decay::Joined, wrong: true, ..Case::PLAIN },
    Case {
        members: 9,
        time: Case::of_time(Cell::Elman, false, Reach::All),
        fused: true,
        wrong: true,
        ..Case::PLAIN
    },
    Case { members: 9, masking: Some(Masking::Logits(-50.0)), fused: true, ..Case::PLAIN },
];

#[test]
fn every_instruction_set_gives_the_same_bits() {
    // An interpreter has little time: there one set runs, and that it does is what is tested.
    let cases = if cfg!(miri) { &CASES[..8] } else { &CASES[..] };
    let sets = if cfg!(miri) { vec![Set::best()] } else { Set::available() };
    for case in cases {
        let pack = Pack::new(*case);
        let expected = pack.run(sets[0]);
        for set in &sets[1..] {
            assert!(pack.run(*set) == expected, "{} and portable, {} members", set.name(), case.members);
        }
    }
}

// ---- what is refused -------------------------------------------------------------------------------------------------

/// Whether training panics with this feed and so many numbers too few among parameters, states, and losses.
fn refuses(pack: &Pack, feed: &Feed<'_>, missing: [usize; 3]) -> bool {
    let mut w = pack.parameters();
    let mut states = vec![0.0; 2 * w.len() - missing[1]];
    let mut losses = vec![0.0; STEPS * pack.case.members - missing[2]];
    w.truncate(w.len() - missing[0]);
    let (network, method) = (&pack.network, &pack.method);
    let training = Training { network, feed, method, noise: Some(&pack.noise), steps: STEPS };
    catch_unwind(AssertUnwindSafe(|| train(Set::best(), &training, &mut w, &mut states, &mut losses)))
        .is_err()
}

/// Whatever does not fit is met by a panic before the first step, not by a read beyond the end.
#[test]
fn what_does_not_fit_is_refused() {
    let pack = Pack::new(CASES[1]);
    assert!(cfg!(miri) || !refuses(&pack, &pack.feed(), [0, 0, 0]));
    for missing in [[1, 0, 0], [0, 1, 0], [0, 0, 1]] {
        assert!(refuses(&pack, &pack.feed(), missing), "{missing:?} too few");
    }
    let beyond = vec![ROWS as u32; 2 * ROWS];
    let wider = Table::new(FEATURES + 1, 3, &some(1, 4 * ROWS), &some(2, 3 * ROWS), &some(3, ROWS));
    let unweighted = Table::new(FEATURES, 3, &some(1, 3 * ROWS), &some(2, 3 * ROWS), &[]);
    let shorter = Table::new(FEATURES, 3, &some(1, 9), &some(2, 9), &some(3, 3));
    let with = |what: &str, change: &dyn Fn(&mut Feed<'_>)| {
        let mut feed = pack.feed();
        change(&mut feed);
        assert!(refuses(&pack, &feed, [0, 0, 0]), "{what}");
    };
    with("a table too few", &|feed| feed.tables.truncate(1));
    with("an order too few", &|feed| feed.orders.truncate(5));
    with("a member's table too few", &|feed| feed.table_of.truncate(5));
    with("a member's order too few", &|feed| feed.order_of.truncate(5));
    with("an order that ends early", &|feed| feed.orders[2] = &feed.orders[2][..ROWS - 1]);
    with("no rows", &|feed| feed.rows = 0);
    with("empty batches", &|feed| feed.batch = 0);
    let other = |what: &str, table: &Table| {
        let feed = Feed { tables: vec![&pack.tables[0], table], ..pack.feed() };
        assert!(refuses(&pack, &feed, [0, 0, 0]), "a table that is {what}");
    };
    other("wider", &wider);
    other("unweighted", &unweighted);
    other("shorter", &shorter);
    let feed = Feed { orders: vec![&beyond; 6], ..pack.feed() };
    assert!(refuses(&pack, &feed, [0, 0, 0]), "a row that is not there");
}

/// The numbers of members and steps are looked up with checks too.
#[test]
fn numbers_for_fewer_members_or_steps_are_refused() {
    let changes: [fn(&mut Pack); 7] = [
        |pack| pack.method.l1 = Some(vec![0.1; 5]),
        |pack| pack.method.rate.values.truncate(2 * STEPS * 6 - 1),
        |pack| pack.method.numbers.values.truncate(2),
        |pack| pack.noise.seeds.truncate(5),
        |pack| pack.network.layers[0].dropout = Some(vec![0.5; 5]),
        |pack| pack.network.layers[1].numbers = vec![vec![1.0; 5]],
        |pack| pack.network.loss_numbers = vec![vec![1.0; 5]],
    ];
    for (at, change) in changes.into_iter().enumerate() {
        if cfg!(miri) {
            // Safe code all of it.
            return;
        }
        let mut pack = Pack::new(CASES[1]);
        change(&mut pack);
        let run = || pack.run(Set::best());
        assert!(catch_unwind(AssertUnwindSafe(run)).is_err(), "change {at}");
    }
}
