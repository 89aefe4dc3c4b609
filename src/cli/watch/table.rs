//! The table of arms as lines of text that fit a width: columns that say least are left out first, then names are cut.

use crate::report::Glance;

/// Names are cut to this many characters before anything else breaks.
const NAME_MIN: usize = 8;
const GAP: usize = 2;

/// Header, then `rows` arms; every line at most `width` characters wide, unless even names of [`NAME_MIN`] do not fit.
pub(super) fn lines(glance: &Glance, rows: usize, width: usize) -> Vec<String> {
    let arms = glance.arms.iter().take(rows).map(|arm| &arm.cells);
    let table: Vec<&Vec<String>> = std::iter::once(&glance.header).chain(arms).collect();
    let longest = |column: usize| table.iter().map(|r| length(&r[column])).max().unwrap_or(0);
    let mut columns: Vec<(usize, usize)> = (0..glance.header.len()).map(|c| (c, longest(c))).collect();
    for column in leaving(glance) {
        let name = columns[0].1.min(NAME_MIN.max(width / 3));
        if name + others(&columns) <= width {
            break;
        }
        columns.retain(|(c, _)| *c != column);
    }
    let left = width.saturating_sub(others(&columns)).max(NAME_MIN);
    columns[0].1 = columns[0].1.min(left);
    let line = |row: &&Vec<String>| {
        let cell = |(at, (column, wide)): (usize, &(usize, usize))| {
            let text = cut(&row[*column], *wide);
            let fill = " ".repeat(wide - length(&text));
            if at == 0 { format!("{text}{fill}") } else { format!("{}{fill}{text}", " ".repeat(GAP)) }
        };
        let line: String = columns.iter().enumerate().map(cell).collect();
        line.trim_end().to_string()
    };
    table.iter().map(line).collect()
}

/// Columns in the order in which they are left out: the median, what was learned, then from the right. The name, what is done, and
/// the metric that decides stay.
fn leaving(glance: &Glance) -> Vec<usize> {
    let at = |name: &str| glance.header.iter().position(|h| h == name);
    let stays = [Some(0), at("done"), at(&format!("{} {}", glance.part, glance.metric))];
    let mut leaving: Vec<usize> = [at("median of all"), at("learned")].into_iter().flatten().collect();
    leaving.extend((0..glance.header.len()).rev().filter(|c| !stays.contains(&Some(*c))));
    leaving
}

/// Of all columns but the first, with the gaps before them.
fn others(columns: &[(usize, usize)]) -> usize {
    columns.iter().skip(1).map(|(_, wide)| wide + GAP).sum()
}

fn length(text: &str) -> usize {
    text.chars().count()
}

/// At most `wide` characters, the last one `…` where some are left out.
pub(super) fn cut(text: &str, wide: usize) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if length(&text) <= wide {
        return text;
    }
    text.chars().take(wide.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::ArmGlance;

    fn glance() -> Glance {
        let cells = |cells: &[&str]| cells.iter().map(|c| (*c).to_string()).collect::<Vec<String>>();
        let header = ["arm", "learning_rate", "done", "learned", "validation accuracy", "median of all"];
        let arm = |row: [&str; 6]| ArmGlance { cells: cells(&row), ..ArmGlance::default() };
        Glance {
            metric: "accuracy".into(),
            part: "validation".into(),
            header: cells(&header),
            arms: vec![
                arm(["softmax+cross_entropy", "0.1", "10 of 10", "10 of 10", "0.960 ± 0.027", "0.9667"]),
                arm(["a\tb", "3", "1 of 10", "0 of 1", "-", "0.3"]),
            ],
            ..Glance::default()
        }
    }

    #[test]
    fn what_says_least_is_left_out_first() {
        let wide = lines(&glance(), 9, 100);
        assert_eq!(
            wide[0],
            "arm                    learning_rate      done   learned  validation accuracy  median of all"
        );
        assert_eq!(
            wide[2],
            "a b                                3   1 of 10    0 of 1                    -            0.3"
        );
        let small = lines(&glance(), 9, 40);
        assert_eq!(small[0], "arm            done  validation accuracy");
        assert_eq!(small[1], "softmax+…  10 of 10        0.960 ± 0.027");
        for width in 40..120 {
            assert!(lines(&glance(), 9, width).iter().all(|line| length(line) <= width), "{width}");
        }
        assert_eq!(lines(&glance(), 1, 100).len(), 2);
    }
}
