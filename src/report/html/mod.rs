//! `report.html`: one file that says what `README.md` says, in the same words, with charts that answer the pointer and the keyboard.
//!
//! A pure function of the results: the sections of the page come through `markdown`, the numbers behind charts stand as JSON in the
//! page, and `assets/` holds what draws them. The page asks the network for nothing, and its content security policy forbids it to:
//! only the scripts and the style whose digests stand there run. Text that is not ours is escaped wherever it stands.
//!
//! The curves are drawn by uPlot 1.6.32 (MIT, `assets/uPlot.LICENSE`): 51 kB, canvas, hover and zoom of a hundred lines at once. Of
//! ECharts 6.1 only what these charts need has 670 kB, in a file that lies beside every result; what uPlot lacks (parallel
//! coordinates, heat map, intervals) is a few lines of SVG and tables of our own, which also print and speak.
//!
//! The JSON is a list of sections, each with its `kind`; a kind that the script does not know is left out, so that a further one is
//! a struct here and a function there. Nothing is shown that no record holds.
//! Everything that grows with the trials is thinned, and the page says how.

use serde::Serialize;

use super::File;
use super::page::{self, Page};
use super::sentences::percent;
use super::write::markdown as write;
use super::{caveats, distribution::Distribution, endings, method, svg, troubles};
use crate::{disk, plan, text};

mod calibration;
mod curves;
mod effects;
mod explorer;
mod inside;
mod markdown;
mod matrices;
mod points;
mod regions;

const UPLOT: &str = include_str!("assets/uPlot.iife.min.js");
const LICENCE: &str = include_str!("assets/uPlot.LICENSE");
const STYLE: [&str; 2] = [include_str!("assets/uPlot.min.css"), include_str!("assets/page.css")];
/// In the order in which they build on one another.
const SCRIPT: [&str; 6] = [
    include_str!("assets/page.js"),
    include_str!("assets/charts.js"),
    include_str!("assets/table.js"),
    include_str!("assets/sweep.js"),
    include_str!("assets/portrait.js"),
    include_str!("assets/start.js"),
];

/// What the script draws.
#[derive(Serialize)]
struct Data<'a> {
    /// Raised when a script of the old form would misread it.
    format: u32,
    metric: &'a str,
    /// The part that chooses.
    part: &'a str,
    higher_is_better: bool,
    /// `95 %`.
    confidence: String,
    /// Of lines, as in the figures.
    palette: Vec<String>,
    sections: &'a [Section],
}

/// Numbers behind a part of the page that the script draws.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Section {
    Curves(curves::Curves),
    Points(points::Points),
    Explorer(explorer::Explorer),
    Matrices(matrices::Matrices),
    Calibration(calibration::Reliability),
    Regions(regions::Planes),
    Inside(inside::Histograms),
}

impl Section {
    fn head(&self) -> &Head {
        match self {
            Section::Curves(s) => &s.head,
            Section::Points(s) => &s.head,
            Section::Explorer(s) => &s.head,
            Section::Matrices(s) => &s.head,
            Section::Calibration(s) => &s.head,
            Section::Regions(s) => &s.head,
            Section::Inside(s) => &s.head,
        }
    }
}

/// What stands above a chart.
#[derive(Serialize)]
struct Head {
    /// Of the element that the script fills.
    id: String,
    #[serde(skip)]
    title: String,
    /// What is drawn, and what is left out.
    #[serde(skip)]
    note: String,
    /// Where the numbers are for those without the script.
    #[serde(skip)]
    file: &'static str,
}

/// A number of the page. A whole one is written without `.0`: there are many.
#[derive(Clone, Copy, PartialEq)]
struct Number(f64);

impl Serialize for Number {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            x if x.fract() == 0.0 && x.abs() < 1e9 => serializer.serialize_i64(x as i64),
            x => serializer.serialize_f64(x),
        }
    }
}

/// A number of a chart: five significant digits are more than a screen shows.
fn drawn(x: f64) -> Option<Number> {
    rounded(x, 5)
}

/// `None` where it is not finite.
fn rounded(x: f64, digits: usize) -> Option<Number> {
    text::significant(x, digits).parse().ok().filter(|x: &f64| x.is_finite()).map(Number)
}

/// Which of `total` things are kept when at most `most` can be: spread evenly over their order, without the beat that every n-th of a
/// grid would have with its axes (multiples of the golden ratio, Weyl's sequence).
fn spread(total: usize, most: usize) -> impl Fn(usize) -> bool {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    let share = most as f64 / total.max(1) as f64;
    move |index| share >= 1.0 || (index as f64 * GOLDEN).fract() < share
}

/// The file.
pub(super) fn write(page: &Page<'_, '_>) -> File {
    let images = images(page);
    let image = |target: &str| {
        let drawn = images.iter().find(|i| i.name == target)?;
        Some(format!("<figure class=\"sheet\">{}</figure>\n", String::from_utf8_lossy(&drawn.bytes)))
    };
    let told = |section: String| markdown::html(&section, &image);
    let sections: Vec<Section> = [
        curves::of(page).map(Section::Curves),
        points::responses(page).map(Section::Points),
        points::budget(page).map(Section::Points),
        explorer::of(page).map(Section::Explorer),
        matrices::of(page).map(Section::Matrices),
        calibration::of(page).map(Section::Calibration),
        regions::of(page).map(Section::Regions),
        inside::of(page).map(Section::Inside),
    ]
    .into_iter()
    .flatten()
    .collect();
    let place =
        |id: &str| sections.iter().find(|s| s.head().id == id).map_or(String::new(), |s| room(s.head()));
    let body = [
        told(troubles::section(page)),
        told(page.over.map_or(String::new(), |over| over.section(false))),
        told(page::arms(page)),
        told(page::comparison(page)),
        place("curves"),
        place("response"),
        place("budget"),
        told(page.distribution.map_or(String::new(), Distribution::section)),
        place("explorer"),
        place("confusions"),
        place("calibration"),
        place("regions"),
        place("inside"),
        told(page::expectations(page)),
        told(endings::section(page)),
        told(caveats::section(page)),
        told(page::data(page.view)),
        told(method::section(page)),
        told(page::reproduce(page.view)),
        told(environment(page)),
        told(page::notes(page.view)),
    ];
    let (header, contents) = (told(page::head(page)), body.concat());
    let bytes = document(page, &header, &contents, &sections).into_bytes();
    File { name: super::HTML.into(), bytes }
}

/// Figures that only the report draws.
fn images(page: &Page<'_, '_>) -> Vec<File> {
    let over = page.over.map_or(Vec::new(), |over| over.files(page.view.results.experiment.report.figures));
    over.into_iter().chain(page.distribution.and_then(Distribution::file)).collect()
}

/// Where the script draws.
fn room(head: &Head) -> String {
    format!(
        "<h2>{}</h2>\n<p class=\"note\">{}</p>\n<div id=\"{}\" class=\"live\"><noscript><p>This part is drawn by a script. Its numbers \
         are in <a href=\"{file}\">{file}</a>.</p></noscript></div>\n",
        markdown::escaped(&head.title),
        markdown::escaped(&head.note),
        head.id,
        file = head.file
    )
}

/// What is known of how the numbers were made, beside the files that hold the rest.
fn environment(page: &Page<'_, '_>) -> String {
    let results = page.view.results;
    let mut rows = vec![
        vec!["runner".into(), env!("CARGO_PKG_VERSION").into()],
        vec!["numerics".into(), plan::NUMERICS_VERSION.to_string()],
        vec![
            "sha256 of the experiment".into(),
            write::code(&disk::sha256(results.experiment.resolved.as_bytes())),
        ],
    ];
    for facts in page.view.sets() {
        let content = format!("sha256 of the content of {}", write::plain(&facts.name));
        rows.push(vec![content, write::code(&facts.digest)]);
        for (name, digest) in &facts.files {
            rows.push(vec![format!("sha256 of {}", write::plain(name)), write::code(digest)]);
        }
    }
    format!(
        "## Environment\n\n{}\nEngine and device are in [manifest.toml](manifest.toml).\n",
        write::table(&["what", "value"], &[false, false], &rows)
    )
}

/// A heading gets a name and stands in the list of contents.
fn with_contents(body: &str) -> (String, String) {
    let (mut out, mut links) = (String::new(), String::new());
    let mut parts = body.split("<h2>");
    out.push_str(parts.next().unwrap_or_default());
    for (index, part) in parts.enumerate() {
        let title = part.split("</h2>").next().unwrap_or_default();
        links.push_str(&format!("<li><a href=\"#s{index}\">{title}</a></li>\n"));
        let end = if index > 0 { "</section>\n" } else { "" };
        out.push_str(&format!(
            "{end}<section id=\"s{index}\" aria-labelledby=\"h{index}\"><h2 id=\"h{index}\">{part}"
        ));
    }
    if !links.is_empty() {
        out.push_str("</section>\n");
    }
    (out, links)
}

fn document(page: &Page<'_, '_>, header: &str, contents: &str, sections: &[Section]) -> String {
    let view = page.view;
    let (style, script) = (STYLE.concat(), SCRIPT.concat());
    let data = Data {
        format: 1,
        metric: &view.metric,
        part: view.chooses.name(),
        higher_is_better: view.higher_is_better,
        confidence: percent(view.confidence),
        palette: svg::PALETTE.iter().map(|c| format!("#{:02x}{:02x}{:02x}", c.0, c.1, c.2)).collect(),
        sections,
    };
    let json = serde_json::to_string(&data).expect("numbers and text are JSON");
    let (main, links) = with_contents(contents);
    let links = links.replace("<code>", "").replace("</code>", "");
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {} {}; base-uri 'none'; form-action 'none'",
        allowed(&style),
        allowed(UPLOT),
        allowed(&script)
    );
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to the results</a>\n\
         <header><div class=\"tools\" id=\"tools\"></div>\n{header}</header>\n\
         <nav aria-label=\"Contents\"><ul>\n{links}</ul></nav>\n<main id=\"main\">\n{main}</main>\n\
         <footer><details><summary>Licence of uPlot, which draws the curves</summary><pre>{licence}</pre></details></footer>\n\
         <script type=\"application/json\" id=\"data\">{json}</script>\n<script>{UPLOT}</script>\n<script>{script}</script>\n\
         </body>\n</html>\n",
        title = markdown::escaped(&view.results.experiment.title),
        licence = markdown::escaped(LICENCE),
        // No text can end the element: JSON may write any character by its number.
        json = json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"),
    )
}

/// `'sha256-…'` of an element's text, as a content security policy names it.
fn allowed(text: &str) -> String {
    let digest = disk::sha256(text.as_bytes());
    let bytes: Vec<u32> = (0..digest.len())
        .step_by(2)
        .filter_map(|i| u32::from_str_radix(&digest[i..i + 2], 16).ok())
        .collect();
    format!("'sha256-{}'", base64(&bytes))
}

/// RFC 4648, section 4.
fn base64(bytes: &[u32]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |three: &[u32]| {
        let at = |i: usize| three.get(i).copied().unwrap_or(0);
        let word = at(0) << 16 | at(1) << 8 | at(2);
        let digit = |i: usize| {
            if i <= three.len() { char::from(DIGITS[(word >> (18 - 6 * i) & 63) as usize]) } else { '=' }
        };
        [0, 1, 2, 3].map(digit)
    };
    bytes.chunks(3).flat_map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test vectors of RFC 4648, section 10.
    #[test]
    fn base64_is_that_of_the_rfc() {
        for (given, expected) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(&given.bytes().map(u32::from).collect::<Vec<_>>()), expected);
        }
    }

    #[test]
    fn thinning_keeps_about_as_many_as_asked_of_every_stretch_and_residue() {
        let keep = spread(100_000, 2_000);
        let kept: Vec<usize> = (0..100_000).filter(|i| keep(*i)).collect();
        assert!((1_990..=2_010).contains(&kept.len()), "{}", kept.len());
        for modulus in [2, 5, 10, 50] {
            for residue in 0..modulus {
                let own = kept.iter().filter(|i| *i % modulus == residue).count();
                let fair = kept.len() / modulus;
                assert!(own.abs_diff(fair) <= fair / 2 + 2, "{own} of {fair} at {residue} mod {modulus}");
            }
        }
        assert!((0..10).all(spread(10, 10)));
    }

    #[test]
    fn the_assets_can_stand_in_their_elements() {
        for script in SCRIPT.iter().chain([&UPLOT]) {
            assert!(!script.contains("</script") && !script.contains("<!--"));
        }
        assert!(!STYLE.concat().contains("</style"));
    }
}
