//! `runner index`: what all results folders of a folder say, on one page.
#![expect(clippy::disallowed_methods, reason = "tests change files directly")]

use std::fs;

use crate::idempotent::BASE;
use crate::support::Project;

#[test]
fn an_index_tells_of_every_results_folder() {
    let named = |title: &str| format!("title = \"{title}\"\nquestion = \"Which is it?\"\n{BASE}");
    let project = Project::new()
        .file("experiments/one.toml", &named("The first | of <two>"))
        .file("experiments/two.toml", &named("The second"));
    project.expect(0, &["experiments/two.toml", "--quiet"]);
    project.expect(0, &["experiments/one.toml", "--quiet"]);
    fs::write(project.path("results/notes.txt"), "mine").unwrap();
    let told = project.expect(0, &["index"]).stdout;
    assert!(told.contains("2 experiments in results/README.md and results/index.html"), "{told}");
    let page = fs::read_to_string(project.path("results/README.md")).unwrap();
    let verdict = |name: &str| -> String {
        let page = fs::read_to_string(project.path(&format!("results/{name}/README.md"))).unwrap();
        page.lines().find_map(|line| line.strip_prefix("**")).unwrap().trim_end_matches('*').to_string()
    };
    for (name, title) in [("one", "The first \\| of &lt;two&gt;"), ("two", "The second")] {
        assert!(page.contains(&format!("[{title}]({name}/README.md)<br>12 trials")), "{page}");
        assert!(page.contains(&verdict(name)), "{page}");
        assert!(project.path(&format!("results/{name}/figures")).exists());
        assert!(page.contains(&format!("src=\"{name}/figures/")), "{page}");
    }
    assert!(page.find("(one/").unwrap() < page.find("(two/").unwrap(), "by name");
    let html = fs::read_to_string(project.path("results/index.html")).unwrap();
    assert!(html.contains("The first | of &lt;two&gt;"), "{html}");
    assert!(!html.contains("http://") && !html.contains("https://"), "nothing is loaded from elsewhere");
    // The same bytes again; a folder that is gone is gone from the index.
    project.expect(0, &["index", "results", "--quiet"]);
    assert_eq!(fs::read_to_string(project.path("results/README.md")).unwrap(), page);
    fs::remove_dir_all(project.path("results/two")).unwrap();
    project.expect(0, &["index", "results", "--quiet"]);
    assert!(!fs::read_to_string(project.path("results/README.md")).unwrap().contains("The second"));
}

#[test]
fn a_page_that_somebody_wrote_stays() {
    let project = Project::new().file("experiments/one.toml", BASE).file("results/README.md", "# Mine\n");
    project.expect(0, &["experiments/one.toml", "--quiet"]);
    let told = project.expect(3, &["index"]).stderr;
    assert!(told.contains("was not made by `runner index` and is not replaced"), "{told}");
    assert_eq!(fs::read_to_string(project.path("results/README.md")).unwrap(), "# Mine\n");
    assert!(!project.path("results/index.html").exists(), "nothing is half done");
    let told = project.expect(2, &["index", "experiments"]).stderr;
    assert!(told.contains("holds no results folder"), "{told}");
}
