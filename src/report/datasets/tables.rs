//! `datasets.csv`, `dataset_pairs.csv`, and `over_datasets.csv` as data. Columns are a promise: add at the end, never rename.

use super::super::tables::{Cell, Table, count, maybe, names, text, verdict_word};
use super::{Board, Call, OverSets};
use crate::stats::SetPair;

/// One row per data set and arm.
pub(super) fn data_sets(over: &OverSets) -> Table<'_> {
    let columns =
        names(["context", "data_set", "arm", "part", "metric", "value", "rank", "n_learned", "n_trials"]);
    let row = move |board: &'_ Board, set: usize, arm: usize| {
        let cell = board.cells[set][arm].as_ref();
        let rank = board.over.ranks[set].as_ref().map(|ranks| ranks[arm]);
        let mut row =
            vec![Cell::Text(board.context.clone().into()), Cell::Text(board.data_sets[set].clone().into())];
        row.push(Cell::Text(board.arms[arm].clone().into()));
        row.extend([text(&over.judgement.part), text(&over.judgement.metric)]);
        row.extend([maybe(cell.and_then(|c| c.value)), maybe(rank)]);
        row.extend([cell.map_or(0, |c| c.learned), cell.map_or(0, |c| c.trials)].map(count));
        row
    };
    let of_board = move |board: &'_ Board| -> Vec<Vec<Cell<'_>>> {
        let places =
            (0..board.data_sets.len()).flat_map(|set| (0..board.arms.len()).map(move |arm| (set, arm)));
        places.map(|(set, arm)| row(board, set, arm)).collect()
    };
    Table { columns, rows: Box::new(over.boards.iter().flat_map(of_board)) }
}

/// One row per data set and pair of arms.
pub(super) fn pairs_on_sets(over: &OverSets) -> Table<'_> {
    let columns =
        names(["context", "data_set", "a", "b", "part", "metric", "n", "delta", "low", "high", "verdict"]);
    let row = move |board: &'_ Board, set: usize, pair: &SetPair| {
        let on = board.on_set(set, pair);
        let interval = on.as_ref().and_then(|on| on.interval);
        let mut row = [&board.context, &board.data_sets[set], &board.arms[pair.a], &board.arms[pair.b]]
            .map(|t| Cell::Text(t.clone().into()))
            .to_vec();
        row.extend([text(&over.judgement.part), text(&over.judgement.metric)]);
        row.push(count(on.as_ref().map_or(0, |on| on.pairs)));
        row.extend(
            [on.as_ref().map(|on| on.difference), interval.map(|i| i.low), interval.map(|i| i.high)]
                .map(maybe),
        );
        row.push(text(on.map_or("", |on| verdict_word(on.verdict))));
        row
    };
    let of_board = move |board: &'_ Board| -> Vec<Vec<Cell<'_>>> {
        let places =
            (0..board.data_sets.len()).flat_map(|set| board.over.pairs.iter().map(move |p| (set, p)));
        places.map(|(set, pair)| row(board, set, pair)).collect()
    };
    Table { columns, rows: Box::new(over.boards.iter().flat_map(of_board)) }
}

/// One row per pair of arms.
pub(super) fn pairs(over: &OverSets) -> Table<'_> {
    let columns = names([
        "context",
        "a",
        "b",
        "part",
        "metric",
        "n",
        "wins",
        "ties",
        "losses",
        "median_difference",
        "relative",
        "w",
        "p",
        "p_holm",
        "verdict",
        "reason",
        "mean_rank_a",
        "mean_rank_b",
        "friedman_chi2",
        "friedman_p",
        "iman_davenport_f",
        "iman_davenport_p",
        "critical_difference",
        "hodges_lehmann",
        "low",
        "high",
    ]);
    let row = move |board: &'_ Board, pair: &SetPair, call: Call| {
        let (verdict, reason) = words(call, pair);
        let mean_rank = |arm: usize| board.over.mean_ranks.get(arm).copied();
        let friedman = board.over.friedman;
        let mut row = [&board.context, &board.arms[pair.a], &board.arms[pair.b]]
            .map(|t| Cell::Text(t.clone().into()))
            .to_vec();
        row.extend([text(&over.judgement.part), text(&over.judgement.metric)]);
        row.extend([board.over.sets, pair.wins, pair.ties, pair.losses].map(count));
        row.extend([maybe(board.median(pair)), text(if board.relative { "yes" } else { "no" })]);
        row.extend([pair.test.map(|t| t.statistic()), pair.test.map(|t| t.p), pair.p_holm].map(maybe));
        row.extend([text(verdict), text(reason)]);
        row.extend([mean_rank(pair.a), mean_rank(pair.b)].map(maybe));
        row.extend([friedman.map(|f| f.chi2), friedman.map(|f| f.p)].map(maybe));
        row.extend([friedman.map(|f| f.f).filter(|f| f.is_finite()), friedman.map(|f| f.f_p)].map(maybe));
        row.push(maybe(board.over.critical_difference));
        row.push(maybe(pair.centre.and_then(|c| board.told(c.estimate))));
        let interval = board.interval(pair, false);
        row.extend([interval.map(|i| i.low), interval.map(|i| i.high)].map(maybe));
        row
    };
    let of_board = move |board: &'_ Board| -> Vec<Vec<Cell<'_>>> {
        board.over.pairs.iter().zip(&board.calls).map(|(pair, call)| row(board, pair, *call)).collect()
    };
    Table { columns, rows: Box::new(over.boards.iter().flat_map(of_board)) }
}

/// Verdict, and why nothing is decided.
fn words(call: Call, pair: &SetPair) -> (&'static str, &'static str) {
    match call {
        Call::Better(arm) if arm == pair.a => ("a_better", ""),
        Call::Better(_) => ("b_better", ""),
        Call::Equivalent => ("practically_equivalent", ""),
        Call::FewDataSets => ("not_tested", "few_data_sets"),
        Call::OneSource => ("not_tested", "one_source"),
        Call::NoDifference => ("undecided", "no_difference_among_arms"),
        Call::Level => ("undecided", "p_above_level"),
        Call::Region => ("undecided", "within_region"),
        Call::LearnedLess(_) => ("undecided", "learned_less_often"),
    }
}
