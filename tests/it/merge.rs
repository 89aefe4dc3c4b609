//! Shards and merging: results made in several places are those of a single run, byte for byte, or are refused with a reason.

use std::collections::BTreeMap;
use std::path::Path;

use runner::disk;

use crate::idempotent::BASE;
use crate::support::Project;

const FILE: &str = "experiments/grown.toml";

fn project() -> Project {
    Project::new().file(FILE, BASE)
}

fn single(project: &Project) -> BTreeMap<String, Vec<u8>> {
    project.expect(0, &[FILE, "--quiet", "--results", "single"]);
    project.files("single/grown")
}

#[track_caller]
fn assert_same(found: &BTreeMap<String, Vec<u8>>, expected: &BTreeMap<String, Vec<u8>>) {
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (name, bytes) in expected {
        assert!(found[name] == *bytes, "{name} differs");
    }
}

fn records(folder: &Path) -> Vec<String> {
    let bytes = disk::read(&folder.join(".runner.records")).unwrap();
    String::from_utf8(bytes).unwrap().lines().map(String::from).collect()
}

#[test]
fn shards_in_any_order_and_place_give_the_bytes_of_a_single_run() {
    let project = project();
    let expected = single(&project);
    for index in 0..3 {
        let (shard, results) = (format!("{index}/3"), format!("node_{index}"));
        let told = project.expect(0, &[FILE, "--shard", &shard, "--results", &results]).stderr;
        assert!(told.contains(&format!("shard {index} of 3: 4 of 12 trials")), "{told}");
        assert!(project.files(&format!("{results}/grown")).is_empty(), "a shard publishes nothing");
    }
    let orders = [["node_0", "node_1", "node_2"], ["node_2", "node_0", "node_1"]];
    for (number, order) in orders.into_iter().enumerate() {
        let (folders, merged) = (order.map(|node| format!("{node}/grown")), format!("merged_{number}"));
        let mut arguments = vec!["merge", "--quiet", "--results", &merged];
        arguments.extend(folders.iter().map(String::as_str));
        project.expect(0, &arguments);
        assert_same(&project.files(&format!("{merged}/grown")), &expected);
        // What is merged is known: nothing is trained again.
        let again = project.expect(0, &[FILE, "--results", &merged]).stderr;
        assert!(again.contains("12 trials known from earlier runs; nothing to train"), "{again}");
        assert_same(&project.files(&format!("{merged}/grown")), &expected);
    }
    // The data and the file need not be there.
    let elsewhere = Project::new();
    let from = project.path("node_0").join("grown");
    for index in 0..3 {
        let from = project.path(&format!("node_{index}/grown/.runner.shards/{index}-of-3/.runner.records"));
        let to = elsewhere.path(&format!("in/{index}"));
        disk::create_folder(&to).unwrap();
        disk::replace(&to.join(".runner.records"), &disk::read(&from).unwrap()).unwrap();
    }
    disk::remove_file(&elsewhere.path("datasets/iris.csv")).unwrap();
    elsewhere.expect(0, &["merge", "in/0", "in/1", "in/2", "--results", "out", "--quiet"]);
    assert_same(&elsewhere.files("out/grown"), &expected);
    assert!(from.is_dir());
}

#[test]
fn shards_of_one_folder_run_at_once_and_a_run_takes_them_in() {
    let project = project();
    let expected = single(&project);
    let children: Vec<_> = ["0/2", "1/2"]
        .map(|shard| project.command(&[FILE, "--quiet", "--shard", shard]).spawn().unwrap())
        .into();
    for child in children {
        assert!(child.wait_with_output().unwrap().status.success());
    }
    assert!(!project.path("results/.gitignore").exists(), "a shard writes into its own folder only");
    // A shard again has nothing to do.
    let again = project.expect(0, &[FILE, "--shard", "1/2"]).stderr;
    assert!(again.contains("6 trials known from earlier runs; nothing to train"), "{again}");
    project.expect(0, &["merge", "results/grown", "--results", "merged", "--quiet"]);
    assert_same(&project.files("merged/grown"), &expected);
    let run = project.expect(0, &[FILE]).stderr;
    assert!(run.contains("12 trials known from earlier runs; nothing to train"), "{run}");
    assert_same(&project.files("results/grown"), &expected);
    for bad in ["3/3", "0/0", "1", "-1/2"] {
        project.expect(2, &[FILE, &format!("--shard={bad}")]);
    }
}

#[test]
fn what_is_missing_is_told_and_trained_by_the_command_that_is_named() {
    let project = project();
    let expected = single(&project);
    project.expect(0, &[FILE, "--quiet", "--shard", "0/2", "--results", "node"]);
    // A damaged line and a torn end in one of the folders.
    let shard = project.path("node/grown/.runner.shards/0-of-2");
    let mut lines = records(&shard);
    let at = lines.iter().position(|l| l.contains("\"trial\":{")).unwrap();
    lines[at] = lines[at].replacen("\"epochs\"", "\"epoch\"", 1);
    let torn = lines.pop().unwrap();
    let text = format!("{}\n{}", lines.join("\n"), &torn[..torn.len() / 2]);
    disk::replace(&shard.join(".runner.records"), text.as_bytes()).unwrap();

    let merge = ["merge", "node/grown", "--results", "merged"];
    let told = project.expect(5, &merge).stderr;
    assert!(told.contains("damaged-record") && told.contains("8 of 12 trials are missing"), "{told}");
    assert!(told.contains("`runner experiments/grown.toml --results merged` trains them"), "{told}");
    assert!(project.files("merged/grown").is_empty());
    let partial = project.expect(0, &[&merge[..], &["--partial"]].concat());
    assert!(partial.stderr.contains("8 of 12 trials are missing"), "{}", partial.stderr);
    let report = String::from_utf8(project.files("merged/grown")["README.md"].clone()).unwrap();
    assert!(report.contains("4 of 12 trials"), "{report}");

    let run = project.expect(0, &[FILE, "--results", "merged"]).stderr;
    assert!(run.contains("4 trials known from earlier runs; training 8 more"), "{run}");
    assert_same(&project.files("merged/grown"), &expected);
}

#[test]
fn other_experiments_and_other_results_are_refused() {
    let project = project();
    project.expect(0, &[FILE, "--quiet", "--results", "a"]);
    project
        .expect(0, &[FILE, "--quiet", "--results", "b", "--set", "train.batch=8", "--set", "train.seeds=2"]);
    let told = project.expect(2, &["merge", "a/grown", "b/grown", "--results", "merged"]).stderr;
    assert!(told.contains("`train.batch`: 16 and 8") && told.contains("`train.seeds`: 3 and 2"), "{told}");
    let iris = String::from_utf8(disk::read(&project.path("datasets/iris.csv")).unwrap()).unwrap();
    disk::replace(&project.path("datasets/iris.csv"), iris.replacen("5.1", "5.2", 1).as_bytes()).unwrap();
    project.expect(0, &[FILE, "--quiet", "--results", "c"]);
    let told = project.expect(2, &["merge", "a/grown", "c/grown", "--results", "merged"]).stderr;
    assert!(told.contains("the content of `../datasets/iris.csv`: "), "{told}");
    assert!(project.expect(2, &["merge", "datasets", "--results", "merged"]).stderr.contains("no records"));
    assert!(!project.path("merged").exists());

    // One trial, sound, with another result.
    let folder = project.path("d/grown");
    disk::create_folder(&folder).unwrap();
    let changed: Vec<String> = (records(&project.path("a/grown")).into_iter())
        .map(|line| match line.split_once("\"trial\":") {
            Some((_, body)) if line.contains("\"end\":\"early_stopped\"") => {
                let body = body[..body.len() - 1].replace("\"early_stopped\"", "\"finished\"");
                format!("{{\"check\":\"{}\",\"trial\":{body}}}", &disk::sha256(body.as_bytes())[..16])
            }
            _ => line,
        })
        .collect();
    disk::replace(&folder.join(".runner.records"), (changed.join("\n") + "\n").as_bytes()).unwrap();
    let told = project.expect(5, &["merge", "a/grown", "d/grown", "--results", "merged"]).stderr;
    assert!(told.contains("how it ended: early_stopped and finished"), "{told}");
    assert!(told.contains("nothing was published") && project.files("merged/grown").is_empty(), "{told}");
}
