//! What the README shows is what the program says and what the committed results hold.

use std::path::Path;

use crate::support::Project;

#[expect(clippy::disallowed_methods, reason = "tests read files directly")]
fn read(relative: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(relative);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

#[test]
fn the_output_shown_is_the_output_of_the_main_job() {
    let project = Project::new().committed("iris_softmax.toml");
    let outcome = project.expect(0, &["experiments/iris_softmax.toml"]);
    let shown = read("README.md");
    assert!(shown.contains(outcome.stdout.trim()), "README.md does not show:\n{}", outcome.stdout);
    // The page for a browser is not committed.
    let files = project.files("results/iris_softmax").into_iter().filter(|(name, _)| name != "report.html");
    for (name, bytes) in files {
        let committed = read(&format!("results/iris_softmax/{name}"));
        assert!(committed.as_bytes() == bytes, "results/iris_softmax/{name} is not what a run writes");
    }
}

#[test]
fn every_verdict_quoted_stands_in_its_report() {
    let readme = read("README.md");
    let rows: Vec<&str> =
        readme.lines().filter(|l| l.starts_with("| [`") && l.contains("](results/")).collect();
    assert!(rows.len() >= 7, "{rows:?}");
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let name = cells[0].split('`').nth(1).unwrap();
        let report = read(&format!("results/{name}/README.md"));
        for verdict in cells[2].split("<br>") {
            assert!(report.contains(verdict.trim()), "results/{name}/README.md does not say: {verdict}");
        }
    }
}

/// The sweep shown is a piece of a file: with the rest it is sound.
#[test]
fn the_sweep_shown_is_sound() {
    let readme = read("README.md");
    let start = readme.find("```toml\n[sweep]\n").unwrap() + "```toml\n".len();
    let sweep = &readme[start..start + readme[start..].find("```").unwrap()];
    let text = format!(
        "[data]\nsource = \"../datasets/iris.csv\"\ntarget = \"species\"\nsplit = {{ test = 0.2, validation = 0.2 }}\n\
         [model]\nhidden = [5]\n{sweep}"
    );
    let project = Project::new().file("experiments/mine.toml", &text);
    let told = project.expect(0, &["plan", "experiments/mine.toml"]).stdout;
    assert!(told.contains("2 pairing × 2 optimizer.name × a range of optimizer.learning_rate"), "{told}");
}

/// The table of samplers stands in the page on sweeps as the suite wrote it.
#[test]
fn the_comparison_of_samplers_is_that_of_the_suite() {
    let (page, report) = (read("experiments/sweeps/README.md"), read("results/samplers/README.md"));
    let rows: Vec<&str> = report.lines().filter(|l| l.starts_with("| `digits_")).collect();
    assert!(rows.len() >= 6, "{report}");
    for row in rows {
        assert!(page.contains(row), "experiments/sweeps/README.md does not have: {row}");
    }
}

/// The commands on trained networks do in a fresh clone what is said of them; here with fewer seeds.
#[test]
fn the_commands_on_trained_networks_work() {
    let readme = read("README.md");
    let start = readme.find("```sh\nrunner experiments/iris_softmax.toml --set").unwrap() + "```sh\n".len();
    let commands = &readme[start..start + readme[start..].find("```").unwrap()];
    let project = Project::new().committed("iris_softmax.toml");
    for (index, line) in commands.lines().enumerate() {
        let mut arguments: Vec<&str> = line.split(' ').skip(1).collect();
        if index == 0 {
            arguments.extend(["--set", "train.seeds=2", "--quiet"]);
        }
        project.expect(0, &arguments);
    }
    assert_eq!(commands.lines().count(), 3);
}

/// Every page and heading that is linked to is there.
#[test]
fn every_link_into_the_project_leads_somewhere() {
    let readme = read("README.md");
    let links = readme.split("](").skip(1).map(|rest| rest.split(')').next().unwrap());
    let slug = |heading: &str| -> String {
        let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
        heading
            .trim_start_matches('#')
            .trim()
            .to_lowercase()
            .chars()
            .filter(kept)
            .collect::<String>()
            .replace(' ', "-")
    };
    let mut seen = 0;
    for link in links.filter(|link| !link.starts_with("http")) {
        let (page, heading) = link.split_once('#').unwrap_or((link, ""));
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(page).exists(), "{link}");
        if !heading.is_empty() {
            let text = read(page);
            let found = text.lines().any(|line| line.starts_with('#') && slug(line) == heading);
            assert!(found, "{link}");
            seen += 1;
        }
    }
    assert!(seen >= 7, "{seen} links to headings");
}

#[test]
fn the_diagnostic_shown_is_the_one_given() {
    let text = "pairing = \"tanh+cross_entropy\"\n\n[data]\nsource = \"../datasets/iris.csv\"\ntarget = \"species\"\n\n\
                [model]\nhidden = [5, 6]\nactivation = \"rellu\"\n\n[optimizer]\nlearning_rate = 0.1\nmomentun = 0.9\n";
    let project = Project::new().file("experiments/mine.toml", text);
    let outcome = project.expect(2, &["experiments/mine.toml"]);
    let given: String = outcome.stderr.replace("\n\n", "\n");
    assert!(read("README.md").contains(given.trim()), "README.md does not show:\n{given}");
}
