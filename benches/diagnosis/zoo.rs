//! The zoo: mistakes that people posted, and what the doctor says first of each.
//!
//! What is wrong with them is known (the notes of the files), so that each system lists which first causes are what its author needed to hear.

use std::fmt::Write as _;

use super::doctor::{Examined, Finding, doctor};
use super::pages::{project, read, row};

/// One arm of a file of the zoo.
struct System {
    id: &'static str,
    file: &'static str,
    /// The variant that is as posted; none for a file of one network.
    arm: Option<&'static str>,
    /// What was posted.
    posted: &'static str,
    /// What was wrong.
    wrong: &'static str,
    /// First causes that say so; none where nothing is wrong and silence is right.
    needed: &'static [&'static str],
    /// What is to be added.
    remark: &'static str,
}

const GRADIENT: &[&str] = &["gradient"];

macro_rules! system {
    ($id:literal, $file:literal, $arm:expr, $posted:literal, $wrong:literal, $needed:expr) => {
        system!($id, $file, $arm, $posted, $wrong, $needed, "")
    };
    ($id:literal, $file:literal, $arm:expr, $posted:literal, $wrong:literal, $needed:expr, $remark:literal) => {
        System {
            id: $id,
            file: $file,
            arm: $arm,
            posted: $posted,
            wrong: $wrong,
            needed: $needed,
            remark: $remark,
        }
    };
}

const SYSTEMS: &[System] = &[
    system!(
        "A1",
        "a1_iris_sigmoid_mse",
        Some("as_posted"),
        "loss 0.124, accuracy 0.667",
        "relu as its own derivative; a rate 10 to 100 times too small",
        GRADIENT
    ),
    system!(
        "A2",
        "a2_iris_softmax_cross_entropy",
        Some("as_posted"),
        "loss 1112.78, accuracy 0.08",
        "sign, an extra p (1 - p), relu as its own derivative",
        GRADIENT
    ),
    system!(
        "B1",
        "b1_softmax_everywhere",
        Some("as_posted_one_hidden"),
        "50 % with one hidden layer",
        "softmax in the hidden layer; f (1 - f) without the rest of the Jacobian; U(-10, 10)",
        &["gradient", "double-activation"]
    ),
    system!(
        "B1",
        "b1_softmax_everywhere",
        Some("as_posted_two_hidden"),
        "10 % with more",
        "the same",
        &["gradient", "double-activation"]
    ),
    system!(
        "B2",
        "b2_softmax_sum_of_squares",
        Some("index_shadowed"),
        "overflow",
        "the index of a class in place of its probability",
        GRADIENT
    ),
    system!(
        "B2",
        "b2_softmax_sum_of_squares",
        Some("rows_summed"),
        "at most 15 %",
        "the rows of the Jacobian are summed to 0",
        GRADIENT
    ),
    system!(
        "B2",
        "b2_softmax_sum_of_squares",
        Some("softmax_of_softmax"),
        "works, nobody knows why",
        "not the gradient of its loss, but nearly that of another",
        GRADIENT
    ),
    system!(
        "B3",
        "b3_dynamic_model",
        Some("as_posted"),
        "0.50006 for three rows",
        "nothing is trained; behind that a target of -1 that sigmoid cannot reach, and weights of 0.001",
        &["range", "rate-scale", "init"]
    ),
    system!(
        "B4",
        "b4_xor_softmax",
        Some("class_as_posted"),
        "answers near 0.5, gradient check fails",
        "z (1 - z); the gradient is never set back to zero",
        GRADIENT
    ),
    system!(
        "B4",
        "b4_xor_softmax",
        Some("procedural_as_posted"),
        "answers near 0.5",
        "z (1 - z); the step is multiplied by the weight",
        GRADIENT
    ),
    system!(
        "B5",
        "b5_rnn_state_derivative",
        Some("derivative_at_state"),
        "gradient check fails for U, W, and a bias",
        "tanh' taken at the state instead of the pre-activation",
        GRADIENT
    ),
    system!(
        "B5",
        "b5_rnn_many_to_one",
        Some("as_posted"),
        "nothing: not noticed",
        "the backward pass uses input and state of step 0",
        GRADIENT
    ),
    system!(
        "C1",
        "c1_range_wise_mae",
        Some("as_posted"),
        "slow loop",
        "a last range of one element is left out",
        GRADIENT
    ),
    system!(
        "C2",
        "c2_svm_hinge",
        Some("as_posted"),
        "what does `j == y[i]` do?",
        "only the true class is summed, so that nothing depends on the weights",
        GRADIENT
    ),
    system!(
        "C3",
        "c3_quadratic_regression",
        Some("as_posted_20_steps"),
        "25.45, 2.1e11, 1.8e21",
        "a rate of 0.01 where 2 / 413.6 = 0.0048 is the most; x and x² were not scaled",
        &["rate-scale", "scale", "target-scale"]
    ),
    system!(
        "C4",
        "c4_fmin_cg",
        Some("parameters_ignored"),
        "the cost moves by 0.0025 in 20 iterations",
        "the cost does not read `theta`",
        GRADIENT
    ),
    system!(
        "C5",
        "c5_unnormalized_probabilities",
        Some("softmax_then_normalized"),
        "gradients that surprise",
        "nothing",
        &[]
    ),
    system!(
        "C6",
        "c6_or_gate",
        Some("squared_error_50"),
        "right predictions",
        "the square of the error as signal; no bias",
        GRADIENT
    ),
    system!(
        "D1",
        "d1_iris_gist",
        Some("as_posted"),
        "no figure",
        "works; test rows repeat, one scale for all columns, a summed gradient",
        &["duplicates", "scale", "sum-reduction"]
    ),
    system!(
        "E1",
        "e1_softmax_axis",
        None,
        "IndexError",
        "cannot be written here; as it was meant nothing is wrong",
        &[]
    ),
    system!(
        "E2",
        "e2_spiral",
        Some("three_units"),
        "question about shapes, no training",
        "three units cannot follow winding arms",
        &["narrow", "capacity"]
    ),
    system!(
        "E3",
        "e3_regression_11_11_1",
        Some("features_only_at_0_1"),
        "J near 1e12",
        "the target of size 1e6 was never scaled",
        &["target-scale"]
    ),
    system!(
        "E4",
        "e4_masked_softmax",
        Some("mask_on_outputs"),
        "which form is right?",
        "a mask on outputs that are not renormalised does nothing in training",
        &["pairing"]
    ),
    system!(
        "E5",
        "e5_scratch_mlp",
        Some("three_units"),
        "how to use it for digits?",
        "shapes, which cannot be written here; then three units for digits",
        &["capacity"]
    ),
    system!(
        "E6",
        "e6_xor_without_one_row",
        Some("one_unit_rows_as_posted"),
        "learns \"XOR\"",
        "(1, 1) is missing and (0, 0) is there twice",
        &["truth-table"]
    ),
    system!(
        "E6",
        "e6_xor_without_one_row",
        Some("four_hidden_units_xor_extra_derivative"),
        "the answer's gradient",
        "Y - T, which is the derivative already, times the derivative once more",
        GRADIENT
    ),
    system!("E7", "e7_instance_against_batch", Some("row_by_row"), "0.542 s and 0.220 s", "nothing", &[]),
];

/// The position of the first trial of an arm, as the plan has it: variants in their order, with as many trials each.
fn first_trial(system: &System) -> Option<String> {
    let arm = system.arm?;
    let text = read(&format!("experiments/zoo/{}.toml", system.file));
    let mut variants = text.lines().filter_map(|line| line.strip_prefix("[variants."));
    let position = variants.position(|name| name == format!("{arm}]")).expect("the arm is a variant");
    let table: toml::Table = text.parse().expect("a file of the zoo is TOML");
    let seeds = table["train"]["seeds"].as_integer().expect("a number of seeds");
    Some((position * usize::try_from(seeds).expect("seeds are counted")).to_string())
}

fn examined(system: &System) -> Examined {
    let file = project(&format!("experiments/zoo/{}.toml", system.file));
    let trial = first_trial(system);
    let more: Vec<&str> = trial.iter().flat_map(|trial| ["--trial", trial.as_str()]).collect();
    let mut all = doctor(&file, &more).expect("the doctor takes a file of the zoo");
    assert_eq!(all.len(), 1, "{}", system.file);
    let one = all.remove(0);
    assert_eq!(one.name, system.arm.unwrap_or(system.file));
    one
}

/// Whether what is told first is what the author needed to hear: the first cause, or, where nothing is wrong, what is worth knowing.
fn is_heard(system: &System, examined: &Examined) -> bool {
    match first(examined).filter(|_| !system.needed.is_empty()) {
        Some(first) => system.needed.contains(&first.code.as_str()),
        None => system.needed.is_empty() && examined.told().next().is_none(),
    }
}

/// What the verdict names.
fn first(examined: &Examined) -> Option<&Finding> {
    let is_note = |finding: &&Finding| finding.severity == "note" && finding.is_cause();
    let note = || examined.findings.iter().find(is_note).filter(|note| examined.verdict.contains(&note.says));
    examined.top_cause().or_else(note)
}

/// The table, and how many hear what they need.
pub(crate) fn text() -> String {
    let mut text = row(&[
        "id",
        "posted",
        "what was wrong",
        "the doctor, of the network as posted",
        "what it names first",
        "what was needed?",
    ]);
    text.push_str("|---|---|---|---|---|---|\n");
    let mut missed = Vec::new();
    for system in SYSTEMS {
        let examined = examined(system);
        let is_heard = is_heard(system, &examined);
        if !is_heard {
            missed.push((system.file, system.arm.unwrap_or_default()));
        }
        let id = match system.arm {
            Some(arm) => format!("[{}]({}.toml), `{arm}`", system.id, system.file),
            None => format!("[{}]({}.toml)", system.id, system.file),
        };
        let code = first(&examined).map_or("-".into(), |first| format!("`{}`", first.code));
        let verdict = if is_heard { "yes" } else { "**no**" };
        let remark = if system.remark.is_empty() { String::new() } else { format!(": {}", system.remark) };
        let cells =
            [&id, system.posted, system.wrong, &examined.verdict, &code, &format!("{verdict}{remark}")];
        text.push_str(&row(&cells));
    }
    assert!(missed.is_empty(), "not heard of the zoo: {missed:?}");
    let heard = SYSTEMS.len() - missed.len();
    write!(text, "\n{heard} of {} hear first what they needed to hear.\n", SYSTEMS.len()).expect("to memory");
    text
}
