//! Progress: an observer that draws one bar over all trials on a terminal, or writes plain lines elsewhere.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::output::{Format, Output};
use crate::event::{Event, Observer, TrialRecord};
use crate::text;

/// More failures than this are counted, not listed.
const FAILURES_SHOWN: usize = 10;

pub(super) struct Progress {
    bar: Option<ProgressBar>,
    output: Output,
    packs: usize,
    trials: usize,
    done: usize,
    failed: usize,
    /// Epochs each trial of the plan may take, to move the bar on when one ends early.
    budget: Vec<u64>,
    label: String,
}

impl Progress {
    /// `budget` holds the epochs of every trial of the plan, `todo` the sum over those to be trained.
    pub(super) fn new(output: Output, packs: usize, trials: usize, budget: Vec<u64>, todo: u64) -> Progress {
        let drawn = std::io::stderr().is_terminal() && !output.quiet && output.format == Format::Text;
        let bar = drawn.then(|| {
            let bar = ProgressBar::with_draw_target(Some(todo), ProgressDrawTarget::stderr_with_hz(10));
            let style = "{bar:32} {percent:>3} %  {human_pos}/{human_len} epochs  {rate}  ETA {eta}  {msg}";
            let style = ProgressStyle::with_template(style).unwrap_or(ProgressStyle::default_bar());
            bar.set_style(style.with_key("rate", rate));
            bar
        });
        Progress { bar, output, packs, trials, done: 0, failed: 0, budget, label: String::new() }
    }

    /// A line above the bar, or in the log.
    pub(super) fn say(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.println(line),
            None => self.output.note(line),
        }
    }

    fn trial_done(&mut self, record: &TrialRecord) {
        self.done += 1;
        if let Some(bar) = &self.bar {
            let whole = self.budget.get(record.trial).copied().unwrap_or(0);
            bar.inc(whole.saturating_sub(record.epochs as u64));
        }
        if record.end.failed() {
            self.failed += 1;
            if self.failed <= FAILURES_SHOWN {
                let end = record.end.name();
                self.say(&format!(
                    "trial {} ended {end} after {}",
                    record.id,
                    text::count(record.epochs, "epoch")
                ));
            } else if self.failed == FAILURES_SHOWN + 1 {
                self.say("further failed trials are counted in the table at the end");
            }
        }
        self.message();
    }

    fn message(&self) {
        if let Some(bar) = &self.bar {
            let failed = if self.failed > 0 { format!(", {} failed", self.failed) } else { String::new() };
            bar.set_message(format!("{}/{} trials{failed}  {}", self.done, self.trials, self.label));
        }
    }
}

/// Whole epochs per second: more digits only flicker.
fn rate(state: &ProgressState, out: &mut dyn std::fmt::Write) {
    let _ = write!(out, "{}/s", text::grouped(state.per_sec().round() as u64));
}

impl Observer for Progress {
    fn on(&mut self, event: &Event<'_>) {
        match event {
            Event::PackStarted { pack, trials, label, resumed } => {
                self.label = (*label).to_string();
                self.message();
                if self.bar.is_none() {
                    let trials = text::count(*trials, "trial");
                    let go_on = match resumed {
                        0 => String::new(),
                        n => format!("; {n} of them where they were suspended"),
                    };
                    self.say(&format!("pack {} of {}: {trials}, {label}{go_on}", pack + 1, self.packs));
                }
            }
            Event::Progress { member_epochs, .. } => {
                if let Some(bar) = &self.bar {
                    bar.inc(*member_epochs);
                }
            }
            Event::Trained(_) | Event::Underway(_) => {}
            Event::TrialDone(record) => self.trial_done(record),
            Event::PackDone { pack, seconds } => {
                if self.bar.is_none() {
                    let (seconds, trials) = (text::duration(*seconds), text::count(self.trials, "trial"));
                    self.say(&format!("pack {} done in {seconds}; {} of {trials}", pack + 1, self.done));
                }
            }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
