//! The comparison over data sets in words: verdicts, and the section of the page.

use super::super::page::ROWS_MAX;
use super::super::sentences::{amount, difference, in_points, percent, short};
use super::super::write::markdown::{code, plain, table};
use super::{ArmOnSet, Board, Call, Judgement, figure, forest};
use crate::stats::{Interval, Rule, SETS_MIN, SETS_MIN_SEVERAL, SetPair};
use crate::text;

/// Verdicts of one table that are told one by one.
const VERDICTS_MAX: usize = 8;

/// One sentence for the whole table where nothing can be said of pairs, else one for each pair.
pub(super) fn verdicts(judgement: &Judgement, board: &Board) -> Vec<String> {
    let within = if board.context.is_empty() { String::new() } else { format!(" ({})", board.context) };
    let sets = text::count(board.over.sets, "data set");
    match board.calls.first() {
        None => Vec::new(),
        Some(Call::FewDataSets) => vec![format!(
            "Not tested over {sets}{within}: {}; the values and ranks are in the table.",
            least(board.arms.len())
        )],
        Some(Call::OneSource) => vec![format!(
            "Not tested over {sets}{within}: several of them come from one source, so they are not independent; the values and ranks are \
             in the table."
        )],
        Some(Call::NoDifference) if board.calls.iter().all(|call| *call == Call::NoDifference) => {
            let p = board.over.friedman.map_or(1.0, |f| f.f_p);
            vec![format!(
                "Undecided over {sets}{within}: no difference is found among the {} arms (Friedman's test, F of Iman and Davenport, \
                 p = {}).",
                board.arms.len(),
                text::significant(p, 2)
            )]
        }
        Some(_) => {
            let pairs = board.over.pairs.iter().zip(&board.calls).take(VERDICTS_MAX);
            let mut all: Vec<String> =
                pairs.map(|(p, call)| verdict(judgement, board, p, *call, &within)).collect();
            if board.calls.len() > VERDICTS_MAX {
                all.push(format!(
                    "All {} comparisons over {sets}{within} are in the table.",
                    board.calls.len()
                ));
            }
            all
        }
    }
}

/// `two arms take 6 at least`.
fn least(arms: usize) -> String {
    match arms {
        2 => format!("two arms take {SETS_MIN} at least"),
        _ => format!("more than two arms take {SETS_MIN_SEVERAL} at least"),
    }
}

fn verdict(judgement: &Judgement, board: &Board, pair: &SetPair, call: Call, within: &str) -> String {
    let (a, b) = (&board.arms[pair.a], &board.arms[pair.b]);
    let sets = text::count(board.over.sets, "data set");
    let shown = |flip: bool| counts(judgement, board, pair, flip);
    let (first, second, flip) = match call {
        Call::Better(arm) | Call::LearnedLess(arm) if arm == pair.b => (b, a, true),
        _ => (a, b, !matches!(call, Call::Better(_) | Call::LearnedLess(_)) && pair.losses > pair.wins),
    };
    match call {
        Call::Better(_) => {
            format!("{first} is better than {second} over {sets}{within}: {}.", shown(flip))
        }
        Call::Equivalent => {
            format!(
                "{a} and {b} are practically equivalent over {sets}{within}: {}; differences {} count as none.",
                shown(flip),
                within_region(judgement)
            )
        }
        Call::LearnedLess(arm) => {
            let ((x, of_x), (y, of_y)) =
                (board.learned(arm), board.learned(if flip { pair.a } else { pair.b }));
            format!(
                "Undecided over {sets}{within} between {a} and {b}: {first} is ahead ({}), but learned less often, in {x} of {of_x} \
                 trials against {y} of {of_y}.",
                shown(flip)
            )
        }
        Call::Region => format!(
            "Undecided over {sets}{within} between {a} and {b}: {}; the tests find a difference, and half of the data sets show one \
             that counts as none ({}).",
            shown(flip),
            within_region(judgement)
        ),
        _ => format!("Undecided over {sets}{within} between {a} and {b}: {}.", shown(flip)),
    }
}

/// `up to 1 point`.
fn within_region(judgement: &Judgement) -> String {
    let size = if judgement.rope_relative {
        percent(judgement.rope)
    } else {
        amount(&judgement.metric, judgement.rope)
    };
    format!("up to {size}")
}

/// `test accuracy of softmax better on 10, worse on 1, the same on 1, median difference +2.1 points (signed-rank p = 0.0034)`, as seen
/// from a, or from b when `flip`.
fn counts(judgement: &Judgement, board: &Board, pair: &SetPair, flip: bool) -> String {
    let (wins, losses) = if flip { (pair.losses, pair.wins) } else { (pair.wins, pair.losses) };
    let seen_from = if flip { pair.b } else { pair.a };
    let same = if pair.ties > 0 { format!(", the same on {}", pair.ties) } else { String::new() };
    let interval = board.interval(pair, flip).map_or(String::new(), |i| {
        format!("{} interval {}, ", percent(judgement.confidence), between(judgement, board, i))
    });
    let p = pair.test.map_or(String::new(), |test| {
        let holm = match pair.p_holm {
            Some(holm) if holm > test.p => format!(", Holm's p = {}", text::significant(holm, 2)),
            _ => String::new(),
        };
        format!(" ({interval}signed-rank p = {}{holm})", text::significant(test.p, 2))
    });
    format!(
        "{} {} of {} better on {wins}, worse on {losses}{same}{}{p}",
        judgement.part,
        judgement.metric,
        board.arms[seen_from],
        median(judgement, board, pair, flip)
    )
}

/// `-0.1 to 0.4`, in the unit of a difference. Each end has digits of its own: such an interval need not be symmetric.
fn between(judgement: &Judgement, board: &Board, interval: Interval) -> String {
    let factor = if in_points(&judgement.metric) { 100.0 } else { 1.0 };
    let end = |x: f64| match board.relative {
        true => percent(x),
        false => text::significant(factor * x + 0.0, 2),
    };
    format!("{} to {}", end(interval.low), end(interval.high))
}

/// `, median difference +2.1 points`.
fn median(judgement: &Judgement, board: &Board, pair: &SetPair, flip: bool) -> String {
    let signed = if flip { SetPair { median: -pair.median, ..*pair } } else { *pair };
    match board.median(&signed) {
        Some(share) if board.relative => {
            let sign = if share > 0.0 { "+" } else { "" };
            format!(", median difference {sign}{}", percent(share))
        }
        Some(x) => format!(", median difference {}", difference(&judgement.metric, x + 0.0, None)),
        None => ", and on half of them or more only one of the two learned at all".into(),
    }
}

pub(super) fn section(judgement: &Judgement, boards: &[Board], with_verdicts: bool) -> String {
    if boards.is_empty() {
        return String::new();
    }
    let mut out = String::from("## Over the data sets\n\n");
    for (index, board) in boards.iter().enumerate() {
        if !board.context.is_empty() {
            out.push_str(&format!("### {}\n\n", plain(&board.context)));
        }
        for verdict in verdicts(judgement, board).iter().filter(|_| with_verdicts) {
            out.push_str(&format!("**{}**\n\n", plain(verdict)));
        }
        out.push_str(&values(board));
        out.push_str(&pairs(judgement, board));
        if forest::is_drawn(board) {
            out.push_str(&format!(
                "![Differences on each data set](figures/{}.svg)\n\n",
                forest::name(index)
            ));
        }
        if board.over.critical_difference.is_some() {
            out.push_str(&format!("![Mean ranks](figures/{}.svg)\n\n", figure::name(index)));
        }
        out.push_str(&tested(judgement, board));
        out.push('\n');
    }
    out.push_str(&reading(judgement, boards));
    out
}

fn values(board: &Board) -> String {
    let header: Vec<String> =
        std::iter::once("data set".to_string()).chain(board.arms.iter().map(|a| code(a))).collect();
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let right: Vec<bool> = (0..header.len()).map(|i| i > 0).collect();
    let cell = |set: usize, arm: usize| {
        let rank = board.over.ranks[set].as_ref().map_or(String::new(), |r| format!(" ({})", short(r[arm])));
        match board.cells[set][arm].as_ref() {
            None => "-".to_string(),
            Some(ArmOnSet { value: None, .. }) => format!("none learned{rank}"),
            Some(ArmOnSet { value: Some(x), .. }) => format!("{}{rank}", short(*x)),
        }
    };
    let mut rows: Vec<Vec<String>> = (0..board.data_sets.len().min(ROWS_MAX))
        .map(|set| {
            let name = code(&board.data_sets[set]);
            std::iter::once(name).chain((0..board.arms.len()).map(|arm| cell(set, arm))).collect()
        })
        .collect();
    if !board.over.mean_ranks.is_empty() {
        let means = board.over.mean_ranks.iter().map(|r| format!("**{}**", short(*r)));
        rows.push(std::iter::once("**mean rank**".to_string()).chain(means).collect());
    }
    let mut out = table(&header, &right, &rows);
    if let Some(more @ 1..) = board.data_sets.len().checked_sub(ROWS_MAX) {
        out.push_str(&format!("\n{} in [datasets.csv](datasets.csv).\n", text::count(more, "more data set")));
    }
    out.push('\n');
    out
}

/// The tests pair by pair, where there are any.
fn pairs(judgement: &Judgement, board: &Board) -> String {
    if board.over.rule == Rule::Table {
        return String::new();
    }
    let number = |p: Option<f64>| p.map_or("-".to_string(), |p| text::significant(p, 2));
    let several = board.over.pairs.len() > 1;
    let row = |(pair, call): (&SetPair, &Call)| {
        let mut row = vec![
            code(&board.arms[pair.a]),
            code(&board.arms[pair.b]),
            format!("{} / {} / {}", pair.wins, pair.ties, pair.losses),
            match board.median(pair) {
                Some(share) if board.relative => percent(share),
                Some(x) => difference(&judgement.metric, x, None),
                None => "-".into(),
            },
            board.interval(pair, false).map_or("-".into(), |i| between(judgement, board, i)),
            pair.test.map_or("-".into(), |t| short(t.statistic())),
            number(pair.test.map(|t| t.p)),
        ];
        row.extend(several.then(|| number(pair.p_holm)));
        row.push(match call {
            Call::Better(arm) => plain(&format!("{} better", board.arms[*arm])),
            Call::Equivalent => "practically equivalent".into(),
            _ => "undecided".into(),
        });
        row
    };
    let rows: Vec<Vec<String>> = board.over.pairs.iter().zip(&board.calls).take(ROWS_MAX).map(row).collect();
    let interval = format!("{} interval", percent(judgement.confidence));
    let mut header = vec!["A", "B", "A better / same / worse", "median A - B", &interval, "W", "p"];
    header.extend(several.then_some("Holm's p"));
    header.push("verdict");
    let right: Vec<bool> = (0..header.len()).map(|i| i > 1 && i + 1 < header.len()).collect();
    let mut out = table(&header, &right, &rows);
    if let Some(more @ 1..) = board.over.pairs.len().checked_sub(ROWS_MAX) {
        out.push_str(&format!(
            "\n{} in [over_datasets.csv](over_datasets.csv).\n",
            text::count(more, "more pair")
        ));
    }
    out.push('\n');
    out
}

/// What was tested, what was not, and why.
fn tested(judgement: &Judgement, board: &Board) -> String {
    let sets = board.over.sets;
    let left_out = match board.data_sets.len() - sets {
        0 => String::new(),
        n => format!(" {} without a result of every arm left out.", text::count(n, "data set")),
    };
    let alpha = text::significant(1.0 - judgement.confidence, 3);
    let signed_rank = "Wilcoxon's signed-rank test over the data sets, two-sided; equal pairs keep their ranks (Pratt 1959)";
    let beside = format!(
        "An arm is called better at {} ≤ {alpha}, where the median difference is more than counts as none ({}) and it did not learn less \
         often (Newcombe's interval of the difference in shares, all data sets together). {} The interval is of the centre of the \
         differences (Hodges and Lehmann; the values that the signed-rank test does not reject), without correction for several pairs.",
        if board.over.pairs.len() > 1 { "Holm's p" } else { "p" },
        if board.region > 0.0 { within_region(judgement) } else { "nothing does".into() },
        if board.region > 0.0 {
            "Two arms are called equivalent where the interval lies within that and neither learned less often."
        } else {
            "Equivalence is not tested."
        },
    );
    match (board.over.rule, &board.over.friedman) {
        (Rule::Table, _) if board.one_source => {
            format!("Nothing is tested: data sets of one source are not independent.{left_out}\n")
        }
        (Rule::Table, _) if board.arms.len() == 2 => format!(
            "Nothing is tested: with {} the smallest two-sided p of the signed-rank test is {}.{left_out}\n",
            text::count(sets, "data set"),
            text::significant(2f64.powi(1 - i32::try_from(sets).unwrap_or(0)).min(1.0), 3)
        ),
        (Rule::Table, _) => format!(
            "Nothing is tested: {} are too few for Friedman's test of {} arms, which is an approximation held to be good from \
             {SETS_MIN_SEVERAL} on.{left_out}\n",
            text::count(sets, "data set"),
            board.arms.len()
        ),
        (Rule::TwoArms, _) => format!("Tested: {signed_rank}. {beside}{left_out}\n"),
        (Rule::Several, None) => {
            format!("Friedman's test cannot tell arms apart that tie on every data set.{left_out}\n")
        }
        (Rule::Several, Some(test)) => {
            let (k, n) = (board.arms.len() - 1, sets - 1);
            let p = |p: f64| text::significant(p, 2);
            let mut out = format!(
                "Tested: Friedman's test of mean ranks, χ²({k}) = {}, p = {}, and by the F of Iman and Davenport, F({k}, {}) = {}, p = {}. ",
                text::significant(test.chi2, 3),
                p(test.p),
                k * n,
                if test.f.is_finite() { text::significant(test.f, 3) } else { "∞".into() },
                p(test.f_p)
            );
            match board.over.critical_difference {
                None => out.push_str("It finds no difference, so none is claimed of a pair."),
                Some(cd) => out.push_str(&format!(
                    "Then each pair: {signed_rank}, with Holm's correction for {}. {beside} Nemenyi's critical difference of mean ranks is \
                     {}; verdicts do not rest on it, since mean ranks depend on who else is compared (Benavoli et al. 2016).",
                    text::count(board.over.pairs.len(), "comparison"),
                    short(cd)
                )),
            }
            format!("{out}{left_out}\n")
        }
    }
}

/// What the numbers of the tables are.
fn reading(judgement: &Judgement, boards: &[Board]) -> String {
    let cells = || boards.iter().flat_map(|b| b.cells.iter().flatten().flatten());
    let never = if cells().any(|c| c.value.is_none()) {
        " An arm of which no trial learned on a data set ranks last there."
    } else {
        ""
    };
    let ratios = if boards.iter().any(|b| b.relative) {
        " Data sets differ in the unit of this metric, so ratios are compared, and differences are shares of B."
    } else {
        ""
    };
    format!(
        "Each number is the mean {} {} of the trials of an arm's selected configuration that learned on that data set, its rank in \
         brackets, 1 the best; equal ones share the mean of their ranks.{never}{ratios} Data sets are held to be independent; what they \
         have in common, the tests do not know.\n",
        plain(&judgement.part),
        plain(&judgement.metric)
    )
}
