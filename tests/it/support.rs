//! Runs the real binary in a project folder of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A temporary project: `experiments/`, `datasets/` (a link to the real one), and wherever results go.
pub(crate) struct Project {
    folder: tempfile::TempDir,
}

/// What one invocation said and how it ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Project {
    pub(crate) fn new() -> Project {
        Project::within(tempfile::tempdir().unwrap())
    }

    /// A project in memory where the system has a folder for that: for tests that start the binary a thousand times, where the disk's
    /// speed would be most of what they take.
    pub(crate) fn in_memory() -> Project {
        let memory = tempfile::tempdir_in("/dev/shm");
        memory.map_or_else(|_| Project::new(), Project::within)
    }

    fn within(folder: tempfile::TempDir) -> Project {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        fs::create_dir(folder.path().join("experiments")).unwrap();
        fs::create_dir(folder.path().join("datasets")).unwrap();
        for name in ["iris.csv", "wine.csv", "digits.csv", "diabetes.csv", "breast_cancer.csv"] {
            fs::copy(here.join("datasets").join(name), folder.path().join("datasets").join(name)).unwrap();
        }
        // The root of a project is where a Cargo.toml or a .git stands.
        fs::create_dir(folder.path().join(".git")).unwrap();
        Project { folder }
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    #[expect(clippy::disallowed_methods, reason = "tests write files directly")]
    pub(crate) fn file(self, relative: &str, text: &str) -> Project {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// A committed experiment, under its own name.
    #[expect(clippy::disallowed_methods, reason = "tests read files directly")]
    pub(crate) fn committed(self, name: &str) -> Project {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments").join(name);
        let text = fs::read_to_string(path).unwrap();
        self.file(&format!("experiments/{name}"), &text)
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_runner"));
        command.current_dir(self.folder.path()).args(arguments).stdin(Stdio::null());
        command
    }

    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Runs and expects an exit code; shows what was said otherwise.
    #[track_caller]
    pub(crate) fn expect(&self, code: i32, arguments: &[&str]) -> Outcome {
        let outcome = self.run(arguments);
        assert_eq!(outcome.code, code, "runner {arguments:?}\n{}\n{}", outcome.stdout, outcome.stderr);
        outcome
    }

    /// Every file under a folder by its relative name. `timings.csv` and the lock are no part of a result.
    pub(crate) fn files(&self, relative: &str) -> BTreeMap<String, Vec<u8>> {
        let root = self.path(relative);
        let mut found = BTreeMap::new();
        collect(&root, &root, &mut found);
        found.retain(|name, _| !name.ends_with("timings.csv") && !name.contains(".runner."));
        found
    }
}

#[expect(clippy::disallowed_methods, reason = "tests read files directly")]
fn collect(root: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|e| e.unwrap().path()) {
        if path.is_dir() {
            collect(root, &path, found);
        } else {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            found.insert(name, fs::read(&path).unwrap());
        }
    }
}

/// A Python that has a module. It is found without being imported: some take seconds.
pub(crate) fn python_with(module: &str) -> Option<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers/bin/python");
    let found = format!("import importlib.util as u, sys; sys.exit(u.find_spec('{module}') is None)");
    let has = |python: &PathBuf| {
        let mut command = Command::new(python);
        command.args(["-c", &found]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    [own, PathBuf::from("python3")].into_iter().find(has)
}
