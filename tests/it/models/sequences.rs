//! Networks of sequences and of masks, put to use: what `predict` says is what the run said, and exports say the same.
//!
//! Sequences are of several lengths and come in no order, so that padding and the order of answers are seen. Tolerances are those of
//! `exports`: a few time steps add up as layers do.

use super::exports::{check, noise, project as with_rows};
use super::{CHOSEN, FILE, agrees, project, table};

/// Steps of each of the sequences, over and over; the parts keep this order.
const LENGTHS: [usize; 5] = [4, 6, 1, 3, 5];

/// Time steps of sequences in no order: numbers, a category, gaps, a target, and a mask that leaves the target on.
fn steps(sequences: usize) -> Vec<(usize, String)> {
    let mut rows = Vec::new();
    for sequence in 0..sequences {
        for time in 0..LENGTHS[sequence % 5] {
            let n = 7 * sequence + time;
            let class = (n * n + sequence) % 3;
            let bit = |k: usize| u8::from(k == class || !(n / 2 + k).is_multiple_of(3));
            let v = if n % 11 == 3 { "?".to_string() } else { format!("{:.2}", 50.0 * noise(n + 17)) };
            let (kind, u) = (["red", "blue"][n / 3 % 2], noise(3 * n));
            let (y, class) = (1000.0 + 20.0 * noise(n + 1) + 30.0 * u, ["a", "b", "c"][class]);
            let bits = format!("{},{},{}", bit(0), bit(1), bit(2));
            rows.push((
                sequence,
                format!("s{sequence},{u:.3},{kind},{},{v},{class},{y:.2},{bits}", 2 * time),
            ));
        }
    }
    // Any order that mixes sequences and times.
    let count = rows.len();
    rows.sort_by_key(|(sequence, row)| {
        (row.len() * 31 + sequence * 17 + row.as_bytes()[6] as usize * 7) % count
    });
    rows
}

const HEADER: &str = "id,u,kind,t,v,class,y,m_a,m_b,m_c";

fn rows(sequences: usize) -> String {
    let rows: Vec<String> = steps(sequences).into_iter().map(|(_, row)| row).collect();
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

/// An experiment on these rows; `target` is `class` or `y`.
fn experiment(pairing: &str, target: &str, masks: bool, model: &str) -> String {
    let other = if target == "class" { "y" } else { "class" };
    let (mask, ignored) = match masks {
        true => ("mask = [\"m_a\", \"m_b\", \"m_c\"]", String::new()),
        false => ("", ", \"m_a\", \"m_b\", \"m_c\"".to_string()),
    };
    let scale = if target == "y" { "target_scale = \"standardize\"" } else { "" };
    format!(
        "pairing = {pairing}\n[data]\nsource = \"../datasets/own.csv\"\ntarget = \"{target}\"\nsequence = \"id\"\ntime = \"t\"\n\
         missing = \"mean\"\nscale = \"standardize\"\n{scale}\nignore = [\"{other}\"{ignored}]\n{mask}\n\
         [model]\n{model}\ninit = {{ name = \"normal\", std = 0.7 }}\nbias_init = {{ name = \"constant\", value = 0.2 }}\n\
         [train]\nepochs = 3\nseeds = 1\n"
    )
}

const SOFTMAX: &str = "\"softmax+cross_entropy\"";

#[track_caller]
fn exported(text: &str, refused_in_double: &[&str]) {
    let rows = rows(20);
    let project = with_rows(text, &rows, &rows);
    check(&project, "f32", &[]);
    check(&project, "f64", refused_in_double);
}

#[test]
fn exports_answer_as_an_elman_network_at_the_last_step() {
    let model =
        "kind = \"rnn\"\nhidden = [5, { units = 4, bias = \"none\" }]\nactivation = \"tanh\"\ntruncate = 2";
    exported(&experiment(SOFTMAX, "class", false, model), &["keras"]);
}

/// Those that look at a whole row, and those that are written in several operations.
#[test]
fn exports_answer_as_an_elman_network_of_other_activations() {
    let names = ["softmax", "log_softmax", "elu", "mish", "selu", "softplus", "hard_sigmoid", "leaky_relu"];
    let layers: Vec<String> =
        names.iter().map(|name| format!("{{ units = 3, activation = \"{name}\" }}")).collect();
    let model = format!("kind = \"rnn\"\nreturn_sequences = true\nhidden = [{}]", layers.join(", "));
    exported(&experiment("\"identity+mse\"", "y", false, &model), &["keras"]);
}

#[test]
fn exports_answer_as_a_gru_at_every_step() {
    let model = "kind = \"rnn\"\ncell = \"gru\"\nreturn_sequences = true\nhidden = [5, { units = 4, activation = \"softsign\" }]";
    exported(&experiment("\"identity+mse\"", "y", false, model), &["keras"]);
}

#[test]
fn exports_answer_as_a_masked_lstm_at_every_step() {
    let model = "kind = \"rnn\"\ncell = \"lstm\"\nreturn_sequences = true\nhidden = [5, 4]";
    exported(&experiment(SOFTMAX, "class", true, model), &["keras"]);
}

#[test]
fn exports_answer_as_an_lstm_with_other_biases_and_masked_outputs() {
    let pairing = "{ activation = \"sigmoid\", loss = \"binary_cross_entropy\", masking = \"outputs\" }";
    let model = "kind = \"rnn\"\ncell = \"lstm\"\nhidden = [{ units = 5, bias = \"tied\" }, { units = 4, bias = \"constant_input\", activation = \"gelu\" }]";
    // onnxruntime has no error function in double precision.
    exported(&experiment(pairing, "class", true, model), &["keras", "onnx"]);
}

/// Without recurrent layers all time steps are seen side by side.
#[test]
fn exports_answer_as_a_masked_network_without_time() {
    let pairing = "{ activation = \"log_softmax\", loss = \"cross_entropy\", masking = \"outputs\" }";
    exported(&experiment(pairing, "class", true, "hidden = [5]"), &["keras"]);
    let text = experiment(SOFTMAX, "class", true, "hidden = [5]");
    let text = text
        .replace("sequence = \"id\"\ntime = \"t\"\n", "")
        .replace("ignore = [\"y\"", "ignore = [\"id\", \"t\", \"y\"");
    exported(&text, &["keras"]);
}

/// Sequences that every fifth of tests, and another fifth chooses.
fn parts(sequences: usize) -> (String, String) {
    let part = |sequence: usize| ["train", "test", "train", "validation", "train"][sequence / 5 % 5];
    let all: Vec<String> =
        steps(sequences).into_iter().map(|(sequence, row)| format!("{row},{}", part(sequence))).collect();
    let test = steps(sequences).into_iter().filter(|(sequence, _)| part(*sequence) == "test");
    let test: Vec<String> = test.map(|(_, row)| row).collect();
    (format!("{HEADER},part\n{}\n", all.join("\n")), format!("{HEADER}\n{}\n", test.join("\n")))
}

/// What `predict` says of the sequences of the test part are the test metrics of the run, digit for digit.
#[track_caller]
fn agree_with_the_run(text: &str, metrics: &[&str], each_step: bool) {
    let (all, test) = parts(50);
    let text =
        text.replace("own.csv", "all.csv").replace("[model]", "split = { column = \"part\" }\n[model]");
    let text = text.replace("epochs = 3\nseeds = 1", "epochs = 4\nbatch = 8\nseeds = 2");
    let text = format!("{text}[sweep]\n\"model.precision\" = [\"f32\", \"f64\"]\n");
    // Ten sequences, two of each length.
    let count = if each_step { 2 * LENGTHS.iter().sum::<usize>() } else { 10 };
    agrees(&all, &test, &text, metrics, count);
}

#[test]
fn answers_about_sequences_have_the_test_metrics_of_the_run() {
    let classes = ["loss", "accuracy", "log_loss"];
    let gru = "kind = \"rnn\"\ncell = \"gru\"\nhidden = [5]";
    agree_with_the_run(&experiment(SOFTMAX, "class", false, gru), &classes, false);
    agree_with_the_run(&experiment(SOFTMAX, "class", true, "hidden = [6]"), &classes, false);
}

#[test]
fn answers_about_steps_have_the_test_metrics_of_the_run() {
    let lstm = "kind = \"rnn\"\ncell = \"lstm\"\nreturn_sequences = true\nhidden = [5]";
    agree_with_the_run(&experiment(SOFTMAX, "class", true, lstm), &["loss", "accuracy", "log_loss"], true);
    let elman = "kind = \"rnn\"\nreturn_sequences = true\nhidden = [5, 4]";
    agree_with_the_run(&experiment("\"identity+mse\"", "y", false, elman), &["loss", "rmse", "r2"], true);
}

/// Alone, among longer ones, or in another order of rows, a sequence has the same answer.
#[test]
fn what_is_said_of_a_sequence_depends_on_no_other() {
    let model = "kind = \"rnn\"\ncell = \"gru\"\nhidden = [5]\nprecision = \"f64\"";
    let text = experiment(SOFTMAX, "class", false, model);
    let all = rows(20);
    let mut alone: Vec<&str> = all.lines().filter(|line| line.starts_with("s3,")).collect();
    alone.reverse();
    let alone = format!("{HEADER}\n{}\n", alone.join("\n"));
    let project = with_rows(&text, &all, &all).file("alone.csv", &alone);
    project.expect(0, &CHOSEN);
    let answer = |file: &str| {
        let said = project.expect(0, &["predict", "results/x", file]).stdout;
        let found = table(said.as_bytes()).into_iter().find(|row| row["sequence"] == "s3");
        found.unwrap()
    };
    assert_eq!(answer("rows.csv"), answer("alone.csv"));
}

#[test]
fn a_made_data_set_of_sequences_is_asked_with_a_column_that_names_them() {
    let text = "pairing = \"identity+mse\"\n[data]\nsource = { name = \"echo\", samples = 20, steps = 6, delay = 2 }\n\
                [model]\nkind = \"rnn\"\nreturn_sequences = true\nhidden = [4]\n[train]\nepochs = 3\nseeds = 1\n";
    // Other lengths than those of training.
    let rows = "x,sequence\n0.5,a\n0.25,b\n-0.5,b\n0.1,b\n1,a\n";
    let rows = (0..9).fold(rows.to_string(), |rows, i| rows + &format!("0.{i},c\n"));
    let own = with_rows(text, "", &rows);
    check(&own, "f32", &[]);
    let said = own.expect(0, &["predict", "results/x", "rows.csv"]).stdout;
    assert_eq!(table(said.as_bytes()).len(), 14);
}

#[test]
fn steps_and_masks_that_cannot_be_read_are_told_with_their_places() {
    let model = "kind = \"rnn\"\nhidden = [3]";
    let project = project(&experiment(SOFTMAX, "class", true, model)).file("datasets/own.csv", &rows(20));
    project.expect(0, &CHOSEN);
    let bad = "id,u,kind,t,v,class,m_a,m_b,m_c\ns,1,red,0,1,a,1,1,1\ns,1,red,0.0,1,a,1,yes,1\n,1,red,1,1,a,1,1,1\n\
               s,1,red,late,1,b,1,0,1\ns,1,red,3,1,,0,0,0\n";
    let project = project.file("rows.csv", bad);
    let outcome = project.expect(3, &["predict", "results/x", "rows.csv"]);
    let told: Vec<&str> =
        outcome.stderr.lines().filter(|l| l.starts_with("error") || l.contains("-->")).collect();
    assert_eq!(
        told,
        [
            "error[mask-value]: row 2, column `m_b`: a mask is 0 or 1, not `yes`",
            " --> rows.csv:3:19",
            "error[missing-value]: row 3, column `id`: the value is missing",
            " --> rows.csv:4:1",
            "error[not-a-number]: row 4, column `t`: `late` is not a number",
            " --> rows.csv:5:9",
            "error[masked-target]: row 4: the mask switches its own class `b` off",
            " --> rows.csv:5:20",
            "error[masked-target]: row 5: the mask switches every output off",
            " --> rows.csv:6:14",
        ]
    );
    let project =
        project.file("rows.csv", "id,u,kind,t,v,m_a,m_b,m_c\ns,1,red,0,1,1,1,1\ns,1,red,0.0,1,1,1,1\n");
    let outcome = project.expect(3, &["predict", "results/x", "rows.csv"]);
    let told = "error[repeated-time]: row 2, column `t`: sequence `s` has the time 0.0 in row 1 as well";
    assert!(outcome.stderr.contains(told), "{}", outcome.stderr);
    let project = project.file("rows.csv", "u,kind,v\n1,red,1\n");
    let outcome = project.expect(3, &["predict", "results/x", "rows.csv"]);
    for told in [
        "there is no column `id`, which names the sequence of a row",
        "there is no column `t`, which orders the rows of a sequence",
        "there is no column `m_b`, which says where an output is on",
    ] {
        assert!(outcome.stderr.contains(told), "{}", outcome.stderr);
    }
}

#[test]
fn a_network_without_time_is_asked_about_no_more_steps_than_it_saw() {
    let text = experiment(SOFTMAX, "class", false, "hidden = [3]\nprecision = \"f64\"");
    let long: String = (0..7).map(|t| format!("s,1,red,{t},1\n")).collect();
    let project = project(&text)
        .file("datasets/own.csv", &rows(20))
        .file("rows.csv", &format!("id,u,kind,t,v\n{long}"));
    project.expect(0, &[FILE, "--quiet", "--set", "record.models=chosen"]);
    let outcome = project.expect(3, &["predict", "results/x", "rows.csv"]);
    let told = "error[shape-mismatch]: a sequence has 7 steps, and the network was trained on at most 6";
    assert!(outcome.stderr.contains(told), "{}", outcome.stderr);
}
