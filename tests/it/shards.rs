//! Shards wherever an engine runs them: which part a process trains, rounds that wait for one another, signals before a time limit, locks
//! that a machine left behind; and what `runner submit` and `runner status` say where there is no cluster.

use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use runner::disk;
use serde_json::Value;

use crate::idempotent::BASE;
use crate::rounds;
use crate::support::{Outcome, Project};

const FILE: &str = "experiments/grown.toml";

fn project() -> Project {
    Project::new().file(FILE, BASE)
}

fn with(project: &Project, variables: &[(&str, &str)], arguments: &[&str]) -> Outcome {
    let output = project.command(arguments).envs(variables.iter().copied()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Outcome {
        code: output.status.code().unwrap_or(-1),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

#[test]
fn the_engine_says_which_part_this_is() {
    let project = project();
    project.expect(0, &[FILE, "--quiet", "--results", "one"]);
    let slurm = |id: &'static str| {
        [
            ("SLURM_ARRAY_TASK_ID", id),
            ("SLURM_ARRAY_TASK_MIN", "0"),
            ("SLURM_ARRAY_TASK_MAX", "2"),
            ("SLURM_ARRAY_TASK_COUNT", "3"),
        ]
    };
    let told = with(&project, &slurm("0"), &[FILE, "--shard", "auto"]);
    assert!(told.code == 0 && told.stderr.contains("shard 0 of 3"), "{}", told.stderr);
    let told = with(&project, &[("JOB_COMPLETION_INDEX", "1")], &[FILE, "--shard", "auto/3"]);
    assert!(told.code == 0 && told.stderr.contains("shard 1 of 3"), "{}", told.stderr);
    let given = with(&project, &slurm("0"), &[FILE, "--shard", "2/3"]);
    assert!(given.code == 0 && given.stderr.contains("shard 2 of 3"), "{}", given.stderr);
    project.expect(0, &["merge", "results/grown", "--results", "merged", "--quiet"]);
    assert!(project.files("merged/grown") == project.files("one/grown"));
    let told = with(&project, &[("JOB_COMPLETION_INDEX", "1")], &[FILE, "--shard", "auto"]);
    assert!(told.code == 2 && told.stderr.contains("write `--shard auto/N`"), "{}", told.stderr);
    let told = project.expect(2, &[FILE, "--shard", "auto"]).stderr;
    assert!(told.contains("no engine says which part this is"), "{told}");
}

#[test]
fn shards_that_wait_go_through_all_rounds_at_once() {
    for method in [rounds::HALVING, rounds::TPE] {
        let project = rounds::project(method);
        let expected = rounds::trained(&project, "one", &[]);
        let shard = |index: &str| {
            let arguments = [rounds::FILE, "--quiet", "--shard", index, "--wait", "2min"];
            project.command(&arguments).stderr(Stdio::piped()).spawn().unwrap()
        };
        let shards = ["0/3", "1/3", "2/3"].map(shard);
        for shard in shards {
            let output = shard.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        project.expect(0, &["merge", "results/search", "--results", "merged", "--quiet"]);
        assert!(project.files("merged/search") == expected, "{method}");
    }
    // Alone it does not wait for ever, and says what it waited for.
    let project = rounds::project(rounds::HALVING);
    let told = project.expect(0, &[rounds::FILE, "--shard", "0/2", "--wait", "1s"]).stderr;
    assert!(told.contains("waiting for the other shards: "), "{told}");
    let told = project.expect(2, &[rounds::FILE, "--shard", "0/2", "--wait", "1"]).stderr;
    assert!(told.contains("expected a number and a unit"), "{told}");
    project.expect(2, &[rounds::FILE, "--wait", "1s"]);
}

/// Long enough to be met in training: 12 trials of many epochs.
const LONG: [&str; 4] = ["--set", "train.epochs=30000", "--set", "train.early_stop.patience=30000"];

fn send(signal: &str, process: u32) {
    let sent = std::process::Command::new("kill").args([signal, &process.to_string()]).status();
    assert!(sent.unwrap().success());
}

/// What Slurm and others send before a limit, then to every process of the job, perhaps twice.
#[test]
fn what_trains_when_a_limit_comes_is_kept_and_goes_on() {
    for signals in [&["-USR1"][..], &["-TERM", "-TERM"], &["-USR1", "-TERM"]] {
        let project = project();
        let arguments = [&[FILE, "--shard", "0/2"][..], &LONG].concat();
        let child = project.command(&arguments).stderr(Stdio::piped()).spawn().unwrap();
        let records = project.path("results/grown/.runner.shards/0-of-2/.runner.records");
        let begun = Instant::now();
        let has_begun =
            || disk::read(&records).is_ok_and(|r| String::from_utf8_lossy(&r).contains("\"settings\""));
        while !has_begun() && begun.elapsed() < Duration::from_secs(60) {
            sleep(Duration::from_millis(10));
        }
        sleep(Duration::from_millis(200));
        for signal in signals {
            send(signal, child.id());
        }
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(143), "{told}");
        assert!(told.contains("interrupted: 0 of 6 trials"), "{told}");
        let told = project.expect(0, &arguments).stderr;
        assert!(told.contains("where they were suspended"), "{told}");
        project.expect(0, &[&[FILE, "--quiet", "--results", "one"][..], &LONG].concat());
        project.expect(0, &[&[FILE, "--quiet"][..], &LONG].concat());
        assert!(project.files("results/grown") == project.files("one/grown"));
        assert!(!project.path("results/grown/.runner.shards/0-of-2/.runner.states").exists());
    }
}

/// An engine must not take a shard that was sent away while it waited for one that did all it had to.
#[test]
fn a_shard_that_is_stopped_while_it_waits_says_so() {
    let project = rounds::project(rounds::HALVING);
    let arguments = [rounds::FILE, "--shard", "0/2", "--wait", "2min"];
    let mut child = project.command(&arguments).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = String::new();
    let mut lines = std::io::BufReader::new(child.stderr.take().unwrap());
    while !told.contains("waiting for the other shards") {
        assert!(std::io::BufRead::read_line(&mut lines, &mut told).unwrap() > 0, "{told}");
    }
    send("-TERM", child.id());
    assert_eq!(child.wait().unwrap().code(), Some(143));
}

/// The lock of a machine that died may stay for ever on a file system of a network.
#[test]
fn a_lock_that_another_machine_holds_does_not_stop_a_shard() {
    let project = project();
    project.expect(0, &[FILE, "--quiet", "--results", "one"]);
    let folder = project.path("results/grown/.runner.shards/1-of-2");
    disk::create_folder(&folder).unwrap();
    let held = disk::Lock::take(&folder.join(".runner.lock"), "process 7 on a-node-that-died").unwrap();
    let told = project.expect(0, &[FILE, "--shard", "1/2"]).stderr;
    assert!(told.contains("is held by process 7 on a-node-that-died, which may be gone"), "{told}");
    assert!(told.contains("shard 1 of 2: 6 of 12 trials are done"), "{told}");
    project.expect(0, &[FILE, "--shard", "0/2"]);
    drop(held);
    project.expect(0, &["merge", "results/grown", "--results", "merged", "--quiet"]);
    assert!(project.files("merged/grown") == project.files("one/grown"));
    // On this machine a lock is what it says.
    let host = disk::host();
    let _held = disk::Lock::take(&folder.join(".runner.lock"), &format!("process 7 on {host}")).unwrap();
    let told = project.expect(4, &[FILE, "--shard", "1/2"]).stderr;
    assert!(told.contains("another runner (process 7"), "{told}");
}

#[test]
fn a_merge_names_what_is_missing() {
    let project = project();
    project.expect(0, &[FILE, "--quiet", "--shard", "0/2"]);
    let told = project.expect(5, &["merge", "results/grown", "--results", "merged"]).stderr;
    assert!(told.contains("6 of 12 trials are missing:\n"), "{told}");
    let named = told.lines().filter(|line| line.starts_with("  ") && line.contains("seeds")).count();
    assert!((2..=4).contains(&named), "{told}");
    // A shard that was ended in its first moments keeps nobody from uniting the others.
    let empty = project.path("results/grown/.runner.shards/1-of-2");
    disk::create_folder(&empty).unwrap();
    disk::replace(&empty.join(".runner.records"), b"").unwrap();
    let told = project.expect(5, &["merge", "results/grown", "--results", "merged"]).stderr;
    assert!(
        told.contains("1-of-2` holds nothing yet") && told.contains("6 of 12 trials are missing"),
        "{told}"
    );
    // So does a run that is to train nothing, whatever the shards were asked for; it publishes what is there.
    let told = project.expect(5, &[FILE, "--no-train", "--set", "train.seeds=4"]).stderr;
    assert!(told.contains("10 of 16 trials are missing:\n"), "{told}");
    assert!(project.path("results/grown/README.md").is_file());
    // What is said to be missing is.
    let report = project.expect(0, &["plan", FILE, "--why", "--format", "json"]).stdout;
    let plan: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(plan["why"]["train"].as_array().unwrap().len(), 6);
}

#[test]
fn a_dry_run_prints_what_would_be_sent_and_writes_nothing() {
    let project = Project::new().file("experiments/a b.toml", BASE);
    let submit = ["submit", "experiments/a b.toml", "--to", "slurm", "--dry-run", "--shards", "3"];
    let more =
        ["--time", "30", "--mem", "2G", "--cpus", "2", "--partition", "long", "--set", "train.batch=8"];
    let told = project.expect(0, &[&submit[..], &more, &["--", "--account=lab"]].concat()).stdout;
    for line in [
        "#SBATCH --array=0-2",
        "#SBATCH --time=30",
        "#SBATCH --mem=2G",
        "#SBATCH --cpus-per-task=2",
        "#SBATCH --partition=long",
        "#SBATCH --account=lab",
        "#SBATCH --signal=B:USR1@120",
        "#SBATCH --requeue",
    ] {
        assert!(told.lines().any(|l| l == line), "{line}\n{told}");
    }
    assert!(told.contains("'experiments/a b.toml' --results results --set train.batch=8"), "{told}");
    assert!(told.contains("12 of 12 trials missing"), "{told}");
    assert!(!project.path("results").exists());
    // Bash reads it.
    let script = told.split("# ---- ").nth(1).unwrap().split_once('\n').unwrap().1;
    let mut bash = std::process::Command::new("bash");
    bash.args(["-n", "-c", script]);
    assert!(bash.status().unwrap().success(), "{script}");
    // What is known is not sent.
    project.expect(0, &["experiments/a b.toml", "--quiet", "--shard", "1/3", "--set", "train.batch=8"]);
    let told = project.expect(0, &[&submit[..], &["--set", "train.batch=8"]].concat()).stdout;
    assert!(told.contains("8 of 12 trials missing") && told.contains("#SBATCH --array=0,2\n"), "{told}");
    for wrong in [&["--time", "soon"][..], &["--shards", "0"], &["--to", "pbs"]] {
        project.expect(2, &[&submit[..5], wrong].concat());
    }
    for ours in
        ["--clusters=other", "-Mother", "--cluster=other", "--arr=0-3", "-a1-5", "-c", "--dep=singleton"]
    {
        let told = project.expect(2, &[&submit[..], &["--", ours]].concat()).stderr;
        assert!(told.contains("cannot stand behind `--`"), "{ours}: {told}");
    }
    for theirs in ["--account=lab", "-Alab", "--mem-per-cpu=1G", "--qos", "--cpus-per-gpu=2", "--nodes=1"] {
        project.expect(0, &[&submit[..], &["--", theirs]].concat());
    }
}

/// Two calls at once would send everything twice.
#[test]
fn one_call_submits_at_a_time() {
    let project = project();
    let launch = project.path("results/grown/.runner.slurm");
    runner::disk::create_folder(&launch).unwrap();
    let first = runner::disk::Lock::take(&launch.join("lock"), "process 7 on login1").unwrap();
    let told = project.expect(4, &["submit", FILE, "--to", "slurm"]).stderr;
    assert!(
        told.contains("another `runner submit` is at work in `results/grown` (process 7 on login1)"),
        "{told}"
    );
    // Nothing is sent by this.
    project.expect(0, &["submit", FILE, "--to", "slurm", "--dry-run"]);
    drop(first);
    assert_eq!(runner::disk::list(&launch).unwrap().len(), 0);
}

#[test]
fn status_tells_of_shards_without_a_cluster() {
    let project = project();
    let told = project.expect(2, &["status", "results/grown"]).stderr;
    assert!(told.contains("holds no records and nothing was submitted"), "{told}");
    project.expect(0, &[FILE, "--quiet", "--shard", "1/3"]);
    let told = project.expect(0, &["status", "results/grown"]).stdout;
    assert!(told.contains("4 of 12 trials done; shards: 1 done, 2 incomplete"), "{told}");
    assert!(told.contains("1 of 3  done        4 of 4"), "{told}");
    // A torn shard: what is left of it counts.
    let records = project.path("results/grown/.runner.shards/1-of-3/.runner.records");
    let bytes = disk::read(&records).unwrap();
    disk::replace(&records, &bytes[..bytes.len() - 40]).unwrap();
    let told = project.expect(0, &["status", "results/grown", "--format", "json"]).stdout;
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((told["trials"].as_u64(), told["done"].as_u64()), (Some(12), Some(3)));
    project.expect(0, &[FILE, "--quiet"]);
    let told = project.expect(0, &["status", "results/grown"]).stdout;
    assert!(told.contains("12 of 12 trials done; shards: 3 done"), "{told}");
}
