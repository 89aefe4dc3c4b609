//! The pages that say what the doctor says, of the zoo and of one small experiment for each rule, are what it says now.
//!
//! `cargo bench --profile dev --bench diagnosis -- pages` writes them. How often the doctor is right is in `benches/diagnosis/RESULTS.md`.

use runner::diagnose::RULES;

#[path = "../../benches/diagnosis/doctor.rs"]
#[allow(dead_code, reason = "the bench asks for more")]
pub(crate) mod doctor;
#[path = "../../benches/diagnosis/pages.rs"]
#[allow(dead_code, reason = "the bench writes")]
mod pages;
#[path = "../../benches/diagnosis/rules.rs"]
#[allow(dead_code, reason = "the bench draws")]
mod rules;
#[path = "../../benches/diagnosis/zoo.rs"]
mod zoo;

#[track_caller]
fn up_to_date(path: &str, text: &str) {
    let page = pages::read(path);
    let (_, written, _) = pages::parts(&page);
    let differs = written.lines().zip(text.lines()).find(|(was, is)| was != is);
    assert!(
        written == text,
        "{path} is out of date; `cargo bench --profile dev --bench diagnosis -- pages` writes it\n{differs:#?}"
    );
}

#[test]
fn the_page_says_what_the_doctor_says_of_the_zoo() {
    up_to_date(pages::PAGES[0], &zoo::text());
}

/// Every rule is found in its own experiment, nothing is found where its mistake is taken out, and a figure shows both.
#[test]
fn the_page_teaches_every_rule_with_what_the_doctor_says() {
    up_to_date(pages::PAGES[1], &rules::text());
    for rule in RULES {
        assert!(pages::read(&rules::figure_of(rule)).contains("Learning curves"), "{}", rule.code);
    }
}

/// An experiment or a figure of a rule that is gone teaches nothing.
#[test]
fn the_folder_has_nothing_but_rules() {
    let mut rules: Vec<&str> = RULES.iter().map(|rule| rule.code).collect();
    rules.sort_unstable();
    for (folder, extension) in [("experiments/diagnosis", "toml"), ("experiments/diagnosis/figures", "svg")] {
        let mut files = runner::disk::list(&pages::project(folder)).unwrap();
        files.retain(|file| file.extension().is_some_and(|e| e == extension));
        files.sort();
        let found: Vec<String> =
            files.iter().map(|file| file.file_stem().unwrap().to_string_lossy().into_owned()).collect();
        assert_eq!(found, rules, "{folder}");
    }
}
