//! What a view shows, as plain data: how far a run has come, how fast it goes, and what leads.
//!
//! Nothing here reads or prints. Times are seconds; whoever makes a state says what time it is.

use std::collections::VecDeque;

use crate::report::{Glance, MeanCurve};
use crate::text;

/// Everything that can be seen of a results folder at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct State {
    /// As it was named.
    pub(super) folder: String,
    /// Name and title of the experiment; empty before the first record.
    pub(super) name: String,
    pub(super) title: String,
    pub(super) phase: Phase,
    /// Since a record was written.
    pub(super) quiet_s: Option<f64>,
    /// Trials of the plan, or of its rounds so far.
    pub(super) planned: usize,
    pub(super) done: usize,
    /// Further rounds may follow.
    pub(super) grows: bool,
    pub(super) pace: Pace,
    /// Time on one thread that the missing trials will take, if they take as long as those that are done.
    pub(super) thread_s: Option<f64>,
    /// Shards, where there are any.
    pub(super) parts: Vec<PartState>,
    pub(super) glance: Glance,
    /// Of the leading arms, in the order of the glance; each with the columns of the glance.
    pub(super) curves: Vec<Vec<MeanCurve>>,
    /// Arms whose curve is of their first trials only, and of how many.
    pub(super) curves_cut: Option<usize>,
    /// Lines of the records that could not be read.
    pub(super) damaged: usize,
    /// What keeps the state from being newer.
    pub(super) trouble: String,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Phase {
    /// There is nothing to read yet; why.
    Waiting(String),
    /// Records are read for the first time: the share that was.
    Reading(f64),
    #[default]
    Running,
    /// A lock is there, and no record has come for long: at work on something long, or killed.
    Silent,
    /// No runner holds the folder, and trials are missing.
    Interrupted,
    /// Every trial is there; the report may be about to be written.
    Finished,
}

impl Phase {
    /// The word in `--format json`.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Phase::Waiting(_) => "waiting",
            Phase::Reading(_) => "reading",
            Phase::Running => "running",
            Phase::Silent => "silent",
            Phase::Interrupted => "interrupted",
            Phase::Finished => "finished",
        }
    }

    /// For people.
    pub(super) fn told(&self) -> String {
        match self {
            Phase::Waiting(why) => format!("waiting: {why}"),
            Phase::Reading(share) => format!("reading records: {:.0} %", 100.0 * share),
            Phase::Silent => "running, or killed: its lock is there and no record has come for long".into(),
            Phase::Interrupted => "interrupted: no runner holds the folder; the same command goes on".into(),
            Phase::Running | Phase::Finished => self.word().into(),
        }
    }
}

/// One shard.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PartState {
    /// Index and number of shards.
    pub(super) shard: (usize, usize),
    pub(super) name: String,
    pub(super) is_locked: bool,
    pub(super) planned: usize,
    pub(super) done: usize,
    pub(super) pace: Pace,
    pub(super) quiet_s: Option<f64>,
}

impl PartState {
    pub(super) fn word(&self) -> &'static str {
        match (self.done >= self.planned, self.is_locked) {
            (true, _) => "done",
            (false, true) => "running",
            (false, false) => "interrupted",
        }
    }
}

/// How fast trials come.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Pace {
    pub(super) trials_per_minute: Option<f64>,
    pub(super) remaining_s: Option<f64>,
}

impl Pace {
    /// `12 trials a minute, about 3 min 5 s left`.
    pub(super) fn told(&self) -> Option<String> {
        let rate = format!("{} trials a minute", text::significant(self.trials_per_minute?, 3));
        Some(match self.remaining_s {
            Some(seconds) if seconds > 0.0 => format!("{rate}, about {} left", text::duration(seconds)),
            _ => rate,
        })
    }
}

/// Moments at which trials came: the pace over the last minutes. Trials come in packs, so only a moment at which some came counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Arrivals(VecDeque<(f64, usize)>);

/// Arrivals older than this say nothing of the pace now.
const WINDOW_S: f64 = 600.0;

impl Arrivals {
    /// So many trials were there in all when the file was last written to.
    pub(super) fn note(&mut self, time_s: f64, done: usize) {
        match self.0.back_mut() {
            Some(last) if last.1 >= done => {}
            Some(last) if last.0 >= time_s => last.1 = done,
            _ => self.0.push_back((time_s, done)),
        }
        while self.0.len() > 2 && self.0.get(1).is_some_and(|second| time_s - second.0 > WINDOW_S) {
            self.0.pop_front();
        }
    }

    pub(super) fn pace(&self, missing: usize) -> Pace {
        let (Some(first), Some(last)) = (self.0.front(), self.0.back()) else { return Pace::default() };
        let seconds = last.0 - first.0;
        if seconds <= 0.0 || last.1 <= first.1 {
            return Pace::default();
        }
        let per_s = (last.1 - first.1) as f64 / seconds;
        Pace { trials_per_minute: Some(60.0 * per_s), remaining_s: Some(missing as f64 / per_s) }
    }

    /// Longest time between two arrivals.
    pub(super) fn longest_wait_s(&self) -> f64 {
        let waits = self.0.iter().zip(self.0.iter().skip(1)).map(|(a, b)| b.0 - a.0);
        waits.fold(0.0, f64::max)
    }
}

impl State {
    pub(super) fn failed(&self) -> usize {
        let is_failed = |name: &str| name == "diverged" || name == "non_finite";
        self.glance.outcomes.iter().filter(|(name, _)| is_failed(name)).map(|(_, n)| n).sum()
    }

    /// `63 of 140 trials, 2 failed`.
    pub(super) fn counts(&self) -> String {
        let failed = match self.failed() {
            0 => String::new(),
            n => format!(", {} failed", text::grouped(n as u64)),
        };
        let rounds = if self.grows { " of the rounds so far" } else { "" };
        let done = text::grouped(self.done as u64);
        format!("{done} of {}{rounds}{failed}", text::count(self.planned, "trial"))
    }

    /// `last record 2 s ago`.
    pub(super) fn last_record(&self) -> Option<String> {
        Some(format!("last record {} ago", text::duration(whole_s(self.quiet_s?))))
    }

    /// `12 trials a minute, about 3 min 5 s left`; else what the missing trials will take on one thread.
    pub(super) fn speed(&self) -> Option<String> {
        if self.done >= self.planned {
            return None;
        }
        let on_one = |s: f64| format!("about {} of training left on one thread", text::duration(s));
        self.pace.told().filter(|_| self.phase == Phase::Running).or_else(|| self.thread_s.map(on_one))
    }
}

/// Whole seconds, so that a text changes once a second.
fn whole_s(seconds: f64) -> f64 {
    seconds.max(0.0).floor()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_that_of_trials_that_came_while_somebody_looked() {
        let mut arrivals = Arrivals::default();
        arrivals.note(100.0, 40);
        assert_eq!(arrivals.pace(60), Pace::default());
        // Nothing new: no moment.
        arrivals.note(105.0, 40);
        arrivals.note(110.0, 60);
        // 20 trials in 10 s.
        assert_eq!(arrivals.pace(40), Pace { trials_per_minute: Some(120.0), remaining_s: Some(20.0) });
        // Two looks within one tick of the clock are one moment.
        arrivals.note(110.0, 65);
        assert_eq!(arrivals.pace(35).trials_per_minute, Some(150.0));
        assert_eq!(arrivals.longest_wait_s(), 10.0);
    }

    #[test]
    fn old_moments_are_forgotten() {
        let mut arrivals = Arrivals::default();
        // A trial a second, then one in ten seconds.
        (0..1000).for_each(|t| arrivals.note(f64::from(t), t as usize));
        (100..300).for_each(|t| arrivals.note(10.0 * f64::from(t), 900 + t as usize));
        let pace = arrivals.pace(10).trials_per_minute.unwrap();
        assert!((pace - 6.0).abs() < 0.2, "{pace}");
        assert!(arrivals.0.len() < 70);
    }

    #[test]
    fn a_state_says_what_is_known() {
        let mut state = State { planned: 140, done: 63, quiet_s: Some(2.4), ..State::default() };
        state.glance.outcomes = vec![("learned", 61), ("diverged", 1), ("non_finite", 1)];
        assert_eq!(state.counts(), "63 of 140 trials, 2 failed");
        assert_eq!(state.last_record().unwrap(), "last record 2 s ago");
        assert_eq!(state.speed(), None);
        state.thread_s = Some(90.0);
        assert_eq!(state.speed().unwrap(), "about 1 min 30 s of training left on one thread");
        state.pace = Pace { trials_per_minute: Some(12.34), remaining_s: Some(374.4) };
        assert_eq!(state.speed().unwrap(), "12.3 trials a minute, about 6 min 14 s left");
        state.phase = Phase::Interrupted;
        assert_eq!(state.speed().unwrap(), "about 1 min 30 s of training left on one thread");
    }
}
