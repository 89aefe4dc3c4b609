//! A trial made by hand, for tests of rules: a file's text, the numbers of a curve, and what looks are said to have seen.

use super::reading::Example;
use super::{Evidence, Finding, Rule, Run};
use crate::event::{Break, CurvePoint, End, FinalMetrics, LayerLook, Look, Traits, TrialRecord};
use crate::nn::gradcheck::{self, Point};
use crate::nn::{Rows, Shape};
use crate::spec::{Configuration, Part, Task};
use crate::train::{Attempt, FirstLoss, OneBatch, Picked, Preflight, UseOfInputs, With};

/// 16 rows, again and again: the losses of the attempt as configured, the last one at its end, and the last one of Adam.
pub(super) fn one_batch(course: &[f64], adam: Option<f64>) -> OneBatch {
    let attempt = |with: With, course: &[f64]| Attempt {
        with,
        optimizer: "o".into(),
        course: course[..course.len() - 1].to_vec(),
        last: course[course.len() - 1],
    };
    let mut attempts = vec![attempt(With::Configured, course)];
    attempts.extend(adam.map(|last| attempt(With::Adam, &[course[0], last])));
    OneBatch { samples: 16, steps: 500, first: course[0], least: 0.0, attempts, without_fault: None }
}

/// What is measured of the network of a file before it is trained, on two rows of two features and two classes: its gradient is right, and
/// it learns them by heart. For tests that change a number of it.
pub(super) fn preflight(text: &str) -> Preflight {
    let configuration = Trial::new(text).configuration;
    let (x, y) = (vec![1.0, 0.5, -0.5, 2.0], vec![1.0, 0.0, 0.0, 1.0]);
    let (shape, weight) = (Shape::rows(2, 2), vec![1.0; 2]);
    let point =
        Point::new(&configuration, 0, shape, Rows { x: &x, y: &y, weight: &weight, lengths: &[], mask: &[] });
    let differences = point.differences(100);
    let loss = point.loss();
    Preflight {
        gradient: gradcheck::compare(&differences, &point.gradient(), gradcheck::F64),
        samples: Picked { rows: 2, shape, x, y, weight, lengths: Vec::new(), mask: Vec::new() },
        configuration,
        point,
        rows: 2,
        differences,
        untruncated: None,
        trained: None,
        suspects: Vec::new(),
        first_loss: FirstLoss { measured: loss, neutral: loss },
        one_batch: one_batch(&[1.0, 0.01], None),
        use_of_inputs: UseOfInputs { spread: 0.5, target_spread: 1.0, loss: 0.01, exchanged: 2.0 },
    }
}

/// Of ten steps an epoch, unless the text says otherwise: 100 rows in batches of 10.
pub(super) struct Trial {
    configuration: Configuration,
    task: Task,
    pub(super) traits: Traits,
    record: Option<TrialRecord>,
    columns: Vec<String>,
}

impl Trial {
    /// What the text does not say: `softmax+cross_entropy` on blobs, two hidden layers of 8 units, 10 epochs in batches of 10.
    pub(super) fn new(text: &str) -> Trial {
        let mut text = text.to_string();
        if !text.contains("pairing =") {
            text = format!("pairing = \"softmax+cross_entropy\"\n{text}");
        }
        let lacking = [
            ("data", "source = \"blobs\""),
            ("model", "hidden = [8, 8]"),
            ("train", "epochs = 10\nbatch = 10"),
        ];
        for (section, lines) in lacking {
            let key = lines.split(' ').next().unwrap_or_default();
            if !text.contains(&format!("[{section}]")) {
                text += &format!("\n[{section}]\n{lines}");
            } else if section == "model" && !text.contains(key) {
                text = text.replace("[model]", &format!("[model]\n{lines}"));
            }
        }
        let task = if text.contains("regression") { Task::Regression } else { Task::Classification };
        let configuration = Example::new(task, &text).configuration;
        let traits = Traits { rows: 100, ..Traits::default() };
        Trial { configuration, task, traits, record: None, columns: Vec::new() }
    }

    /// Training losses of the epochs from 0 on.
    pub(super) fn losses(self, losses: &[f64]) -> Trial {
        let points: Vec<(usize, &[f64])> = losses.iter().map(std::slice::from_ref).enumerate().collect();
        self.curve(&["train_loss"], &points)
    }

    /// Points of a curve: an epoch of ten steps, and the value of each column.
    pub(super) fn curve(self, columns: &[&str], points: &[(usize, &[f64])]) -> Trial {
        let epochs = points.last().map_or(0, |(epoch, _)| *epoch);
        let point = |(epoch, values): &(usize, &[f64])| CurvePoint {
            epoch: *epoch,
            step: 10 * epoch,
            values: values.to_vec(),
        };
        let record = TrialRecord {
            trial: 0,
            id: "x".into(),
            end: End::Finished,
            epochs,
            steps: 10 * epochs,
            best_epoch: epochs,
            search: None,
            skill: 0.5,
            metrics: FinalMetrics::new([].into(), Vec::new()),
            confusion: Vec::new(),
            curve: points.iter().map(point).collect(),
            looks: Vec::new(),
            broke: None,
            portrait: None,
            seconds: 0.0,
        };
        Trial { record: Some(record), columns: columns.iter().map(|c| c.to_string()).collect(), ..self }
    }

    /// One that came to nothing.
    pub(super) fn sick(self) -> Trial {
        self.losses(&[1.0, 1.0]).skill(0.0)
    }

    /// One that learned.
    pub(super) fn well(self) -> Trial {
        self.losses(&[1.0, 0.1]).skill(0.9)
    }

    pub(super) fn skill(self, skill: f64) -> Trial {
        self.with(|record| record.skill = skill)
    }

    pub(super) fn end(self, end: End) -> Trial {
        self.with(|record| record.end = end)
    }

    pub(super) fn broke(self, step: usize, tensor: &str) -> Trial {
        self.with(|record| record.broke = Some(Break { step, tensor: tensor.into() }))
    }

    pub(super) fn metrics(self, all: &[(Part, &'static str, f64)]) -> Trial {
        self.with(|record| record.metrics = all.iter().map(|(p, n, v)| (*p, (*n).into(), *v)).collect())
    }

    /// `[true class][predicted class]` of the training part.
    pub(super) fn confusion(self, counts: &[&[u64]]) -> Trial {
        let counts = counts.iter().map(|row| row.to_vec()).collect();
        self.with(|record| record.confusion = vec![(Part::Train, counts)])
    }

    /// Looks at the epochs 0, 1, ..., one entry a layer.
    pub(super) fn looks<T: Copy>(self, each: &[&[T]], layer: impl Fn(T) -> LayerLook) -> Trial {
        let look = |(epoch, values): (usize, &&[T])| Look {
            epoch,
            step: 10 * epoch,
            layers: values.iter().map(|value| layer(*value)).collect(),
        };
        let looks: Vec<Look> = each.iter().enumerate().map(look).collect();
        self.with(|record| record.looks = looks)
    }

    /// Norms of the parameters of each layer, look by look.
    pub(super) fn weights(self, each: &[&[f32]]) -> Trial {
        self.looks(each, |weight| LayerLook { weight: Some(weight), ..LayerLook::default() })
    }

    /// Norms of gradients, of layers whose parameters have the norm 1.
    pub(super) fn gradients(self, each: &[&[f32]]) -> Trial {
        self.looks(each, |gradient| LayerLook {
            gradient: Some(gradient),
            weight: Some(1.0),
            ..LayerLook::default()
        })
    }

    /// How far layers moved whose parameters had the norm 1.
    pub(super) fn moved(self, each: &[&[f32]]) -> Trial {
        self.looks(each, |moved| LayerLook { moved: Some(moved), weight: Some(1.0), ..LayerLook::default() })
    }

    /// With the configuration of another.
    pub(super) fn configure(&mut self, other: &Trial) {
        self.configuration = other.configuration.clone();
    }

    fn with(mut self, change: impl FnOnce(&mut TrialRecord)) -> Trial {
        change(self.record.as_mut().expect("a trial that was trained"));
        self
    }

    pub(super) fn evidence(&self) -> Evidence<'_> {
        Evidence {
            configuration: &self.configuration,
            task: self.task,
            traits: Some(&self.traits),
            preflight: None,
            run: self.record.as_ref().map(|record| Run { record, columns: &self.columns }),
        }
    }

    /// What the rule says alone.
    pub(super) fn says(&self, rule: &'static Rule) -> Option<Finding> {
        (rule.judge)(&self.evidence(), &[])
    }

    /// What it says where another rule found a cause.
    pub(super) fn says_after(&self, rule: &'static Rule, other: &'static Rule) -> Option<Finding> {
        (rule.judge)(&self.evidence(), &[Finding::new(other, "something")])
    }
}
