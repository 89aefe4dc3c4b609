//! What a member of a population computes does not depend on its company, to the last bit; and what a population may
//! share, keep, and leave out. Which loss, activation, or optimizer is right is not asked here, but in `contract`.

use runner::catalog::{Choice, Default, Family, Kind};
use runner::nn::{Batch, Member, Population, Rows, Shape};
use runner::spec::{Cell, Configuration, Masking, Precision, Recurrent, Reduction, Truncate};

use crate::networks::{
    Bits, Setup, activation, choice, entry, family, flat, layer, loss, numbers, optimizer, output_for, set,
    targets,
};

// ---- a member alone and in company -----------------------------------------------------------------------------------

/// Trains members, each on its own samples, and gives the bits of each one's losses and final parameters.
struct Company<'a> {
    configurations: &'a [Configuration],
    shape: Shape,
    rows: usize,
    x: &'a [f64],
    y: &'a [f64],
    /// Time steps of each row of each member; empty where all have as many.
    lengths: &'a [u32],
    /// As `y`, or empty.
    mask: &'a [f64],
}

impl Company<'_> {
    fn batch(&self, members: &[usize]) -> Batch {
        let Shape { features, outputs, steps, answers } = self.shape;
        let (width, targets) = (self.rows * features * steps, self.rows * outputs * answers);
        let pick = |values: &[f64], n: usize| -> Vec<f64> {
            members.iter().flat_map(|m| values.iter().skip(m * n).take(n)).copied().collect()
        };
        let precision = self.configurations[0].model.precision;
        let (x, y, mask) = (pick(self.x, width), pick(self.y, targets), pick(self.mask, targets));
        let own = |m: &usize| self.lengths.iter().skip(m * self.rows).take(self.rows).copied();
        let lengths: Vec<u32> = members.iter().flat_map(own).collect();
        let there = |place: usize| place % steps >= steps - lengths[place / steps] as usize;
        let weight: Vec<f64> = match answers {
            1 => Vec::new(),
            _ => (0..lengths.len() * steps).map(|place| f64::from(u8::from(there(place)))).collect(),
        };
        let rows = Rows { x: &x, y: &y, weight: &weight, lengths: &lengths, mask: &mask };
        Batch::of(members.len(), self.rows, self.shape, precision, rows)
    }

    fn population(&self, members: &[usize]) -> Population {
        let member = |m: &usize| Member {
            configuration: &self.configurations[*m],
            init_seed: *m as u64,
            noise_seed: *m as u64,
        };
        Population::new(&members.iter().map(member).collect::<Vec<_>>(), self.shape)
    }

    /// Four steps; after two of them only `keep` (positions) go on.
    fn train(&self, members: &[usize], keep: &[usize]) -> Vec<Vec<u64>> {
        let mut population = self.population(members);
        let mut batch = self.batch(members);
        let mut losses: Vec<Vec<f64>> = vec![Vec::new(); members.len()];
        for step in 0..4 {
            if step == 2 {
                population.retain(keep);
                batch = batch.select(keep);
                losses = keep.iter().map(|k| losses[*k].clone()).collect();
            }
            // A factor of its own for each member and step.
            let factor = |m: usize| 1.0 / (1.0 + members[m] as f64 + step as f64);
            let factors: Vec<f64> = match step {
                0 | 1 => (0..members.len()).map(factor).collect(),
                _ => keep.iter().map(|k| factor(*k)).collect(),
            };
            for (all, loss) in losses.iter_mut().zip(population.step(&batch, &factors)) {
                all.push(loss);
            }
        }
        let evaluation = population.evaluate(&batch);
        let outputs = evaluation.outputs.chunks(self.rows * self.shape.outputs * self.shape.answers);
        let end = losses.into_iter().zip(evaluation.loss).zip(outputs).enumerate();
        end.map(|(m, ((mut all, last), outputs))| {
            all.push(last);
            all.extend(outputs);
            all.extend(flat(&population.parameters(m)));
            all.map_bits()
        })
        .collect()
    }

    /// Alone, in packs of 2, 5, and `most`, and with others leaving: the same bits.
    fn check(&self, what: &str, most: usize) {
        let everyone: Vec<usize> = (0..most).collect();
        let together = self.train(&everyone, &everyone);
        for m in [0, 1, 4, most - 1] {
            assert_eq!(self.train(&[m], &[0])[0], together[m], "{what}: member {m} alone and among {most}");
        }
        for (members, keep) in
            [(vec![0, 1], vec![0, 1]), (vec![4, 0, 3, 1, 2], vec![3, 0]), (vec![2, 3, 4], vec![2])]
        {
            for (position, bits) in keep.iter().zip(self.train(&members, &keep)) {
                let m = members[*position];
                assert_eq!(bits, together[m], "{what}: member {m} in {members:?}, kept {keep:?}");
            }
        }
    }
}

/// Sets every numeric parameter to a value of the member's own, inside its range, near the default.
fn personal(choice: &mut Choice, member: usize) {
    for p in choice.entry.params {
        if let (Kind::Real(range), Default::Real(x)) = (p.kind, p.default) {
            let own = x * (1.0 - 0.01 * member as f64 / 64.0);
            if range.contains(own) {
                set(choice, p.key, own);
            }
        }
    }
}

fn company_of(setup: &mut Setup, shape: Shape, rows: usize, most: usize, what: &str) {
    company_with(setup, shape, (rows, &[]), most, what);
}

/// The same for rows of sequences, with the time steps that they have in every other member, and with masks where the setup has them.
fn company_with(setup: &mut Setup, shape: Shape, (rows, lengths): (usize, &[u32]), most: usize, what: &str) {
    let mut configurations = Vec::new();
    for member in 0..most {
        setup.hidden.iter_mut().for_each(|l| personal(&mut l.activation, member));
        personal(&mut setup.output, member);
        personal(&mut setup.loss, member);
        personal(&mut setup.optimizer.method, member);
        configurations.push(setup.configuration());
    }
    let x = numbers(21, most * rows * shape.features * shape.steps);
    let y = targets(setup.loss.entry, 22, most * rows * shape.answers, shape.outputs);
    // Every third output is off.
    let bit = |n: usize| f64::from(u8::from(n % 3 != 1));
    let mask: Vec<f64> = if setup.has_mask { (0..y.len()).map(bit).collect() } else { Vec::new() };
    // One that has padding beside one that has none.
    let of = |member: usize| match member % 2 {
        0 => vec![shape.steps as u32; lengths.len()],
        _ => lengths.to_vec(),
    };
    let lengths: Vec<u32> = (0..most).flat_map(of).collect();
    let (x, y, lengths, mask) = (&x, &y, &lengths, &mask);
    Company { configurations: &configurations, shape, rows, x, y, lengths, mask }.check(what, most);
}

/// Every activation with every loss, and every optimizer in turn with each, in f32, where orders of summation show soonest.
#[test]
fn a_member_computes_the_same_bits_in_any_company() {
    let shape = Shape::rows(3, 2);
    for (a_at, a) in family(Family::Activation).enumerate() {
        for (l_at, l) in family(Family::Loss).enumerate() {
            for (o_at, o) in family(Family::Optimizer).enumerate() {
                if !(a_at + l_at + o_at).is_multiple_of(3) {
                    continue;
                }
                let mut setup = Setup {
                    hidden: vec![layer(3, activation(a.name))],
                    output: activation(output_for(l)),
                    loss: loss(l.name),
                    optimizer: optimizer(o.name, &[]),
                    precision: Precision::F32,
                    ..Setup::new()
                };
                company_of(&mut setup, shape, 5, 5, &format!("{} {} {}", a.name, l.name, o.name));
            }
        }
    }
}

/// Shapes at which strides are ambiguous (one row, one unit, one output) or sums are long, in packs up to 64, with
/// everything an optimizer can have around it, and dropout.
#[test]
fn a_member_computes_the_same_bits_in_any_shape() {
    let shapes = [
        (1, 1, 1, 1),
        (2, 3, 1, 5),
        (1, 4, 2, 1),
        (3, 9, 40, 4),
        (4, 5, 3, 16),
        (4, 5, 1, 16),
        (4, 33, 2, 150),
        (9, 1, 9, 9),
    ];
    for (features, units, outputs, rows) in shapes {
        for (output, name) in [
            ("identity", "mse"),
            ("softmax", "cross_entropy"),
            ("softmax", "mse"),
            ("tanh", "range_wise_mae"),
        ] {
            for precision in [Precision::F32, Precision::F64] {
                let mut setup = Setup {
                    hidden: vec![layer(units, activation("relu")), layer(units, activation("tanh"))],
                    output: activation(output),
                    loss: loss(name),
                    optimizer: optimizer("sgd", &[("momentum", 0.9), ("nesterov", 1.0)]),
                    precision,
                    ..Setup::new()
                };
                setup.hidden[1].dropout = 0.3;
                setup.optimizer.weight_decay = 0.01;
                setup.optimizer.l1 = 0.001;
                setup.optimizer.l2 = 0.002;
                setup.optimizer.clip_norm = Some(0.5);
                setup.optimizer.clip_value = Some(0.4);
                let what = format!("{features}-{units}-{outputs} {rows} rows {output}+{name} {precision:?}");
                let most = if rows > 100 { 17 } else { 64 };
                company_of(&mut setup, Shape::rows(features, outputs), rows, most, &what);
            }
        }
    }
}

/// Recurrent cells, with and without padding, truncation, masks, and dropout.
#[test]
fn a_recurrent_member_computes_the_same_bits_in_any_company() {
    for (at, cell) in Cell::ALL.into_iter().enumerate() {
        for (return_sequences, truncate) in [
            (false, Truncate::Never),
            (true, Truncate::Never),
            (true, Truncate::Window(2)),
            (true, Truncate::Chunk(2)),
        ] {
            for precision in [Precision::F32, Precision::F64] {
                let mut setup = Setup {
                    hidden: vec![layer(4, activation("tanh")), layer(3, activation("elu"))],
                    recurrent: Some(Recurrent { cell, return_sequences, truncate }),
                    has_mask: at % 2 == 0,
                    masking: if return_sequences { Masking::Logits } else { Masking::Outputs },
                    optimizer: optimizer("adam", &[]),
                    precision,
                    ..Setup::new()
                };
                setup.hidden[0].dropout = 0.3;
                setup.optimizer.clip_norm = Some(0.5);
                let answers = if return_sequences { 4 } else { 1 };
                let shape = Shape { features: 2, outputs: 3, steps: 4, answers };
                for lengths in [[4_u32; 5], [4, 1, 3, 2, 4]] {
                    let what = format!("{cell:?} {return_sequences} {truncate:?} {precision:?} {lengths:?}");
                    company_with(&mut setup, shape, (5, &lengths), 5, &what);
                }
            }
        }
    }
}

/// Masks by either rule, in networks without time.
#[test]
fn a_masked_member_computes_the_same_bits_in_any_company() {
    for masking in Masking::ALL {
        for (output, name) in
            [("softmax", "cross_entropy"), ("softmax", "mse"), ("sigmoid", "binary_cross_entropy")]
        {
            for precision in [Precision::F32, Precision::F64] {
                let mut setup = Setup {
                    output: activation(output),
                    loss: loss(name),
                    has_mask: true,
                    masking,
                    precision,
                    ..Setup::new()
                };
                company_of(
                    &mut setup,
                    Shape::rows(3, 3),
                    7,
                    17,
                    &format!("{masking:?} {output}+{name} {precision:?}"),
                );
            }
        }
    }
}

#[test]
fn what_a_member_keeps_comes_back() {
    let configuration = Setup::new().configuration();
    let members: Vec<Member<'_>> =
        (0..3).map(|m| Member { configuration: &configuration, init_seed: m, noise_seed: m }).collect();
    let shape = Shape::rows(2, 2);
    let mut population = Population::new(&members, shape);
    let y = targets(entry(Family::Loss, "cross_entropy"), 4, 5, 2);
    let batch = Batch::shared(3, 5, shape, Precision::F64, &numbers(3, 10), &y, None);
    let start: Vec<_> = (0..3).map(|m| population.parameters(m)).collect();
    population.snapshot(&[true, true, true]);
    population.step(&batch, &[1.0; 3]);
    let later: Vec<_> = (0..3).map(|m| population.parameters(m)).collect();
    population.snapshot(&[false, true, false]);
    population.step(&batch, &[1.0; 3]);
    population.retain(&[2, 1, 0]);
    population.restore(&[true, true, false]);
    assert_eq!(population.parameters(0), start[2]);
    assert_eq!(population.parameters(1), later[1]);
    assert_ne!(population.parameters(2), start[0]);
    assert_eq!(population.finite(), [true; 3]);
    let mut broken = population.parameters(1);
    broken[0].values[0] = f64::INFINITY;
    population.set_parameters(1, &broken);
    assert_eq!(population.finite(), [true, false, true]);
}

/// Shared samples are only a saving: the same bits as samples repeated for each member.
#[test]
fn shared_samples_are_the_same_samples() {
    let configuration = Setup::new().configuration();
    let members = [0, 1].map(|m| Member { configuration: &configuration, init_seed: m, noise_seed: m });
    let shape = Shape::rows(2, 3);
    let x = numbers(3, 10);
    let y = targets(entry(Family::Loss, "cross_entropy"), 4, 5, 3);
    let weight = [1.0, 2.0, 0.5, 1.0, 3.0];
    let shared = Batch::shared(2, 5, shape, Precision::F64, &x, &y, Some(&weight));
    let repeated =
        Batch::new(2, 5, shape, Precision::F64, &x.repeat(2), &y.repeat(2), Some(&weight.repeat(2)));
    let run = |batch: &Batch| {
        let mut population = Population::new(&members, shape);
        let loss = population.step(batch, &[1.0; 2]);
        (loss, flat(&population.parameters(0)), population.evaluate(batch))
    };
    assert_eq!(run(&shared), run(&repeated));
}

// ---- populations -----------------------------------------------------------------------------------------------------

/// Initial values are those of f64 rounded, and do not depend on company.
#[test]
fn precision_only_rounds_initial_values() {
    let shape = Shape::rows(4, 3);
    let start = |precision, seeds: &[u64]| {
        let configuration = Setup { precision, ..Setup::new() }.configuration();
        let member = |seed: &u64| Member { configuration: &configuration, init_seed: *seed, noise_seed: 0 };
        let population = Population::new(&seeds.iter().map(member).collect::<Vec<_>>(), shape);
        flat(&population.parameters(seeds.len() - 1))
    };
    let double = start(Precision::F64, &[7]);
    assert_eq!(double, start(Precision::F64, &[1, 2, 7]));
    let single: Vec<f64> = double.iter().map(|v| f64::from(*v as f32)).collect();
    assert_eq!(single, start(Precision::F32, &[1, 7]));
}

/// Names split packs, numbers do not.
#[test]
fn only_structure_splits_packs() {
    let base = || Setup { optimizer: optimizer("sgd", &[]), ..Setup::new() };
    let structure = |setup: &Setup| Population::structure(&setup.configuration());
    let same = |change: fn(&mut Setup)| {
        let mut setup = base();
        change(&mut setup);
        structure(&setup) == structure(&base())
    };
    assert!(same(|s| set(&mut s.optimizer.method, "learning_rate", 3.0)));
    assert!(same(|s| s.reduction = Reduction::Sum));
    assert!(same(|s| s.hidden[0].init = choice(Family::Initializer, "zeros", &[])));
    assert!(same(|s| s.optimizer.schedule = choice(Family::Schedule, "cosine", &[])));
    assert!(!same(|s| s.hidden[0].units = 6));
    assert!(!same(|s| s.hidden[0].activation = activation("relu")));
    assert!(!same(|s| s.hidden[0].dropout = 0.5));
    assert!(!same(|s| s.loss = loss("mse")));
    assert!(!same(|s| s.precision = Precision::F32));
    assert!(!same(|s| s.optimizer.clip_norm = Some(1.0)));
    assert!(!same(|s| set(&mut s.optimizer.method, "momentum", 0.9)));
    assert!(!same(|s| set(&mut s.optimizer.method, "nesterov", 1.0)));
}

/// Dropout zeroes its share, scales the rest, and is off in evaluation: with one linear layer behind it, the loss of a
/// step differs from that of an evaluation, and two steps differ from one another.
#[test]
fn dropout_acts_in_training_only() {
    let mut setup = Setup::new();
    setup.hidden[0].dropout = 0.5;
    set(&mut setup.optimizer.method, "learning_rate", 0.0);
    let configuration = setup.configuration();
    let shape = Shape::rows(2, 2);
    let member = |noise_seed| Member { configuration: &configuration, init_seed: 0, noise_seed };
    let mut population = Population::new(&[member(0), member(0), member(1)], shape);
    let y = targets(entry(Family::Loss, "cross_entropy"), 4, 5, 2);
    let batch = Batch::shared(3, 5, shape, Precision::F64, &numbers(3, 10), &y, None);
    let rest = population.evaluate(&batch);
    let (first, second) = (population.step(&batch, &[1.0; 3]), population.step(&batch, &[1.0; 3]));
    assert_eq!(first[0], first[1]);
    assert_ne!(first[0], first[2]);
    assert_ne!(first[0], second[0]);
    assert_ne!(first[0], rest.loss[0]);
    assert_eq!(population.evaluate(&batch), rest);
}
