//! The lines in which two texts differ, as `diff -u` shows them. For short texts: time and memory grow with the product of the lines that
//! differ.

use std::fmt::Write as _;

/// Lines shown around a change.
const CONTEXT: usize = 3;

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
    // Lengths of the longest common subsequences of what is left from each pair of places on.
    let mut common = vec![vec![0usize; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i][j] =
                if a[i] == b[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let mut lines: Vec<Line<'a>> = old[..head].iter().copied().map(Line::Both).collect();
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            lines.push(Line::Both(a[i]));
            (i, j) = (i + 1, j + 1);
        } else if i < a.len() && (j == b.len() || common[i + 1][j] >= common[i][j + 1]) {
            lines.push(Line::Old(a[i]));
            i += 1;
        } else {
            lines.push(Line::New(b[j]));
            j += 1;
        }
    }
    lines.extend(old[old.len() - tail..].iter().copied().map(Line::Both));
    lines
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
}
