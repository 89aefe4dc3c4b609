//! Torn and foreign files: each file that is read back is cut, doubled, emptied, rewritten, or has a bit turned.

use std::time::Instant;

use super::{DIVERGING, Files, STOPPED, Subject, TUNED, is_hidden, kept, plant, tell, tree};

struct Damage {
    what: String,
    bytes: Vec<u8>,
    /// How many trials it can cost at most; `None`: any number.
    trials: Option<usize>,
}

/// Bits of these places in a file are turned, as shares of its length.
const PLACES: [f64; 6] = [0.0, 0.02, 0.3, 0.55, 0.8, 1.0];

/// A share of `bytes`, moved off the end of a line so that the cut shows.
fn within_a_line(bytes: &[u8], share: f64) -> usize {
    let mut at = (share * bytes.len() as f64) as usize;
    while at > 0 && (bytes.get(at) == Some(&b'\n') || bytes[at - 1] == b'\n') {
        at -= 1;
    }
    at
}

fn damages(bytes: &[u8], ids: &[String]) -> Vec<Damage> {
    let mut all = Vec::new();
    let mut add =
        |what: String, bytes: Vec<u8>, trials: Option<usize>| all.push(Damage { what, bytes, trials });
    for share in [0.01, 0.25, 0.5, 0.75, 0.99] {
        let at = within_a_line(bytes, share);
        add(format!("cut at {share}"), bytes[..at].to_vec(), None);
    }
    add("emptied".into(), Vec::new(), None);
    add("doubled".into(), [bytes, bytes].concat(), Some(0));
    add("with CRLF".into(), String::from_utf8_lossy(bytes).replace('\n', "\r\n").into_bytes(), Some(0));
    add("of another program".into(), b"PK\x03\x04\xff\xfe\x00 not ours".to_vec(), None);
    add("of zeros".into(), vec![0; bytes.len()], None);
    // A line of a trial stands for itself and may take the next with it; others may be what all trials stand on.
    let of_a_trial = |at: usize| {
        let start = bytes[..at].iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1);
        let end = bytes[at..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |end| at + end);
        let line = String::from_utf8_lossy(&bytes[start..end]);
        ids.iter().any(|id| line.contains(id.as_str()))
    };
    for share in PLACES {
        let Some(last) = bytes.len().checked_sub(1) else { continue };
        let at = (share * last as f64) as usize;
        let mut turned = bytes.to_vec();
        turned[at] ^= 1 << (at % 8);
        add(format!("with a bit of byte {at} turned"), turned, of_a_trial(at).then_some(2));
    }
    all
}

fn whole_lines(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1)]
}

/// Whether a log would look the same to a reader: a part of it that ends with a line.
fn is_a_beginning(damaged: &[u8], bytes: &[u8]) -> bool {
    bytes.starts_with(damaged) && (damaged.is_empty() || damaged.ends_with(b"\n"))
}

/// Damages every working file of an interrupted run in turn.
fn working_files(subject: &Subject) -> usize {
    subject.cut("cut", &[]);
    let whole = tree(&subject.project.path("cut"));
    let finished = subject.finished("cut");
    assert!(finished < subject.trials(), "{finished}");
    let mut damaged = 0;
    for (file, (name, bytes)) in whole.iter().enumerate() {
        for (number, damage) in damages(bytes, &subject.ids).into_iter().enumerate() {
            let what = format!("{name} {}", damage.what);
            let results = format!("damaged_{file}_{number}");
            let mut files = whole.clone();
            files.insert(name.clone(), damage.bytes.clone());
            plant(&subject.project.path(&results), &files);
            let outcome = subject.run(&results, &[]);
            assert_eq!(outcome.code, 0, "{what}: {}", outcome.stderr);
            subject.is_whole(&results, &what);
            let kept = kept(&outcome);
            let lost = finished - kept.min(finished);
            let told = outcome.stderr.contains(name.rsplit('/').next().unwrap());
            assert!(told || lost == 0 || is_a_beginning(&damage.bytes, bytes), "{what}: not told");
            assert!(damage.trials.is_none_or(|most| lost <= most), "{what}: {lost} trials lost");
            if told && !bytes.starts_with(whole_lines(&damage.bytes)) {
                // What was not used is still there, as it was found. (The beginning of a last line is worth nothing.)
                let after = tree(&subject.project.path(&results));
                assert!(
                    after.values().any(|kept| *kept == damage.bytes),
                    "{what}: not set aside: {}",
                    outcome.stderr
                );
            }
            subject.forget(&results);
            damaged += 1;
        }
    }
    damaged
}

/// Damages every file of a finished run in turn.
fn published_files(subject: &Subject) -> usize {
    let whole: Files = tree(&subject.project.path("whole"));
    let mut damaged = 0;
    for (name, bytes) in &whole {
        let user = name == ".gitignore";
        for (number, damage) in damages(bytes, &subject.ids).into_iter().enumerate().step_by(3) {
            let what = format!("{name} {}", damage.what);
            let results = format!("published_{}_{number}", name.replace('/', "_"));
            let mut files = whole.clone();
            files.insert(name.clone(), damage.bytes.clone());
            plant(&subject.project.path(&results), &files);
            let outcome = subject.run(&results, &[]);
            assert_eq!(outcome.code, 0, "{what}: {}", outcome.stderr);
            subject.is_whole(&results, &what);
            if user {
                let after = tree(&subject.project.path(&results));
                assert!(after[name] == damage.bytes, "{what}: a .gitignore that exists is the user's");
            }
            subject.forget(&results);
            damaged += 1;
        }
    }
    damaged
}

fn check(name: &'static str, text: &str) {
    let subject = Subject::new(name, text, &["--threads", "1", "--pack", "2"]);
    let started = Instant::now();
    let (working, published) = (working_files(&subject), published_files(&subject));
    tell(&format!(
        "{name}: {working} damaged working files, {published} damaged result files, as many recoveries; {:.1} s",
        started.elapsed().as_secs_f64()
    ));
}

#[test]
fn damaged_files_cost_what_was_in_them_tuned() {
    check("tuned", TUNED);
}

#[test]
fn damaged_files_cost_what_was_in_them_stopped() {
    check("stopped", STOPPED);
}

#[test]
fn damaged_files_cost_what_was_in_them_diverging() {
    check("diverging", DIVERGING);
}

/// Files of others beside ours are neither read nor changed.
#[test]
fn foreign_files_stay_as_they_are() {
    let subject = Subject::new("tuned", TUNED, &["--threads", "1"]);
    let foreign = ["notes.txt", "figures/mine.png", ".hidden", ".mine.part", "trials.csv.bak", "a/b/c.toml"];
    let planted: Files = foreign.map(|name| (format!("tuned/{name}"), b"mine\xff".to_vec())).into();
    plant(&subject.project.path("beside"), &planted);
    assert_eq!(subject.run("beside", &[]).code, 0);
    let mut after = tree(&subject.project.path("beside"));
    for (name, bytes) in &planted {
        assert!(after.remove(name).as_ref() == Some(bytes), "{name}");
    }
    let visible = after.into_iter().filter(|(name, _)| !is_hidden(name) && !name.ends_with("timings.csv"));
    assert_eq!(visible.count(), subject.expected.len());
}
