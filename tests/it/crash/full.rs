//! Disks that are full or read-only, and things in the way.
//!
//! Permissions do not bind the superuser, under whom tests often run: real limits are used, a small or read-only mount where this
//! system lets a test mount one, and a limit on the size of files everywhere on Unix.

use std::fs;
use std::path::Path;

use super::{Subject, TUNED, kept};

fn subject() -> Subject {
    Subject::new("tuned", TUNED, &["--threads", "1", "--pack", "2"])
}

/// What stands where a folder or a file is wanted is named; once it is gone, nothing is trained again.
#[test]
#[expect(clippy::disallowed_methods, reason = "tests write files directly")]
fn what_is_in_the_way_is_named() {
    let subject = subject();
    for (number, (in_the_way, trained)) in
        [("", false), ("tuned", false), ("tuned/figures", true)].into_iter().enumerate()
    {
        let results = format!("file_{number}");
        let path = subject.project.path(&results).join(in_the_way);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let path = path.to_string_lossy().trim_end_matches('/').to_string();
        fs::write(&path, "a file").unwrap();
        let outcome = subject.run(&results, &[]);
        assert_eq!(outcome.code, 3, "{}", outcome.stderr);
        let named = format!("{results}/{in_the_way}");
        assert!(outcome.stderr.contains(named.trim_end_matches('/')), "{}", outcome.stderr);
        assert_eq!(fs::read(&path).unwrap(), b"a file");
        fs::remove_file(&path).unwrap();
        let kept = kept(&subject.recovers(&results, in_the_way));
        assert_eq!(kept, if trained { subject.trials() } else { 0 });
    }
    for name in ["README.md", "manifest.toml", "figures/loss.svg"] {
        let results = format!("folder_{}", name.replace('/', "_"));
        let path = subject.project.path(&results).join("tuned").join(name);
        fs::create_dir_all(path.join("x")).unwrap();
        let outcome = subject.run(&results, &[]);
        assert_eq!(outcome.code, 3, "{}", outcome.stderr);
        assert!(outcome.stderr.contains(&format!("tuned/{name}`")), "{}", outcome.stderr);
        fs::remove_dir_all(&path).unwrap();
        assert_eq!(kept(&subject.recovers(&results, name)), subject.trials());
    }
}

#[cfg(unix)]
mod limits {
    use std::process::{Command, Output};

    use super::super::{Files, plant, tell, tree};
    use super::*;

    /// A shell that may mount, in a view of the file system of its own. `$0` is runner, `$1` the folder of results.
    fn mounting(subject: &Subject, script: &str, results: &Path) -> Output {
        let here = subject.project.path("");
        Command::new("unshare")
            .args(["--map-root-user", "--mount", "sh", "-c", script])
            .args([Path::new(env!("CARGO_BIN_EXE_runner")), results])
            .current_dir(here)
            .output()
            .unwrap()
    }

    fn may_mount(subject: &Subject) -> bool {
        let folder = subject.project.path("probe");
        fs::create_dir(&folder).unwrap();
        let probe = Command::new("unshare")
            .args(["--map-root-user", "--mount", "mount", "-t", "tmpfs", "none"])
            .arg(&folder)
            .output();
        let may = probe.is_ok_and(|output| output.status.success());
        if !may {
            tell("not tested on a small or read-only file system: this system lets no test mount one");
        }
        may
    }

    /// Words that follow a name in what a script printed.
    fn said(output: &Output, name: &str) -> String {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("{output:?}")).trim().to_string()
    }

    fn is_told(stderr: &str, cause: &str, what: &str) {
        let told = stderr.lines().any(|line| line.starts_with("error: cannot ") && line.contains(cause));
        assert!(told, "{what}: {stderr}");
    }

    /// A file system of every size from one page on, until all fits: each is full at another moment. Then space is made.
    #[test]
    fn a_full_file_system_is_told_and_costs_nothing() {
        let subject = subject();
        if !may_mount(&subject) {
            return;
        }
        let run = "\"$0\" experiments/tuned.toml --threads 1 --pack 2 --quiet --results \"$1\"";
        let (mut full, mut spared) = (0, 0);
        for pages in 1.. {
            let (results, what) = (format!("small_{pages}"), format!("{pages} pages"));
            let mount = subject.project.path("mount");
            for folder in [mount.clone(), subject.project.path(&results)] {
                plant(&folder.join("first"), &Files::new());
                plant(&folder.join("second"), &Files::new());
            }
            let script = format!(
                "mount -t tmpfs -o size={}k none \"$1\" && {run}; echo first $?; cp -a \"$1\"/. {results}/first; \
                 mount -o remount,size=64m \"$1\" && {}; echo second $?; cp -a \"$1\"/. {results}/second",
                4 * pages,
                run.replace("--quiet", ""),
            );
            let output = mounting(&subject, &script, &mount);
            let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(said(&output, "second"), "0", "{what}: {output:?}");
            let second = format!("{results}/second");
            subject.is_whole(&second, &what);
            if said(&output, "first") == "0" {
                break;
            }
            assert_eq!(said(&output, "first"), "3", "{what}: {stderr}");
            is_told(&stderr, "No space left", &what);
            let first = format!("{results}/first");
            subject.nothing_is_half_written(&first, &what);
            let parts =
                tree(&subject.project.path(&first)).into_keys().filter(|name| name.ends_with(".part"));
            assert_eq!(parts.count(), 0, "{what}");
            spared += subject.finished(&first);
            full += 1;
            assert!(pages < 200, "{what}: {stderr}");
            subject.forget(&results);
        }
        tell(&format!("{full} full file systems, {full} recoveries"));
        assert!(full > 3 && spared > 0, "{full} {spared}");
    }

    #[test]
    fn a_read_only_folder_is_told_and_stays_as_it_is() {
        let subject = subject();
        if !may_mount(&subject) {
            return;
        }
        subject.cut("cut", &[]);
        fs::create_dir(subject.project.path("empty")).unwrap();
        for results in ["empty", "cut", "whole"] {
            let folder = subject.project.path(results);
            let before = tree(&folder);
            let script = "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\" && \
                          \"$0\" experiments/tuned.toml --threads 1 --pack 2 --results \"$1\"; echo code $?";
            let output = mounting(&subject, script, &folder);
            let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(said(&output, "code"), "3", "{results}: {stderr}");
            is_told(&stderr, "Read-only file system", results);
            assert!(stderr.contains(&runner::disk::shown(&folder)), "{stderr}");
            assert!(tree(&folder) == before, "{results} has changed");
            if results != "whole" {
                subject.recovers(results, results);
            }
        }
    }

    /// `ulimit -f` counts blocks of 512 or 1024 bytes; without the trap the signal would end the process.
    #[test]
    fn a_limit_on_the_size_of_files_is_told_and_costs_nothing() {
        let subject = subject();
        let mut refused = 0;
        for blocks in (0..).step_by(3) {
            let (results, what) = (format!("limited_{blocks}"), format!("{blocks} blocks"));
            let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
            let output = Command::new("sh")
                .args(["-c", &script, env!("CARGO_BIN_EXE_runner")])
                .args(subject.arguments(&results, &[]))
                .current_dir(subject.project.path(""))
                .output()
                .unwrap();
            if output.status.success() {
                break;
            }
            let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(3), "{what}: {stderr}");
            is_told(&stderr, "File too large", &what);
            subject.nothing_is_half_written(&results, &what);
            subject.recovers(&results, &what);
            refused += 1;
        }
        assert!(refused > 3, "{refused}");
    }
}
