//! What tuning bought: the curve of the expected best, and what is said when arms had different budgets.

use super::fixture::{Fixture, axis, failed, learned};
use super::{A, RATE, iris, near, row};

fn expected(fixture: &Fixture, arm: &'static str, k: usize) -> String {
    let csv = fixture.file("budget.csv");
    row(&csv, move |cell| cell("arm") == arm && cell("k") == k.to_string())("expected_best")
}

#[test]
fn the_expected_best_ends_at_the_configuration_selected() {
    let fixture = iris();
    // Scores of sigmoid+mse in the order of selection: 0.909, 0.851, 0.791, and 0.96 last, because a trial failed there. By hand over
    // the 4, 6, 4, and 1 subsets of each size.
    near(&expected(&fixture, "sigmoid+mse", 1), (0.909 + 0.851 + 0.791 + 0.96) / 4.0);
    near(&expected(&fixture, "sigmoid+mse", 2), (3.0 * 0.909 + 2.0 * 0.851 + 0.791) / 6.0);
    near(&expected(&fixture, "sigmoid+mse", 3), (3.0 * 0.909 + 0.851) / 4.0);
    near(&expected(&fixture, "sigmoid+mse", 4), 0.909);
    // The second of two equals changes nothing: 0.959, 0.959, 0.909, 0.859.
    near(&expected(&fixture, "softmax+cross_entropy", 2), (5.0 * 0.959 + 0.909) / 6.0);
    assert!(fixture.file("README.md").contains(
        "Expected best validation accuracy of k configurations tried in random order: sigmoid+mse 0.8778 with one configuration and 0.909 \
         with all 4, softmax+cross_entropy"
    ));
    let svg = fixture.file("figures/budget.svg");
    assert!(svg.starts_with("<svg ") && svg.contains("configurations tried"));
}

#[test]
fn a_configuration_of_which_every_trial_failed_counts_as_the_worst_score_of_any() {
    let mut fixture = iris();
    fixture.run(|point, seed| match (point[0], point[1]) {
        (Some(0), Some(3)) => failed(),
        (Some(0), Some(rate)) => learned([0.8, 0.86, 0.9][rate], A[seed]),
        (_, rate) => learned([0.9, 0.95, 0.7, 0.85][rate.unwrap_or(0)], A[seed]),
    });
    // The worst of either arm is 0.7.
    near(&expected(&fixture, "sigmoid+mse", 1), (0.8 + 0.86 + 0.9 + 0.7) / 4.0);
    let csv = fixture.file("budget.csv");
    assert_eq!(row(&csv, |cell| cell("arm") == "sigmoid+mse")("n_failed"), "1");
    assert!(
        fixture
            .file("README.md")
            .contains("one of which every trial failed counted as the worst score of any")
    );
}

#[test]
fn what_has_no_choice_or_chooses_by_results_has_no_curve() {
    let has =
        |fixture: &Fixture| runner::report::build(&fixture.results()).iter().any(|f| f.name == "budget.csv");
    let mut fixture = iris();
    assert!(has(&fixture));
    fixture.compare(RATE, &[]);
    assert!(!has(&fixture));
    // Two candidates are no curve.
    let mut two =
        Fixture::new(vec![axis("variant", &["a", "b"], &[]), axis(RATE, &["0.1", "1"], &[0.1, 1.0])], 5);
    two.compare("variant", &[RATE]);
    two.run(|_, seed| learned(0.9, A[seed]));
    assert!(!has(&two));
    // A sampler that goes by results tries what it tries for the order in which it tried.
    let mut learns = iris();
    learns.learning_sampler();
    assert!(!has(&learns));
    // Nothing done yet.
    let mut none = iris();
    none.records.clear();
    assert!(!has(&none));
}

#[test]
fn unequal_budgets_are_named() {
    let mut fixture = iris();
    assert!(!fixture.file("README.md").contains("different numbers of configurations"));
    fixture.plan.configurations.truncate(7);
    fixture.trials(&[None]);
    fixture.run(|_, seed| learned(0.9, A[seed]));
    assert!(
        fixture
            .file("README.md")
            .contains("- Arms were tuned over different numbers of configurations, 3 to 4: more tries")
    );
}
