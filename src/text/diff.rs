//! The lines in which two texts differ, as `diff -u` shows them.
//!
//! Time grows with lines times differences, memory with the square of differences; texts that have little in common are shown as one block
//! in the place of another.

use std::fmt::Write as _;

/// Lines shown around a change.
const CONTEXT: usize = 3;
/// Lines that go or come at most, where the way is to be a shortest one: 10⁶ words of memory.
const STEPS_MAX: usize = 1000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Line<'a> {
    Both(&'a str),
    Old(&'a str),
    New(&'a str),
}

/// What must change in `old` to become `new`, with these names; empty where they are equal.
///
/// Lines are compared without their ends, so that a text that lacks the last one is not another.
pub fn unified(old: (&str, &str), new: (&str, &str)) -> String {
    let lines = script(&old.1.lines().collect::<Vec<_>>(), &new.1.lines().collect::<Vec<_>>());
    let changed: Vec<usize> = (0..lines.len()).filter(|at| !matches!(lines[*at], Line::Both(_))).collect();
    if changed.is_empty() {
        return String::new();
    }
    let mut out = format!("--- {}\n+++ {}\n", old.0, new.0);
    // Changes whose surroundings touch are one piece.
    for piece in changed.chunk_by(|a, b| b - a <= 2 * CONTEXT + 1) {
        let (first, last) = (piece[0], piece[piece.len() - 1]);
        hunk(&mut out, &lines, first.saturating_sub(CONTEXT)..(last + CONTEXT + 1).min(lines.len()));
    }
    out
}

fn hunk(out: &mut String, lines: &[Line<'_>], range: std::ops::Range<usize>) {
    let olds = |lines: &[Line<'_>]| lines.iter().filter(|l| !matches!(l, Line::New(_))).count();
    let news = |lines: &[Line<'_>]| lines.iter().filter(|l| !matches!(l, Line::Old(_))).count();
    let (before, shown) = (&lines[..range.start], &lines[range]);
    // As `diff` counts: an empty side is named by the line before it.
    let place = |before: usize, count: usize| {
        let start = if count == 0 { before } else { before + 1 };
        if count == 1 { start.to_string() } else { format!("{start},{count}") }
    };
    let (old, new) = (place(olds(before), olds(shown)), place(news(before), news(shown)));
    let _ = writeln!(out, "@@ -{old} +{new} @@");
    for line in shown {
        let (sign, text) = match line {
            Line::Both(text) => (' ', text),
            Line::Old(text) => ('-', text),
            Line::New(text) => ('+', text),
        };
        // A blank line has no blank at its end here: texts are quoted in files whose editors take these away.
        let _ = if matches!(line, Line::Both("")) { writeln!(out) } else { writeln!(out, "{sign}{text}") };
    }
}

/// A shortest way from one to the other: a longest common subsequence stays, and what goes comes before what takes its place.
fn script<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Line<'a>> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (a, b) = (&old[head..], &new[head..]);
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[..a.len() - tail], &b[..b.len() - tail]);
    let mut lines: Vec<Line<'a>> = old[..head].iter().copied().map(Line::Both).collect();
    match furthest(a, b) {
        Some(furthest) => walked(a, b, &furthest, &mut lines),
        None => lines.extend(a.iter().copied().map(Line::Old).chain(b.iter().copied().map(Line::New))),
    }
    lines[head..]
        .chunk_by_mut(|x, y| !matches!((x, y), (Line::Both(_), _) | (_, Line::Both(_))))
        .for_each(|piece| piece.sort_by_key(|line| matches!(line, Line::New(_))));
    lines.extend(old[old.len() - tail..].iter().copied().map(Line::Both));
    lines
}

/// How many lines of `a` can be passed with `d` lines that go or come, on each diagonal `k`, lines of `a` less lines of `b`, from -d to d
/// in steps of 2 (Myers 1986, "An O(ND) difference algorithm and its variations"): for each `d` up to the least that reaches both ends.
/// `None` where that is more than [`STEPS_MAX`].
fn furthest(a: &[&str], b: &[&str]) -> Option<Vec<Vec<usize>>> {
    let mut all: Vec<Vec<usize>> = Vec::new();
    for d in 0..=STEPS_MAX {
        let mut row = Vec::with_capacity(d + 1);
        for at in 0..=d {
            let mut x = all.last().map_or(0, |before| reached(before, at).0);
            // On diagonals beyond `b` nothing more can be passed.
            let y = |x: usize| (x + d).checked_sub(2 * at);
            while y(x).is_some_and(|y| x < a.len() && y < b.len() && a[x] == b[y]) {
                x += 1;
            }
            let is_end = x == a.len() && y(x) == Some(b.len());
            row.push(x);
            if is_end {
                all.push(row);
                return Some(all);
            }
        }
        all.push(row);
    }
    None
}

/// Where a step to diagonal number `at` of the next row ends, before lines that both have, and whether it came down, with a line of `b`.
fn reached(before: &[usize], at: usize) -> (usize, bool) {
    let down = before.get(at).copied();
    let right = at.checked_sub(1).map(|left| before[left] + 1);
    match (down, right) {
        (Some(down), Some(right)) if down >= right => (down, true),
        (_, Some(right)) => (right, false),
        (down, None) => (down.unwrap_or(0), true),
    }
}

/// The lines on the way that `furthest` found, from its end.
fn walked<'a>(a: &[&'a str], b: &[&'a str], furthest: &[Vec<usize>], lines: &mut Vec<Line<'a>>) {
    let start = lines.len();
    let (mut x, mut y) = (a.len(), b.len());
    for d in (0..furthest.len()).rev() {
        let at = (x + d - y) / 2;
        let (from, is_down) = match d {
            0 => (0, false),
            _ => reached(&furthest[d - 1], at),
        };
        while x > from {
            (x, y) = (x - 1, y - 1);
            lines.push(Line::Both(a[x]));
        }
        if d > 0 && is_down {
            y -= 1;
            lines.push(Line::New(b[y]));
        } else if d > 0 {
            x -= 1;
            lines.push(Line::Old(a[x]));
        }
    }
    lines[start..].reverse();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(n: usize) -> String {
        (1..=n).map(|i| format!("line {i}\n")).collect()
    }

    /// GNU diffutils 3.8, `diff -u --label a --label b` of the same texts.
    #[test]
    fn a_difference_is_that_of_diff() {
        let old = numbered(20);
        let new = old
            .replace("line 4\n", "line four\n")
            .replace("line 18\n", "")
            .replace("line 9\n", "line 9\nnew\n");
        let expected = "\
--- a
+++ b
@@ -1,12 +1,13 @@
 line 1
 line 2
 line 3
-line 4
+line four
 line 5
 line 6
 line 7
 line 8
 line 9
+new
 line 10
 line 11
 line 12
@@ -15,6 +16,5 @@
 line 15
 line 16
 line 17
-line 18
 line 19
 line 20
";
        assert_eq!(unified(("a", &old), ("b", &new)), expected);
        assert_eq!(unified(("a", ""), ("b", "x\n")), "--- a\n+++ b\n@@ -0,0 +1 @@\n+x\n");
        assert_eq!(unified(("a", "x\ny\n"), ("b", "")), "--- a\n+++ b\n@@ -1,2 +0,0 @@\n-x\n-y\n");
    }

    #[test]
    fn equal_texts_have_no_difference() {
        assert_eq!(unified(("a", "x\ny"), ("b", "x\ny\n")), "");
    }

    /// What goes and what comes, applied: every line of both texts is there, in its order, and no way is shorter than that of the classic
    /// table of common subsequences.
    #[test]
    fn a_way_leads_from_one_to_the_other_and_is_shortest() {
        let mut state = 1u32;
        let mut draw = |n: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % n
        };
        for _ in 0..300 {
            let mut text =
                || -> Vec<&str> { (0..draw(12)).map(|_| ["a", "b", "c", "d"][draw(4) as usize]).collect() };
            let (old, new) = (text(), text());
            let lines = script(&old, &new);
            let olds = lines.iter().filter_map(|l| match l {
                Line::Both(t) | Line::Old(t) => Some(*t),
                Line::New(_) => None,
            });
            let news = lines.iter().filter_map(|l| match l {
                Line::Both(t) | Line::New(t) => Some(*t),
                Line::Old(_) => None,
            });
            assert_eq!((olds.collect::<Vec<_>>(), news.collect::<Vec<_>>()), (old.clone(), new.clone()));
            let mut common = vec![vec![0; new.len() + 1]; old.len() + 1];
            for i in (0..old.len()).rev() {
                for j in (0..new.len()).rev() {
                    common[i][j] = if old[i] == new[j] {
                        common[i + 1][j + 1] + 1
                    } else {
                        common[i + 1][j].max(common[i][j + 1])
                    };
                }
            }
            let both = lines.iter().filter(|l| matches!(l, Line::Both(_))).count();
            assert_eq!(both, common[0][0], "{old:?} {new:?}");
        }
    }

    /// A table of their common subsequences would have 10¹⁰ cells.
    #[test]
    fn long_texts_between_two_changes_are_no_trouble() {
        let body = numbered(100_000);
        let found = unified(("a", &format!("x\n{body}y\n")), ("b", &format!("u\n{body}v\n")));
        assert_eq!(found.lines().filter(|l| l.starts_with(['-', '+'])).count(), 6, "{found}");
        // With nothing in common one block takes the place of the other.
        let found = unified(("a", &body), ("b", &body.replace("line", "other")));
        assert!(found.contains("@@ -1,100000 +1,100000 @@\n-line 1\n-line 2\n"));
        assert!(found.ends_with("+other 99999\n+other 100000\n"));
    }
}
