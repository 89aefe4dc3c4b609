//! Markdown as a code host shows it. Everything that is not ours is escaped: no text becomes markup.

/// Text as it is: characters with a meaning in Markdown or HTML are escaped, line breaks become spaces.
pub(in crate::report) fn plain(t: &str) -> String {
    let mut out = String::new();
    let mut before = ' ';
    let line = one_line(t);
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // An underscore inside a word is no emphasis, and escaping it would spoil names for those who read the source.
            '_' if before.is_alphanumeric() && rest.peek().is_some_and(|n| n.is_alphanumeric()) => {
                out.push('_')
            }
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '$' => out.extend(['\\', c]),
            _ => out.push(c),
        }
        before = c;
    }
    out
}

/// A code span, safe in a table cell.
pub(in crate::report) fn code(t: &str) -> String {
    let line = one_line(t);
    let mut longest = 0;
    let mut run = 0;
    for c in line.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    let pad = if longest > 0 { " " } else { "" };
    format!("{fence}{pad}{}{pad}{fence}", line.replace('|', "\\|"))
}

/// The author's own Markdown: kept, but raw HTML is disarmed, and so is every link whose target may hold a scheme other than that of
/// the web or of mail: it becomes a fragment of the page. A target counts as seen by the browser, so that blanks in front, an
/// entity (`&colon;`), or an escape (`\:`) hide nothing.
pub(in crate::report) fn authored(t: &str) -> String {
    let mut out = String::new();
    let mut rest = t.trim().chars().filter(|c| *c == '\n' || *c == '\t' || !c.is_control()).peekable();
    while let Some(c) = rest.next() {
        let tag = c == '<' && rest.peek().is_some_and(|n| n.is_ascii_alphabetic() || "/!?".contains(*n));
        if tag { out.push_str("&lt;") } else { out.push(c) }
    }
    let mut safe = String::new();
    let mut rest = out.as_str();
    // Inline targets and those of reference definitions.
    while let Some(at) = ["](", "]:"].iter().filter_map(|mark| rest.find(mark)).min() {
        let target = rest[at + 2..].trim_start_matches(|c: char| c.is_whitespace() || c == '<');
        safe.push_str(&rest[..rest.len() - target.len()]);
        safe.push_str(if harmless(target) { "" } else { "#" });
        rest = target;
    }
    safe + rest
}

/// Whether the target at the start of `t` is relative, or of a scheme that runs no code.
fn harmless(t: &str) -> bool {
    let start: String = t.chars().take(8).collect::<String>().to_ascii_lowercase();
    let known = ["http://", "https://", "mailto:"].iter().any(|scheme| start.starts_with(scheme));
    let end = t.find(['/', '?', '#', ')', '>', ' ', '\n']).unwrap_or(t.len());
    known || !t[..end].contains([':', '&', '\\', '\t'])
}

fn one_line(t: &str) -> String {
    let spaced: String = t.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.trim().to_string()
}

/// A table; the cells are Markdown already. The first column is left, the others as `right` says.
pub(in crate::report) fn table(header: &[&str], right: &[bool], rows: &[Vec<String>]) -> String {
    let line =
        |cells: &mut dyn Iterator<Item = String>| format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "));
    let mut out = line(&mut header.iter().map(|h| (*h).to_string()));
    out.push_str(&line(&mut right.iter().map(|r| if *r { "---:" } else { "---" }.to_string())));
    for row in rows {
        out.push_str(&line(&mut row.iter().cloned()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_stays_text() {
        assert_eq!(plain("<script>alert(1)</script>"), "&lt;script&gt;alert(1)&lt;/script&gt;");
        assert_eq!(plain("a|b\n# c *d* [e](f)"), "a\\|b \\# c \\*d\\* \\[e\\](f)");
        assert_eq!(plain("cross_entropy _x_"), "cross_entropy \\_x\\_");
        assert_eq!(code("a|b`c"), "`` a\\|b`c ``");
    }

    #[test]
    fn the_authors_markdown_stays_without_its_html() {
        assert_eq!(authored("**a** < b <img src=x onerror=y>"), "**a** < b &lt;img src=x onerror=y>");
        for kept in [
            "[x](a/b.md#c)",
            "![x](figures/loss.svg)",
            "[x](HTTPS://a.b/c:d)",
            "[x]: mailto:a@b",
            "see [1]: a b",
        ] {
            assert_eq!(authored(kept), kept);
        }
        for (given, expected) in [
            ("[x](JavaScript:alert(1))", "[x](#JavaScript:alert(1))"),
            ("[x]( \n javascript:a) [y](javascript:b)", "[x]( \n #javascript:a) [y](#javascript:b)"),
            ("[x](javascript&colon;a)", "[x](#javascript&colon;a)"),
            ("[x](javascript\\:a)", "[x](#javascript\\:a)"),
            ("[x](< java\tscript:a>)", "[x](< #java\tscript:a>)"),
            ("[x](<javascript:a>)", "[x](#&lt;javascript:a>)"),
            ("[x]: javascript:a", "[x]: #javascript:a"),
            ("![x](data:image/svg+xml,a)", "![x](#data:image/svg+xml,a)"),
        ] {
            assert_eq!(authored(given), expected);
        }
    }
}
