//! Optimizers that search along lines, in networks: final costs of the reference, what a run tells of them, and how they end.
//!
//! The search itself is tested beside it, on functions.

use std::collections::BTreeMap;
use std::sync::Arc;

use runner::nn::{self, Feed, Halt, Member, Parameter, Searched, Shape, Trainer};
use runner::spec::{Precision, Reduction};
use serde_json::Value;

use crate::networks::{Samples, Setup, activation, layer, loss, optimizer};
use crate::support::Project;

// ---- the reference ---------------------------------------------------------------------------------------------------

#[expect(clippy::disallowed_methods, reason = "tests read files directly")]
fn golden(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        number => vec![number.as_f64().unwrap()],
    }
}

/// Iris, each feature scaled to [0, 1], one-hot classes.
fn iris(file: &Value) -> Samples {
    let scale = &file["dataset"]["preprocess"][0];
    let (low, high) = (numbers(&scale["min"]), numbers(&scale["max"]));
    let classes = file["dataset"]["class_order"].as_array().unwrap();
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for line in golden("iris.csv").lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let scaled = |(at, (low, high)): (usize, (&f64, &f64))| {
            (cells[at].parse::<f64>().unwrap() - low) / (high - low)
        };
        x.extend(low.iter().zip(&high).enumerate().map(scaled));
        y.extend(classes.iter().map(|c| f64::from(u8::from(c.as_str() == Some(cells[4])))));
    }
    Samples { shape: Shape::rows(4, 3), x, y }
}

/// One of the file's networks in training, in f64.
struct Net<'a> {
    net: &'a Value,
    l2: f64,
    trainer: Trainer,
    feed: Feed,
}

impl<'a> Net<'a> {
    fn new(net: &'a Value, samples: &Samples, name: &str, tolerance: f64) -> Net<'a> {
        let sizes = numbers(&net["sizes"]);
        let hidden = &sizes[1..sizes.len() - 1];
        let rows = samples.y.len() / samples.shape.outputs;
        let l2 = net["lambda"].as_f64().unwrap() / (2.0 * rows as f64);
        let setup = Setup {
            hidden: hidden.iter().map(|units| layer(*units as usize, activation("sigmoid"))).collect(),
            output: activation("sigmoid"),
            loss: loss("binary_cross_entropy"),
            reduction: Reduction::SumOverOutputs,
            optimizer: runner::spec::Optimizer { l2, ..optimizer(name, &[("tolerance", tolerance)]) },
            ..Setup::new()
        };
        let configuration = setup.configuration();
        let member = Member { configuration: &configuration, init_seed: 0, noise_seed: 0 };
        let mut trainer = Trainer::new(&[member], samples.shape);
        let named = |p: &Parameter| {
            let (layer, kind) = p.name.strip_prefix("layer_").unwrap().split_once('.').unwrap();
            let theirs = format!("{}{layer}", if kind == "weight" { "w" } else { "b" });
            Parameter { values: numbers(&net["init"][theirs]), ..p.clone() }
        };
        let start: Vec<Parameter> = trainer.parameters(0).iter().map(named).collect();
        trainer.set_parameters(0, &start);
        let table = nn::Samples::new(samples.shape, Precision::F64, &samples.x, &samples.y, &[]);
        Net { net, l2, trainer, feed: Feed::whole(vec![Arc::new(table)], vec![0]) }
    }

    /// Data loss and penalty, from the outside.
    fn cost(&self) -> f64 {
        let weights = self.trainer.parameters(0);
        let weights = weights.iter().filter(|p| p.name.ends_with("weight")).flat_map(|p| &p.values);
        let squares: f64 = weights.map(|w| w * w).sum();
        self.trainer.evaluate(&self.feed, false).loss[0] + self.l2 * squares
    }

    fn until_halt(&mut self) -> Searched {
        for _ in 0..5000 {
            self.trainer.advance(&self.feed, 1, None);
            let searched = self.trainer.searched().unwrap()[0];
            if searched.halt.is_some() {
                return searched;
            }
        }
        panic!("{}: no end at {}", self.net["name"], self.cost())
    }
}

/// `14_conjugate_gradient.json`: as its notes ask, final costs only, since another line search takes another path. The logistic net is
/// convex: its minimum is that of the file's runs with a tolerance of 1e-7, and SciPy 1.17.1's `fmin_l_bfgs_b` (m = 10,
/// pgtol = 1e-5, factr = 10) ends at 1.0924124665900832.
#[test]
fn final_costs_are_those_of_scipy() {
    let file: Value = serde_json::from_str(&golden("14_conjugate_gradient.json")).unwrap();
    let samples = iris(&file);
    for net in file["nets"].as_array().unwrap() {
        for name in ["conjugate_gradient", "lbfgs"] {
            let mut run = Net::new(net, &samples, name, 1e-5);
            let what = format!("{} {name}", net["name"]);
            let first = net["cost_at_init"].as_f64().unwrap();
            assert!((run.cost() - first).abs() <= 1e-9 * first, "{what}: {} is not {first}", run.cost());
            let searched = run.until_halt();
            let cost = run.cost();
            assert_eq!(searched.halt, Some(Halt::Converged), "{what}: {searched:?} at {cost}");
            match net["name"].as_str().unwrap() {
                "logistic_4-3_lambda1" => {
                    let least = net["final_cost_from_20_other_starts"]["min"].as_f64().unwrap();
                    let quasi_newton = 1.092_412_466_590_083_2;
                    assert!(cost >= least - 1e-12 && cost <= least + 1e-8, "{what}: {cost}");
                    assert!((cost - quasi_newton).abs() <= 1e-8, "{what}: {cost}");
                }
                "sigmoid_net_4-5-3_lambda1" => assert!(cost <= 1.1078, "{what}: {cost}"),
                "sigmoid_net_4-5-3_lambda0.01" => assert!(cost <= 0.1215, "{what}: {cost}"),
                other => panic!("state the final cost of {other}"),
            }
        }
    }
}

/// What is recorded before each step is the data loss where the step begins, without the penalty.
#[test]
fn the_loss_told_is_that_of_the_data() {
    let file: Value = serde_json::from_str(&golden("14_conjugate_gradient.json")).unwrap();
    let mut run = Net::new(&file["nets"][1], &iris(&file), "lbfgs", 1e-5);
    for _ in 0..5 {
        let before = run.trainer.evaluate(&run.feed, false).loss[0];
        let told = run.trainer.advance(&run.feed, 1, None)[0];
        assert!((told - before).abs() <= 1e-14 * before, "{told} is not {before}");
    }
}

// ---- through the program ---------------------------------------------------------------------------------------------

const ARMS: &str = r#"
pairing = { activation = "sigmoid", loss = "binary_cross_entropy", reduction = "sum_over_outputs" }

[data]
source = "../datasets/iris.csv"
target = "species"
scale = "min_max"
split = "none"

[model]
hidden = []
precision = "f64"

[optimizer]
l2 = 0.003

[train]
batch = "full"
epochs = 100
seeds = 2

[variants.steps]
optimizer = { name = "sgd", learning_rate = 0.5 }

[variants.tight]
optimizer = { name = "conjugate_gradient" }

[variants.cut]
optimizer = { name = "lbfgs" }
train = { epochs = 3 }

[variants.beyond]
optimizer = { name = "lbfgs", tolerance = 0.0 }
"#;

/// Each row of a table as a map from its header.
fn table(text: &[u8]) -> Vec<BTreeMap<String, String>> {
    let mut lines = std::str::from_utf8(text).unwrap().lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let row =
        |line: &str| header.iter().map(|h| h.to_string()).zip(line.split(',').map(str::to_string)).collect();
    lines.map(row).collect()
}

#[test]
fn trials_tell_iterations_calls_and_how_the_search_ended() {
    let project = Project::new().file("experiments/arms.toml", ARMS);
    project.expect(0, &["experiments/arms.toml", "--quiet"]);
    let files = project.files("results/arms");
    let trials = table(&files["trials.csv"]);
    assert_eq!(trials.len(), 8);
    for trial in &trials {
        let count = |key: &str| trial[key].parse::<u64>().unwrap_or_else(|_| panic!("{key}: {trial:?}"));
        let (end, epochs) = (trial["end"].as_str(), trial["epochs"].parse::<u64>().unwrap());
        if trial["variant"] == "steps" {
            assert_eq!((end, epochs), ("finished", 100), "{trial:?}");
            assert!(["iterations", "function_calls", "gradient_calls"].iter().all(|k| trial[*k].is_empty()));
            continue;
        }
        assert_eq!(count("function_calls"), count("gradient_calls"), "{trial:?}");
        assert!(count("function_calls") > count("iterations"), "one more at the start: {trial:?}");
        match trial["variant"].as_str() {
            "tight" => {
                assert!(end == "converged" && count("iterations") == epochs && epochs < 60, "{trial:?}")
            }
            "cut" => assert_eq!((end, epochs, count("iterations")), ("finished", 3, 3), "{trial:?}"),
            // To the last bit: the gradient is not exactly 0, and no step lowers the loss any more.
            _ => assert!(end == "stalled" && count("iterations") < epochs, "{trial:?}"),
        }
    }
    // The records tell the same again, and nothing is trained twice.
    let again = project.expect(0, &["experiments/arms.toml"]).stderr;
    assert!(again.contains("nothing to train"), "{again}");
    assert!(project.files("results/arms") == files);
    let plan = project.expect(0, &["plan", "experiments/arms.toml"]).stdout;
    assert!(plan.contains("precision"), "{plan}");
}

/// Where no optimizer searches, a table has no column for it.
#[test]
fn other_tables_keep_their_columns() {
    let text = ARMS.split("[variants.tight]").next().unwrap();
    let project = Project::new().file("experiments/steps.toml", text);
    project.expect(0, &["experiments/steps.toml", "--quiet"]);
    let files = project.files("results/steps");
    assert!(!files["trials.csv"].starts_with(b"iterations"));
    assert!(!std::str::from_utf8(&files["trials.csv"]).unwrap().contains("function_calls"));
}

#[test]
fn an_optimizer_without_a_learning_rate_can_be_traced_planned_and_explained() {
    let text = ARMS.replace("precision = \"f64\"", "");
    let project = Project::new().file("experiments/arms.toml", &text);
    let trace = project.expect(0, &["trace", "experiments/arms.toml", "--trial", "2", "--steps", "3"]).stdout;
    let trace: Value = serde_json::from_str(&trace).unwrap();
    assert_eq!(trace["learning_rate"], Value::Null);
    let losses = numbers(&trace["loss_per_step"]);
    assert!(losses.len() == 3 && losses[2] < losses[0], "{losses:?}");
    let plan = project.expect(0, &["plan", "experiments/arms.toml"]).stdout;
    assert!(plan.contains("`lbfgs` evaluates the whole loss several times in a step"), "{plan}");
    let page = project.expect(0, &["explain", "lbfgs"]).stdout;
    assert!(page.contains("batch = \"full\"") && page.contains("history"), "{page}");
}
