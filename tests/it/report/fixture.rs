//! Results built by hand: an experiment, its plan, and the records a run would have left.
//!
//! Values are simple functions of configuration and seed, so that a reader can compute what the report must say.

use std::sync::Arc;

use runner::catalog::{Choice, Default, Entry, Facts, Family, Kind, Param, Range, Role, TaskKind, Value};
use runner::diagnose::{Evidence, Finding};
use runner::diagnostic::{SourceId, Span};
use runner::event::{CurvePoint, End, Traits, TrialRecord};
use runner::plan::{Fold, Plan, Planned, Trial};
use runner::report::{DataFacts, Results};
use runner::rng::Purpose;
use runner::spec::*;

const fn entry(name: &'static str, family: Family, params: &'static [Param]) -> Entry {
    Entry { name, family, summary: "", docs: "", params, facts: Facts::Plain }
}

const fn metric(name: &'static str, task: TaskKind, higher_is_better: bool, perfect: f64) -> Entry {
    let facts = Facts::Metric { task, higher_is_better, perfect };
    Entry { name, family: Family::Metric, summary: "", docs: "", params: &[], facts }
}

static RATE: &[Param] = &[Param {
    key: "learning_rate",
    kind: Kind::Real(Range::POSITIVE),
    role: Role::Numeric,
    default: Default::Real(0.1),
    docs: "",
}];
static SGD: Entry = entry("sgd", Family::Optimizer, RATE);
static RELU: Entry = entry("relu", Family::Activation, &[]);
static SOFTMAX: Entry = entry("softmax", Family::Activation, &[]);
static SIGMOID: Entry = entry("sigmoid", Family::Activation, &[]);
static CROSS_ENTROPY: Entry = entry("cross_entropy", Family::Loss, &[]);
static MSE: Entry = entry("mse", Family::Loss, &[]);
static PLAIN: Entry = entry("none", Family::Scale, &[]);
static CONSTANT: Entry = entry("constant", Family::Schedule, &[]);
static ZEROS: Entry = entry("zeros", Family::Initializer, &[]);
static GRID: Entry = entry("grid", Family::Sampler, &[]);
static LEARNING: Entry = Entry {
    facts: Facts::Sampler { draws: true, counted: true, learns: true, halts: false, dimensions: None },
    ..entry("tpe", Family::Sampler, &[])
};
static METRICS: [Entry; 4] = [
    metric("accuracy", TaskKind::Classification, true, 1.0),
    metric("mse", TaskKind::Regression, false, 0.0),
    metric("rmse", TaskKind::Regression, false, 0.0),
    metric("r2", TaskKind::Regression, true, 1.0),
];

/// Reports do not look at spans.
fn span() -> Span {
    Span { source: SourceId(0), range: 0..0 }
}

fn choice(entry: &'static Entry) -> Choice {
    Choice::defaults(entry)
}

pub(crate) fn softmax() -> Pairing {
    pairing(&SOFTMAX, &CROSS_ENTROPY)
}

pub(crate) fn sigmoid() -> Pairing {
    pairing(&SIGMOID, &MSE)
}

fn pairing(activation: &'static Entry, loss: &'static Entry) -> Pairing {
    Pairing {
        activation: choice(activation),
        loss: choice(loss),
        reduction: Reduction::Mean,
        masking: Masking::Outputs,
    }
}

fn configuration() -> Configuration {
    let data = Data {
        source: Source::Generator { choice: choice(&PLAIN), span: span() },
        target: vec!["species".into()],
        features: Vec::new(),
        ignore: Vec::new(),
        sequence: None,
        time: None,
        mask: Vec::new(),
        categorical: Vec::new(),
        encoding: Encoding::OneHot,
        task: None,
        scale: choice(&PLAIN),
        target_scale: choice(&PLAIN),
        enlarge: None,
        polynomial: 1,
        missing: Missing::Error,
        limit: None,
        split: Split::Holdout { test: 0.2, validation: 0.2, stratified: true },
        weights: Weights::Equal,
        label_noise: 0.0,
        places: Places::default(),
    };
    let model = Model {
        hidden: vec![Layer {
            units: 5,
            activation: choice(&RELU),
            init: choice(&ZEROS),
            recurrent_init: choice(&ZEROS),
            bias_init: choice(&ZEROS),
            bias: Bias::Unit,
            dropout: 0.0,
        }],
        output_init: choice(&ZEROS),
        recurrent: None,
        output_bias_init: choice(&ZEROS),
        output_bias: Bias::Unit,
        precision: Precision::F32,
    };
    let optimizer = Optimizer {
        method: choice(&SGD),
        schedule: choice(&CONSTANT),
        weight_decay: 0.0,
        l1: 0.0,
        l2: 0.0,
        clip_norm: None,
        clip_value: None,
    };
    let train = Train {
        budget: Budget::Epochs(300),
        batch: Batch::Size(16),
        sampling: Sampling::Shuffle,
        vary: vec![Purpose::Split, Purpose::Init, Purpose::Order, Purpose::Noise],
        early_stop: None,
        stop_when: None,
        checkpoint: None,
        stop_hopeless: false,
        engine: Engine::Auto,
    };
    Configuration {
        data: Arc::new(data),
        model: Arc::new(model),
        pairing: Arc::new(softmax()),
        optimizer: Arc::new(optimizer),
        train: Arc::new(train),
        fault: Arc::default(),
    }
}

/// What one trial reached, by part.
#[derive(Clone, Debug)]
pub(crate) struct Reach {
    pub(crate) end: End,
    pub(crate) skill: f64,
    /// (part, metric, value)
    pub(crate) metrics: Vec<(Part, &'static str, f64)>,
    /// One row of curve values per recorded epoch 0, 10, 20, ...
    pub(crate) curve: Vec<Vec<f64>>,
}

/// An experiment under construction.
#[derive(Clone, Debug)]
pub(crate) struct Fixture {
    pub(crate) experiment: Experiment,
    pub(crate) plan: Plan,
    /// Indices of the values of each configuration, by axis.
    pub(crate) points: Vec<Vec<Option<usize>>>,
    pub(crate) records: Vec<TrialRecord>,
    pub(crate) data: DataFacts,
    pub(crate) more_data: Vec<DataFacts>,
    /// Which data set each configuration reads.
    pub(crate) data_of: Vec<usize>,
    pub(crate) columns: Vec<String>,
    /// What rules say of a trial: nothing, unless a test says otherwise, so that no report here changes with them.
    pub(crate) judge: fn(&Evidence<'_>) -> Vec<Finding>,
}

/// An axis: key, labels, numeric values (empty: labels only).
pub(crate) fn axis(key: &str, labels: &[&str], numbers: &[f64]) -> Axis {
    let value =
        |i: usize, label: &str| numbers.get(i).map_or_else(|| Value::Text(label.into()), |x| Value::Real(*x));
    let values = labels.iter().enumerate().map(|(i, l)| AxisValue {
        label: (*l).into(),
        value: value(i, l),
        span: span(),
    });
    Axis {
        key: key.into(),
        values: values.collect(),
        domain: None,
        numeric: !numbers.is_empty(),
        when: Vec::new(),
        span: span(),
    }
}

impl Fixture {
    /// The full grid of the axes times the seeds; no records yet.
    pub(crate) fn new(axes: Vec<Axis>, seeds: usize) -> Fixture {
        let base = configuration();
        let mut points: Vec<Vec<usize>> = vec![Vec::new()];
        for axis in &axes {
            points = points
                .iter()
                .flat_map(|p| (0..axis.values.len()).map(|i| [p.as_slice(), &[i]].concat()))
                .collect();
        }
        let configurations: Vec<Planned> = points
            .iter()
            .enumerate()
            .map(|(i, p)| Planned {
                id: format!("{i:012x}"),
                labels: axes.iter().zip(p).map(|(a, v)| a.values[*v].label.clone()).collect(),
                values: axes.iter().zip(p).map(|(a, v)| Some(a.values[*v].value.clone())).collect(),
                configuration: base.clone(),
            })
            .collect();
        let mut fixture = Fixture {
            points: points.iter().map(|p| p.iter().map(|v| Some(*v)).collect()).collect(),
            plan: Plan {
                axes: axes.iter().map(|a| a.key.clone()).collect(),
                configurations,
                trials: Vec::new(),
                duplicates: 0,
                repeated: Vec::new(),
                excluded: 0,
            },
            experiment: experiment(base, axes, seeds),
            records: Vec::new(),
            data: data(),
            more_data: Vec::new(),
            data_of: vec![0; points.len()],
            columns: ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy"]
                .map(String::from)
                .to_vec(),
            judge: |_| Vec::new(),
        };
        fixture.trials(&[None]);
        fixture
    }

    /// Lays out the trials: configurations, folds, seeds.
    pub(crate) fn trials(&mut self, folds: &[Option<Fold>]) {
        self.plan.trials.clear();
        for configuration in 0..self.plan.configurations.len() {
            for fold in folds {
                for (replicate, seed) in self.experiment.seeds.iter().enumerate() {
                    let index = self.plan.trials.len();
                    self.plan.trials.push(Trial {
                        index,
                        id: format!("{index:04x}{configuration:08x}"),
                        lineage: format!("{index:04x}{configuration:08x}"),
                        configuration,
                        seed: *seed,
                        replicate,
                        fold: *fold,
                        confirms: false,
                        until: None,
                    });
                }
            }
        }
    }

    /// Puts a sampler that goes by validation results in place of the grid.
    pub(crate) fn learning_sampler(&mut self) {
        self.experiment.sweep.method = choice(&LEARNING);
    }

    /// Compares the values of `by` on accuracy, choosing among those of `tune`.
    pub(crate) fn compare(&mut self, by: &str, tune: &[&str]) -> &mut Compare {
        self.experiment.compare.insert(Compare {
            by: by.into(),
            metric: "accuracy".into(),
            higher_is_better: true,
            tune: tune.iter().map(|t| (*t).into()).collect(),
            rope: 0.01,
            rope_relative: false,
            confirm: 0,
            control: None,
            success_margin: 0.1,
            confidence: 0.95,
        })
    }

    /// Gives every trial a record: `reach(point of the configuration, replicate)`.
    pub(crate) fn run(&mut self, reach: impl Fn(&[Option<usize>], usize) -> Reach) {
        let record = |trial: &Trial| {
            let reached = reach(&self.points[trial.configuration], trial.replicate);
            let metrics =
                reached.metrics.iter().map(|(part, name, value)| (*part, (*name).to_string().into(), *value));
            let point = |(i, values): (usize, &Vec<f64>)| CurvePoint {
                epoch: 10 * i,
                step: 60 * i,
                values: values.clone(),
            };
            TrialRecord {
                trial: trial.index,
                id: trial.id.clone(),
                end: reached.end,
                epochs: 10 * reached.curve.len().saturating_sub(1),
                steps: 60 * reached.curve.len().saturating_sub(1),
                best_epoch: 10 * reached.curve.len().saturating_sub(1),
                search: None,
                skill: reached.skill,
                metrics: metrics.collect(),
                confusion: vec![(Part::Test, vec![vec![10, 0, 0], vec![0, 9, 1], vec![0, 2, 8]])],
                curve: reached.curve.iter().enumerate().map(point).collect(),
                looks: Vec::new(),
                broke: None,
                portrait: None,
                seconds: 0.5,
            }
        };
        self.records = self.plan.trials.iter().map(record).collect();
    }

    pub(crate) fn results(&self) -> Results<'_> {
        Results {
            experiment: &self.experiment,
            plan: &self.plan,
            records: &self.records,
            metrics: METRICS.iter().collect(),
            data: [std::slice::from_ref(&self.data), &self.more_data].concat(),
            data_of: self.data_of.clone(),
            curve_columns: self.columns.clone(),
            judge: self.judge,
        }
    }

    /// The text of one file of the report.
    #[track_caller]
    pub(crate) fn file(&self, name: &str) -> String {
        let files = runner::report::build(&self.results());
        let file = files.into_iter().find(|f| f.name == name);
        String::from_utf8(file.unwrap_or_else(|| panic!("the report has no `{name}`")).bytes).unwrap()
    }
}

fn experiment(base: Configuration, axes: Vec<Axis>, seeds: usize) -> Experiment {
    Experiment {
        file: "experiments/iris_made_up.toml".into(),
        name: "iris_made_up".into(),
        title: "Iris: sigmoid with MSE against softmax with cross-entropy".into(),
        question: "Which output pairing learns iris better when each has its own learning rate?".into(),
        notes: String::new(),
        base,
        seeds: (0..seeds as u64).collect(),
        sweep: Sweep {
            method: choice(&GRID),
            axes,
            zip: Vec::new(),
            exclude: Vec::new(),
            drawn: Vec::new(),
            configurations: None,
            seed: 0,
            limit: 10_000,
        },
        compare: None,
        expect: Vec::new(),
        record: Record { every: None, metrics: Vec::new(), models: Models::None },
        report: Report { figures: true, notes: String::new() },
        diagnose: Diagnose::default(),
        resolved: "title = \"Iris\"\n".into(),
        overrides: Vec::new(),
    }
}

fn data() -> DataFacts {
    DataFacts {
        name: "../datasets/iris.csv".into(),
        task: Task::Classification,
        rows: 150,
        features: 4,
        outputs: ["setosa", "versicolor", "virginica"].map(String::from).to_vec(),
        parts: [90, 30, 30],
        digest: "0123456789abcdef".repeat(4),
        files: vec![("../datasets/iris.csv".into(), "fedcba9876543210".repeat(4))],
        traits: Traits::default(),
    }
}

/// A trial that went well: accuracies by part, and curves that fall and rise towards them.
pub(crate) fn learned(validation: f64, test: f64) -> Reach {
    let skill = (validation - 1.0 / 3.0) / (2.0 / 3.0);
    let epochs = 31;
    let at = |epoch: usize| {
        let share = 1.0 - (-(epoch as f64) / 6.0).exp();
        let loss = 1.1 * (1.0 - share) + 0.4 * (1.0 - validation);
        let accuracy = (1.0 / 3.0) + share * (validation - 1.0 / 3.0);
        // Validation loss turns after two thirds, so that the last epoch is not the best.
        let turn = 0.002 * epoch.saturating_sub(20) as f64;
        let peak = if epoch > 25 { -0.02 } else { 0.0 };
        vec![loss, accuracy, loss + 0.02 + turn, accuracy + peak]
    };
    Reach {
        end: End::Finished,
        skill,
        metrics: vec![
            (Part::Train, "loss", 0.05),
            (Part::Train, "accuracy", 0.98),
            (Part::Validation, "loss", 0.1),
            (Part::Validation, "accuracy", validation),
            (Part::Test, "loss", 0.12),
            (Part::Test, "accuracy", test),
        ],
        curve: (0..epochs).map(at).collect(),
    }
}

/// A trial that blew up.
pub(crate) fn failed() -> Reach {
    let mut reach = learned(1.0 / 3.0, 1.0 / 3.0);
    reach.end = End::NonFinite;
    reach.skill = f64::NAN;
    for (_, name, value) in &mut reach.metrics {
        *value = if *name == "loss" { f64::NAN } else { 1.0 / 3.0 };
    }
    reach.curve.truncate(3);
    reach
}
