//! `report.html` as a file: it asks for nothing, no text of others becomes markup, and it says what `README.md` says.
//!
//! What its script does is tested in `browser`.

use runner::event::{Activations, Bin, Calibration, Inside, Portrait, Regions, Weights};
use runner::spec::Part;
use serde_json::Value;

use super::fixture::{Fixture, axis, failed, learned};
use super::{A, RATE, iris};

const PAGE: &str = "report.html";

/// Names that would be markup, or end the script, if they were not escaped.
const HOSTILE: [&str; 3] =
    ["</script><script>alert(1)</script>", "<!-- a|b\n# c `d` \"e\" 'f'", "<img src=x onerror=alert(1)>"];

pub(super) fn hostile() -> Fixture {
    let mut fixture = Fixture::new(vec![axis("variant", &HOSTILE, &[])], 5);
    fixture.compare("variant", &[]);
    fixture.experiment.title = "T <img src=x onerror=alert(1)>\n# second".into();
    fixture.experiment.question = "*really* | <b>?".into();
    fixture.experiment.notes =
        "**kept** <iframe src=x> [x](javascript:alert(1)) ![y](https://example.org/z.png)".into();
    fixture.experiment.overrides = vec!["title=a'; rm -rf $HOME #\n```</script>".into()];
    fixture.data.name = "x`|<y>.csv".into();
    fixture.data.outputs = HOSTILE.map(String::from).to_vec();
    fixture.run(|_, seed| learned(A[seed], A[seed]));
    fixture
}

/// More configurations than the page holds: two axes of 60 values, and some that fail.
pub(super) fn large() -> Fixture {
    let values: Vec<f64> = (1..=60).map(|i| f64::from(i) / 10.0).collect();
    let labels: Vec<String> = values.iter().map(f64::to_string).collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let axes = vec![axis(RATE, &labels, &values), axis("optimizer.momentum", &labels, &values)];
    let mut fixture = Fixture::new(axes, 1);
    fixture.run(|point, _| match (point[0], point[1]) {
        (Some(a), Some(b)) if a > 50 && b > 50 => failed(),
        (Some(a), Some(b)) => learned(0.5 + 0.004 * (a + b) as f64, 0.9),
        point => panic!("the plan has no point {point:?}"),
    });
    fixture
}

/// One configuration and one seed.
pub(super) fn single() -> Fixture {
    let mut fixture = Fixture::new(Vec::new(), 1);
    fixture.run(|_, _| learned(0.9, 0.9));
    fixture
}

/// Two arms with portraits: of each trial ten rows in two bins, of the first seed a network of two layers over a plane of 2 × 2 cells.
pub(super) fn portrayed() -> Fixture {
    let mut fixture = Fixture::new(vec![axis("variant", &HOSTILE[..2], &[])], 3);
    fixture.compare("variant", &[]);
    fixture.data.outputs = HOSTILE.map(String::from).to_vec();
    fixture.run(|_, seed| learned(A[seed], A[seed]));
    let bin = |index, rows, right, confidence| Bin { index, rows, right, confidence };
    for record in &mut fixture.records {
        let calibration =
            Calibration { part: Part::Test, bins: vec![bin(7, 2, 1, 1.0), bin(14, 8, 7, 7.75)] };
        let weights = |name: &str| Weights {
            name: name.into(),
            range: [-1.0, 2.0],
            start: vec![0, 4, 0],
            end: vec![1, 2, 1],
        };
        let activations = |layer: usize, dead| Activations {
            layer,
            units: 2,
            range: [0.0, 1.0],
            counts: vec![3, 1],
            dead,
            saturated: dead.map(|_| 0.25),
        };
        let regions = Regions {
            names: [HOSTILE[2].into(), "x2".into()],
            x: [-1.0, 1.0],
            y: [0.0, 0.5],
            side: 2,
            runs: vec![(0, 1), (3, 2), (4, 1)],
            part: Part::Test,
            points: vec![(250, 100, 0), (900, 900, 2), (900, 100, 0)],
            rows: 30,
        };
        let inside = Inside {
            weights: vec![weights("layer_0.weight"), weights("layer_0.bias"), weights("layer_1.weight")],
            activations: vec![activations(0, Some(1)), activations(1, None)],
            probe: 2,
            regions: Some(regions),
        };
        let is_first = fixture.plan.trials[record.trial].replicate == 0;
        let inside = is_first.then(|| Box::new(inside));
        record.portrait = Some(Box::new(Portrait { calibration: Some(calibration), inside }));
    }
    fixture
}

/// The JSON that the script reads.
pub(super) fn data(page: &str) -> Value {
    let start = page.find("id=\"data\">").unwrap() + "id=\"data\">".len();
    let end = start + page[start..].find("</script>").unwrap();
    serde_json::from_str(&page[start..end]).unwrap()
}

fn section<'a>(data: &'a Value, id: &str) -> Option<&'a Value> {
    data["sections"].as_array().unwrap().iter().find(|s| s["id"] == id)
}

#[test]
fn the_page_asks_for_nothing() {
    let page = iris().file(PAGE);
    assert!(
        page.contains(
            "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-"
        )
    );
    let body = page.split("<script type=").next().unwrap();
    for loading in ["src=", "<link", "@import", "url(", "<iframe", "<object", "<img", "srcset"] {
        assert!(!body.contains(loading), "{loading}");
    }
    for asking in ["fetch(", "XMLHttpRequest", "import(", "WebSocket", "sendBeacon", "new Date", "Date.now"] {
        assert!(!page.split("<script>").last().unwrap().contains(asking), "{asking}");
    }
    // A name of a format, and where the library comes from, in its own comment.
    let known = ["http://www.w3.org/2000/svg", "https://github.com/leeoniya/uPlot"];
    for (at, _) in page.match_indices("http") {
        let rest = &page[at..];
        let is_address = rest.starts_with("http://") || rest.starts_with("https://");
        assert!(!is_address || known.iter().any(|k| rest.starts_with(k)), "{}", &rest[..60]);
    }
}

#[test]
fn foreign_text_stays_text_in_the_page_too() {
    let page = hostile().file(PAGE);
    // The data, the library, and our own script.
    assert_eq!((page.matches("<script").count(), page.matches("</script").count()), (3, 3));
    for markup in
        ["<img", "<iframe", "<!-- a", "<b>?", "href=\"javascript", "href=\"#javascript", "example.org"]
    {
        assert!(!page.contains(markup), "{markup}");
    }
    assert!(page.contains("&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;"));
    // What the script reads is the text itself.
    let data = data(&page);
    let matrices = section(&data, "confusions").unwrap();
    assert_eq!(matrices["classes"][0], HOSTILE[0]);
    assert_eq!(section(&data, "curves").unwrap()["arms"][2]["name"], HOSTILE[2]);
}

#[test]
fn the_page_says_what_the_readme_says() {
    let fixture = iris();
    let (readme, page) = (fixture.file("README.md"), fixture.file(PAGE));
    let verdict = readme.lines().find_map(|l| l.strip_prefix("**")?.strip_suffix("**")).unwrap();
    assert!(page.contains(&format!("<p><strong>{verdict}</strong></p>")), "{verdict}");
    for heading in readme.lines().filter_map(|l| l.strip_prefix("## ")) {
        // Charts of the page's own take the place of these.
        let own = ["Figures", "All configurations"].contains(&heading);
        assert!(own || page.contains(&format!(">{heading}</h2>")), "{heading}");
    }
    let caveat = readme.lines().find_map(|l| l.strip_prefix("- Values were chosen")).unwrap();
    assert!(page.contains(caveat), "{caveat}");
    // The test part stays closed for what was not selected: five digits of 0.123456.
    assert!(!page.contains("0.1234"));
}

#[test]
fn what_no_record_holds_has_no_section() {
    let mut fixture = single();
    for record in &mut fixture.records {
        record.confusion.clear();
        record.curve.truncate(1);
    }
    let page = fixture.file(PAGE);
    let data = data(&page);
    for id in ["curves", "response", "budget", "confusions", "calibration", "regions", "inside"] {
        assert!(section(&data, id).is_none() && !page.contains(&format!("id=\"{id}\"")), "{id}");
    }
    let explorer = section(&data, "explorer").unwrap();
    assert_eq!((&explorer["configurations"], &explorer["trials"]["total"]), (&Value::Null, &Value::from(1)));
    let all = ["curves", "response", "budget", "explorer", "confusions"];
    let full = super::iris().file(PAGE);
    let names =
        self::data(&full)["sections"].as_array().unwrap().iter().map(|s| s["id"].clone()).collect::<Vec<_>>();
    assert_eq!(names, all);
}

/// By hand: three trials of ten rows; one trial of each arm was looked into; the points of the second arm are those of the first.
#[test]
fn portraits_are_pooled_and_told_of_one_trial_of_each_arm() {
    let page = portrayed().file(PAGE);
    let data = data(&page);
    let calibration = section(&data, "calibration").unwrap();
    let arms = calibration["arms"].as_array().unwrap();
    assert_eq!(arms.len(), 2);
    assert_eq!(arms[0]["bins"], serde_json::json!([[7, 6, 3, 0.5], [14, 24, 21, 0.96875]]));
    assert_eq!((&arms[0]["trials"], &calibration["bins"]), (&Value::from(3), &Value::from(15)));
    let regions = section(&data, "regions").unwrap();
    assert_eq!(regions["arms"][0]["runs"], serde_json::json!([0, 1, 3, 2, 4, 1]));
    assert_eq!(regions["arms"][0]["points"], serde_json::json!([250, 100, 0, 900, 900, 2, 900, 100, 0]));
    assert_eq!(regions["arms"][1]["points"], Value::Null);
    assert_eq!(regions["arms"][1]["classes"][0], HOSTILE[0]);
    let inside = section(&data, "inside").unwrap();
    let layers = inside["arms"][1]["layers"].as_array().unwrap();
    assert_eq!(
        (&layers[0]["activation"], &layers[1]["activation"]),
        (&Value::from("relu"), &Value::from("softmax"))
    );
    assert_eq!(layers[0]["parameters"][1]["name"], "bias");
    assert_eq!(
        (&layers[0]["activations"]["dead"], &layers[0]["activations"]["saturated"]),
        (&Value::from(1), &Value::from(25))
    );
    for note in
        ["the 3 trials of an arm", "3 of 30 rows of the test part", "those on 2 rows of the training part"]
    {
        assert!(page.contains(note), "{note}");
    }
    // A trial that failed is in none of it.
    let mut failed = portrayed();
    failed.records[0].end = runner::event::End::Diverged;
    let page = failed.file(PAGE);
    let data = self::data(&page);
    assert_eq!(section(&data, "calibration").unwrap()["arms"][0]["trials"], 2);
    assert_eq!(section(&data, "inside").unwrap()["arms"].as_array().unwrap().len(), 1);
    assert!(page.contains("1 arm left out"));
}

/// By hand: score 0.5 + 0.004 (a + b), so that the best of those that did not fail are a = 59, b = 50 and the other way round.
#[test]
fn a_large_sweep_is_thinned_and_says_so() {
    let page = large().file(PAGE);
    assert!(page.len() < 1 << 20, "{} bytes", page.len());
    let data = data(&page);
    let explorer = section(&data, "explorer").unwrap();
    let table = &explorer["configurations"];
    let kept = table["kept"].as_str().unwrap();
    assert!(kept.contains(" of 3,600 configurations: the 100 best, and others spread evenly"), "{kept}");
    let scores = table["columns"].as_array().unwrap().iter().find(|c| c["name"] == "score").unwrap();
    let scores: Vec<f64> = scores["numbers"].as_array().unwrap().iter().filter_map(Value::as_f64).collect();
    assert!((1_900..=2_100).contains(&scores.len()), "{}", scores.len());
    assert!(scores.iter().any(|s| (s - (0.5 + 0.004 * 109.0)).abs() < 1e-5));
    // Averages are of all: bins of 60 values in eight, so 7 or 8 values by 60.
    let level = &explorer["effects"][0]["levels"][0];
    assert_eq!(level["n"].as_u64().unwrap() % 60, 0);
    assert!(level["label"].as_str().unwrap().starts_with("0.1 to 0.83"), "{level}");
    assert_eq!(explorer["heats"].as_array().unwrap().len(), 1);
}
