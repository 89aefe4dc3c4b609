//! Processes that are killed, interrupted, or two at once.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{Subject, TUNED, everything, kept, tell};
use crate::support::Outcome;

/// Long enough that a moment can fall anywhere: reading, training, publishing.
fn longer() -> Subject {
    let text = TUNED
        .replace("epochs = 6", "epochs = 200")
        .replace("seeds = 3", "seeds = 8")
        .replace("[0.03, 0.3]", "[0.01, 0.03, 0.1, 0.3]");
    Subject::new("longer", &text, &["--threads", "2", "--pack", "4"])
}

/// SplitMix64 (Steele, Lea, and Flood, 2014): the moments are the same in every run of the tests.
struct Moments(u64);

impl Moments {
    /// In [0, 1).
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

fn start(subject: &Subject, results: &str) -> Child {
    let mut command = subject.project.command(&subject.arguments(results, &[]));
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

fn end(child: Child) -> Outcome {
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap_or(-1);
    Outcome { code, stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn signal(child: &Child, name: &str) {
    let told = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status();
    assert!(told.unwrap().success());
}

/// How long an undisturbed run takes here and now, at least: a moment within it mostly falls into a run.
fn duration(subject: &Subject) -> Duration {
    let run = |_| {
        let started = Instant::now();
        subject.run("timed", &[]);
        let length = started.elapsed();
        subject.forget("timed");
        length
    };
    (0..5).map(run).min().unwrap()
}

/// Kills after a share of `length`; says whether it was in time.
fn kill_at(subject: &Subject, results: &str, length: Duration, share: f64) -> bool {
    let mut child = start(subject, results);
    sleep(length.mul_f64(share));
    let _ = child.kill();
    end(child).code == -1
}

#[test]
fn a_kill_at_any_moment_costs_nothing() {
    let subject = longer();
    let length = duration(&subject);
    let mut moments = Moments(2026);
    let rounds = if everything() { 400 } else { 100 };
    let (mut late, mut again, mut spared) = (0, 0, 0);
    let started = Instant::now();
    for round in 0..rounds {
        let results = format!("killed_{round}");
        let what = format!("round {round}");
        // A run that was over before its moment came is no round.
        while !kill_at(&subject, &results, length, moments.next()) {
            late += 1;
            assert!(late < 10 * rounds, "runs are shorter than {length:?}");
            subject.forget(&results);
        }
        // One in three is killed once more while it goes on.
        let (once_more, share) = (moments.next() < 1.0 / 3.0, moments.next());
        again += usize::from(once_more && kill_at(&subject, &results, length, share));
        subject.nothing_is_half_written(&results, &what);
        spared += kept(&subject.recovers(&results, &what));
        subject.forget(&results);
    }
    tell(&format!(
        "{rounds} of {rounds} killed within {} ms and recovered, {again} of them killed twice; {spared} of {} trials not \
         trained again; {:.1} s",
        length.as_millis(),
        rounds * subject.trials(),
        started.elapsed().as_secs_f64()
    ));
    assert!(spared > 0, "no kill fell into the training");
}

#[test]
fn of_runners_started_at_once_one_writes() {
    let subject = longer();
    let mut refused = 0;
    for round in 0..6 {
        let results = format!("shared_{round}");
        let children = [(); 3].map(|()| start(&subject, &results));
        let outcomes = children.map(end);
        assert!(outcomes.iter().any(|o| o.code == 0), "{outcomes:?}");
        for outcome in outcomes.iter().filter(|o| o.code != 0) {
            assert_eq!(outcome.code, 4, "{}", outcome.stderr);
            assert!(outcome.stderr.contains("another runner"), "{}", outcome.stderr);
            assert!(outcome.stderr.contains(&format!("{results}/longer")), "{}", outcome.stderr);
            refused += 1;
        }
        subject.is_whole(&results, &results);
        subject.forget(&results);
    }
    assert!(refused > 0, "none met another");
}

/// Waits until the run writes to its folder: from then on signals are listened to.
fn has_begun(child: &mut Child, folder: &Path) {
    while !runner::disk::list(folder).is_ok_and(|files| !files.is_empty()) {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it began");
        sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_second_runner_leaves_while_the_first_is_held_and_the_first_is_not_disturbed() {
    let subject = longer();
    let mut first = start(&subject, "held");
    has_begun(&mut first, &subject.project.path("held/longer"));
    signal(&first, "STOP");
    let second = subject.run("held", &[]);
    assert_eq!(second.code, 4, "{}", second.stderr);
    signal(&first, "CONT");
    assert_eq!(end(first).code, 0);
    subject.is_whole("held", "beside a second runner");
}

#[test]
fn a_lock_that_a_killed_process_left_is_taken_over() {
    let subject = Subject::new("tuned", TUNED, &["--threads", "1"]);
    let changes = subject.changes("counted", &[]);
    let locked = changes.iter().position(|change| change.starts_with("write")).unwrap();
    // Killed before it signed the lock, while it did, and after.
    for at in [locked, locked + 1, locked + 2] {
        let results = format!("left_{at}");
        assert_eq!(subject.run(&results, &["--disk-fault", &format!("kill:{at}")]).code, -1);
        assert!(!subject.files(&results).is_empty(), "a lock is left");
        subject.recovers(&results, "after a left lock");
    }
}

#[test]
fn a_signal_at_any_moment_ends_with_its_code_and_costs_nothing() {
    let subject = longer();
    let length = duration(&subject);
    let mut moments = Moments(7);
    let (mut stopped, mut spared) = (0, 0);
    for round in 0..16 {
        let (name, code) = if round % 2 == 0 { ("INT", 130) } else { ("TERM", 143) };
        let results = format!("signal_{round}");
        let mut child = start(&subject, &results);
        has_begun(&mut child, &subject.project.path(&results).join("longer"));
        sleep(length.mul_f64(moments.next()));
        signal(&child, name);
        let outcome = end(child);
        // After the last epoch there is nothing to interrupt.
        assert!([code, 0].contains(&outcome.code), "{name}: {} {}", outcome.code, outcome.stderr);
        subject.nothing_is_half_written(&results, name);
        if outcome.code == code {
            assert!(outcome.stderr.contains("run the same command to train the rest"), "{}", outcome.stderr);
            stopped += 1;
            spared += kept(&subject.recovers(&results, name));
        } else {
            subject.is_whole(&results, name);
        }
        subject.forget(&results);
    }
    assert!(stopped > 3 && spared > 0, "{stopped} stopped, {spared} trials kept");
}

/// Online learning of four million parameters.
const SLOW: &str = r#"
pairing = "softmax+cross_entropy"

[data]
source = "../datasets/digits.csv"
target = "label"
scale = { name = "divide", by = 16 }

[model]
hidden = [2000, 2000]

[train]
epochs = 3
batch = 1
seeds = 1
"#;

/// One epoch takes seconds, and the first signal waits for its end; the second does not.
#[test]
fn a_second_signal_ends_at_once() {
    let project = crate::support::Project::new().file("experiments/slow.toml", SLOW);
    // SIGTERM may come twice for one limit: `shards` sends it so.
    for (name, code) in [("INT", 130)] {
        let mut wait = Duration::from_millis(200);
        loop {
            let results = format!("{name}_{}", wait.as_millis());
            let arguments = ["experiments/slow.toml", "--threads", "1", "--results", &results];
            let mut command = project.command(&arguments);
            let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
            has_begun(&mut child, &project.path(&results).join("slow"));
            sleep(wait);
            signal(&child, name);
            sleep(Duration::from_millis(100));
            let started = Instant::now();
            signal(&child, name);
            let outcome = end(child);
            assert_eq!(outcome.code, code, "{}", outcome.stderr);
            // On a busy machine the first may have come before the training, and ended the run by itself.
            if !outcome.stderr.contains("interrupted") {
                assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
                break;
            }
            wait *= 2;
            assert!(wait < Duration::from_secs(10), "{}", outcome.stderr);
        }
    }
}
