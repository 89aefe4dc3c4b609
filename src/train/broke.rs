//! Where numbers of a trial stopped being finite: the trial is trained again, alone, up to the step at which its loss broke.
//!
//! Members of a population that broke compute on with their neighbours, so what is left of them tells nothing; trained again from its
//! seed a trial comes to the same bits. Only one that broke soon is trained again: that takes no longer than its end took to come.

use super::Setting;
use super::member::Runner;
use super::population_run::Run;
use crate::event::Break;
use crate::nn::Trainer;

/// Steps that are made again, at most.
const STEPS_MAX: usize = 256;

/// `None` where it did not break, or too late to be found, or where its schedule watches progress.
pub(super) fn find(setting: &Setting<'_>, runner: &Runner<'_>) -> Option<Break> {
    let step = runner.broken.filter(|step| *step <= STEPS_MAX)?;
    if runner.schedule.watches() || runner.searched.is_some() {
        return None;
    }
    let mut run = Run::alone(setting, runner.trial);
    let count = run.batches.count;
    for passed in (0..step).step_by(count) {
        let feed = run.feed(1);
        run.make_steps(&feed, count.min(step - passed));
    }
    let mut feed = run.feed(1);
    feed.first = step % count;
    Some(Break { step, tensor: first(&run.trainer, &feed) })
}

/// The first tensor of the forward pass that is not finite.
fn first(trainer: &Trainer, feed: &crate::nn::Feed) -> String {
    let parameters = trainer.parameters(0);
    let is_bad = |values: &[f64]| values.iter().any(|v| !v.is_finite());
    let layers = trainer.layers(&[0], feed);
    for layer in &layers {
        let prefix = format!("layer_{}.", layer.layer);
        let own = parameters.iter().filter(|p| p.name.starts_with(&prefix));
        if let Some(bad) = own.into_iter().find(|p| is_bad(&p.values)) {
            return bad.name.clone();
        }
        if is_bad(&layer.z) {
            return format!("pre-activations of layer_{}", layer.layer);
        }
        if is_bad(&layer.a) {
            return format!("activations of layer_{}", layer.layer);
        }
    }
    "loss".into()
}
