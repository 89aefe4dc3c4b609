//! A trial that is suspended and goes on becomes what it would have become: in memory between two rungs, on disk after a kill, in a
//! pack whose members are at different epochs, and in one that took it up when another member ended.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use runner::event::{End, Event, Observer, Stateless, States, TrialRecord, TrialState};
use runner::plan::{Pack, Places, Plan, Queue};
use runner::spec::Experiment;
use runner::train::{self, Inputs, Looking, Setting, Shapes};
use runner::{cli, config, plan};

use crate::support::Project;

// ---- training without the program ------------------------------------------------------------------------------------

/// An experiment that is ready to be trained.
struct Ready {
    experiment: Experiment,
    plan: Plan,
    inputs: Inputs,
    shapes: Shapes,
    tells: AtomicBool,
}

/// What training told.
#[derive(Default)]
struct Told {
    records: BTreeMap<usize, TrialRecord>,
    resumed: usize,
    /// Trials that were told of before their end.
    underway: Vec<usize>,
}

impl Observer for Told {
    fn on(&mut self, event: &Event<'_>) {
        match event {
            Event::PackStarted { resumed, .. } => self.resumed += resumed,
            Event::TrialDone(record) => {
                let again = self.records.insert(record.trial, (*record).clone());
                assert!(again.is_none(), "trial {} is told once", record.trial);
            }
            Event::Underway(record) => self.underway.push(record.trial),
            Event::Trained(_) | Event::Progress { .. } | Event::PackDone { .. } => {}
        }
    }
}

/// Everything of a record that must be equal, exactly; NaN is equal to itself.
fn exact(record: &TrialRecord) -> String {
    format!("{:?}", TrialRecord { seconds: 0.0, id: String::new(), ..record.clone() })
}

/// Rows of three classes with a mask that leaves the row's own on.
fn masked() -> String {
    let row = |n: usize| {
        let class = n * n % 7 % 3;
        let bit = |k: usize| u8::from(k == class || !(n + k).is_multiple_of(3));
        let (u, v) = (n * 37 % 23, n * 11 % 19);
        format!("{u},{v},{},{},{},{}\n", ["a", "b", "c"][class], bit(0), bit(1), bit(2))
    };
    let rows: String = (0..90).map(row).collect();
    format!("u,v,class,m_a,m_b,m_c\n{rows}")
}

fn pack(trials: &[usize]) -> Pack {
    let places = Places { members: trials.len(), samples: trials.len() };
    Pack { index: 0, group: 0, trials: trials.to_vec(), bytes: 0, places }
}

impl Ready {
    fn new(text: &str) -> Ready {
        let project = Project::new().file("experiments/x.toml", text).file("datasets/masked.csv", &masked());
        let request = config::Request { path: project.path("experiments/x.toml"), ..Default::default() };
        let mut loaded = config::load(&request, &cli::catalog());
        assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
        let (experiment, resolver) = (loaded.experiment.unwrap(), loaded.resolver.unwrap());
        let mut planner = plan::Planner::new(&experiment);
        let (mut plan, mut inputs) = (planner.empty(), Inputs::new(experiment.seeds[0]));
        let round = planner.ask(&plan, &resolver).unwrap();
        inputs.load(round.configurations(), &mut loaded.sources).unwrap();
        planner.add(&mut plan, round, |data| inputs.digest(data));
        let shapes = Shapes::of(&inputs, &plan).unwrap();
        Ready { experiment, plan, inputs, shapes, tells: AtomicBool::new(false) }
    }

    fn everyone(&self) -> Vec<usize> {
        (0..self.plan.trials.len()).collect()
    }

    /// Trains packs one after another, each trial until its own epoch.
    fn train(
        &self,
        packs: &[Vec<usize>],
        states: &dyn States,
        until: impl Fn(usize) -> Option<usize>,
    ) -> Told {
        let mut plan = self.plan.clone();
        plan.trials.iter_mut().for_each(|trial| trial.until = until(trial.index));
        let mut told = Told::default();
        for trials in packs {
            self.run(&plan, &pack(trials), &Queue::default(), states, &mut told);
        }
        told
    }

    fn run(&self, plan: &Plan, pack: &Pack, queue: &Queue, states: &dyn States, told: &mut Told) {
        let columns = train::columns(&self.experiment, self.shapes.all());
        let setting = Setting {
            experiment: &self.experiment,
            plan,
            inputs: &self.inputs,
            shapes: &self.shapes,
            columns: &columns,
            every: self.experiment.record.every,
            looking: Looking::Always,
            tells: self.tells.load(Ordering::Relaxed),
            hopeless: &runner::diagnose::NotLearning,
            queue,
            states,
            stop: &AtomicBool::new(false),
        };
        train::run(&setting, pack, told);
    }
}

/// The last state of every lineage.
#[derive(Default)]
struct Kept {
    states: Mutex<BTreeMap<String, TrialState>>,
}

impl States for Kept {
    fn load(&self, lineage: &str, most: usize) -> Option<TrialState> {
        self.states.lock().unwrap().get(lineage).filter(|state| state.epochs <= most).cloned()
    }

    fn save(&self, state: TrialState) {
        self.states.lock().unwrap().insert(state.lineage.clone(), state);
    }

    fn keep(&self, state: TrialState) {
        self.save(state);
    }

    fn forget(&self, lineage: &str) {
        self.states.lock().unwrap().remove(lineage);
    }
}

// ---- rungs -----------------------------------------------------------------------------------------------------------

/// Four trials of one structure; a last batch that is smaller; rungs and recorded epochs that do not meet.
fn experiment(optimizer: &str, train: &str) -> String {
    format!(
        r#"
pairing = "softmax+cross_entropy"

[data]
source = "../datasets/iris.csv"
target = "species"
scale = "standardize"
split = {{ test = 0.2, validation = 0.2, stratified = true }}

[model]
hidden = [{{ units = 5, dropout = 0.2 }}, 4]

[optimizer]
{optimizer}

[train]
batch = 16
seeds = 2
{train}

[sweep]
"optimizer.learning_rate" = [0.02, 0.2]

[record]
every = 4
"#
    )
}

/// Four trials whose optimizer searches along lines: two go on to the end, two converge at an epoch of their own.
fn searching(optimizer: &str, train: &str) -> String {
    format!(
        r#"
pairing = "softmax+cross_entropy"

[data]
source = "../datasets/iris.csv"
target = "species"
scale = "standardize"
split = {{ test = 0.2, validation = 0.2, stratified = true }}

[model]
hidden = [5, 4]

[optimizer]
{optimizer}
l2 = 0.01

[train]
batch = "full"
seeds = 2
{train}

[sweep]
"optimizer.tolerance" = [0.02, 0.0]

[record]
every = 4
"#
    )
}

/// Trains in rungs that differ between members, in packs of other company each time, so that in the last one members are at epochs
/// of their own; and straight.
fn check(what: &str, text: &str) {
    let ready = Ready::new(text);
    let everyone = vec![ready.everyone()];
    let straight = ready.train(&everyone, &Stateless, |_| None);
    assert_eq!(straight.resumed, 0);
    let kept = Kept::default();
    let first = |t: usize| Some(2 + t % 3);
    type Rung<'a> = (&'a [Vec<usize>], &'a dyn Fn(usize) -> Option<usize>);
    let rungs: [Rung<'_>; 3] =
        [(&everyone, &first), (&[vec![3, 1]], &|_| Some(6)), (&[vec![2, 3, 0, 1]], &|_| None)];
    let mut halted = 0;
    for (packs, until) in rungs {
        let told = ready.train(packs, &kept, until);
        let alone = ready.train(packs, &Stateless, until);
        assert_eq!(alone.resumed, 0);
        for (trial, record) in &told.records {
            assert_eq!(exact(record), exact(&alone.records[trial]), "{what}: trial {trial}");
            if let (End::Halted, Some(epochs)) = (record.end, until(*trial)) {
                halted += 1;
                assert_eq!((record.epochs, record.curve.last().unwrap().epoch), (epochs, epochs), "{what}");
                assert!(record.metrics.values().iter().all(|v| v.is_finite()), "{what}");
            }
        }
        if until(0).is_none() {
            assert!(told.resumed > 0, "{what}: some go on");
            let same = |(t, r): (&usize, &TrialRecord)| exact(r) == exact(&straight.records[t]);
            assert!(told.records.len() == 4 && told.records.iter().all(same), "{what}");
        }
    }
    assert!(halted > 0, "{what}");
    assert!(kept.states.lock().unwrap().is_empty(), "{what}: what ended is forgotten");
}

#[test]
fn a_trial_that_goes_on_after_a_rung_becomes_what_it_would_have_become() {
    let optimizers = [
        "name = \"sgd\"",
        "name = \"sgd\"\nmomentum = 0.9\ndampening = 0.3",
        "name = \"sgd\"\nmomentum = 0.9\nnesterov = true\nweight_decay = 0.01\nclip_norm = 1.0",
        "name = \"adam\"",
        "name = \"adam\"\namsgrad = true\nl1 = 0.001",
        "name = \"adamw\"\nweight_decay = 0.1",
        "name = \"nadam\"\nl2 = 0.001",
        "name = \"rmsprop\"\ncentered = true\nmomentum = 0.5",
        "name = \"adagrad\"\ninitial_accumulator = 0.1",
        "name = \"adadelta\"\nclip_value = 0.5",
        "name = \"lion\"",
    ];
    for (engine, precision) in [("auto", "f32"), ("burn", "f32"), ("burn", "f64")] {
        for optimizer in optimizers {
            let schedule = "schedule = \"cosine\"";
            let text = experiment(
                &format!("{optimizer}\n{schedule}"),
                &format!("epochs = 9\nengine = \"{engine}\""),
            );
            let text = text.replace("[model]", &format!("[model]\nprecision = \"{precision}\""));
            check(&format!("{engine} {precision} {optimizer}"), &text);
        }
    }
}

/// Direction, history, and counts of a line search go on too; trials that converge meanwhile stay what they were.
#[test]
fn a_search_goes_on_after_a_rung_too() {
    let optimizers = [
        "name = \"conjugate_gradient\"",
        "name = \"conjugate_gradient\"\nformula = \"fletcher_reeves\"",
        "name = \"lbfgs\"\nhistory = 3\nweight_decay = 0.001",
    ];
    for precision in ["f32", "f64"] {
        for optimizer in optimizers {
            let text = searching(optimizer, "epochs = 14");
            let text = text.replace("[model]", &format!("[model]\nprecision = \"{precision}\""));
            check(&format!("{precision} {optimizer}"), &text);
        }
    }
}

/// A trial that is hopeless by what it showed over several rungs is so wherever it was suspended meanwhile.
#[test]
fn what_is_hopeless_is_so_after_a_rung_too() {
    for engine in ["auto", "burn"] {
        let train = format!("epochs = 14\nengine = \"{engine}\"");
        let text = experiment("name = \"adam\"", &train).replace("[sweep]", "[sweep]\nstop_hopeless = true");
        // Asked after 2, 3, 5, 6, 7, and 9 of 14 epochs; rungs end after 2, 3, 4, and 6.
        let text = text.replace("[0.02, 0.2]", "[0.02, 30]");
        let ready = Ready::new(&text);
        let ends = ready.train(&[ready.everyone()], &Stateless, |_| None).records;
        let ends: Vec<End> = ends.values().map(|record| record.end).collect();
        assert!(ends.contains(&End::Hopeless) && ends.contains(&End::Finished), "{ends:?}");
        check(&format!("hopeless, {engine}"), &text);
    }
}

/// Who is told of trials before they end, and who is not, or only since a rung: nothing of that shows in a record.
#[test]
fn telling_of_a_trial_before_its_end_changes_nothing_of_it() {
    // Every epoch is recorded, so that asking is cheap; asked after 2, 3, 5, 6, 7, and 9 of 14 epochs, from the fifth time on.
    let text = experiment("name = \"adam\"", "epochs = 14").replace("[0.02, 0.2]", "[0.02, 30]");
    let ready = Ready::new(&text.replace("every = 4", "every = 1"));
    let everyone = [ready.everyone()];
    let silent = ready.train(&everyone, &Stateless, |_| None);
    ready.tells.store(true, Ordering::Relaxed);
    let told = ready.train(&everyone, &Stateless, |_| None);
    assert!(silent.underway.is_empty() && !told.underway.is_empty());
    assert!(told.underway.iter().all(|t| *t >= 2), "those with a rate of 30: {:?}", told.underway);
    let same =
        |other: &Told| other.records.iter().all(|(t, record)| exact(record) == exact(&silent.records[t]));
    assert!(told.records.len() == 4 && same(&told));
    // Told from the start on, with a rung between: the same trials. Told since the rung alone: who was not asked before is not judged.
    for tells in [true, false] {
        let kept = Kept::default();
        ready.tells.store(tells, Ordering::Relaxed);
        let rung = ready.train(&everyone, &kept, |_| Some(6));
        ready.tells.store(true, Ordering::Relaxed);
        let rest = ready.train(&everyone, &kept, |_| None);
        let halted = rung.records.values().filter(|record| record.end == End::Halted).count();
        assert!(rest.resumed == halted && halted > 2, "{} of {halted}", rest.resumed);
        assert!(same(&rest));
        assert_eq!(rest.underway, if tells { told.underway.clone() } else { Vec::new() });
    }
}

/// Recurrent networks and masked ones, whose batches have lengths and masks.
#[test]
fn recurrent_and_masked_trials_go_on_after_a_rung_too() {
    let data = "source = \"../datasets/iris.csv\"\ntarget = \"species\"\n";
    for (cell, many, truncate) in [("elman", true, 2), ("gru", false, 0), ("lstm", true, 0)] {
        let cut = if truncate > 0 { format!("truncate = {truncate}") } else { String::new() };
        let model = format!("[model]\nkind = \"rnn\"\ncell = \"{cell}\"\nreturn_sequences = {many}\n{cut}");
        let source = "source = { name = \"sign_of_sum\", samples = 60, steps = 5 }\n";
        let text =
            experiment("name = \"adam\"", "epochs = 9").replace(data, source).replace("[model]", &model);
        check(cell, &text.replace(", stratified = true", ""));
    }
    let source =
        "source = \"../datasets/masked.csv\"\ntarget = \"class\"\nmask = [\"m_a\", \"m_b\", \"m_c\"]\n";
    for masking in ["logits", "outputs"] {
        let pairing = format!(
            "pairing = {{ activation = \"softmax\", loss = \"cross_entropy\", masking = \"{masking}\" }}"
        );
        let text = experiment("name = \"sgd\"\nmomentum = 0.9", "epochs = 9").replace(data, source);
        check(masking, &text.replace("pairing = \"softmax+cross_entropy\"", &pairing));
    }
}

/// Rules and schedules that remember: the best parameters, epochs without improvement, a factor that dropped.
#[test]
fn what_watches_a_trial_goes_on_with_it() {
    let stop = "early_stop = { metric = \"validation.loss\", patience = 3, min_delta = 0.02 }";
    let plateau = "schedule = { name = \"plateau\", patience = 0, factor = 0.5, cooldown = 1 }";
    for engine in ["auto", "burn"] {
        for (rule, schedule) in [(stop, plateau), (stop, ""), ("", plateau)] {
            for restore in ["true", "false"] {
                let rule = rule.replace(" }", &format!(", restore_best = {restore} }}"));
                let train = format!("epochs = 14\nengine = \"{engine}\"\n{rule}");
                let text = experiment(&format!("name = \"sgd\"\nmomentum = 0.9\n{schedule}"), &train);
                check(&format!("{engine} {rule} {schedule}"), &text);
            }
        }
    }
}

/// Members whose budget cuts an epoch short pass all epochs together: those at one epoch go on, others begin anew.
#[test]
fn a_budget_in_steps_goes_on_where_all_members_are_at_one_epoch() {
    let ready = Ready::new(&experiment("name = \"adam\"", "steps = 51"));
    let everyone = vec![ready.everyone()];
    let straight = ready.train(&everyone, &Stateless, |_| None);
    assert_eq!(straight.records[&0].steps, 51);
    for (first, resumed) in [([5, 5, 5, 5], 4), ([5, 4, 5, 5], 0)] {
        let kept = Kept::default();
        let apart: Vec<Vec<usize>> = ready.everyone().into_iter().map(|t| vec![t]).collect();
        let rung = ready.train(&apart, &kept, |t| Some(first[t]));
        assert!(rung.records.values().all(|r| r.end == End::Halted && r.epochs == first[r.trial]));
        let told = ready.train(&everyone, &kept, |_| None);
        assert_eq!(told.resumed, resumed);
        assert!(told.records.iter().all(|(t, r)| exact(r) == exact(&straight.records[t])));
    }
}

/// Gives every trial something else in the place of its state.
struct Spoilt<'a> {
    kept: &'a Kept,
    spoil: fn(&BTreeMap<String, TrialState>, &str) -> TrialState,
}

impl States for Spoilt<'_> {
    fn load(&self, lineage: &str, _: usize) -> Option<TrialState> {
        Some((self.spoil)(&self.kept.states.lock().unwrap(), lineage))
    }

    fn save(&self, _: TrialState) {}

    fn keep(&self, _: TrialState) {}

    fn forget(&self, _: &str) {}
}

#[test]
fn a_state_that_does_not_fit_is_not_trusted() {
    let ready = Ready::new(&experiment("name = \"adam\"", "epochs = 8"));
    let everyone = vec![ready.everyone()];
    let straight = ready.train(&everyone, &Stateless, |_| None);
    let kept = Kept::default();
    ready.train(&everyone, &kept, |_| Some(5));
    type Spoil = fn(&BTreeMap<String, TrialState>, &str) -> TrialState;
    let spoils: [Spoil; 4] = [
        |_, lineage| TrialState { lineage: lineage.into(), epochs: 3, bytes: Vec::new() },
        |states, lineage| TrialState { epochs: 4, ..states[lineage].clone() },
        |states, lineage| {
            let mut state = states[lineage].clone();
            state.bytes.pop();
            state
        },
        // Of another trial of the same structure.
        |states, lineage| states.values().find(|state| state.lineage != lineage).unwrap().clone(),
    ];
    for spoil in spoils {
        let told = ready.train(&everyone, &Spoilt { kept: &kept, spoil }, |_| None);
        assert_eq!(told.resumed, 0);
        assert!(told.records.iter().all(|(t, r)| exact(r) == exact(&straight.records[t])));
    }
    // Recorded at other epochs, the curve so far would be another.
    let other = Ready::new(&experiment("name = \"adam\"", "epochs = 8").replace("every = 4", "every = 3"));
    let spoil = |states: &BTreeMap<String, TrialState>, lineage: &str| states[lineage].clone();
    assert_eq!(other.train(&everyone, &Spoilt { kept: &kept, spoil }, |_| None).resumed, 0);
    assert_eq!(ready.train(&everyone, &kept, |_| None).resumed, 4, "untouched, they go on");
}

// ---- places that become free -----------------------------------------------------------------------------------------

/// A pack takes trials of packs that have not begun when members end, also suspended ones; all become what they would have become.
#[test]
fn trials_that_take_a_free_place_become_what_they_would_have_become() {
    let rule = "stop_when = { metric = \"train.accuracy\", at_least = 0.8 }";
    let stepping =
        |engine| experiment("name = \"adam\"", &format!("epochs = 40\nengine = \"{engine}\"\n{rule}"));
    let texts = [stepping("auto"), stepping("burn"), searching("name = \"lbfgs\"", "epochs = 40")];
    for text in texts {
        let ready = Ready::new(&text.replace("seeds = 2", "seeds = 12"));
        let all = ready.everyone();
        let apart: Vec<Vec<usize>> = all.iter().map(|t| vec![*t]).collect();
        let straight = ready.train(&apart, &Stateless, |_| None);
        let kept = Kept::default();
        ready.train(&[all[20..].to_vec()], &kept, |_| Some(2));
        for states in [&Stateless as &dyn States, &kept] {
            let packs = vec![pack(&all[..4]), pack(&all[4..8]), pack(&all[8..])];
            let queue = Queue::new(packs, vec![0; all.len()]);
            let mut told = Told::default();
            let first = queue.next().unwrap();
            ready.run(&ready.plan, &first, &queue, states, &mut told);
            assert!(told.records.len() > 8, "{} trained in a pack of four: {text}", told.records.len());
            while let Some(pack) = queue.next() {
                ready.run(&ready.plan, &pack, &queue, states, &mut told);
            }
            assert_eq!(told.records.len(), all.len());
            let same = |(t, r): (&usize, &TrialRecord)| exact(r) == exact(&straight.records[t]);
            assert!(told.records.iter().all(same), "{text}");
        }
    }
}

// ---- checkpoints, through the program --------------------------------------------------------------------------------

/// Trials that take a few seconds.
const LONG: &str = r#"
pairing = "softmax+cross_entropy"

[data]
source = "../datasets/digits.csv"
target = "label"
scale = "min_max"
split = { test = 0.2, validation = 0.2, stratified = true }

[model]
hidden = [{ units = 24, dropout = 0.1 }]

[optimizer]
name = "adam"
learning_rate = 0.001
schedule = { name = "plateau", patience = 20 }

[train]
epochs = 1000
seeds = 3
checkpoint = 25
early_stop = { metric = "validation.loss", patience = 700 }
"#;

const STATES: &str = ".runner.states";

/// Starts the experiment and waits until `enough` is true of the states in its results folder.
fn start(project: &Project, results: &str, enough: impl Fn(&BTreeMap<String, Vec<u8>>) -> bool) -> Child {
    let mut command = project.command(&["experiments/long.toml", "--results", results, "--threads", "1"]);
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    let started = Instant::now();
    while !enough(&states(project, results)) {
        assert!(child.try_wait().unwrap().is_none(), "the run ended before it could be stopped");
        assert!(started.elapsed() < Duration::from_secs(60), "no checkpoint for a minute");
        std::thread::sleep(Duration::from_millis(2));
    }
    child
}

/// The files with states; one that is being replaced is there before and after.
fn states(project: &Project, results: &str) -> BTreeMap<String, Vec<u8>> {
    let files = runner::disk::list(&project.path(results).join("long").join(STATES)).unwrap_or_default();
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    let states = files.iter().filter(|path| path.extension().is_some_and(|e| e == "state"));
    states.filter_map(|path| Some((name(path), runner::disk::read(path).ok()?))).collect()
}

/// The epochs that the first line of a state names.
fn epochs(state: &[u8]) -> usize {
    let line =
        String::from_utf8_lossy(&state[..state.iter().position(|b| *b == b'\n').unwrap()]).into_owned();
    line.split(' ').nth(3).unwrap().parse().unwrap()
}

fn signal(child: &mut Child, name: &str) -> Option<i32> {
    let sent = std::process::Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    child.wait().unwrap().code()
}

#[test]
fn an_interrupted_trial_goes_on_from_its_checkpoint_to_the_same_bytes() {
    let project = Project::new().file("experiments/long.toml", LONG);
    let run =
        |results: &str| project.expect(0, &["experiments/long.toml", "--results", results, "--threads", "1"]);
    assert!(!run("whole").stderr.contains("suspended"));
    let whole = project.files("whole/long");
    assert!(!project.path("whole/long").join(STATES).exists(), "what is complete leaves no state");

    // Killed without warning, twice; the second time after it went on.
    let has = |least: usize| move |found: &BTreeMap<_, Vec<u8>>| found.values().any(|s| epochs(s) >= least);
    for least in [25, 150] {
        signal(&mut start(&project, "killed", has(least)), "-KILL");
        let found = states(&project, "killed");
        assert!(found.values().all(|state| epochs(state).is_multiple_of(25)));
    }
    let resumed = run("killed");
    assert!(resumed.stderr.contains("3 of them where they were suspended"), "{}", resumed.stderr);
    assert!(project.files("killed/long") == whole);
    assert!(!project.path("killed/long").join(STATES).exists());

    // Told to stop: the epoch is finished and saved, whether or not a checkpoint is due.
    let mut child = start(&project, "told", has(25));
    std::thread::sleep(Duration::from_millis(10));
    assert_eq!(signal(&mut child, "-TERM"), Some(143));
    let found = states(&project, "told");
    assert!(found.len() == 3 && found.values().all(|state| epochs(state) >= 25));
    // One of them is torn meanwhile: its trial begins anew.
    let (torn, state) = found.first_key_value().unwrap();
    let path = project.path("told/long").join(STATES).join(torn);
    runner::disk::replace(&path, &state[..state.len() / 2]).unwrap();
    let resumed = run("told");
    assert!(resumed.stderr.contains("warning[damaged-state]"), "{}", resumed.stderr);
    assert!(resumed.stderr.contains("2 of them where they were suspended"), "{}", resumed.stderr);
    assert!(project.files("told/long") == whole);
}

/// How often a trial is saved is no part of what it is.
#[test]
fn a_checkpoint_changes_no_id_and_no_result() {
    let text = LONG.replace("epochs = 1000", "epochs = 12").replace("checkpoint = 25", "checkpoint = 1");
    let project = Project::new().file("experiments/long.toml", &text);
    project.expect(0, &["experiments/long.toml", "--quiet", "--results", "often"]);
    let project = project.file("experiments/long.toml", &text.replace("checkpoint = 1\n", ""));
    project.expect(0, &["experiments/long.toml", "--quiet", "--results", "never"]);
    let (often, never) = (project.files("often/long"), project.files("never/long"));
    assert!(often["trials.csv"] == never["trials.csv"] && often["curves.csv"] == never["curves.csv"]);
}
