//! The results folder: nothing finished is lost, nothing half-written is seen, nothing of the user's is touched.

use std::path::Path;

use runner::event::{
    Activations, Bin, Break, Calibration, CurvePoint, End, Event, Inside, LayerLook, Look, Observer as _,
    Portrait, Regions, TrialRecord, Weights,
};
use runner::plan::{Plan, Planned, Trial};
use runner::record::{self, Known, RECORDS, RecordError, Recording, Settings, Store};
use runner::spec::{Experiment, Part};
use runner::{cli, config, disk};

fn recording(every: usize, columns: &[&str]) -> Recording {
    let settings = Settings {
        numerics: "1".into(),
        curve_columns: vec!["train_loss".into(), "validation_accuracy".into()],
        metrics: vec!["accuracy".into()],
        recorded_every: Some(every),
        looks: 1,
    };
    let columns: Vec<String> = columns.iter().map(ToString::to_string).collect();
    Recording::new(settings, &columns)
}

fn usual() -> Recording {
    recording(10, &["train_loss", "validation_accuracy"])
}

/// The records do not look into a configuration.
fn experiment() -> Experiment {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments/xor.toml");
    config::load(&config::Request { path, ..Default::default() }, &cli::catalog()).experiment.unwrap()
}

fn plan(trials: usize) -> Plan {
    let trial = |index: usize| Trial {
        index,
        id: format!("{index:012x}"),
        lineage: format!("{index:012x}"),
        configuration: 0,
        seed: index as u64,
        replicate: index,
        fold: None,
        confirms: false,
        until: None,
    };
    Plan {
        axes: Vec::new(),
        configurations: vec![Planned {
            id: "c0ffee".into(),
            labels: Vec::new(),
            values: Vec::new(),
            configuration: experiment().base,
        }],
        trials: (0..trials).map(trial).collect(),
        duplicates: 0,
        repeated: Vec::new(),
        excluded: 0,
    }
}

/// A record with every value that plain decimal text would lose.
fn record(trial: usize) -> TrialRecord {
    let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 5e-324, 0.1 + 0.2];
    // Two parts with the same metrics, and one with fewer.
    let metrics = [
        (Part::Train, "loss", 2.0 / 3.0),
        (Part::Train, "accuracy", 1.0 / 3.0),
        (Part::Validation, "loss", f64::NAN),
        (Part::Validation, "accuracy", 0.0),
        (Part::Test, "accuracy", -0.0),
    ];
    let point = |(epoch, pair): (usize, &[f64])| CurvePoint { epoch, step: 3 * epoch, values: pair.to_vec() };
    TrialRecord {
        trial,
        id: format!("{trial:012x}"),
        end: End::ALL[trial % End::ALL.len()],
        epochs: 30,
        steps: 90,
        best_epoch: 20,
        search: None,
        skill: f64::from_bits(0x7ff8_0000_0000_0000 + trial as u64),
        metrics: metrics.into_iter().map(|(part, name, value)| (part, name.into(), value)).collect(),
        confusion: Part::ALL.map(|part| (part, vec![vec![3, 0], vec![1, u64::MAX]])).to_vec(),
        curve: odd.chunks(2).enumerate().map(point).collect(),
        looks: (0..trial % 3).map(look).collect(),
        broke: trial.is_multiple_of(2).then(|| Break { step: trial, tensor: "layer_0.weight".into() }),
        portrait: (trial % 2 == 1).then(|| Box::new(portrait())),
        seconds: 0.125,
    }
}

fn look(epoch: usize) -> Look {
    let layer =
        LayerLook { spread: Some(1e-30), mean: Some(-0.1), moved: Some(3.4e38), ..LayerLook::default() };
    Look { epoch, step: 3 * epoch, layers: vec![layer, LayerLook::default()] }
}

fn portrait() -> Portrait {
    let bin = |index: u8| Bin { index, rows: 3, right: 2, confidence: 0.1 + f32::EPSILON };
    let weights =
        Weights { name: "layer_0.weight".into(), range: [-1e-30, 3e38], start: vec![1, 2], end: vec![0, 3] };
    let activations = Activations {
        layer: 0,
        units: 3,
        range: [f32::MIN_POSITIVE, 0.7],
        counts: vec![4],
        dead: Some(0),
        saturated: Some(1.0 / 3.0),
    };
    let regions = Regions {
        names: ["a\"b".into(), "ä".into()],
        x: [-0.1, 0.3],
        y: [0.0, 1e-7],
        side: 2,
        runs: vec![(1, 3), (2, 1)],
        part: Part::Validation,
        points: vec![(0, 1000, 2)],
        rows: 9,
    };
    let inside =
        Inside { weights: vec![weights], activations: vec![activations], probe: 7, regions: Some(regions) };
    let calibration = Calibration { part: Part::Test, bins: vec![bin(0), bin(14)] };
    Portrait { calibration: Some(calibration), inside: Some(Box::new(inside)) }
}

/// Every field, reals as bits: NaN equals itself.
fn exact(record: &TrialRecord) -> String {
    let mut reals = vec![record.skill, record.seconds];
    reals.extend(record.metrics.iter().map(|m| m.value));
    reals.extend(record.curve.iter().flat_map(|p| p.values.clone()));
    let bits: Vec<u64> = reals.into_iter().map(f64::to_bits).collect();
    format!("{record:?} {bits:x?}")
}

fn begin(store: &mut Store, trials: usize) {
    let all: Vec<usize> = (0..trials).collect();
    let (plan, recording) = (plan(trials), usual());
    store.begin(&plan, &all, |_| &recording, |_| ("data".into(), "numerics = 1\n".into())).unwrap();
}

/// The trials of six that are known, by index.
fn known(store: &mut Store, trials: usize) -> Vec<TrialRecord> {
    plan(trials).trials.iter().filter_map(|t| store.known(t, &usual())).collect()
}

fn run(folder: &Path, trials: impl IntoIterator<Item = usize>) -> Store {
    let mut store = Store::open(folder).unwrap();
    begin(&mut store, 6);
    for trial in trials {
        store.on(&Event::TrialDone(&record(trial)));
    }
    store.on(&Event::PackDone { pack: 0, seconds: 1.0 });
    store.check().unwrap();
    store
}

fn done(folder: &Path) -> Vec<String> {
    known(&mut Store::open(folder).unwrap(), 6).iter().map(exact).collect()
}

/// Names in a folder, hidden ones too.
fn names(folder: &Path) -> Vec<String> {
    let paths = disk::list(folder).unwrap();
    paths.iter().map(|p| p.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

#[test]
fn an_interrupted_run_gives_back_its_trials_bit_for_bit() {
    let results = tempfile::tempdir().unwrap();
    let folder = results.path().join("xor");
    run(&folder, [4, 0]).finish().unwrap();
    run(&folder, [2]).finish().unwrap();
    assert_eq!(done(&folder), [0, 2, 4].map(|t| exact(&record(t))));
}

#[test]
fn damaged_records_are_mended_and_continued() {
    let results = tempfile::tempdir().unwrap();
    let folder = results.path().join("xor");
    run(&folder, 0..3).finish().unwrap();
    let log = folder.join(RECORDS);
    let bytes = disk::read(&log).unwrap();
    // A cut within each line, a cut after each line, CRLF, and rubbish.
    let mut damaged: Vec<Vec<u8>> = (1..bytes.len()).step_by(97).map(|n| bytes[..n].to_vec()).collect();
    damaged.push(String::from_utf8(bytes.clone()).unwrap().replace('\n', "\r\n").into_bytes());
    damaged.push(Vec::new());
    damaged.push(vec![0xff; 300]);
    damaged.push([&bytes[..], &bytes[..], b"half a li"].concat());
    for bytes in damaged {
        disk::replace(&log, &bytes).unwrap();
        let before = known(&mut Store::open(&folder).unwrap(), 6);
        let missing: Vec<usize> = (0..6).filter(|t| before.iter().all(|r| r.trial != *t)).collect();
        run(&folder, missing).finish().unwrap();
        let mut store = Store::open(&folder).unwrap();
        assert!(store.warnings().is_empty(), "the fault is told once");
        let after = known(&mut store, 6);
        let found: Vec<String> = after.iter().map(exact).collect();
        assert_eq!(found, [0, 1, 2, 3, 4, 5].map(|t| exact(&record(t))));
    }
}

#[test]
fn a_second_runner_is_told_who_holds_the_folder() {
    let results = tempfile::tempdir().unwrap();
    let folder = results.path().join("xor");
    let first = run(&folder, [0]);
    let before = disk::read(&folder.join(RECORDS)).unwrap();
    let error = Store::open(&folder).unwrap_err();
    assert!(matches!(&error, RecordError::Held { owner, .. } if owner.starts_with("process ")));
    assert!(error.to_string().contains("/xor`"), "{error}");
    assert_eq!(disk::read(&folder.join(RECORDS)).unwrap(), before);
    drop(first);
    assert_eq!(done(&folder).len(), 1);
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let results = tempfile::tempdir().unwrap();
    disk::replace(&results.path().join("file"), b"").unwrap();
    let below_a_file = results.path().join("file/xor");
    let error = Store::open(&below_a_file).unwrap_err();
    assert!(error.to_string().contains(&disk::shown(&below_a_file)), "{error}");

    // A folder where the records should be.
    let folder = results.path().join("xor");
    disk::create_folder(&folder.join(".runner.records/x")).unwrap();
    let error = Store::open(&folder).unwrap_err();
    assert!(error.to_string().contains("xor/.runner.records"), "{error}");
}

/// Permissions do not stop the superuser, under whom tests often run; a file where the folder should be stops everyone.
#[test]
#[expect(clippy::disallowed_methods, reason = "tests write files directly")]
fn a_folder_that_cannot_be_made_is_named() {
    let results = tempfile::tempdir().unwrap();
    std::fs::write(results.path().join("xor"), "a file").unwrap();
    let error = Store::open(&results.path().join("xor")).unwrap_err();
    assert!(error.to_string().contains("/xor`"), "{error}");
}

#[test]
fn publishing_replaces_what_runner_wrote_and_nothing_else() {
    let results = tempfile::tempdir().unwrap();
    let folder = results.path().join("xor");
    let manifest =
        b"[files]\n\"figures/old.svg\" = \"aa\"\n\"../../escape.svg\" = \"bb\"\n\"notes.txt\" = \"cc\"\n";
    let first: &[(&str, &[u8])] = &[
        ("manifest.toml", manifest),
        ("comparison.csv", b"a"),
        ("trials.csv", b"one"),
        ("figures/old.svg", b"<svg/>"),
    ];
    run(&folder, [0]).publish(first).unwrap();
    disk::replace(&folder.join("notes.txt"), b"mine").unwrap();
    disk::replace(&folder.join("figures/mine.svg"), b"mine").unwrap();
    assert_eq!(done(&folder).len(), 1, "records stay");

    run(&folder, [1]).publish(&[("trials.csv", b"two"), ("manifest.toml", b"")]).unwrap();
    assert_eq!(names(&folder), [RECORDS, "figures", "manifest.toml", "notes.txt", "trials.csv"]);
    assert_eq!(names(&folder.join("figures")), ["mine.svg"]);
    assert_eq!(disk::read(&folder.join("trials.csv")).unwrap(), b"two");
    let ignored = disk::read(&results.path().join(".gitignore")).unwrap();
    assert!(String::from_utf8(ignored).unwrap().starts_with("timings.csv\nreport.html\n.runner.*\n"));
}

#[test]
fn a_publication_that_fails_can_be_repeated() {
    let results = tempfile::tempdir().unwrap();
    let folder = results.path().join("xor");
    run(&folder, [0]).publish(&[("manifest.toml", b"1"), ("a.csv", b"1")]).unwrap();
    // A folder in the way of a file: the rename fails.
    disk::create_folder(&folder.join("b.csv/x")).unwrap();
    let files: &[(&str, &[u8])] = &[("manifest.toml", b"2"), ("a.csv", b"2"), ("b.csv", b"2")];
    let error = run(&folder, 1..2).publish(files).unwrap_err();
    assert!(error.to_string().contains("b.csv"), "{error}");
    assert_eq!(disk::read(&folder.join("manifest.toml")).unwrap(), b"1", "the manifest is last");
    assert_eq!(done(&folder).len(), 2, "nothing has to be trained again");
}

#[test]
fn an_interrupted_run_leaves_the_published_files() {
    let results = tempfile::tempdir().unwrap();
    let folder = results.path().join("xor");
    run(&folder, [0]).publish(&[("manifest.toml", b"1"), ("trials.csv", b"1")]).unwrap();
    run(&folder, [1]).finish().unwrap();
    assert_eq!(names(&folder), [RECORDS, "manifest.toml", "trials.csv"]);
    assert_eq!(disk::read(&folder.join("trials.csv")).unwrap(), b"1");
}

#[test]
fn a_reader_sees_the_old_file_or_the_new_one() {
    let results = tempfile::tempdir().unwrap();
    let folder = results.path().join("xor");
    let contents = [vec![b'a'; 100_000], vec![b'b'; 50_000]];
    let publish = |bytes: &[u8]| run(&folder, []).publish(&[("trials.csv", bytes)]).unwrap();
    publish(&contents[0]);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| (1..20).for_each(|i| publish(&contents[i % 2])));
        while !writer.is_finished() {
            let seen = disk::read(&folder.join("trials.csv")).unwrap();
            assert!(contents.contains(&seen));
        }
    });
}

/// The same test, started again by itself under a limit on file size: the write that would pass it fails as on a full disk.
#[cfg(unix)]
#[test]
fn a_full_disk_is_an_error_and_what_is_written_stays() {
    const FOLDER: &str = "RUNNER_TEST_FULL_DISK";
    if let Some(folder) = std::env::var_os(FOLDER) {
        let mut store = Store::open(Path::new(&folder)).unwrap();
        begin(&mut store, 6000);
        let failed = (0..6000).find_map(|trial| {
            store.on(&Event::TrialDone(&record(trial)));
            store.check().err()
        });
        let message = failed.expect("the limit is far below 6000 trials").to_string();
        assert!(message.contains("cannot append to") && message.contains(RECORDS), "{message}");
        store.on(&Event::TrialDone(&record(0)));
        store.check().expect("nothing is written after a failed write");
        return;
    }
    let results = tempfile::tempdir().unwrap();
    let folder = results.path().join("xor");
    // `ulimit -f` counts blocks of 512 or 1024 bytes; without the trap the signal would end the process.
    let script = "trap '' XFSZ; ulimit -f 64; exec \"$0\" --exact record::a_full_disk_is_an_error_and_what_is_written_stays";
    let child = std::process::Command::new("sh")
        .args(["-c", script])
        .arg(std::env::current_exe().unwrap())
        .env(FOLDER, &folder)
        .output()
        .unwrap();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
    let mut store = Store::open(&folder).unwrap();
    let records = known(&mut store, 6000);
    assert!(records.len() > 5, "{}", records.len());
    assert_eq!(store.warnings().len(), 1, "the torn line");
    assert!((0..).zip(&records).all(|(t, r)| exact(r) == exact(&record(t))));
}

#[test]
fn records_serve_again_under_their_own_settings_and_wider_columns() {
    let results = tempfile::tempdir().unwrap();
    let folder = results.path().join("xor");
    run(&folder, 0..2).publish(&[]).unwrap();
    let trials = plan(2).trials;
    let other = recording(5, &["train_loss", "validation_accuracy"]);
    let mut store = Store::open(&folder).unwrap();
    assert!(store.known(&trials[0], &other).is_none(), "recorded otherwise");
    // The run has a column that this trial does not.
    let wide = recording(10, &["train_loss", "train_r2", "validation_accuracy"]);
    let found = store.known(&trials[0], &wide).unwrap();
    for (found, point) in found.curve.iter().zip(&record(0).curve) {
        let bits = |values: &[f64]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert!(found.values[1].is_nan());
        assert_eq!(bits(&[found.values[0], found.values[2]]), bits(&point.values));
    }
    // And back: what a wide run trains is kept with the trial's own columns.
    let all = plan(6);
    store.begin(&all, &[3], |_| &wide, |_| unreachable!("the configuration is known")).unwrap();
    let point = |p: &CurvePoint| CurvePoint { values: vec![p.values[0], f64::NAN, p.values[1]], ..p.clone() };
    let widened = TrialRecord { curve: record(3).curve.iter().map(point).collect(), ..record(3) };
    store.on(&Event::TrialDone(&widened));
    store.finish().unwrap();
    assert_eq!(done(&folder), [0, 1, 3].map(|t| exact(&record(t))));
}

#[test]
fn afresh_sets_the_records_aside_each_time() {
    let results = tempfile::tempdir().unwrap();
    let folder = results.path().join("xor");
    run(&folder, 0..2).finish().unwrap();
    let before = disk::read(&folder.join(RECORDS)).unwrap();
    for _ in 0..2 {
        let mut store = Store::open_afresh(&folder).unwrap();
        assert!(known(&mut store, 6).is_empty());
    }
    assert_eq!(names(&folder), [RECORDS, ".runner.records.old", ".runner.records.old-2"]);
    assert_eq!(disk::read(&folder.join(".runner.records.old")).unwrap(), before);
}

#[test]
fn a_clean_removes_what_runner_made_and_nothing_else() {
    let results = tempfile::tempdir().unwrap();
    let folder = results.path().join("xor");
    let sha = disk::sha256(b"one");
    let manifest = format!(
        "[[files]]\nname = \"trials.csv\"\nsha256 = \"{sha}\"\n[[files]]\nname = \"summary.csv\"\nsha256 = \"{sha}\"\n\
         [[files]]\nname = \"figures/a.svg\"\nsha256 = \"{sha}\"\n[[files]]\nname = \"../b.csv\"\nsha256 = \"{sha}\"\n"
    );
    let files: &[(&str, &[u8])] = &[
        ("manifest.toml", manifest.as_bytes()),
        ("trials.csv", b"one"),
        ("summary.csv", b"one"),
        ("figures/a.svg", b"one"),
        ("timings.csv", b"1"),
    ];
    run(&folder, 0..2).publish(files).unwrap();
    drop(Store::open_afresh(&folder).unwrap());
    let mine = ["notes.txt", ".notes.part", "figures/mine.svg", ".runner.mine/kept"];
    let spare = [".trials.csv.part", "figures/.a.svg.part", ".runner.states/x/1", ".runner.log.old"];
    for name in mine.iter().chain(&spare) {
        disk::create_folder(folder.join(name).parent().unwrap()).unwrap();
        disk::replace(&folder.join(name), b"x").unwrap();
    }
    disk::replace(&results.path().join("b.csv"), b"one").unwrap();
    let there = |names: &[&str]| names.iter().filter(|n| disk::is_file(&folder.join(n))).count();

    let told = record::clean(&folder, false, true, || None).unwrap();
    assert_eq!(there(&spare), spare.len(), "a dry run removes nothing");
    let done = record::clean(&folder, false, false, || None).unwrap();
    assert_eq!(done, told);
    assert_eq!((there(&spare), there(&mine)), (0, mine.len()));
    assert!(!disk::is_folder(&folder.join(".runner.states")));
    assert!(there(&[RECORDS, "trials.csv", "timings.csv"]) == 3, "records and results stay");

    disk::replace(&folder.join("summary.csv"), b"changed").unwrap();
    let held = Store::open(&folder).unwrap();
    assert!(matches!(record::clean(&folder, true, false, || None), Err(RecordError::Held { .. })));
    drop(held);
    let done = record::clean(&folder, true, false, || None).unwrap();
    assert_eq!(done.changed, [folder.join("summary.csv")]);
    let left = [".notes.part", ".runner.mine", "figures", "manifest.toml", "notes.txt", "summary.csv"];
    assert_eq!(names(&folder), left);
    assert!(disk::is_file(&results.path().join("b.csv")), "a manifest cannot name a file elsewhere");
    assert!(Known::read(&folder).is_ok(), "no records are no fault");
}
