//! A saved network: read, checked against its configuration, and asked.
//!
//! It answers by the engine that trained it, so that its answers are those of the run to the last bit. Metrics are not known here.

use std::sync::Arc;

use crate::catalog::Facts;
use crate::data::{NUMBERS, Preparation, Rows};
use crate::diagnostic::{DAMAGED_MODEL, Diagnostic};
use crate::nn::{Feed, Member, Parameter, Samples, Shape, Trainer};
use crate::record::TensorFile;
use crate::spec::{Configuration, Precision, Task};

/// See the module.
#[derive(Debug)]
pub struct Network {
    pub experiment: String,
    /// Of the arm that it stands for; the id of its trial where it stands for none.
    pub name: String,
    /// The id of its trial.
    pub trial: String,
    pub configuration: Configuration,
    pub preparation: Preparation,
    pub parameters: Vec<Parameter>,
}

/// What a network says about rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Answers {
    /// `[rows × outputs]`, after the output activation, in the units of the targets' columns; of `log_softmax` the probabilities.
    pub outputs: Vec<f64>,
    /// The data loss over all rows, where every target is there.
    pub loss: Option<f64>,
    /// `[rows × outputs]` in the units of the targets' columns: one-hot, labels, or values; NaN where there is none.
    pub targets: Option<Vec<f64>>,
}

impl Network {
    /// From a saved file and the configuration of its trial. `shown` names the file in messages.
    pub fn new(
        file: &TensorFile,
        configuration: &Configuration,
        shown: &str,
    ) -> Result<Network, Box<Diagnostic>> {
        let note = |name: &str| file.note(name).unwrap_or_default().to_string();
        let numbers = NUMBERS.map(|name| file.tensor(name).map_or_else(Vec::new, |t| t.values.clone()));
        let preparation = Preparation::read(&note("preparation"), numbers);
        let preparation =
            preparation.ok_or_else(|| unusable(shown, "what it says of its data cannot be read"))?;
        let trial = note("trial");
        let network = Network {
            experiment: note("experiment"),
            name: file.note("arm").unwrap_or(&trial).to_string(),
            trial,
            configuration: configuration.clone(),
            preparation,
            parameters: Vec::new(),
        };
        let mut parameters = network.trainer().parameters(0);
        for parameter in &mut parameters {
            let saved = file.tensor(&parameter.name).filter(|t| t.shape == parameter.shape);
            let saved = saved.ok_or_else(|| {
                unusable(shown, &format!("it has no `{}` of the shape {:?}", parameter.name, parameter.shape))
            })?;
            parameter.values.clone_from(&saved.values);
        }
        Ok(Network { parameters, ..network })
    }

    pub fn shape(&self) -> Shape {
        Shape::rows(self.preparation.inputs(), self.preparation.outputs.len())
    }

    /// Whether the outputs of a row are a distribution.
    pub fn gives_distribution(&self) -> bool {
        let facts = &self.configuration.pairing.activation.entry.facts;
        matches!(facts, Facts::Activation { distribution, log_distribution, .. } if *distribution || *log_distribution)
    }

    /// A population of this network alone, its parameters still initial.
    fn trainer(&self) -> Trainer {
        let member = Member { configuration: &self.configuration, init_seed: 0, noise_seed: 0 };
        Trainer::new(&[member], self.shape())
    }

    /// Its answers about rows, in their order.
    pub fn answers(&self, rows: Rows) -> Answers {
        let precision = self.configuration.model.precision;
        let targets = rows.targets.map(|targets| self.targets(&targets));
        let is_known = targets.as_ref().is_some_and(|t| t.iter().all(|v| !v.is_nan()));
        // The loss is then of nothing and not told.
        let y = targets.clone().filter(|_| is_known).map(|y| self.scaled(y));
        let y = y.unwrap_or_else(|| vec![0.0; rows.rows * self.preparation.outputs.len()]);
        let x = self.preparation.prepared(rows.x);
        let mut trainer = self.trainer();
        trainer.set_parameters(0, &self.parameters);
        let samples = Samples::new(self.shape(), precision, &x, &y, &[]);
        let evaluation = trainer.evaluate(&Feed::whole(vec![Arc::new(samples)], vec![0]), true);
        Answers {
            outputs: self.preparation.in_original_units(evaluation.outputs),
            loss: evaluation.loss.first().copied().filter(|_| is_known),
            targets,
        }
    }

    /// Targets as read, `[rows × target columns]`, as `[rows × outputs]`.
    fn targets(&self, read: &[f64]) -> Vec<f64> {
        if self.preparation.task != Task::Classification {
            return read.to_vec();
        }
        let classes = self.preparation.outputs.len();
        let hot = |class: f64| {
            let value = move |k: usize| {
                if class.is_nan() { f64::NAN } else { f64::from(u8::from(k as f64 == class)) }
            };
            (0..classes).map(value)
        };
        read.iter().flat_map(|class| hot(*class)).collect()
    }

    /// Targets as the network is trained on them.
    fn scaled(&self, mut targets: Vec<f64>) -> Vec<f64> {
        let maps = &self.preparation.fitted.targets;
        if !maps.is_empty() {
            for row in targets.chunks_exact_mut(maps.len()) {
                row.iter_mut().zip(maps).for_each(|(v, map)| *v = map.apply(*v));
            }
        }
        targets
    }

    /// The name of the numbers of its parameters in NumPy and PyTorch.
    pub(super) fn precision_name(&self) -> &'static str {
        match self.configuration.model.precision {
            Precision::F32 => "float32",
            Precision::F64 => "float64",
        }
    }
}

fn unusable(shown: &str, why: &str) -> Box<Diagnostic> {
    let fault = Diagnostic::error(&DAMAGED_MODEL, format!("`{shown}` does not fit its experiment: {why}"));
    Box::new(fault.help("run the experiment again: what is missing is trained again"))
}
