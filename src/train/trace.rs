//! A trace: what one trial starts from, which rows each step sees, and the loss before each step.
//!
//! For comparing with a network written by hand or with another library. It is trained alone, by the same steps as in any pack.

use super::Inputs;
use super::order::{self, Batches};
use crate::diagnostic::Diagnostic;
use crate::nn::{self, Feed, Parameter, Trainer};
use crate::plan::{Plan, Trial};
use crate::rng::Purpose;
use crate::spec::{Budget, Part};

/// See the module. Rows are those of the training part, in its order.
#[derive(Clone, Debug)]
pub struct Trace {
    pub features: usize,
    pub outputs: usize,
    /// `[rows × features]`, scaled.
    pub x: Vec<f64>,
    /// `[rows × outputs]`: one-hot or scaled values.
    pub y: Vec<f64>,
    /// Before the first step.
    pub initial: Vec<Parameter>,
    /// After the last step.
    pub last: Vec<Parameter>,
    /// Row indices of each step.
    pub batches: Vec<Vec<u32>>,
    pub steps_per_epoch: usize,
    /// The loss of each step's batch before the update.
    pub batch_loss: Vec<f64>,
    /// The loss of the whole training part before the first step and after each epoch.
    pub epoch_loss: Vec<f64>,
}

/// Trains `trial` for at most `steps` steps and keeps everything.
pub fn trace(inputs: &Inputs, plan: &Plan, trial: &Trial, steps: usize) -> Result<Trace, Vec<Diagnostic>> {
    let configuration = &plan.configurations[trial.configuration].configuration;
    let prepared = inputs.prepared(plan, trial)?;
    let seed = |purpose| inputs.seed(configuration, trial, purpose);
    let member =
        nn::Member { configuration, init_seed: seed(Purpose::Init), noise_seed: seed(Purpose::Noise) };
    let shape = super::shapes::widths(&prepared);
    let mut trainer = Trainer::new(&[member], shape);
    let train = &prepared.train;
    let batches = Batches::new(train.rows, configuration.train.batch);
    let budget = match configuration.train.budget {
        Budget::Epochs(n) => n * batches.count,
        Budget::Steps(n) => n,
    };
    let samples = inputs.samples(plan, trial, &prepared, Part::Train);
    let whole = Feed::whole(samples.into_iter().collect(), vec![0]);
    let validation = inputs.samples(plan, trial, &prepared, Part::Validation);
    let validation = validation.map(|samples| Feed::whole(vec![samples], vec![0]));
    let mut trace = Trace {
        features: shape.features,
        outputs: shape.outputs,
        x: train.x.clone(),
        y: train.y.clone(),
        initial: trainer.parameters(0),
        last: Vec::new(),
        batches: Vec::new(),
        steps_per_epoch: batches.count,
        batch_loss: Vec::new(),
        epoch_loss: trainer.evaluate(&whole, false).loss,
    };
    let mut schedule = nn::Schedule::new(&configuration.optimizer.schedule);
    let total = steps.min(budget);
    for epoch in 0..total.div_ceil(batches.count) {
        let first = epoch * batches.count;
        let rows = order::epochs(batches, configuration.train.sampling, seed(Purpose::Order), epoch + 1, 1);
        let factor = |step: usize| {
            let (epochs, steps_per_epoch) = (budget.div_ceil(batches.count), batches.count);
            schedule.factor(nn::Progress { step, steps: budget, epoch, epochs, steps_per_epoch })
        };
        let last = (first + batches.count).min(total);
        let factors: Vec<f64> = (first..last).map(factor).collect();
        trace.batches.extend(rows.chunks(batches.size).take(last - first).map(<[u32]>::to_vec));
        let feed = Feed { orders: vec![rows], batch: batches.size, ..whole.clone() };
        trace.batch_loss.extend(trainer.advance(&feed, last - first, Some(&factors)));
        let loss = trainer.evaluate(&whole, false).loss;
        // As in a run: the validation part is what a schedule looks at, where there is one.
        schedule.observe(validation.as_ref().map_or(loss[0], |part| trainer.evaluate(part, false).loss[0]));
        trace.epoch_loss.extend(loss);
    }
    trace.last = trainer.parameters(0);
    Ok(trace)
}
