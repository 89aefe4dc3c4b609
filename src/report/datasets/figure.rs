//! The critical-difference diagram (Demšar 2006): mean ranks on a line, joined where they lie closer than the critical difference.
//!
//! Drawn only where the rule allows it: several arms, enough data sets, and a difference found by Friedman's test.

use plotters::style::text_anchor::HPos;

use super::super::svg::{self, Area, Failed, INK, WIDTH, canvas, cut, text_width};
use super::Board;
use crate::text;

const LABEL_FONT: i32 = 14;
const ROW: i32 = 26;
/// Pixels from the top to the line of ranks.
const AXIS: i32 = 104;

/// File name without folder and ending, of the table with this index.
pub(super) fn name(index: usize) -> String {
    if index == 0 { "ranks".into() } else { format!("ranks_{}", index + 1) }
}

/// What is drawn: arms by mean rank, best first.
struct Diagram {
    /// Label and mean rank.
    arms: Vec<(String, f64)>,
    /// First and last arm of each bar.
    bars: Vec<(usize, usize)>,
    critical: f64,
}

/// The bytes of the diagram; `None` where there is no critical difference.
pub(super) fn draw(board: &Board, alpha: f64) -> Option<Vec<u8>> {
    let diagram = diagram(board)?;
    let rows = diagram.arms.len().div_ceil(2) as i32;
    let height = AXIS + 14 + 9 * diagram.bars.len() as i32 + ROW * rows + 40;
    let title = format!("Mean ranks over {}", text::count(board.over.sets, "data set"));
    let caption = format!(
        "Best on the left. Bars join arms whose mean ranks differ by less than Nemenyi's critical difference ({} at {}).",
        text::significant(diagram.critical, 3),
        text::significant(alpha, 2)
    );
    Some(canvas(height, &title, &caption, |root| draw_on(root, &diagram, &title, &caption, height)))
}

fn diagram(board: &Board) -> Option<Diagram> {
    let critical = board.over.critical_difference?;
    let mut arms: Vec<(String, f64)> =
        board.arms.iter().zip(&board.over.mean_ranks).map(|(arm, rank)| (cut(arm, 36), *rank)).collect();
    arms.sort_by(|a, b| a.1.total_cmp(&b.1));
    let bars = bars(&arms.iter().map(|a| a.1).collect::<Vec<_>>(), critical);
    Some(Diagram { arms, bars, critical })
}

/// The longest runs of ascending mean ranks that lie closer than `critical`, of two arms at least.
fn bars(ranks: &[f64], critical: f64) -> Vec<(usize, usize)> {
    let mut bars: Vec<(usize, usize)> = Vec::new();
    for (first, best) in ranks.iter().enumerate() {
        let last = ranks.iter().rposition(|r| r - best < critical).unwrap_or(first);
        if last > first && bars.last().is_none_or(|bar| bar.1 < last) {
            bars.push((first, last));
        }
    }
    bars
}

fn draw_on(
    root: &Area<'_>,
    diagram: &Diagram,
    title: &str,
    caption: &str,
    height: i32,
) -> Result<(), Failed> {
    let widest = diagram.arms.iter().map(|a| text_width(&a.0, LABEL_FONT)).max().unwrap_or(0);
    let margin = widest + 80;
    let k = diagram.arms.len();
    let x = |rank: f64| {
        let share = (rank - 1.0) / (k - 1) as f64;
        margin + (share * f64::from(WIDTH - 2 * margin)).round() as i32
    };
    let line = |from: (i32, i32), to: (i32, i32), width: i32| svg::line(root, from, to, INK, width);
    let words = |t: &str, size: i32, at: (i32, i32), side: HPos| svg::words(root, t, size, at, side);
    words(title, 18, (16, 24), HPos::Left)?;
    words(caption, 12, (16, height - 16), HPos::Left)?;
    // The critical difference as a ruler above the ranks.
    let end = x(1.0 + diagram.critical.min((k - 1) as f64));
    line((x(1.0), 58), (end, 58), 2)?;
    line((x(1.0), 53), (x(1.0), 63), 1)?;
    line((end, 53), (end, 63), 1)?;
    words("critical difference", 12, (end + 8, 58), HPos::Left)?;
    line((x(1.0), AXIS), (x(k as f64), AXIS), 1)?;
    // Numbers of many ranks would cover one another.
    for rank in (1..=k).step_by(k.div_ceil(12)) {
        line((x(rank as f64), AXIS - 6), (x(rank as f64), AXIS), 1)?;
        words(&rank.to_string(), 13, (x(rank as f64), AXIS - 16), HPos::Center)?;
    }
    for (row, (first, last)) in (0..).zip(&diagram.bars) {
        let y = AXIS + 12 + 9 * row;
        line((x(diagram.arms[*first].1) - 3, y), (x(diagram.arms[*last].1) + 3, y), 4)?;
    }
    let left = k.div_ceil(2);
    let top = AXIS + 14 + 9 * diagram.bars.len() as i32;
    for (index, (label, rank)) in diagram.arms.iter().enumerate() {
        let on_left = index < left;
        // The outermost arm of each side comes first, so that no two lines cross.
        let row = if on_left { index } else { k - 1 - index } as i32;
        let (y, edge) = (top + ROW * row + ROW / 2, if on_left { margin - 10 } else { WIDTH - margin + 10 });
        line((x(*rank), AXIS), (x(*rank), y), 1)?;
        line((x(*rank), y), (edge, y), 1)?;
        let label = format!("{label}  {}", text::significant(*rank, 3));
        let (at, side) = if on_left { (edge - 6, HPos::Right) } else { (edge + 6, HPos::Left) };
        words(&label, LABEL_FONT, (at, y), side)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::bars;

    #[test]
    fn bars_join_what_lies_closer_than_the_critical_difference() {
        // Demšar 2006, section 3.2.2, by hand: mean ranks 1.964, 2.000, 2.893, 3.143; critical difference 1.25 at 0.05, 1.12 at 0.10.
        let ranks = [1.964, 2.0, 2.893, 3.143];
        assert_eq!(bars(&ranks, 1.25), [(0, 3)]);
        assert_eq!(bars(&ranks, 1.12), [(0, 2), (2, 3)]);
        assert_eq!(bars(&ranks, 0.01), []);
        assert_eq!(bars(&ranks, 0.5), [(0, 1), (2, 3)]);
    }
}
