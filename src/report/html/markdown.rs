//! The page's own Markdown as HTML, so that `report.html` says what `README.md` says in the same words.
//!
//! It knows what `write::markdown` and the sections of the page write: headings, paragraphs, lists, tables, fenced code, quotes, and
//! in a line code, emphasis, links, images, and escapes. Anything else stays text: every character that is not ours is escaped, so
//! that the worst a foreign text can do is look odd. It is no general Markdown reader.

/// Text between tags or in a quoted attribute.
pub(super) fn escaped(t: &str) -> String {
    let mut out = String::with_capacity(t.len());
    for c in t.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Blocks as HTML. `image` gives what stands for an image, which is nothing unless it is one of ours.
pub(super) fn html(markdown: &str, image: &dyn Fn(&str) -> Option<String>) -> String {
    let lines: Vec<&str> = markdown.lines().collect();
    let mut out = String::new();
    let mut at = 0;
    while at < lines.len() {
        at += block(&lines[at..], image, &mut out);
    }
    out
}

/// Writes the block that begins at the first line; how many lines it has.
fn block(lines: &[&str], image: &dyn Fn(&str) -> Option<String>, out: &mut String) -> usize {
    let first = lines[0];
    let run = |belongs: &dyn Fn(&str) -> bool| lines.iter().take_while(|l| belongs(l)).count();
    if first.trim().is_empty() {
        return 1;
    }
    if first.starts_with("```") {
        let body = lines[1..].iter().take_while(|l| !l.starts_with("```")).count();
        out.push_str(&format!("<pre><code>{}</code></pre>\n", escaped(&lines[1..=body].join("\n"))));
        return (body + 2).min(lines.len());
    }
    if let Some((level, text)) = heading(first) {
        out.push_str(&format!("<h{level}>{}</h{level}>\n", inline(text)));
        return 1;
    }
    if first.starts_with('|') {
        let rows = run(&|l| l.starts_with('|'));
        out.push_str(&table(&lines[..rows]));
        return rows;
    }
    if first.starts_with("> ") {
        let quoted = run(&|l| l.starts_with("> "));
        let text: Vec<&str> = lines[..quoted].iter().map(|l| &l[2..]).collect();
        out.push_str(&format!("<blockquote>{}</blockquote>\n", inline(&text.join(" "))));
        return quoted;
    }
    if first.starts_with("- ") {
        // A line that is indented goes on with the item before it.
        let all = run(&|l| l.starts_with("- ") || l.starts_with("  "));
        let items = lines[..all].join("\n");
        let items = items.strip_prefix("- ").unwrap_or(&items);
        let items: Vec<String> =
            items.split("\n- ").map(|i| format!("<li>{}</li>", inline(&i.replace('\n', " ")))).collect();
        out.push_str(&format!("<ul>{}</ul>\n", items.concat()));
        return all;
    }
    if let Some((_, target)) = first.strip_prefix("![").and_then(link) {
        out.push_str(&image(&target).unwrap_or_default());
        return 1;
    }
    let own =
        |l: &str| !l.trim().is_empty() && !["```", "|", "> ", "- ", "!["].iter().any(|m| l.starts_with(m));
    let paragraph = run(&|l| own(l) && heading(l).is_none()).max(1);
    out.push_str(&format!("<p>{}</p>\n", inline(&lines[..paragraph].join("\n"))));
    paragraph
}

/// Level and text of `## text`.
fn heading(line: &str) -> Option<(usize, &str)> {
    let level = line.chars().take_while(|c| *c == '#').count();
    let text = line[level..].strip_prefix(' ')?;
    (1..=6).contains(&level).then_some((level, text))
}

/// A header, a line of alignments, and rows.
fn table(lines: &[&str]) -> String {
    let cells: Vec<Vec<String>> = lines.iter().map(|l| cells(l)).collect();
    let right: Vec<bool> =
        cells.get(1).map_or(Vec::new(), |rule| rule.iter().map(|c| c.ends_with(':')).collect());
    let row = |cells: &[String], tag: &str| -> String {
        let cell = |(i, c): (usize, &String)| {
            let class = if right.get(i) == Some(&true) { " class=\"n\"" } else { "" };
            let scope = if tag == "th" { " scope=\"col\"" } else { "" };
            format!("<{tag}{scope}{class}>{}</{tag}>", inline(c))
        };
        format!("<tr>{}</tr>\n", cells.iter().enumerate().map(cell).collect::<String>())
    };
    let body: String = cells.iter().skip(2).map(|c| row(c, "td")).collect();
    let head = cells.first().map_or(String::new(), |c| row(c, "th"));
    // Wide tables scroll by themselves, by keyboard too.
    format!(
        "<div class=\"wide\" tabindex=\"0\"><table><thead>\n{head}</thead><tbody>\n{body}</tbody></table></div>\n"
    )
}

/// The cells of `| a | b |`; `\|` is no border, and stands for `|` within code too.
fn cells(line: &str) -> Vec<String> {
    let inner = line.trim().trim_start_matches('|');
    let mut cells = vec![String::new()];
    let mut escape = false;
    for c in inner.chars() {
        let last = cells.last_mut().expect("there is always a cell");
        match (escape, c) {
            (true, '|') => {
                last.pop();
                last.push('|');
            }
            (false, '|') => cells.push(String::new()),
            _ => last.push(c),
        }
        escape = c == '\\' && !escape;
    }
    // What follows the last border.
    cells.pop();
    cells.iter().map(|c| c.trim().to_string()).collect()
}

/// One line: what it holds is escaped, marks that are closed become elements.
fn inline(t: &str) -> String {
    let mut out = String::new();
    let mut rest = t;
    while let Some(c) = rest.chars().next() {
        let (written, used) = piece(c, rest);
        out.push_str(&written);
        rest = &rest[used..];
    }
    out
}

/// What stands at the start of `rest`, and how many bytes it takes.
fn piece(c: char, rest: &str) -> (String, usize) {
    let plain = |c: char| (escaped(c.encode_utf8(&mut [0; 4])), c.len_utf8());
    match c {
        '\\' => match rest[1..].chars().next().filter(char::is_ascii_punctuation) {
            Some(next) => (plain(next).0, 2),
            None => plain(c),
        },
        // Entities that `plain` writes; any other is text.
        '&' => ["&lt;", "&gt;", "&amp;"]
            .iter()
            .find(|entity| rest.starts_with(**entity))
            .map_or_else(|| plain(c), |entity| ((*entity).to_string(), entity.len())),
        '`' => code(rest).unwrap_or_else(|| {
            let fence = rest.chars().take_while(|c| *c == '`').count();
            (rest[..fence].to_string(), fence)
        }),
        '*' => {
            emphasis(rest, "**", "strong").or_else(|| emphasis(rest, "*", "em")).unwrap_or_else(|| plain(c))
        }
        // Within a line an image is told by its words: the page loads nothing.
        '!' => match rest[1..].strip_prefix('[').and_then(link) {
            Some((text, target)) => (inline(&text), "![](".len() + text.len() + target.len() + 1),
            None => plain(c),
        },
        '[' => match link(&rest[1..]) {
            Some((text, target)) => (anchor(&text, &target), "[](".len() + text.len() + target.len() + 1),
            None => plain(c),
        },
        c => plain(c),
    }
}

/// A code span and its length. Blanks that only hold backticks apart are not part of it.
fn code(rest: &str) -> Option<(String, usize)> {
    let fence = rest.chars().take_while(|c| *c == '`').count();
    let inner = &rest[fence..];
    let mut at = 0;
    while let Some(found) = inner[at..].find('`') {
        let start = at + found;
        let run = inner[start..].chars().take_while(|c| *c == '`').count();
        if run == fence {
            let text = &inner[..start];
            let text = text.strip_prefix(' ').and_then(|t| t.strip_suffix(' ')).unwrap_or(text);
            return Some((format!("<code>{}</code>", escaped(text)), 2 * fence + start));
        }
        at = start + run;
    }
    None
}

fn emphasis(rest: &str, mark: &str, tag: &str) -> Option<(String, usize)> {
    let inner = rest.strip_prefix(mark)?;
    if inner.starts_with(char::is_whitespace) {
        return None;
    }
    let end = unescaped(inner, mark)?;
    let text = &inner[..end];
    (!text.is_empty()).then(|| (format!("<{tag}>{}</{tag}>", inline(text)), end + 2 * mark.len()))
}

/// Where `mark` stands first outside of escapes.
fn unescaped(t: &str, mark: &str) -> Option<usize> {
    let mut escape = false;
    for (at, c) in t.char_indices() {
        if !escape && t[at..].starts_with(mark) {
            return Some(at);
        }
        escape = c == '\\' && !escape;
    }
    None
}

/// `text](target)`: both as written.
fn link(rest: &str) -> Option<(String, String)> {
    let end = unescaped(rest, "]")?;
    let target = rest[end + 1..].strip_prefix('(')?;
    let close = target.find(')')?;
    Some((rest[..end].to_string(), target[..close].to_string()))
}

/// A link that a reader may follow; a target that could run code or stand for anything but a file or a page is left out.
fn anchor(text: &str, target: &str) -> String {
    let relative =
        target.chars().all(|c| c.is_ascii_alphanumeric() || "/._-#".contains(c)) && !target.is_empty();
    let web = target.starts_with("https://") && !target.contains(char::is_whitespace);
    match relative || web {
        true => format!("<a href=\"{}\" rel=\"noreferrer\">{}</a>", escaped(target), inline(text)),
        false => inline(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::write::markdown;

    fn written(t: &str) -> String {
        html(t, &|_| None)
    }

    #[test]
    fn blocks_of_the_page_become_elements() {
        for (given, expected) in [
            ("## A\n\ntext\nmore", "<h2>A</h2>\n<p>text\nmore</p>\n"),
            ("- a\n  b\n- *c*\n", "<ul><li>a   b</li><li><em>c</em></li></ul>\n"),
            ("> **x**", "<blockquote><strong>x</strong></blockquote>\n"),
            ("```sh\na < b\n```\nend", "<pre><code>a &lt; b</code></pre>\n<p>end</p>\n"),
            ("[a](b.csv)", "<p><a href=\"b.csv\" rel=\"noreferrer\">a</a></p>\n"),
            ("![a](figures/loss.svg)", ""),
            ("a * b ** c!", "<p>a * b ** c!</p>\n"),
            ("a ![b](https://x.y/z.png) c", "<p>a b c</p>\n"),
        ] {
            assert_eq!(written(given), expected, "{given}");
        }
        let table = written(&markdown::table(&["a", "b"], &[false, true], &[vec!["x".into(), "1".into()]]));
        assert!(
            table.contains("<th scope=\"col\" class=\"n\">b</th>") && table.contains("<td>x</td>"),
            "{table}"
        );
    }

    /// What `write::markdown` escapes comes out as the text that it was given.
    #[test]
    fn foreign_text_stays_text() {
        for hostile in [
            "</script><script>alert(1)</script>",
            "a|b`c*d*[e](javascript:f)",
            "\"'&amp;<b>",
            "`` x ` y",
            "\\| \\` \\",
            "<img src=x onerror=alert(1)>",
        ] {
            let shown = escaped(hostile);
            let cell = written(&markdown::table(&["h"], &[false], &[vec![markdown::plain(hostile)]]));
            assert!(cell.contains(&format!("<td>{shown}</td>")), "{hostile}: {cell}");
            // Markdown has no way to write a backslash before a bar as code within a table.
            if hostile.contains("\\|") {
                continue;
            }
            let cell = written(&markdown::table(&["h"], &[false], &[vec![markdown::code(hostile)]]));
            assert!(cell.contains(&format!("<td><code>{shown}</code></td>")), "{hostile}: {cell}");
        }
        assert_eq!(written("[x](javascript:a)"), "<p>x</p>\n");
        assert_eq!(written("[x](#javascript:a)"), "<p>x</p>\n");
    }
}
