//! On the fused engine, what a member computes depends on nothing but itself, to the last bit: not on the instruction set, nor on
//! how many others there are, their order, or its place. Whether it is right is asked in `engines`.

use std::sync::Arc;

use runner::catalog::{Choice, Family};
use runner::kernel::{self, Decay, Noise, Numbers, Pace, Set, Slope, Training};
use runner::nn::optimizer::Given;
use runner::nn::{self, Columns, Feed, Member, Samples, Shape, Trainer};
use runner::spec::{Engine, HiddenDerivative, OutputDelta, Precision, Update};

use crate::contract::are_compatible;
use crate::engines::{Order, Rows, personal, under_way};
use crate::networks::{
    Bits, Setup, activation, choice, family, flat, layer, loss, numbers, steppers, targets,
};

// ---- instruction sets ------------------------------------------------------------------------------------------------

/// A member with a number of its own for each of `members`.
fn columns(family: Family, name: &str, given: &[(&str, f64)], members: usize) -> Columns {
    let base = Setup { optimizer: under_way("sgd", &[]), ..Setup::new() };
    let own = |member: usize| -> Choice {
        let mut setup = base.clone();
        match family {
            Family::Activation => setup.output = choice(family, name, given),
            Family::Loss => setup.loss = choice(family, name, given),
            _ => setup.optimizer.method = choice(family, name, given),
        }
        let own = personal(&setup, member);
        match family {
            Family::Activation => own.output,
            Family::Loss => own.loss,
            _ => own.optimizer.method,
        }
    };
    let choices: Vec<Choice> = (0..members).map(own).collect();
    Columns::new(&choices.iter().collect::<Vec<_>>(), Precision::F32)
}

fn single(columns: &Columns, keys: impl Iterator<Item = &'static str>) -> Numbers {
    keys.map(|key| columns.values(key).iter().map(|v| *v as f32).collect()).collect()
}

/// A hidden layer of an activation, its loss, and an optimizer as the kernel takes them, on three sets of numbers.
struct Pack {
    network: kernel::Network,
    method: kernel::Method,
    table: kernel::Table,
}

const MEMBERS: usize = 5;
const STEPS: usize = 4;
/// A chunk and one row more.
const ROWS: usize = 17;

impl Pack {
    fn new(hidden: &str, output: &str, name: &str, optimizer: &str, given: &[(&str, f64)]) -> Pack {
        let stage = |activation: &str, units: usize, dropout: Option<Vec<f64>>| {
            let member = nn::activation::ALL.iter().find(|a| a.entry.name == activation).unwrap();
            let choice = choice(Family::Activation, activation, &[]);
            let columns = columns(Family::Activation, activation, &[], MEMBERS);
            kernel::Layer {
                units,
                bias: kernel::Bias::Unit,
                activation: (member.lanes)(&choice).unwrap(),
                numbers: single(&columns, keys(&choice)),
                dropout,
            }
        };
        let member = nn::loss::ALL.iter().find(|l| l.entry.name == name).unwrap();
        let loss_is_fused = member.is_fused_with(output);
        let layers = vec![stage(hidden, 5, Some(vec![0.25; MEMBERS])), stage(output, 3, None)];
        let own = choice(Family::Loss, name, &[]);
        let loss_columns = columns(Family::Loss, name, &[], MEMBERS);
        let network = kernel::Network {
            features: 3,
            loss_numbers: {
                let activation = if loss_is_fused { layers[1].numbers.clone() } else { Vec::new() };
                [activation, single(&loss_columns, keys(&own))].concat()
            },
            layers,
            time: None,
            masking: None,
            loss: (if loss_is_fused { member.lanes_fused } else { member.lanes }.unwrap())(&loss_columns),
            loss_is_fused,
            delta: None,
            reduction: vec![kernel::Reduction::Mean(1.0); MEMBERS],
        };
        let weight: Vec<f64> = numbers(3, ROWS).iter().map(|v| v.abs()).collect();
        let table = kernel::Table::new(3, 3, &numbers(1, 3 * ROWS), &targets(own.entry, 2, ROWS, 3), &weight);
        Pack { network, method: method(optimizer, given), table }
    }

    /// All that training and evaluation give, as bits.
    fn run(&self, set: Set) -> Vec<u64> {
        let order: Vec<u32> = (0..ROWS as u32).collect();
        let feed = kernel::Feed {
            tables: vec![&self.table],
            table_of: vec![0; MEMBERS],
            orders: vec![&order],
            order_of: vec![0; MEMBERS],
            rows: ROWS,
            batch: ROWS,
            first: 0,
            apart: 0,
        };
        let network = &self.network;
        let noise = Noise { seeds: (0..MEMBERS as u64).collect(), steps: vec![0; MEMBERS] };
        let training =
            Training { network, feed: &feed, method: &self.method, noise: Some(&noise), steps: STEPS };
        let mut w: Vec<f32> = numbers(4, MEMBERS * network.parameters()).iter().map(|v| *v as f32).collect();
        let slopes = kernel::gradients(set, network, &feed, &w);
        let mut states = vec![0.0; self.method.rule.states() * w.len()];
        let mut losses = vec![0.0; STEPS * MEMBERS];
        kernel::train(set, &training, &mut w, &mut states, &mut losses);
        let seen = kernel::evaluate(set, network, &feed, &w, true);
        assert!(losses.iter().chain(&seen.loss).all(|l| l.is_finite()));
        let narrow = slopes.iter().chain(&w).chain(&states).chain(&seen.outputs);
        narrow
            .map(|v| u64::from(v.to_bits()))
            .chain(losses.iter().chain(&seen.loss).map(|l| l.to_bits()))
            .collect()
    }

    fn check(&self, what: &str) {
        let expected = self.run(Set::Portable);
        for set in &Set::available()[1..] {
            assert!(self.run(*set) == expected, "{what}: {} and portable", set.name());
        }
    }
}

fn keys(choice: &Choice) -> impl Iterator<Item = &'static str> {
    let number = |p: &&runner::catalog::Param| matches!(p.kind, runner::catalog::Kind::Real(_));
    choice.entry.params.iter().filter(number).map(|p| p.key)
}

/// With everything around it.
fn method(optimizer: &str, given: &[(&str, f64)]) -> kernel::Method {
    let member = nn::optimizer::ALL.iter().find(|o| o.entry.name == optimizer).unwrap();
    let columns = columns(Family::Optimizer, optimizer, given, MEMBERS);
    let mut numbers = Pace { values: Vec::new(), count: 0, step: 0, member: 0 };
    let mut memory = [1.0; MEMBERS];
    for t in 1..=STEPS as u64 {
        for (m, memory) in memory.iter_mut().enumerate() {
            let own = (member.numbers)(&Given { columns: &columns, member: m }, t, memory);
            (numbers.count, numbers.member, numbers.step) = (own.len(), own.len(), own.len() * MEMBERS);
            numbers.values.extend(own.iter().map(|v| *v as f32));
        }
    }
    let own = |x: f32| Some((0..MEMBERS).map(|m| x * (1.0 + m as f32 / 8.0)).collect());
    kernel::Method {
        rule: (member.lanes)(&columns),
        numbers,
        rate: Pace {
            values: vec![0.01, if member.decoupled { 0.999 } else { 0.1 }],
            count: 2,
            step: 0,
            member: 0,
        },
        decay: if member.decoupled { Decay::Apart } else { Decay::Joined },
        multiplies: false,
        l1: own(0.01),
        twice_l2: own(0.02),
        clip_value: own(0.3),
        clip_norm: own(0.2),
    }
}

/// Every form that a member of a family tells the kernel, and what is made of it by mistake.
#[test]
fn every_instruction_set_gives_the_same_bits() {
    for l in family(Family::Loss) {
        for a in family(Family::Activation).filter(|a| are_compatible(a, l)) {
            Pack::new(a.name, a.name, l.name, "sgd", &[]).check(&format!("{}+{}", a.name, l.name));
        }
    }
    for o in steppers() {
        let flags =
            o.params.iter().filter(|p| matches!(p.kind, runner::catalog::Kind::Flag)).map(|p| (p.key, 1.0));
        let member = nn::optimizer::ALL.iter().find(|m| m.entry.name == o.name).unwrap();
        let all: Vec<(&str, f64)> = flags.chain(member.switches.iter().map(|key| (*key, 0.9))).collect();
        for given in [&[][..], &all[..all.len().min(1)], &all[..]] {
            let mut pack = Pack::new("gelu", "softmax", "cross_entropy", o.name, given);
            pack.check(&format!("{} {given:?}", o.name));
            (pack.method.rule, pack.method.multiplies) = (pack.method.rule.summed(), true);
            pack.check(&format!("{} {given:?}, wrong", o.name));
        }
    }
    for slope in [Slope::Value, Slope::One, Slope::Share, Slope::AtValue, Slope::FormulaOnZ] {
        for a in family(Family::Activation) {
            let mut pack = Pack::new(a.name, "softmax", "cross_entropy", "sgd", &[]);
            if let Some(bent) = pack.network.layers[0].activation.bent(slope) {
                pack.network.layers[0].activation = bent;
                pack.check(&format!("{slope:?} of {}", a.name));
            }
        }
    }
}

// ---- company ---------------------------------------------------------------------------------------------------------

/// Members numbered by what they are: `who` picks numbers, seeds, samples, and order.
fn train(base: &Setup, shape: Shape, rows: Rows, who: &[usize]) -> Vec<Vec<u64>> {
    // Few numbers and few tables, so that a thousand members cost nothing.
    let of = |m: &usize| personal(base, m % 7).configuration();
    let configurations: Vec<_> = who.iter().map(of).collect();
    let members: Vec<Member<'_>> = (configurations.iter().zip(who))
        .map(|(configuration, m)| Member { configuration, init_seed: *m as u64, noise_seed: *m as u64 })
        .collect();
    let all = rows.feed(base, shape, 7);
    let feed = Feed {
        samples_of: who.iter().map(|m| m % 2).collect(),
        order_of: who.iter().map(|m| m % all.orders.len()).collect(),
        ..all
    };
    let mut trainer = Trainer::new(&members, shape);
    let losses = trainer.advance(&feed, 8, None);
    let slopes = trainer.gradients(&feed);
    let seen = trainer.evaluate(&Feed::whole(feed.samples.clone(), feed.samples_of.clone()), true);
    let width = seen.outputs.len() / who.len();
    let member = |m: usize| {
        let mut all: Vec<f64> = losses.iter().skip(m).step_by(who.len()).copied().collect();
        all.push(seen.loss[m]);
        all.extend(&seen.outputs[m * width..][..width]);
        all.extend(flat(&slopes[m]));
        all.extend(flat(&trainer.parameters(m)));
        all.map_bits()
    };
    (0..who.len()).map(member).collect()
}

fn base(optimizer: &str) -> Setup {
    let mut base = Setup {
        hidden: vec![layer(5, activation("leaky_relu")), layer(3, activation("gelu"))],
        optimizer: under_way(optimizer, &[]),
        precision: Precision::F32,
        engine: Engine::Fused,
        ..Setup::new()
    };
    base.hidden[0].dropout = 0.25;
    base.optimizer.weight_decay = 0.1;
    base.optimizer.l1 = 0.01;
    base.optimizer.clip_norm = Some(0.1);
    base
}

const SHAPE: Shape = Shape::rows(3, 3);

/// Packs of 1, 5, 16, 17, and 1000, forwards, backwards, and from the middle, with shared samples and with their own.
#[test]
fn a_member_computes_the_same_bits_in_any_pack_at_any_place() {
    for (name, order) in
        [("nadam", Order::Shuffled), ("sgd", Order::Sequential), ("lion", Order::WithReplacement)]
    {
        let (mut base, rows) = (base(name), Rows { rows: 19, batch: 8, order, weighted: true });
        // Mistakes on purpose are a member's own too.
        if name == "sgd" {
            base.fault.hidden_derivative = Some(HiddenDerivative::DerivativeAtOutput);
            base.fault.output_delta = Some(OutputDelta::ExtraElementwise);
            base.fault.update = Some(Update::Accumulate);
        }
        let together = train(&base, SHAPE, rows, &(0..1000).collect::<Vec<_>>());
        let packs: [Vec<usize>; 8] = [
            vec![0],
            vec![999],
            (0..5).collect(),
            (0..16).collect(),
            (0..17).rev().collect(),
            (490..507).collect(),
            vec![17, 3, 500, 3, 3],
            (0..1000).rev().collect(),
        ];
        for who in packs {
            for (place, (m, bits)) in who.iter().zip(train(&base, SHAPE, rows, &who)).enumerate() {
                let what = format!("{name}: member {m} at place {place} of {} and among 1000", who.len());
                assert!(bits == together[*m], "{what}");
            }
        }
    }
}

/// A member whose numbers leave the range of f32 leaves its neighbours in the register alone, and so does one that goes.
#[test]
fn a_neighbour_that_breaks_or_leaves_changes_nothing() {
    let healthy = base("adam");
    let mut wild = base("adam");
    crate::networks::set(&mut wild.optimizer.method, "learning_rate", 1e38);
    let x = numbers(31, 12 * 3);
    let y = targets(loss("cross_entropy").entry, 32, 12, 3);
    let samples = Arc::new(Samples::new(SHAPE, Precision::F32, &x, &y, &[]));
    let run = |wild_ones: &[usize], keep: &[usize]| {
        let of = |m: usize| if wild_ones.contains(&m) { &wild } else { &healthy }.configuration();
        let configurations: Vec<_> = (0..6).map(of).collect();
        let member = |(m, configuration)| Member { configuration, init_seed: m as u64, noise_seed: m as u64 };
        let members: Vec<_> = configurations.iter().enumerate().map(member).collect();
        let mut trainer = Trainer::new(&members, SHAPE);
        let feed = |members: usize| Feed::whole(vec![samples.clone()], vec![0; members]);
        trainer.advance(&feed(6), 5, None);
        let is_finite = trainer.finite();
        trainer.retain(keep);
        let losses = trainer.advance(&feed(keep.len()), 5, None);
        let bits = |m: usize| {
            (
                losses.iter().skip(m).step_by(keep.len()).copied().collect::<Vec<_>>().map_bits(),
                flat(&trainer.parameters(m)).map_bits(),
            )
        };
        (is_finite, (0..keep.len()).map(bits).collect::<Vec<_>>())
    };
    let (all_finite, expected) = run(&[], &[0, 1, 2, 3, 4, 5]);
    assert_eq!(all_finite, [true; 6]);
    let (finite, mixed) = run(&[1, 4], &[0, 1, 2, 3, 4, 5]);
    assert_eq!(finite, [true, false, true, true, false, true]);
    let (_, left) = run(&[1, 4], &[5, 3, 0]);
    for m in [0, 2, 3, 5] {
        assert!(mixed[m] == expected[m], "member {m} beside members that diverge");
    }
    assert!(left == [5, 3, 0].map(|m| expected[m].clone()), "members that stay");
}
