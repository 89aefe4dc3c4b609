//! A real Slurm on this host, started and stopped here: what is trained there, whatever happens to the jobs, is what one machine trains.
//!
//! `slurm/cluster.sh` has the cluster: two nodes of eight cores that exist on paper only. Where Debian's packages `slurm-wlm` and
//! `munge` are not installed, or this is not root, the tests say so and try nothing.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::rounds;
use crate::support::Project;

struct Cluster {
    folder: tempfile::TempDir,
}

/// Nothing here takes longer, on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(240);

#[expect(clippy::print_stderr, reason = "a test that tries nothing says so")]
fn say(line: &str) {
    eprintln!("{line}");
}

fn is_here(program: &str) -> bool {
    ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"]
        .iter()
        .any(|f| Path::new(f).join(program).is_file())
}

impl Cluster {
    /// `None`, which was said, where there is no Slurm.
    fn start(test: &str) -> Option<Cluster> {
        let lacking: Vec<&str> =
            ["sbatch", "slurmctld", "slurmd", "munged"].into_iter().filter(|p| !is_here(p)).collect();
        if !lacking.is_empty() {
            say(&format!(
                "{test}: not tried: no {} here (apt-get install slurm-wlm munge)",
                lacking.join(", ")
            ));
            return None;
        }
        let id = Command::new("id").arg("-u").output().ok()?;
        if id.stdout != b"0\n" {
            say(&format!("{test}: not tried: the daemons of Slurm are started as root"));
            return None;
        }
        let cluster = Cluster { folder: tempfile::tempdir_in("/tmp").unwrap() };
        // Ports are free when they are asked for; somebody else may take one before Slurm does.
        let started = (0..3).any(|_| cluster.script("start").status.success());
        assert!(started, "{}", String::from_utf8_lossy(&cluster.script("start").stderr));
        Some(cluster)
    }

    fn script(&self, what: &str) -> Output {
        let listeners: Vec<TcpListener> = (0..3).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let ports: Vec<String> =
            listeners.iter().map(|l| l.local_addr().unwrap().port().to_string()).collect();
        drop(listeners);
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/slurm/cluster.sh");
        let mut command = Command::new("bash");
        command.arg(script).arg(what).arg(self.folder.path()).env("LAB_PORTS", ports.join(" "));
        // What is started must not hold the pipes of this process.
        command.stdin(Stdio::null()).output().unwrap()
    }

    fn conf(&self) -> PathBuf {
        self.folder.path().join("slurm.conf")
    }

    #[track_caller]
    fn call(&self, program: &str, arguments: &[&str]) {
        let output = Command::new(program).args(arguments).env("SLURM_CONF", self.conf()).output().unwrap();
        assert!(
            output.status.success(),
            "{program} {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// What `runner` says on stdout, ending with this code.
    #[track_caller]
    fn runner(&self, project: &Project, code: i32, arguments: &[&str]) -> (String, String) {
        let output = project.command(arguments).env("SLURM_CONF", self.conf()).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "runner {arguments:?}\n{stdout}\n{stderr}");
        (stdout, stderr)
    }

    fn status(&self, project: &Project, results: &str) -> Value {
        let output = project.command(&["status", results, "--format", "json"]);
        let mut output = output;
        let output = output.env("SLURM_CONF", self.conf()).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
    }

    /// Waits until the status is as asked for.
    #[track_caller]
    fn wait(&self, project: &Project, results: &str, what: &str, is_so: impl Fn(&Value) -> bool) {
        let begun = Instant::now();
        loop {
            let status = self.status(project, results);
            if is_so(&status) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{what}: {status:#}");
            sleep(Duration::from_millis(200));
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let output = self.script("stop");
        if !output.status.success() {
            say(&format!("Slurm was not stopped: {}", String::from_utf8_lossy(&output.stderr)));
        }
    }
}

fn state<'a>(status: &'a Value, name: &str) -> &'a str {
    let rows = status["rows"].as_array();
    let row = rows.and_then(|rows| rows.iter().find(|row| row["name"] == name));
    row.and_then(|row| row["state"].as_str()).unwrap_or("")
}

/// Everything is trained and united.
fn is_over(status: &Value) -> bool {
    status["is_whole"] == true && state(status, "merge") == "done"
}

#[track_caller]
fn assert_same(found: &BTreeMap<String, Vec<u8>>, expected: &BTreeMap<String, Vec<u8>>) {
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (name, bytes) in expected {
        assert!(found[name] == *bytes, "{name} differs");
    }
}

const FILE: &str = "experiments/many.toml";

/// 50 configurations of 10 seeds, some seconds of training.
const MANY: &str = r#"
pairing = "softmax+cross_entropy"
[data]
source = "../datasets/iris.csv"
target = "species"
split = { validation = 0.2, test = 0.2 }
[model]
hidden = [8]
[train]
epochs = 4000
batch = 16
seeds = 10
[sweep]
"optimizer.learning_rate" = { log = [0.001, 1.0], points = 50 }
[report]
figures = false
"#;

fn log(project: &Project, task: &str) -> String {
    let path = project.path(&format!("results/many/.runner.slurm/logs/{task}.log"));
    runner::disk::read(&path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

#[test]
fn a_sweep_has_the_bytes_of_one_machine_whatever_happens_to_its_jobs() {
    let Some(cluster) = Cluster::start("slurm") else { return };
    let project = Project::new().file(FILE, MANY);
    project.expect(0, &[FILE, "--quiet", "--results", "one"]);
    let submit = ["submit", FILE, "--to", "slurm", "--shards", "8", "--", "--comment=a test"];
    let (told, _) = cluster.runner(&project, 0, &submit);
    assert!(told.contains("500 of 500 trials missing") && told.contains("(tasks 0-7)"), "{told}");
    let sent = runner::disk::read(&project.path("results/many/.runner.slurm/submitted.jsonl")).unwrap();
    let array =
        serde_json::Deserializer::from_slice(&sent).into_iter::<Value>().next().unwrap().unwrap()["job"]
            .to_string();
    // Training has begun: one task is cancelled, one is told that its time is nearly up.
    for shard in ["3-of-8", "5-of-8"] {
        let records = project.path(&format!("results/many/.runner.shards/{shard}/.runner.records"));
        let begun = Instant::now();
        while !records.is_file() {
            assert!(begun.elapsed() < PATIENCE, "{shard} does not begin");
            sleep(Duration::from_millis(20));
        }
    }
    cluster.call("scancel", &[&format!("{array}_3")]);
    cluster.call("scancel", &["--batch", "--signal=USR1", &format!("{array}_5")]);
    cluster.wait(&project, "results/many", "shard 3 is cancelled", |s| state(s, "3 of 8") == "failed");
    // Only what is missing and not in the queue is sent; in other parts nothing is, while these are there.
    let again = ["submit", FILE, "--to", "slurm"];
    let (_, refused) = cluster.runner(&project, 4, &[&again[..], &["--shards", "4"]].concat());
    assert!(refused.contains("an earlier submission in 8 shards is still in the queue"), "{refused}");
    let (told, _) = cluster.runner(&project, 0, &again);
    assert!(told.contains("(tasks 3)"), "{told}");
    // A node that dies: its tasks are queued again, and go on elsewhere.
    cluster.call("scontrol", &["update", "nodename=n1", "state=down", "reason=test"]);
    cluster.wait(&project, "results/many", "everything is trained and united", is_over);
    assert_same(&project.files("results/many"), &project.files("one/many"));
    let (told, _) = cluster.runner(&project, 0, &["status", "results/many"]);
    assert!(told.contains("500 of 500 trials done; shards: 8 done"), "{told}");
    let (_, told) = cluster.runner(&project, 0, &again);
    assert!(told.contains("nothing is missing"), "{told}");
    // Nothing that was trained was lost: the task went on where it had been.
    let told = log(&project, &format!("{array}_5"));
    assert!(told.contains("interrupted: ") && told.contains("where they were suspended"), "{told}");
}

#[test]
fn rounds_that_depend_on_one_another_are_arrays_that_do() {
    let Some(cluster) = Cluster::start("slurm, rounds") else { return };
    let project = rounds::project(rounds::HALVING);
    let expected = rounds::trained(&project, "one", &[]);
    let submit = ["submit", rounds::FILE, "--to", "slurm", "--shards", "3", "--format", "json"];
    let (told, _) = cluster.runner(&project, 0, &submit);
    let told: Value = serde_json::from_str(&told).unwrap();
    // Rungs of 9, 3, and 1 configurations, and the seeds that confirm.
    assert_eq!((told["rounds"].as_u64(), told["jobs"].as_array().unwrap().len()), (Some(4), 5));
    let commands = told["commands"].as_array().unwrap();
    assert!(commands[1].as_str().unwrap().contains("--dependency=afterany:"), "{told:#}");
    cluster.wait(&project, "results/search", "all rounds are trained and united", is_over);
    assert_same(&project.files("results/search"), &expected);
}

#[test]
fn what_slurm_refuses_is_said_in_its_words() {
    let Some(cluster) = Cluster::start("slurm, refusals") else { return };
    let project = Project::new().file(FILE, MANY);
    let submit = ["submit", FILE, "--to", "slurm", "--partition", "nosuch"];
    let (_, told) = cluster.runner(&project, 3, &submit);
    assert!(
        told.contains("`sbatch` says:") && told.contains("invalid partition specified: nosuch"),
        "{told}"
    );
    // Neither is there a job, nor is one said to be.
    assert!(!project.path("results/many/.runner.slurm/submitted.jsonl").exists());
    let (_, told) = cluster.runner(&project, 2, &["status", "results/many"]);
    assert!(told.contains("nothing was submitted for it"), "{told}");
}
