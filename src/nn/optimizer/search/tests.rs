//! The searches on functions of which everything is known; networks are not needed for that.

use super::walk::dot;
use super::*;
use crate::catalog::{Default as Given, Value};

/// Value and gradient.
type Function = fn(&[f64]) -> (f64, Vec<f64>);

fn optimizer(name: &str, given: &[(&str, Value)]) -> spec::Optimizer {
    let member = ALL.iter().find(|m| m.entry.name == name).unwrap();
    let mut method = Choice::defaults(&member.entry);
    for (key, value) in given {
        let at = member.entry.params.iter().position(|p| p.key == *key).unwrap();
        method.values[at] = Some(value.clone());
    }
    let schedule = Choice::defaults(&crate::nn::schedule::constant::THIS.entry);
    spec::Optimizer {
        method,
        schedule,
        weight_decay: 0.0,
        l1: 0.0,
        l2: 0.0,
        clip_norm: None,
        clip_value: None,
    }
}

/// Both members, and the other formula.
fn everyone(tolerance: f64) -> [(&'static str, spec::Optimizer); 3] {
    let tolerance = ("tolerance", Value::Real(tolerance));
    let reeves = ("formula", Value::Text("fletcher_reeves".into()));
    [
        ("polak_ribiere", optimizer("conjugate_gradient", std::slice::from_ref(&tolerance))),
        ("fletcher_reeves", optimizer("conjugate_gradient", &[tolerance.clone(), reeves])),
        ("lbfgs", optimizer("lbfgs", &[tolerance])),
    ]
}

/// Some searches under way, each on a function of its own.
struct Run {
    searches: Searches,
    functions: Vec<Function>,
    points: Vec<Vec<f64>>,
}

impl Run {
    fn new(optimizer: &spec::Optimizer, members: &[(Function, Vec<f64>)], precision: Precision) -> Run {
        let size = members[0].1.len();
        let searches = Searches::new(&vec![optimizer; members.len()], &vec![1.0; size], precision, false);
        let (functions, points) = members.iter().cloned().unzip();
        Run { searches, functions, points }
    }

    /// One iteration; gives the losses that it tells.
    fn step(&mut self) -> Vec<f64> {
        let functions = &self.functions;
        let evaluate = |members: &[usize], at: &[&[f64]]| {
            let one = |(m, at): (&usize, &&[f64])| {
                let (loss, gradient) = functions[*m](at);
                Evaluated { loss, gradient }
            };
            members.iter().zip(at).map(one).collect()
        };
        let (points, losses) = self.searches.iterate(std::mem::take(&mut self.points), evaluate);
        self.points = points;
        losses
    }

    /// Until everyone came to an end.
    fn until_halt(&mut self, most: usize) -> Vec<Searched> {
        for _ in 0..most {
            self.step();
            if self.searches.searched().iter().all(|s| s.halt.is_some()) {
                break;
            }
        }
        self.searches.searched()
    }
}

/// `Σ 100 (x₂ - x₁²)² + (1 - x₁)²` over neighbours, as SciPy's `rosen`.
fn rosenbrock(x: &[f64]) -> (f64, Vec<f64>) {
    let (mut value, mut gradient) = (0.0, vec![0.0; x.len()]);
    for i in 0..x.len() - 1 {
        let (across, along) = (x[i + 1] - x[i] * x[i], 1.0 - x[i]);
        value += 100.0 * across * across + along * along;
        gradient[i] += -400.0 * x[i] * across - 2.0 * along;
        gradient[i + 1] += 200.0 * across;
    }
    (value, gradient)
}

/// A parabola of very different widths.
fn valley(x: &[f64]) -> (f64, Vec<f64>) {
    let widths = || (0..x.len()).map(|i| [1.0, 30.0, 1000.0][i % 3]);
    let value = widths().zip(x).map(|(w, x)| 0.5 * w * x * x).sum();
    (value, widths().zip(x).map(|(w, x)| w * x).collect())
}

/// `Σ cosh(1000 x)`: infinite beyond |x| = 0.71.
fn walls(x: &[f64]) -> (f64, Vec<f64>) {
    let value = x.iter().map(|x| libm::cosh(1000.0 * x)).sum();
    (value, x.iter().map(|x| 1000.0 * libm::sinh(1000.0 * x)).collect())
}

/// NaN left of 0.
fn barrier(x: &[f64]) -> (f64, Vec<f64>) {
    let value = x.iter().map(|x| if *x > 0.0 { x - 1e-6 * libm::log(*x) } else { f64::NAN }).sum();
    (value, x.iter().map(|x| if *x > 0.0 { 1.0 - 1e-6 / x } else { f64::NAN }).collect())
}

/// Every accepted step, seen from outside, satisfies the strong Wolfe conditions (Nocedal and Wright, 3.7) with the constants of
/// SciPy, and the end is the bottom.
#[test]
fn every_accepted_step_satisfies_the_strong_wolfe_conditions() {
    let hard: [(&str, Function, Vec<f64>, f64); 4] = [
        ("rosenbrock", rosenbrock, [-1.2, 1.0].repeat(5), 1e-8),
        ("valley", valley, vec![1.0; 9], 1e-8),
        ("walls", walls, vec![0.2, -0.1, 0.05], 1e-3),
        ("barrier", barrier, vec![0.5, 1e-3], 1e-6),
    ];
    for (what, function, start, tolerance) in hard {
        for (name, optimizer) in everyone(tolerance) {
            let c2 = if name == "lbfgs" { 0.9 } else { 0.4 };
            let mut run = Run::new(&optimizer, &[(function, start.clone())], Precision::F64);
            for iteration in 1.. {
                let from = run.points[0].clone();
                let told = run.step()[0];
                let ((f0, g0), (f1, g1)) = (function(&from), function(&run.points[0]));
                assert_eq!(told, f0, "{what}, {name}: the loss at the start of iteration {iteration}");
                let by: Vec<f64> = run.points[0].iter().zip(&from).map(|(to, from)| to - from).collect();
                let (before, after) = (dot(&g0, &by), dot(&g1, &by));
                let searched = run.searches.searched()[0];
                if searched.halt != Some(Halt::Stalled) {
                    assert!(f1 <= f0 + 1e-4 * before, "{what}, {name}, iteration {iteration}: {f0} to {f1}");
                    // The step is rounded, and so is its slope.
                    let flat = after.abs() <= c2 * before.abs() * (1.0 + 1e-6);
                    assert!(flat, "{what}, {name}, iteration {iteration}: {before} to {after}");
                }
                if searched.halt.is_some() {
                    assert_eq!(searched.halt, Some(Halt::Converged), "{what}, {name}: {searched:?}, {f1}");
                    assert!(g1.iter().all(|g| g.abs() <= tolerance), "{what}, {name}: {g1:?}");
                    assert_eq!(searched.iterations, iteration, "{what}, {name}");
                    break;
                }
                assert!(iteration < 2000, "{what}, {name}: {f1}");
            }
        }
    }
}

/// SciPy 1.17.1 with a tolerance of 1e-8: `fmin_cg` takes 37, 270, and 349 iterations with 80, 464, and 584 evaluations, and
/// `fmin_l_bfgs_b` (m = 10, factr = 0) 38, 66, and 78 with 46, 85, and 96. Another line search takes another path: no more than half
/// as many again are allowed, and the bottom is found as well as there.
#[test]
fn rosenbrock_takes_about_as_many_evaluations_as_scipy_takes() {
    let starts = [(vec![-1.2, 1.0], 80, 46), (vec![0.0; 10], 464, 85), ([-1.2, 1.0].repeat(5), 584, 96)];
    for (start, conjugate, quasi) in starts {
        for (name, optimizer) in everyone(1e-8) {
            let mut run = Run::new(&optimizer, &[(rosenbrock, start.clone())], Precision::F64);
            let searched = run.until_halt(5000)[0];
            let what = format!("{name} from {start:?}: {searched:?} at {:?}", run.points[0]);
            assert_eq!(searched.halt, Some(Halt::Converged), "{what}");
            assert!(run.points[0].iter().all(|x| (x - 1.0).abs() < 1e-7), "{what}");
            let theirs = if name == "lbfgs" { quasi } else { conjugate };
            assert!(2 * searched.calls <= 3 * theirs, "{what}");
        }
    }
}

/// Linear conjugate gradients: on a parabola with exact line searches both formulas are the linear method, which ends after as many
/// steps as there are parameters. Points and values of the golden file; a line search that is told to be exact is so to rounding.
#[test]
fn on_a_quadratic_with_exact_line_searches_it_takes_as_many_steps_as_parameters() {
    let file = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/14_conjugate_gradient.json"));
    let file: serde_json::Value = serde_json::from_str(file).unwrap();
    let linear = &file["linear_cg_on_quadratic"];
    let row = |value: &serde_json::Value| -> Vec<f64> {
        value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
    };
    let rows = |key: &str| -> Vec<Vec<f64>> { linear[key].as_array().unwrap().iter().map(row).collect() };
    let (q, b) = (rows("Q"), row(&linear["b"]));
    let objective = |x: &[f64]| {
        let qx: Vec<f64> = q.iter().map(|row| dot(row, x)).collect();
        let value = 0.5 * dot(x, &qx) - dot(&b, x);
        Objective { loss: value, value, gradient: qx.iter().zip(&b).map(|(a, b)| a - b).collect() }
    };
    for (name, optimizer) in &everyone(1e-12)[..2] {
        let guide = (conjugate_gradient::THIS.guide)(&optimizer.method);
        let mut walk = Walk::new(guide, 1e-7, false, 1e-12, Precision::F64);
        let mut at = row(&linear["x0"]);
        let (points, values) = (rows("x_per_iteration"), row(&linear["f_per_iteration_exact_line_search"]));
        for (expected, value) in points[1..].iter().zip(&values[1..]) {
            let mut iteration = walk.begin(at);
            while let Some(asked) = iteration.asked().map(<[f64]>::to_vec) {
                walk.tell(&mut iteration, objective(&asked));
            }
            at = iteration.into_point();
            for (ours, theirs) in at.iter().zip(expected) {
                assert!((ours - theirs).abs() < 1e-9, "{name}: {at:?} is not {expected:?}");
            }
            assert!((objective(&at).value - value).abs() < 1e-12, "{name}: {value}");
        }
        assert_eq!(walk.searched().iterations, 4);
    }
}

/// By the definition of the derivative: the gradient is that of the value, penalties included, biases apart.
#[test]
fn penalties_join_value_and_gradient() {
    let penalties = Penalties { l2: 0.3, weight_decay: 0.1, ignores_data: false };
    let (x, is_weight) = ([2.0, -3.0], [true, false]);
    let data = || Evaluated { loss: 5.0, gradient: vec![7.0, 11.0] };
    let there = penalties.objective(data(), &x, &is_weight);
    // 5 + 0.3 · 4 + 0.05 · (4 + 9); 7 + 0.6 · 2 + 0.1 · 2; 11 - 0.1 · 3.
    assert_eq!(there.loss, 5.0);
    let ignoring = Penalties { ignores_data: true, ..penalties }.objective(data(), &x, &is_weight);
    assert!(
        (ignoring.value - 1.85).abs() < 1e-12 && ignoring.loss == 5.0,
        "the loss told stays the true one"
    );
    for (ours, exact) in
        [there.value, there.gradient[0], there.gradient[1]].into_iter().zip([6.85, 8.4, 10.7])
    {
        assert!((ours - exact).abs() < 1e-12, "{there:?}");
    }
}

#[test]
fn a_start_at_the_bottom_is_its_end() {
    for (name, optimizer) in everyone(0.0) {
        let mut run = Run::new(&optimizer, &[(valley, vec![0.0; 3])], Precision::F64);
        assert_eq!(run.step(), [0.0], "{name}");
        let expected = Searched { iterations: 0, calls: 1, halt: Some(Halt::Converged) };
        assert_eq!(run.searches.searched(), [expected], "{name}");
        assert_eq!((run.step(), &run.points[0][..]), (vec![0.0], &[0.0; 3][..]), "{name}: and stays it");
        assert_eq!(run.searches.searched(), [expected], "{name}");
    }
}

/// Where values do not fit slopes, no step leads down: the search ends where it began, after few evaluations.
#[test]
fn a_gradient_that_points_downhill_stalls_at_once() {
    let wrong: Function = |x| {
        let (value, gradient) = valley(x);
        (value, gradient.iter().map(|g| -g).collect())
    };
    for (name, optimizer) in everyone(1e-5) {
        let mut run = Run::new(&optimizer, &[(wrong, vec![1.0; 3])], Precision::F64);
        let searched = run.until_halt(10)[0];
        assert_eq!((searched.halt, searched.iterations), (Some(Halt::Stalled), 0), "{name}");
        assert!(searched.calls < 40 && run.points[0] == [1.0; 3], "{name}: {searched:?}");
    }
}

/// A start at which nothing is a number is told as such, and not searched from.
#[test]
fn a_start_that_is_not_finite_stalls() {
    let mut run = Run::new(&everyone(1e-5)[0].1, &[(barrier, vec![-1.0])], Precision::F64);
    assert!(run.step()[0].is_nan());
    assert_eq!(run.searches.searched()[0].halt, Some(Halt::Stalled));
}

/// Turns uphill after every step.
#[derive(Debug)]
struct Uphill;

impl Guide for Uphill {
    fn suits(&self, _: &Moved<'_>) -> bool {
        true
    }

    fn turn(&mut self, moved: &Moved<'_>) -> Vec<f64> {
        moved.after.to_vec()
    }

    fn forget(&mut self) {}

    fn remembered(&self, _: usize) -> Vec<f64> {
        Vec::new()
    }

    fn remembered_len(&self, _: usize) -> usize {
        0
    }

    fn remind(&mut self, _: usize, _: &[f64]) {}
}

#[test]
fn a_direction_that_leads_up_is_given_up_for_the_gradient() {
    let mut walk = Walk::new(Box::new(Uphill), 0.4, false, 1e-8, Precision::F64);
    let mut at = vec![1.0, -2.0];
    while walk.searched().halt.is_none() {
        let mut iteration = walk.begin(at);
        while let Some(asked) = iteration.asked().map(<[f64]>::to_vec) {
            let value = 0.5 * dot(&asked, &asked);
            walk.tell(&mut iteration, Objective { loss: value, value, gradient: asked });
        }
        at = iteration.into_point();
        assert!(walk.searched().iterations < 100, "{at:?}");
    }
    assert_eq!(walk.searched().halt, Some(Halt::Converged), "{at:?}");
}

/// In single precision the last part of the way cannot be seen: the search ends there by itself, near the bottom.
#[test]
fn single_precision_ends_near_the_bottom() {
    let single: Function = |x| {
        assert!(x.iter().all(|x| f64::from(*x as f32) == *x), "only what the network can hold: {x:?}");
        let (value, gradient) = rosenbrock(x);
        (f64::from(value as f32 + 10.0), gradient.iter().map(|g| f64::from(*g as f32)).collect())
    };
    for (name, optimizer) in everyone(0.0) {
        let start = vec![f64::from(-1.2_f32), 1.0];
        let mut run = Run::new(&optimizer, &[(single, start)], Precision::F32);
        let searched = run.until_halt(5000)[0];
        let what = format!("{name}: {searched:?} at {:?}", run.points[0]);
        assert_eq!(searched.halt, Some(Halt::Stalled), "{what}");
        // Values near 10 are known to 1e-6; the valley is so flat that this is some percent of the way.
        assert!(searched.calls < 3000 && rosenbrock(&run.points[0]).0 < 1e-2, "{what}");
    }
}

/// Four members that take their time, alone and together, also where some leave and all are suspended between any two iterations.
#[test]
fn company_and_interruptions_change_no_bit() {
    let members: Vec<(Function, Vec<f64>)> = vec![
        (rosenbrock, vec![-1.2, 1.0, 0.3]),
        (valley, vec![1.0, 2.0, -0.5]),
        (walls, vec![0.2, -0.1, 0.05]),
        (rosenbrock, vec![0.0, 0.5, 2.0]),
    ];
    let bits = |points: &[f64]| points.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    for (name, optimizer) in everyone(1e-6) {
        let path = |run: &mut Run, member: usize| {
            let seen = (run.step()[member].to_bits(), bits(&run.points[member]));
            (seen, run.searches.searched()[member])
        };
        let alone: Vec<Vec<_>> = members
            .iter()
            .map(|member| {
                let mut run = Run::new(&optimizer, std::slice::from_ref(member), Precision::F64);
                (0..40).map(|_| path(&mut run, 0)).collect()
            })
            .collect();
        assert!(alone[1].last().unwrap().1.halt.is_some(), "{name}: some end while others go on");
        let mut together = Run::new(&optimizer, &members, Precision::F64);
        let mut who: Vec<usize> = (0..4).collect();
        for step in 0..40_usize {
            if step % 3 == 1 {
                // Suspended: what is remembered goes into searches that know nothing.
                let remembered = together.searches.remembered(3);
                let lengths = together.searches.remembered_len(3);
                assert!(remembered.iter().all(|(rows, numbers)| (rows.len(), numbers.len()) == lengths));
                let known: Vec<(Function, Vec<f64>)> =
                    together.functions.iter().copied().zip(together.points).collect();
                together = Run::new(&optimizer, &known, Precision::F64);
                let all: Vec<_> =
                    remembered.iter().map(|(rows, numbers)| Some((&rows[..], &numbers[..]))).collect();
                together.searches.remind(3, &all);
            }
            if step == 7 {
                let keep = [3, 0, 2];
                let index = crate::nn::population::index(&keep);
                together.searches.retain(&Keep { members: &keep, index: &index });
                together.points = keep.iter().map(|m| together.points[*m].clone()).collect();
                together.functions = keep.iter().map(|m| together.functions[*m]).collect();
                who = keep.to_vec();
            }
            let losses = together.step();
            for (place, member) in who.iter().enumerate() {
                let seen = (losses[place].to_bits(), bits(&together.points[place]));
                let seen = (seen, together.searches.searched()[place]);
                assert_eq!(
                    Some(&seen),
                    alone[*member].get(step),
                    "{name}: member {member}, iteration {step}"
                );
            }
        }
    }
}

/// Somebody moves a member: what was known of the place it was at is forgotten.
#[test]
fn a_member_that_was_moved_begins_anew() {
    for (name, optimizer) in everyone(1e-6) {
        let mut run = Run::new(&optimizer, &[(rosenbrock, vec![-1.2, 1.0])], Precision::F64);
        (0..5).for_each(|_| drop(run.step()));
        run.points = vec![vec![0.5, 2.0]];
        run.searches.forget(0);
        let mut fresh = Run::new(&optimizer, &[(rosenbrock, vec![0.5, 2.0])], Precision::F64);
        for _ in 0..5 {
            assert_eq!((run.step(), &run.points), (fresh.step(), &fresh.points), "{name}");
        }
    }
}

#[test]
fn the_documented_defaults_are_those_of_the_entries() {
    for member in ALL {
        let tolerance = member.entry.params.iter().find(|p| p.key == "tolerance").unwrap();
        assert_eq!(tolerance.default, Given::Real(1e-5), "{}", member.entry.name);
        assert!(member.entry.docs.contains(&format!("c2 = {}", member.curvature)), "{}", member.entry.name);
        assert!(member.entry.params.iter().all(|p| p.key != "learning_rate"), "{}", member.entry.name);
    }
}
