//! Contracts that every member of a family of networks keeps, walked over the lists, so that a new member is tested
//! before its author writes a line. What a single member must give is tested beside it.

use runner::catalog::{Default, Entry, Facts, Family, Kind, Role};
use runner::nn::gradcheck::{self, Agreement, Point};
use runner::nn::initializer::Place;
use runner::nn::{self, Batch, Member, Population, Progress, Rows, Schedule, Shape};
use runner::rng::{self, Purpose};
use runner::spec::{Precision, Reduction};

use crate::networks::{
    Bits, Setup, activation, choice, family, flat, layer, loss, numbers, optimizer, output_for, set, targets,
    variants_of_words,
};

const FAMILIES: [Family; 5] =
    [Family::Activation, Family::Loss, Family::Initializer, Family::Optimizer, Family::Schedule];

// ---- all -------------------------------------------------------------------------------------------------------------

#[test]
fn a_member_is_a_file_of_its_name() {
    for f in FAMILIES {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/nn").join(f.name());
        // Optimizers of another kind have a folder within the folder.
        let folders = [folder.clone(), folder.join("search")].into_iter().filter(|folder| folder.exists());
        let files =
            folders.flat_map(|folder| std::fs::read_dir(folder).unwrap()).map(|file| file.unwrap().path());
        let stems = files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_string());
        let shared = ["mod", "parts", "directions", "way", "search", "line", "walk", "tests"];
        let mut files: Vec<String> = stems.filter(|stem| !shared.contains(&stem.as_str())).collect();
        files.sort();
        let names: Vec<&str> = family(f).map(|e| e.name).collect();
        assert_eq!(names, files, "the list in src/nn/{}/mod.rs and the files beside it differ", f.name());
    }
}

#[test]
fn documentation_has_its_headings_and_something_under_each() {
    for e in nn::entries() {
        let mut rest = e.docs;
        for heading in ["### Formula\n", "### When to use\n", "### Source\n"] {
            let (before, after) =
                rest.split_once(heading).unwrap_or_else(|| panic!("{}: no {heading}", e.name));
            assert_eq!(before.trim().is_empty(), heading.contains("Formula"), "{}: before {heading}", e.name);
            rest = after;
        }
        assert!(!rest.trim().is_empty(), "{}: no source", e.name);
        assert!(!e.summary.is_empty() && !e.summary.ends_with('.'), "{}: {}", e.name, e.summary);
    }
}

#[test]
fn defaults_lie_in_their_ranges() {
    for e in nn::entries() {
        for p in e.params {
            let fits = match (p.kind, p.default) {
                (Kind::Real(range), Default::Real(x)) => range.contains(x),
                (Kind::Count { min, max }, Default::Count(n)) => (min..=max).contains(&n),
                (Kind::Flag, Default::Flag(_)) => true,
                (Kind::Choice(words), Default::Word(word)) => words.contains(&word),
                _ => false,
            };
            assert!(fits, "{}.{}: {:?} is not in {:?}", e.name, p.key, p.default, p.kind);
            let is_number = matches!(p.kind, Kind::Real(_) | Kind::Count { .. });
            // A line search has no columns; what decides how much it keeps of a member splits packs.
            let rides =
                is_number && !(matches!(e.facts, Facts::LineSearch) && matches!(p.kind, Kind::Count { .. }));
            assert_eq!(rides, p.role == Role::Numeric, "{}.{}: numbers ride in columns", e.name, p.key);
            assert!(p.docs.ends_with('.'), "{}.{}: a sentence", e.name, p.key);
        }
    }
}

// ---- gradients -------------------------------------------------------------------------------------------------------

/// Central differences with step 1e-5 in f64 err by about 1e-10 relative; a hundred times that leaves room for curvature.
const DIFFERENCES: f64 = 1e-7;

/// Outputs an activation may have for a loss.
pub(crate) fn are_compatible(activation: &Entry, loss: &Entry) -> bool {
    let Facts::Activation { gives, distribution: sums, log_distribution } = activation.facts else {
        panic!()
    };
    let Facts::Loss { accepts, distribution: needs, .. } = loss.facts else { panic!() };
    if needs { sums || log_distribution } else { !log_distribution && gives.within(&accepts) }
}

/// A number that single precision cannot hold would be infinite, or make NaN of the first value.
#[test]
fn numbers_of_networks_stay_within_single_precision() {
    let mut count = 0;
    for family in [Family::Activation, Family::Loss, Family::Initializer] {
        for e in nn::entries().iter().filter(|e| e.family == family) {
            for p in e.params {
                let Kind::Real(range) = p.kind else { continue };
                assert!(range.low >= -1e6 && range.high <= 1e6, "{}.{}: {range}", e.name, p.key);
                count += 1;
            }
        }
    }
    assert!(count > 12, "{count}");
}

#[track_caller]
fn check_gradient(what: &str, setup: &Setup, weight: Option<&[f64]>) {
    let (rows, shape) = (6, Shape::rows(3, 3));
    let x = numbers(11, rows * shape.features);
    let y = targets(setup.loss.entry, 12, rows, shape.outputs);
    let samples = Rows { x: &x, y: &y, weight: weight.unwrap_or(&[]), ..Rows::default() };
    let point = Point::new(&setup.configuration(), 5, shape, samples);
    let tensors = gradcheck::compare(&point.differences(usize::MAX), &point.gradient(), DIFFERENCES);
    let count = |of: fn(&Agreement) -> usize| tensors.iter().map(of).sum::<usize>();
    assert!(tensors.iter().all(|t| t.agrees && (t.is_flat || t.error <= DIFFERENCES)), "{what}: {tensors:?}");
    assert!(count(|t| t.checked) > count(|t| t.kinks), "{what}: {tensors:?}");
}

#[test]
fn the_gradient_of_every_activation_is_that_of_differences() {
    for e in family(Family::Activation) {
        let mut setup = Setup::new();
        setup.hidden = vec![layer(4, activation(e.name)), layer(5, activation(e.name))];
        setup.output = activation("identity");
        setup.loss = loss("mse");
        check_gradient(e.name, &setup, None);
        // Parameters away from their defaults count too.
        for p in e.params.iter().filter(|p| p.role == Role::Numeric) {
            set(&mut setup.hidden[0].activation, p.key, 0.7);
            check_gradient(&format!("{} {}", e.name, p.key), &setup, None);
        }
    }
}

#[test]
fn the_gradient_of_every_sound_pairing_is_that_of_differences() {
    let mut pairings = 0;
    for l in family(Family::Loss) {
        for a in family(Family::Activation).filter(|a| are_compatible(a, l)) {
            for reduction in [Reduction::Mean, Reduction::Sum, Reduction::SumOverOutputs] {
                let setup =
                    Setup { output: activation(a.name), loss: loss(l.name), reduction, ..Setup::new() };
                check_gradient(&format!("{}+{} {reduction:?}", a.name, l.name), &setup, None);
            }
            let setup = Setup { output: activation(a.name), loss: loss(l.name), ..Setup::new() };
            let weight = [1.0, 0.5, 2.0, 1.5, 0.0, 3.0];
            check_gradient(&format!("{}+{} weighted", a.name, l.name), &setup, Some(&weight));
            pairings += 1;
        }
    }
    // 14 activations with each of the nine losses of any numbers; 2 with cross_entropy, focal, kl_divergence; sigmoid, hard_sigmoid,
    // softmax with binary_cross_entropy and binary_focal; these, relu, and softplus with probability_cross_entropy.
    assert_eq!(pairings, 9 * 14 + 3 * 2 + 2 * 3 + 5);
}

/// Parameters of losses away from their defaults count too.
#[test]
fn the_gradient_of_every_loss_with_other_parameters_is_that_of_differences() {
    let mut parameters = 0;
    for l in family(Family::Loss) {
        let numbers = l.params.iter().filter(|p| p.role == Role::Numeric);
        let others = numbers.map(|p| choice(Family::Loss, l.name, &[(p.key, 0.3)]));
        for other in others.chain(variants_of_words(l)) {
            let setup = Setup { output: activation(output_for(l)), loss: other.clone(), ..Setup::new() };
            check_gradient(&other.to_string(), &setup, None);
            parameters += 1;
        }
    }
    // delta, quantile, gamma and alpha, gamma, label_smoothing, two margins, epsilon; ranges, normalize.
    assert_eq!(parameters, 9 + 2);
}

// ---- losses ----------------------------------------------------------------------------------------------------------

/// A network without inputs that matter: its outputs' pre-activations are `z`.
fn constant_network(setup: &Setup, z: &[f64]) -> Population {
    let setup =
        Setup { hidden: Vec::new(), output: setup.output.clone(), loss: setup.loss.clone(), ..Setup::new() };
    let configuration = setup.configuration();
    let member = Member { configuration: &configuration, init_seed: 0, noise_seed: 0 };
    let mut population = Population::new(&[member], Shape::rows(1, z.len()));
    let mut parameters = population.parameters(0);
    parameters[1].values = z.to_vec();
    population.set_parameters(0, &parameters);
    population
}

fn one_sample(y: &[f64]) -> Batch {
    let shape = Shape::rows(1, y.len());
    Batch::new(1, 1, shape, Precision::F64, &[0.0], y, None)
}

/// Losses that ask which output is largest, or that let go of one that is right, have no target to reach.
const OF_DECISIONS: [&str; 4] = ["hinge", "squared_hinge", "focal", "binary_focal"];

#[test]
fn every_loss_is_least_at_its_target() {
    let y = [0.2, 0.5, 0.3];
    for l in family(Family::Loss).filter(|l| !OF_DECISIONS.contains(&l.name)) {
        // The pre-activations at which the output is the target.
        let (output, z) = match l.name {
            "cross_entropy" | "kl_divergence" => ("softmax", y.map(libm::log)),
            "binary_cross_entropy" => ("sigmoid", y.map(|p| libm::log(p / (1.0 - p)))),
            _ => ("identity", y),
        };
        let setup = Setup { output: activation(output), loss: loss(l.name), ..Setup::new() };
        let at = |z: &[f64]| constant_network(&setup, z).evaluate(&one_sample(&y)).loss[0];
        let least = at(&z);
        let gradient = flat(&constant_network(&setup, &z).gradients(&one_sample(&y))[0]);
        assert!(gradient.iter().all(|g| g.abs() < 1e-12), "{}: {gradient:?}", l.name);
        for k in 0..3 {
            for step in [-0.3, 0.3] {
                let mut moved = z;
                moved[k] += step;
                assert!(at(&moved) > least, "{}: {} is not above {least}", l.name, at(&moved));
            }
        }
    }
}

#[test]
fn a_loss_of_decisions_falls_to_0_as_the_right_one_gets_surer() {
    for name in OF_DECISIONS {
        let output = match name {
            "focal" => "softmax",
            "binary_focal" => "sigmoid",
            _ => "identity",
        };
        let setup = Setup { output: activation(output), loss: loss(name), ..Setup::new() };
        let at = |t: f64| {
            let z = [-t, t, -t];
            constant_network(&setup, &z).evaluate(&one_sample(&[0.0, 1.0, 0.0])).loss[0]
        };
        let values = [-2.0, -0.5, 0.0, 0.2, 0.4].map(at);
        assert!(values.windows(2).all(|pair| pair[0] > pair[1]), "{name}: {values:?}");
        assert!(at(20.0) < 1e-15, "{name}: {}", at(20.0));
    }
}

#[test]
fn every_loss_is_finite_at_the_edges_of_what_it_accepts() {
    let edges = [-1e4, -90.0, 0.0, 90.0, 1e4];
    for l in family(Family::Loss) {
        for a in family(Family::Activation).filter(|a| are_compatible(a, l)) {
            let setup = Setup { output: activation(a.name), loss: loss(l.name), ..Setup::new() };
            for true_class in 0..edges.len() {
                let mut y = [0.0; 5];
                y[true_class] = 1.0;
                let population = constant_network(&setup, &edges);
                let value = population.evaluate(&one_sample(&y)).loss[0];
                let gradient = flat(&population.gradients(&one_sample(&y))[0]);
                let finite = value.is_finite() && gradient.iter().all(|g| g.is_finite());
                assert!(finite, "{}+{}: loss {value}, gradient {gradient:?}", a.name, l.name);
            }
        }
    }
}

#[test]
fn no_loss_mixes_members() {
    for l in family(Family::Loss) {
        let setup = Setup { output: activation(output_for(l)), loss: loss(l.name), ..Setup::new() };
        let shape = Shape::rows(2, 3);
        let (x, y) = (numbers(1, 3 * 4 * 2), targets(l, 2, 3 * 4, 3));
        let mut other = x.clone();
        // Only the data of the middle member change, and not to anything mild.
        other[8..16].iter_mut().for_each(|v| *v = f64::NAN);
        let configuration = setup.configuration();
        let run = |x: &[f64]| {
            let members: Vec<Member<'_>> = (0..3)
                .map(|m| Member { configuration: &configuration, init_seed: m, noise_seed: m })
                .collect();
            let mut population = Population::new(&members, shape);
            let batch = Batch::new(3, 4, shape, Precision::F64, x, &y, None);
            let losses = population.step(&batch, &[1.0; 3]);
            [0, 2].map(|m| (losses[m].to_bits(), flat(&population.parameters(m)).map_bits()))
        };
        assert_eq!(run(&x), run(&other), "{}", l.name);
    }
}

// ---- schedules -------------------------------------------------------------------------------------------------------

#[test]
fn every_schedule_is_finite_and_starts_and_ends_as_stated() {
    let (epochs, steps_per_epoch) = (20, 3);
    for e in family(Family::Schedule) {
        let schedule = Schedule::new(&choice(Family::Schedule, e.name, &[]));
        let steps = epochs * steps_per_epoch;
        let factors: Vec<f64> = (0..steps)
            .map(|step| {
                let epoch = step / steps_per_epoch;
                schedule.factor(Progress { step, steps, epoch, epochs, steps_per_epoch })
            })
            .collect();
        assert!(factors.iter().all(|f| f.is_finite() && *f >= 0.0), "{}: {factors:?}", e.name);
        // From each entry's documentation, at its defaults.
        let (first, last) = match e.name {
            "constant" | "plateau" => (1.0, 1.0),
            "step" => (1.0, 0.1),
            "exponential" => (1.0, libm::pow(0.99, 19.0)),
            "cosine" => (1.0, (1.0 - libm::cos(std::f64::consts::PI / 60.0)) / 2.0),
            "warmup" => (0.1, 1.0),
            "one_cycle" => (0.04, 0.04 / 1e4),
            other => panic!("state the first and last value of {other} here"),
        };
        assert!((factors[0] - first).abs() < 1e-12, "{}: first {}", e.name, factors[0]);
        assert!((factors[steps - 1] - last).abs() < 1e-12, "{}: last {}", e.name, factors[steps - 1]);
    }
}

/// A training of a single step must not divide by zero.
#[test]
fn every_schedule_survives_a_single_step() {
    for e in family(Family::Schedule) {
        let schedule = Schedule::new(&choice(Family::Schedule, e.name, &[]));
        let only = Progress { step: 0, steps: 1, epoch: 0, epochs: 1, steps_per_epoch: 1 };
        let factor = schedule.factor(only);
        assert!(factor.is_finite() && factor >= 0.0, "{}: {factor}", e.name);
    }
}

/// The last step comes as near to the end of each formula as the entry says, for lengths of which the shares of a
/// schedule are no whole numbers. A budget in steps may cut the last epoch short: then `steps` is the budget.
#[test]
fn no_schedule_overshoots_its_last_step() {
    for steps in [1_usize, 2, 3, 7, 64, 100, 1001] {
        for (name, given) in [
            ("cosine", &[("floor", 0.25)][..]),
            ("one_cycle", &[]),
            ("one_cycle", &[("share", 1e-9)]),
            ("one_cycle", &[("share", 1.0 - f64::EPSILON / 2.0)]),
            ("step", &[]),
            ("warmup", &[("share", 1.0)]),
            ("warmup", &[("share", 0.0)]),
        ] {
            let schedule = Schedule::new(&choice(Family::Schedule, name, given));
            let at = |step: usize| {
                let (epoch, epochs) = (step / 3, steps.div_ceil(3));
                schedule.factor(Progress { step, steps, epoch, epochs, steps_per_epoch: 3 })
            };
            let factors: Vec<f64> = (0..steps).map(at).collect();
            let what = format!("{name} {given:?} over {steps}");
            assert!(factors.iter().all(|f| (0.0..=1.0 + 1e-12).contains(f)), "{what}: {factors:?}");
            let last = factors[steps - 1];
            match name {
                // Half a cosine is at most (π / 2n)² above its floor one step of n before its end.
                "cosine" => {
                    assert!(last >= 0.25 && last - 0.25 <= 2.5 / (steps * steps) as f64, "{what}: {last}")
                }
                "one_cycle" => assert!((last - 4e-6).abs() <= 1e-9, "{what}: {last}"),
                _ => assert!(last > 0.0 || name == "step", "{what}: {last}"),
            }
        }
    }
}

// ---- models ----------------------------------------------------------------------------------------------------------

/// `hidden = []` is a linear model: it finds the plane its targets lie on.
#[test]
fn without_hidden_layers_a_network_is_linear() {
    let shape = Shape::rows(2, 1);
    let x = numbers(31, 8 * shape.features);
    let y: Vec<f64> = x.chunks(2).map(|x| 3.0 * x[0] - 2.0 * x[1] + 0.5).collect();
    for precision in [Precision::F32, Precision::F64] {
        let setup = Setup {
            hidden: Vec::new(),
            output: activation("identity"),
            loss: loss("mse"),
            optimizer: optimizer("sgd", &[("learning_rate", 0.5)]),
            precision,
            ..Setup::new()
        };
        let configuration = setup.configuration();
        let member = Member { configuration: &configuration, init_seed: 1, noise_seed: 1 };
        let mut population = Population::new(&[member, member], shape);
        assert_eq!(nn::parameter_count(&configuration, shape), 3);
        let batch = Batch::shared(2, 8, shape, precision, &x, &y, None);
        for _ in 0..400 {
            population.step(&batch, &[1.0; 2]);
        }
        population.retain(&[1]);
        let parameters = population.parameters(0);
        assert_eq!(
            parameters.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(),
            ["layer_0.weight", "layer_0.bias"]
        );
        for (ours, plane) in flat(&parameters).iter().zip([3.0, -2.0, 0.5]) {
            assert!((ours - plane).abs() < 1e-5, "{precision:?}: {parameters:?}");
        }
    }
}

/// A change of the configuration, and whether parameters move under it.
type Change = (&'static str, bool, fn(&mut Setup));

/// Numbers at the ends of what the language lets through end in numbers, not in a panic.
#[test]
fn extreme_numbers_are_only_numbers() {
    let changes: [Change; 8] = [
        ("dropout 0.999", true, |s| s.hidden[0].dropout = 0.999),
        ("the largest dropout", true, |s| s.hidden[0].dropout = 1.0 - f64::EPSILON / 2.0),
        ("the smallest clip_norm", false, |s| s.optimizer.clip_norm = Some(f64::MIN_POSITIVE)),
        ("the smallest clip_value", false, |s| s.optimizer.clip_value = Some(f64::MIN_POSITIVE)),
        ("learning_rate 0", false, |s| set(&mut s.optimizer.method, "learning_rate", 0.0)),
        ("one unit", true, |s| s.hidden[0].units = 1),
        ("no variance", true, |s| s.hidden[0].init = choice(Family::Initializer, "normal", &[("std", 0.0)])),
        ("no width", true, |s| {
            s.hidden[0].init = choice(Family::Initializer, "uniform", &[("low", 0.5), ("high", 0.5)]);
        }),
    ];
    let shape = Shape::rows(2, 3);
    let (x, y) = (numbers(3, 8), [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
    for (what, moves, change) in changes {
        for precision in [Precision::F32, Precision::F64] {
            let mut setup = Setup { precision, ..Setup::new() };
            change(&mut setup);
            let configuration = setup.configuration();
            let member = Member { configuration: &configuration, init_seed: 2, noise_seed: 2 };
            let mut population = Population::new(&[member], shape);
            let start = population.parameters(0);
            let batch = Batch::shared(1, 4, shape, precision, &x, &y, None);
            let losses: Vec<f64> = (0..3).map(|_| population.step(&batch, &[1.0])[0]).collect();
            assert!(losses.iter().all(|l| l.is_finite()), "{what} {precision:?}: {losses:?}");
            assert_eq!(population.finite(), [true], "{what} {precision:?}");
            assert_eq!(population.parameters(0) != start, moves, "{what} {precision:?}");
        }
    }
}

// ---- initializers ----------------------------------------------------------------------------------------------------

/// Mean and variance as the entries state them, for fan_in 200 and fan_out 100. Five standard errors for 20,000 values:
/// 5 σ / √20000 for the mean, and at most 5 σ² √(2 / 20000) for the variance, which is that of normal values.
#[test]
fn every_initializer_has_its_moments() {
    for member in nn::initializer::ALL {
        let place = Place::weight(200, 100);
        let choice = choice(Family::Initializer, member.entry.name, &[]);
        let values = (member.values)(&choice, place, &mut rng::stream(9, Purpose::Init, 0));
        let (inputs, units) = (200.0, 100.0);
        let (mean, variance) = match member.entry.name {
            "zeros" | "constant" => (0.0, 0.0),
            "uniform" => (0.0, 0.1 * 0.1 / 12.0),
            "normal" => (0.0, 1.0),
            "glorot_uniform" | "glorot_normal" => (0.0, 2.0 / (inputs + units)),
            "he_uniform" | "he_normal" => (0.0, 2.0 / inputs),
            "lecun_uniform" | "lecun_normal" => (0.0, 1.0 / inputs),
            // 100 unit vectors of length 200.
            "orthogonal" => (0.0, 1.0 / inputs),
            other => panic!("state the moments of {other} here"),
        };
        let n = values.len() as f64;
        assert_eq!(n, inputs * units);
        let average = values.iter().sum::<f64>() / n;
        let spread = values.iter().map(|v| (v - average) * (v - average)).sum::<f64>() / n;
        let (of_mean, of_variance) = (5.0 * libm::sqrt(variance / n), 5.0 * variance * libm::sqrt(2.0 / n));
        assert!((average - mean).abs() <= of_mean, "{}: mean {average}", member.entry.name);
        assert!((spread - variance).abs() <= of_variance, "{}: variance {spread}", member.entry.name);
        let bias = (member.values)(&choice, Place::bias(200, 100), &mut rng::stream(9, Purpose::Init, 1));
        assert_eq!(bias.len(), 100, "{}", member.entry.name);
    }
}

#[test]
fn orthogonal_columns_are_orthonormal_times_gain() {
    for (rows, units) in [(6, 4), (4, 6), (5, 5)] {
        let choice = choice(Family::Initializer, "orthogonal", &[("gain", 2.0)]);
        let values = nn::initializer::orthogonal::THIS.values;
        let w = values(&choice, Place::weight(rows, units), &mut rng::stream(1, Purpose::Init, 0));
        // Along the shorter side: rows of a wide matrix, columns of a tall one.
        let vector = |i: usize| -> Vec<f64> {
            if rows >= units {
                (0..rows).map(|r| w[r * units + i]).collect()
            } else {
                w[i * units..(i + 1) * units].to_vec()
            }
        };
        for i in 0..rows.min(units) {
            for j in 0..=i {
                let dot: f64 = vector(i).iter().zip(vector(j)).map(|(a, b)| a * b).sum();
                let expected = if i == j { 4.0 } else { 0.0 };
                assert!((dot - expected).abs() < 1e-12, "{rows}x{units}: {i}·{j} = {dot}");
            }
        }
    }
}
