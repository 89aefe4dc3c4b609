//! An index of results: one page for a code host, one for a browser, of what the manifests of many folders say.
//!
//! A pure function of manifests. It reads no folder and makes no figure.

use super::published::Published;
use super::write::markdown::{plain, table};
use super::{File, file};
use crate::text;

/// The first line of both pages: only pages that begin with it are replaced.
pub const MARK: &str = "<!-- Made by `runner index`. -->";

/// Sentences of one folder that are told; more are on its own page.
const STATEMENTS_MAX: usize = 3;

/// A results folder: its name and its manifest.
#[derive(Clone, Debug)]
pub struct Indexed {
    pub folder: String,
    pub published: Published,
}

/// `README.md` and `index.html` over these folders, in their order.
pub fn index(folders: &[Indexed]) -> Vec<File> {
    vec![file("README.md", markdown(folders).into_bytes()), file("index.html", html(folders).into_bytes())]
}

impl Indexed {
    fn title(&self) -> &str {
        let title = self.published.told.title.as_str();
        if title.is_empty() { &self.folder } else { title }
    }

    /// What it rests on: `140 trials`.
    fn rests_on(&self) -> String {
        match (&self.published.experiment, &self.published.suite) {
            (Some(experiment), _) if experiment.done < experiment.trials => {
                format!(
                    "{} of {}",
                    text::grouped(experiment.done as u64),
                    text::count(experiment.trials, "trial")
                )
            }
            (Some(experiment), _) => text::count(experiment.trials, "trial"),
            (None, _) => "a suite".to_string(),
        }
    }

    /// The first sentences, and how many more there are.
    fn statements(&self) -> (Vec<&str>, usize) {
        let all = &self.published.told.statements;
        let told = all.iter().take(STATEMENTS_MAX).map(String::as_str).collect();
        (told, all.len().saturating_sub(STATEMENTS_MAX))
    }

    /// The path of the figure from the folder of the index, if there is one.
    fn figure(&self) -> Option<String> {
        let figure = &self.published.told.figure;
        (!figure.is_empty()).then(|| format!("{}/{figure}", self.folder))
    }
}

fn markdown(folders: &[Indexed]) -> String {
    let row = |at: &Indexed| {
        let (told, more) = at.statements();
        let mut said: Vec<String> = told.iter().map(|s| plain(s)).collect();
        if more > 0 {
            said.push(format!("And {more} more."));
        }
        let figure = at.figure().map_or_else(String::new, |figure| {
            format!("[<img src=\"{}\" alt=\"\" width=\"220\">]({}/README.md)", escaped(&figure), at.folder)
        });
        vec![
            format!("[{}]({}/README.md)<br>{}", plain(at.title()), at.folder, at.rests_on()),
            plain(&at.published.told.question),
            said.join("<br>"),
            figure,
        ]
    };
    let rows: Vec<Vec<String>> = folders.iter().map(row).collect();
    format!(
        "{MARK}\n\n# Results\n\n{}, each with its own page: the verdict first, then what it rests on, what it does not show, and how to reproduce it.\n\n{}",
        text::count(folders.len(), "experiment"),
        table(&["experiment", "question", "what came of it", "figure"], &[false; 4], &rows)
    )
}

/// Text as it is, in HTML or between its quotes.
fn escaped(t: &str) -> String {
    let one = |c: char| match c {
        '&' => "&amp;".to_string(),
        '<' => "&lt;".to_string(),
        '>' => "&gt;".to_string(),
        '"' => "&quot;".to_string(),
        '\'' => "&#39;".to_string(),
        c if c.is_control() => " ".to_string(),
        c => c.to_string(),
    };
    t.chars().map(one).collect()
}

fn html(folders: &[Indexed]) -> String {
    let card = |at: &Indexed| {
        let (told, more) = at.statements();
        let said: String = told.iter().map(|s| format!("<p>{}</p>\n", escaped(s))).collect();
        let more =
            if more > 0 { format!("<p class=\"quiet\">And {more} more.</p>\n") } else { String::new() };
        let folder = escaped(&at.folder);
        let figure = at.figure().map_or_else(String::new, |figure| {
            format!("<img src=\"{}\" alt=\"\" loading=\"lazy\">\n", escaped(&figure))
        });
        let question = match at.published.told.question.as_str() {
            "" => String::new(),
            question => format!("<p class=\"question\">{}</p>\n", escaped(question)),
        };
        let is_listed = |name: &str| at.published.files.iter().any(|file| file.name == name);
        let pages = match is_listed("report.html") {
            true => format!(
                "<a href=\"{folder}/report.html\">interactive report</a>, <a href=\"{folder}/README.md\">page</a>"
            ),
            false => format!("<a href=\"{folder}/README.md\">page</a>"),
        };
        format!(
            "<article>\n{figure}<h2>{}</h2>\n{question}{said}{more}<p class=\"quiet\">{} &middot; {pages}</p>\n</article>\n",
            escaped(at.title()),
            escaped(&at.rests_on()),
        )
    };
    let cards: String = folders.iter().map(card).collect();
    PAGE.replace("{mark}", MARK)
        .replace("{count}", &text::count(folders.len(), "experiment"))
        .replace("{cards}", &cards)
}

/// One column on a small screen, cards side by side on a wide one; light or dark as the reader's system is; nothing is loaded but figures.
const PAGE: &str = include_str!("index.html");

#[cfg(test)]
mod tests {
    use super::*;

    fn indexed(folder: &str, told: &str) -> Indexed {
        let text = format!("format = 1\n[experiment]\nname = \"x\"\ntrials = 9\ndone = 9\n[told]\n{told}\n");
        Indexed { folder: folder.into(), published: Published::read(text.as_bytes()).unwrap() }
    }

    #[test]
    fn foreign_text_stays_text() {
        let told = r#"title = "<script>alert(1)</script>"
question = "a | b"
statements = ["x < y", "\"two\"", "three", "four"]
figure = "figures/a\"b.svg""#;
        let files = index(&[indexed("it", told)]);
        let [markdown, html] = [0, 1].map(|at: usize| String::from_utf8(files[at].bytes.clone()).unwrap());
        for page in [&markdown, &html] {
            assert!(page.starts_with(MARK) && !page.contains("<script>alert"), "{page}");
            assert!(
                page.contains("x &lt; y") && page.contains("And 1 more.") && !page.contains("four"),
                "{page}"
            );
            assert!(page.contains("it/figures/a&quot;b.svg"), "{page}");
        }
        assert!(markdown.contains("a \\| b"), "{markdown}");
    }

    #[test]
    fn a_folder_that_says_little_is_there_too() {
        let files = index(&[indexed("old", "")]);
        let page = String::from_utf8(files[0].bytes.clone()).unwrap();
        assert!(page.contains("[old](old/README.md)<br>9 trials"), "{page}");
    }
}
