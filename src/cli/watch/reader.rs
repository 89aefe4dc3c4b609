//! Looks at a results folder again and again: what was added to its records, and what state that is.
//!
//! It reads records and asks for locks and times of files; it writes nothing and takes no lock.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::super::exit::Exit;
use super::model::{CURVE_TRIALS_MAX, CURVES_MAX, Model};
use super::state::{Arrivals, PartState, Phase, State};
use crate::record::{Follower, Heard, News, PartFollowed};
use crate::report::{Glance, MeanCurve};
use crate::{disk, record, text};

/// Bytes of records that one look reads, about: between two looks the view is drawn.
const LOOK_BYTES: u64 = 8 << 20;
/// A run that holds its lock and writes nothing for this long, and ten times as long as ever before, may have been killed.
const SILENT_S: f64 = 120.0;

/// See the module.
pub(super) struct Reader {
    folder: PathBuf,
    follower: Follower,
    model: Option<Model>,
    /// Heard before the experiment is planned.
    early: Vec<Heard>,
    arrivals: Arrivals,
    of_parts: BTreeMap<(usize, usize), Arrivals>,
    /// Everything there was read once.
    has_read: bool,
    is_new: bool,
    glance: Glance,
    curves: Vec<Vec<MeanCurve>>,
    curves_cut: Option<usize>,
}

/// Why there is no newer state.
#[derive(Debug)]
pub(super) struct Trouble {
    pub(super) message: String,
    pub(super) exit: Exit,
}

impl Reader {
    pub(super) fn new(folder: &Path) -> Reader {
        Reader {
            folder: folder.to_path_buf(),
            follower: Follower::new(folder),
            model: None,
            early: Vec::new(),
            arrivals: Arrivals::default(),
            of_parts: BTreeMap::new(),
            has_read: false,
            is_new: false,
            glance: Glance::default(),
            curves: Vec::new(),
            curves_cut: None,
        }
    }

    /// Reads a piece of what was added. The phase is [`Phase::Reading`] until everything was read once.
    pub(super) fn look(&mut self, now: SystemTime) -> Result<State, Trouble> {
        let unread = |error: record::RecordError| Trouble { message: error.to_string(), exit: Exit::Disk };
        let news = self.follower.read(LOOK_BYTES).map_err(unread)?;
        let share = if news.size > 0 { news.bytes as f64 / news.size as f64 } else { 0.0 };
        let is_at_end = news.is_at_end;
        self.take(news)?;
        let now_s = seconds(now);
        if !is_at_end && !self.has_read {
            return Ok(State { phase: Phase::Reading(share), ..self.empty() });
        }
        self.has_read = true;
        self.plan()?;
        if !self.has_read {
            return Ok(State { phase: Phase::Reading(0.0), ..self.empty() });
        }
        if is_at_end {
            self.retell();
        }
        Ok(self.state(now_s))
    }

    fn empty(&self) -> State {
        State { folder: disk::shown(&self.folder), damaged: self.follower.damaged(), ..State::default() }
    }

    fn take(&mut self, news: News) -> Result<(), Trouble> {
        if news.is_anew {
            *self = Reader::new(&self.folder);
            return Ok(());
        }
        match &mut self.model {
            Some(model) => {
                let shards: Vec<_> = self.follower.parts().iter().map(|p| p.shard).collect();
                self.is_new |= model.hear(news.heard, &shards).map_err(unplanned)?;
            }
            None => self.early.extend(news.heard),
        }
        Ok(())
    }

    /// Plans the experiment where that was not done, or where records say another one by now: then all is read again.
    fn plan(&mut self) -> Result<(), Trouble> {
        let Some(frozen) = self.follower.experiment() else { return Ok(()) };
        match &self.model {
            Some(model) if model.serves(frozen) => {}
            Some(_) => *self = Reader::new(&self.folder),
            None => {
                let mut model = Model::new(frozen).map_err(unplanned)?;
                let shards: Vec<_> = self.follower.parts().iter().map(|p| p.shard).collect();
                model.hear(std::mem::take(&mut self.early), &shards).map_err(unplanned)?;
                self.model = Some(model);
                self.is_new = true;
            }
        }
        Ok(())
    }

    /// Makes tables and curves anew where a trial came.
    fn retell(&mut self) {
        let Some(model) = self.model.as_ref().filter(|_| self.is_new) else { return };
        self.glance = model.glance();
        let leading: Vec<usize> = self.glance.arms.iter().take(CURVES_MAX).map(|a| a.configuration).collect();
        let read = |place, trial: &_, recording: &_| self.follower.curve(place, trial, recording);
        let (curves, most) = model.curves(&leading, &self.glance.columns, read);
        self.curves = curves;
        self.curves_cut = (most > CURVE_TRIALS_MAX).then_some(most);
        self.is_new = false;
    }

    fn state(&mut self, now_s: f64) -> State {
        let parts = self.follower.parts();
        let changed_s = parts.iter().filter_map(|p| p.changed).max().map(seconds);
        let mut state = self.empty();
        state.quiet_s = changed_s.map(|at| (now_s - at).max(0.0));
        let Some(model) = &self.model else {
            state.phase = Phase::Waiting(self.waiting(&parts));
            return state;
        };
        if let Some(at) = changed_s {
            self.arrivals.note(at, model.done());
        }
        state.name = model.name().to_string();
        state.title = model.title().to_string();
        state.planned = model.planned();
        state.done = model.done();
        state.grows = model.grows();
        state.pace = self.arrivals.pace(state.planned - state.done);
        state.thread_s = model.thread_s();
        for part in &parts {
            let Some(shard) = part.shard else { continue };
            if let Some(known) = state.parts.iter_mut().find(|p| p.shard == shard) {
                // A further attempt at it.
                known.is_locked |= part.is_locked;
                continue;
            }
            let (planned, done) = model.shard(shard);
            let arrivals = self.of_parts.entry(shard).or_default();
            if let Some(at) = part.changed {
                arrivals.note(seconds(at), done);
            }
            state.parts.push(PartState {
                shard,
                name: format!("shard {} of {}", shard.0, shard.1),
                is_locked: part.is_locked,
                planned,
                done,
                pace: arrivals.pace(planned.saturating_sub(done)),
                quiet_s: part.changed.map(|at| (now_s - seconds(at)).max(0.0)),
            });
        }
        let is_silent = |quiet: f64| quiet > SILENT_S.max(10.0 * self.arrivals.longest_wait_s());
        state.phase = match (model.is_whole(), parts.iter().any(|p| p.is_locked)) {
            (true, _) => Phase::Finished,
            (false, true) if state.quiet_s.is_some_and(is_silent) => Phase::Silent,
            (false, true) => Phase::Running,
            (false, false) => Phase::Interrupted,
        };
        state.glance = self.glance.clone();
        state.curves = self.curves.clone();
        state.curves_cut = self.curves_cut;
        state
    }

    /// What is not there yet.
    fn waiting(&self, parts: &[PartFollowed]) -> String {
        let shown = disk::shown(&self.folder);
        if parts.iter().any(|p| p.is_locked) {
            return format!("a runner holds `{shown}` and has recorded nothing yet");
        }
        if self.follower.damaged() > 0 || !self.early.is_empty() {
            let lines = text::count(self.follower.damaged(), "line");
            return format!(
                "{lines} of the records in `{shown}` cannot be read, and none of the others says of which experiment they are"
            );
        }
        if disk::is_file(&self.folder.join(record::MANIFEST)) {
            return format!(
                "`{shown}` holds a report and no records; they come when the experiment is run again"
            );
        }
        if disk::is_folder(&self.folder) {
            return format!("no records in `{shown}` yet");
        }
        let near = near(&self.folder).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        format!("there is no folder `{shown}` yet{near}")
    }
}

/// A results folder beside this one with a name that is nearly the same.
fn near(folder: &Path) -> Option<String> {
    let name = folder.file_name()?.to_string_lossy().into_owned();
    let parent = folder.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let there = disk::list(parent).ok()?;
    let results: Vec<String> = (there.iter().filter(|p| record::is_results(p)))
        .filter_map(|p| Some(p.file_name()?.to_string_lossy().into_owned()))
        .collect();
    let near = text::did_you_mean(&name, results.iter().map(String::as_str))?;
    Some(disk::shown(&folder.with_file_name(near)))
}

fn unplanned(why: String) -> Trouble {
    Trouble { message: format!("the experiment cannot be planned again: {why}"), exit: Exit::Invalid }
}

fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}
