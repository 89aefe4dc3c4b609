//! What `runner trace` prints: the rows as training sees them, and the losses of the run.

use serde_json::{Value, json};

use crate::support::Project;

const SHUFFLED: &str = r#"
pairing = "softmax+cross_entropy"

[data]
source = "../datasets/iris.csv"
target = "species"
scale = "min_max"

[model]
hidden = [4]
activation = "tanh"

[optimizer]
learning_rate = 0.5

[train]
epochs = 3
seeds = 1

[fault]
labels = "shuffled"

[record]
every = 1
"#;

fn traced(project: &Project, arguments: &[&str]) -> Value {
    let outcome = project.expect(0, &[&["trace", "experiments/it.toml"], arguments].concat());
    serde_json::from_str(&outcome.stdout).unwrap()
}

/// The losses of the run's curve, as its file has them.
fn curve(project: &Project) -> Vec<f64> {
    let mut reader = csv::Reader::from_path(project.path("results/it/curves.csv")).unwrap();
    let header = reader.headers().unwrap().clone();
    let at = header.iter().position(|h| h == "train_loss_mean").unwrap();
    reader.records().map(|row| row.unwrap()[at].parse().unwrap()).collect()
}

#[test]
fn a_trace_has_the_targets_that_training_sees_and_the_losses_of_the_run() {
    let project = Project::new().file("experiments/it.toml", SHUFFLED);
    project.expect(0, &["experiments/it.toml", "--quiet"]);
    let trace = traced(&project, &["--steps", "100"]);
    let losses: Vec<f64> =
        trace["loss_per_epoch"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    let run = curve(&project);
    assert_eq!((losses.len(), run.len()), (4, 4));
    for (ours, told) in losses.iter().zip(&run) {
        // Files hold nine digits.
        assert!((ours - told).abs() <= 1e-8, "{losses:?} are not {run:?}");
    }
    let right = SHUFFLED.replace("[fault]\nlabels = \"shuffled\"\n", "");
    let right = traced(&Project::new().file("experiments/it.toml", &right), &["--steps", "100"]);
    assert!(trace["x"] == right["x"] && trace["y"] != right["y"], "targets of other rows");
    let sorted = |y: &Value| {
        let mut rows: Vec<String> = y.as_array().unwrap().iter().map(Value::to_string).collect();
        rows.sort();
        rows
    };
    assert_eq!(sorted(&trace["y"]), sorted(&right["y"]), "each target once");
    let absent = ["lengths", "mask", "weight"].map(|key| trace[key].clone());
    assert_eq!((&trace["steps"], absent), (&json!(1), [Value::Null, Value::Null, Value::Null]));
}

/// By hand: padding is at the front, where the target and the mask of the first step stand, with the weight 0.
#[test]
fn a_trace_of_sequences_tells_steps_lengths_masks_and_weights() {
    let table = "id,t,x,z,class,u_on,v_on\n\
                 a,0,1,10,u,1,1\na,1,2,20,v,0,1\nb,0,3,30,v,1,1\nc,0,4,40,u,1,0\nc,1,5,50,u,1,1\n";
    let text = r#"
pairing = "softmax+cross_entropy"
[data]
source = "../datasets/steps.csv"
target = "class"
sequence = "id"
time = "t"
mask = ["u_on", "v_on"]
[model]
kind = "rnn"
hidden = [2]
[train]
batch = "full"
seeds = 1
"#;
    let project = Project::new().file("experiments/it.toml", text).file("datasets/steps.csv", table);
    let one = traced(&project, &["--steps", "1"]);
    let x = json!([[[1.0, 10.0], [2.0, 20.0]], [[0.0, 0.0], [3.0, 30.0]], [[4.0, 40.0], [5.0, 50.0]]]);
    assert_eq!((&one["steps"], &one["lengths"], &one["x"]), (&json!(2), &json!([2, 1, 2]), &x));
    assert_eq!(one["y"], json!([[0.0, 1.0], [0.0, 1.0], [1.0, 0.0]]));
    assert_eq!((&one["mask"], &one["weight"]), (&json!([[0.0, 1.0], [1.0, 1.0], [1.0, 1.0]]), &Value::Null));
    let many = traced(&project, &["--steps", "1", "--set", "model.return_sequences=true"]);
    assert_eq!((&many["x"], &many["lengths"]), (&x, &json!([2, 1, 2])));
    let y = json!([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [0.0, 1.0]], [[1.0, 0.0], [1.0, 0.0]]]);
    assert_eq!((&many["y"], &many["weight"]), (&y, &json!([[1.0, 1.0], [0.0, 1.0], [1.0, 1.0]])));
    let mask = json!([[[1.0, 1.0], [0.0, 1.0]], [[1.0, 1.0], [1.0, 1.0]], [[1.0, 0.0], [1.0, 1.0]]]);
    assert_eq!(many["mask"], mask);
}
