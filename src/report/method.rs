//! How the numbers came about: what learned means, which intervals and tests, and what makes a verdict.

use super::page::Page;
use super::selection::Arm;
use super::sentences::{percent, short};
use super::view::View;
use super::write::markdown::code;
use crate::diagnose::hopeless;
use crate::spec::Truncate;
use crate::stats::{EXACT_PAIRS, Folds, PERMUTATION_DRAWS, PERMUTATION_SEED, SIGNED_RANK_MIN};
use crate::text;

pub(super) fn section(page: &Page<'_, '_>) -> String {
    let view = page.view;
    let mut out = String::from("## Method\n\n");
    out.push_str(&learned(view));
    out.push_str(&ended_early(page));
    out.push_str(&label_noise(view));
    out.push_str(&truncated(view));
    out.push_str(&search(page));
    let interval = match view.folds {
        Folds::Independent => "Student's t over seeds".to_string(),
        Folds::Shared { ratio } => format!(
            "corrected for the training rows that folds share (Nadeau and Bengio 2003, test to training rows {})",
            text::significant(ratio, 3)
        ),
    };
    out.push_str(&format!("- Intervals are {interval}, at {}.\n", percent(view.confidence)));
    if !page.pairs.is_empty() {
        out.push_str(&comparison(page));
        out.push_str(&verdicts(page));
    }
    out.push_str(&kept(view));
    out
}

/// Which epochs the files hold.
fn kept(view: &View<'_>) -> String {
    let every = match view.recorded_every() {
        (0 | 1, 0 | 1) => "every epoch".to_string(),
        (least, most) if least == most => {
            format!("every {} epoch only (`[record] every = 1` keeps all)", ordinal(least))
        }
        (least, most) => format!(
            "every {} to {} epoch only, the longer a trial the fewer (`[record] every = 1` keeps all)",
            ordinal(least),
            ordinal(most)
        ),
    };
    let thinned = match view.metrics_every() {
        1 => String::new(),
        n => {
            format!(", thinned in `metrics.csv` to every {} of these and the last of each trial", ordinal(n))
        }
    };
    format!(
        "- `curves.csv` and `metrics.csv` hold {every}{thinned}; numbers in the files have nine significant digits.\n"
    )
}

/// How configurations were chosen from ranges and lists, where they were drawn.
fn search(page: &Page<'_, '_>) -> String {
    let view = page.view;
    let sweep = &view.results.experiment.sweep;
    if !sweep.is_drawn() {
        return String::new();
    }
    let axes: Vec<String> = sweep.drawn.iter().map(|a| format!("`{}`", sweep.axes[*a].key)).collect();
    let found = page.selection.arms.iter().map(|arm| arm.candidates.len()).min().unwrap_or(0);
    let found = if view.results.experiment.compare.is_some() { found } else { view.configurations() };
    let count = match sweep.configurations {
        Some(n) if found < n => format!(
            ", {} for each arm: the axes do not have the {} asked for",
            text::count(found, "configuration"),
            text::grouped(n as u64)
        ),
        Some(n) => format!(", {} for each arm", text::count(n, "configuration")),
        None => String::new(),
    };
    let halted = (0..view.configurations()).filter(|c| view.rung(*c).is_some()).count();
    let rungs = match halted {
        0 => String::new(),
        n => format!(
            " {} stopped before the whole budget, because others looked better on the {} part; their results are of the last epoch \
             they reached, and none of them could be chosen.",
            if n == 1 {
                "1 configuration was".into()
            } else {
                format!("{} were", text::count(n, "configuration"))
            },
            view.chooses.name()
        ),
    };
    format!(
        "- Values of {} were drawn by `{}` (seed {}){count}.{rungs}\n",
        axes.join(", "),
        sweep.method.name(),
        sweep.seed
    )
}

/// How many trials were ended because they would not learn, and after how much of their budget.
fn ended_early(page: &Page<'_, '_>) -> String {
    let view = page.view;
    let configurations = &view.results.plan.configurations;
    let train = |c: usize| &*configurations[c].configuration.train;
    if !configurations.iter().any(|c| c.configuration.train.stop_hopeless) {
        return String::new();
    }
    let ended =
        |c: usize| view.all(c).iter().filter_map(move |d| hopeless::ended(d.record, train(c), d.trial.until));
    let shares: Vec<f64> = (0..configurations.len()).flat_map(ended).collect();
    let all: usize = (0..configurations.len()).map(|c| view.all(c).len()).sum();
    if shares.is_empty() {
        return "- Trials that will not learn are ended early (`stop_hopeless`): none was.\n".into();
    }
    let mean = shares.iter().sum::<f64>() / shares.len() as f64;
    let of_arm = |arm: &Arm| {
        let count: usize = arm.candidates.iter().map(|c| ended(*c).count()).sum();
        (count > 0).then(|| format!("{} of {}", text::grouped(count as u64), code(&arm.name())))
    };
    let arms: Vec<String> = match view.results.experiment.compare {
        Some(_) => page.selection.arms.iter().filter_map(of_arm).collect(),
        None => Vec::new(),
    };
    let arms = if arms.is_empty() { String::new() } else { format!(" ({})", arms.join(", ")) };
    format!(
        "- {} of {} ended early, after {} of the budget on average (`stop_hopeless`){arms}: until then never better than the baseline on the \
         training and the validation part, and no longer falling in loss. Such a trial counts as not learned, with the metrics of that \
         moment; its `end` is `hopeless`, or `diverged` where its loss had risen tenfold.\n",
        text::grouped(shares.len() as u64),
        match all {
            1 => "1 trial was".into(),
            n => format!("{} were", text::count(n, "trial")),
        },
        percent(mean)
    )
}

/// Which labels are not those of the data.
fn label_noise(view: &View<'_>) -> String {
    let of = |planned: &crate::plan::Planned| planned.configuration.data.label_noise;
    let mut shares: Vec<f64> = view.results.plan.configurations.iter().map(of).collect();
    shares.sort_by(f64::total_cmp);
    shares.dedup();
    let told: Vec<String> = shares.iter().map(|share| percent(*share)).collect();
    match shares.as_slice() {
        [] | [0.0] => String::new(),
        _ => format!(
            "- Labels of the training and the validation part are replaced by those of another class with a probability of {} \
             (`data.label_noise`): what is measured on these parts is measured against wrong labels too. The test part keeps its labels.\n",
            told.join(" or ")
        ),
    }
}

/// Says where gradients through time are cut: they are then not those of the loss.
fn truncated(view: &View<'_>) -> String {
    let mut told: Vec<String> = Vec::new();
    let recurrent = view.results.plan.configurations.iter().filter_map(|c| c.configuration.model.recurrent);
    for recurrent in recurrent {
        let text = match recurrent.truncate {
            Truncate::Never => continue,
            Truncate::Window(k) => format!("reach back {} from each (a window)", text::count(k, "step")),
            Truncate::Chunk(k) => format!("end where a piece of {} begins", text::count(k, "step")),
        };
        if !told.contains(&text) {
            told.push(text);
        }
    }
    match told.as_slice() {
        [] => String::new(),
        _ => format!(
            "- Gradients through time {} (`truncate`): they are not the gradient of the loss, which reaches the first step.\n",
            told.join(", or ")
        ),
    }
}

fn learned(view: &View<'_>) -> String {
    let metric = view.skill_metric();
    let baseline = if metric == "accuracy" { "the majority class" } else { "the mean of the target" };
    let wilson = match view.folds {
        Folds::Independent => " `summary.csv` has Wilson intervals of the share that learned.",
        Folds::Shared { .. } => "",
    };
    format!(
        "- A trial learned when its {metric} on the {} part covered at least {} of the way from the baseline ({baseline}) to perfect.{wilson}\n",
        view.chooses.name(),
        percent(view.margin)
    )
}

/// `2nd`, `13th`, `101st`.
fn ordinal(n: usize) -> String {
    let ending = match (n % 100, n % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

fn comparison(page: &Page<'_, '_>) -> String {
    let (on, test) = match page.view.folds {
        Folds::Independent => ("seeds", "the paired t test that the interval belongs to"),
        Folds::Shared { .. } => ("folds", "the corrected resampled t test that the interval belongs to"),
    };
    let largest = page.pairs.iter().filter_map(|p| p.paired.as_ref().map(|x| x.n)).max().unwrap_or(0);
    let flip = match page.view.folds {
        Folds::Shared { .. } => String::new(),
        Folds::Independent if largest <= EXACT_PAIRS => {
            " Beside it stands that of the exact sign-flip permutation test, which supposes no normal distribution.".into()
        }
        Folds::Independent => format!(
            " Beside it stands that of the sign-flip permutation test, which supposes no normal distribution: exact up to {EXACT_PAIRS} \
             pairs, above from {} patterns drawn with seed {PERMUTATION_SEED}.",
            text::grouped(PERMUTATION_DRAWS as u64)
        ),
    };
    let ranks = match page.view.folds {
        Folds::Independent if largest >= SIGNED_RANK_MIN => {
            " `comparison.csv` has also that of Wilcoxon's signed-rank test (`p_wilcoxon`; equal pairs keep their ranks, Pratt 1959)."
        }
        _ => "",
    };
    format!(
        "- Arms are compared on the same {on}, where both learned; p is of {test}, two-sided.{flip}{ranks} P(A better) is over all pairs, \
         ties as half, a failed trial as worse than any other. d_z is the mean difference over its standard deviation.\n"
    )
}

/// The two routes to a verdict, as `comparison` walks them.
fn verdicts(page: &Page<'_, '_>) -> String {
    let (view, several) = (page.view, page.pairs.len() > 1);
    let alpha = text::significant(1.0 - view.confidence, 3);
    let relative = view.results.experiment.compare.as_ref().is_some_and(|c| c.rope_relative);
    let mut out = format!(
        "- Differences up to {}{} are held to be of no practical importance. An interval wholly within that decides for \
         equivalence; one that excludes 0, with a mean beyond it{}, for an arm; otherwise the comparison is undecided.\n",
        page.pairs.first().map_or("0".into(), |p| short(p.rope)),
        if relative { " (relative to the mean; of the first pair)" } else { "" },
        if several { format!(" and Holm's p at most {alpha}") } else { String::new() },
    );
    out.push_str(&match view.folds {
        Folds::Independent => format!(
            "- An arm that learned on more seeds is better where {} p of McNemar's exact test is at most {alpha} and the metric does not \
             speak for the other. An arm that learns less often is never called better.\n",
            if several { "Holm's" } else { "the" }
        ),
        Folds::Shared { .. } => "- An arm that learns less often is never called better. How often the arms learned is not tested: folds are \
             not independent.\n"
            .into(),
    });
    if several {
        let tests = match view.folds {
            Folds::Independent => "the p of the t tests and, apart from them, those of McNemar's tests",
            Folds::Shared { .. } => "the p of the t tests",
        };
        out.push_str(&format!(
            "- {} comparisons: Holm's correction is made over {tests}.\n",
            page.pairs.len()
        ));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::ordinal;

    #[test]
    fn ordinals_end_as_english_asks() {
        let written: Vec<String> = [1, 2, 3, 4, 10, 11, 12, 13, 21, 22, 101, 112].map(ordinal).to_vec();
        assert_eq!(written.join(" "), "1st 2nd 3rd 4th 10th 11th 12th 13th 21st 22nd 101st 112th");
    }
}
