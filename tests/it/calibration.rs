//! Calibration: tests must err, and intervals cover, as often as they say. Samples are simulated with fixed seeds.
//!
//! Every share is of [`REPEATS`] simulations and held to [`BOUND`] = 4 binomial standard errors of the nominal one: a correct method
//! fails such a check once in 16,000. Where theory promises equality the check has two sides; where a test is conservative
//! (discrete, or a difference must also matter) it has one; where theory promises nothing at a small n, as for t on skewed values,
//! the comment says so and the check holds what was measured to a loose bound, so that a fault in the code would still show.
//!
//! That the checks can fail was tried: with z in place of t, one-sided p of each test, narrower Wilson intervals, the variance of
//! folds uncorrected, Friedman's F half as large again, and Holm's correction left out, those that are about it failed.

use std::cell::RefCell;
use std::cmp::Ordering;

use runner::report;
use runner::rng::{Purpose, Stream, stream};
use runner::stats::{
    Folds, Verdict, compare, friedman, holm, mcnemar, mean_interval, over_data_sets, ranks, sign_flip,
    signed_rank, superiority, verdict, wilson,
};

use crate::report::fixture::{Fixture, axis, learned};

const REPEATS: usize = 4000;

/// Four standard errors of a share of `REPEATS` simulations.
fn bound(share: f64) -> f64 {
    4.0 * (share * (1.0 - share) / REPEATS as f64).sqrt()
}

/// The share of simulations in which something happened; each has a stream of its own.
fn share(seed: u64, happens: impl Fn(&mut Stream) -> bool) -> f64 {
    let times =
        (0..REPEATS as u64).filter(|r| happens(&mut stream(seed, Purpose::Statistics, 1 + r))).count();
    times as f64 / REPEATS as f64
}

#[track_caller]
fn is_about(found: f64, nominal: f64, what: &str) {
    assert!(
        (found - nominal).abs() <= bound(nominal),
        "{what}: {found}, nominal {nominal} ± {}",
        bound(nominal)
    );
}

#[track_caller]
fn is_at_most(found: f64, nominal: f64, what: &str) {
    assert!(found <= nominal + bound(nominal), "{what}: {found}, at most {nominal} + {}", bound(nominal));
}

/// What differences between two arms look like. All have the mean 0.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shape {
    Normal,
    /// Exponential less 1: not symmetric, so no paired test on so few values is promised its level.
    Skewed,
    /// Student's t with 3 degrees of freedom: symmetric, with outliers.
    Heavy,
    /// The difference of two accuracies on 30 rows, each right with probability 0.9: many ties and zeros.
    Tied,
}

const SHAPES: [Shape; 4] = [Shape::Normal, Shape::Skewed, Shape::Heavy, Shape::Tied];
const SIZES: [usize; 3] = [5, 10, 20];

fn draw(shape: Shape, random: &mut Stream) -> f64 {
    let correct = |random: &mut Stream| (0..30).filter(|_| random.unit() < 0.9).count() as f64 / 30.0;
    match shape {
        Shape::Normal => random.normal(),
        Shape::Skewed => -(1.0 - random.unit()).ln() - 1.0,
        Shape::Heavy => {
            let chi2: f64 = (0..3).map(|_| random.normal().powi(2)).sum();
            random.normal() / (chi2 / 3.0).sqrt()
        }
        Shape::Tied => correct(random) - correct(random),
    }
}

/// Two arms on n seeds: a seed moves both alike, as a split does, and they differ by a draw and a shift.
fn arms(shape: Shape, n: usize, shift: f64, random: &mut Stream) -> (Vec<f64>, Vec<f64>) {
    (0..n)
        .map(|_| {
            let base = if shape == Shape::Tied { 0.9 } else { 3.0 * random.normal() };
            (base + draw(shape, random) + shift, base)
        })
        .unzip()
}

/// How often each test finds a difference that is not there, at 0.05: t (by its interval), sign-flip, Wilcoxon.
fn false_positives(shape: Shape, n: usize) -> (f64, Option<f64>, f64) {
    let found = |test: fn(&[f64], &[f64]) -> bool| {
        share(100 + n as u64, |random| {
            let (a, b) = arms(shape, n, 0.0, random);
            test(&a, &b)
        })
    };
    let flip: fn(&[f64], &[f64]) -> bool = |a, b| sign_flip(&differences(a, b)).unwrap() <= 0.05;
    (
        found(|a, b| mean_interval(&differences(a, b), 0.95).is_some_and(|i| i.low > 0.0 || i.high < 0.0)),
        // Half a million patterns in each of four thousand samples of 20 would take minutes.
        (n <= 10).then(|| found(flip)),
        found(|a, b| signed_rank(a, b).is_some_and(|test| test.p <= 0.05)),
    )
}

/// What is equal but for rounding is equal, as in `compare`.
fn differences(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).map(|d| if d.abs() < 1e-12 { 0.0 } else { d }).collect()
}

#[test]
fn tests_of_paired_differences_find_nothing_as_often_as_they_say() {
    for shape in SHAPES {
        for n in SIZES {
            let (t, flip, wilcoxon) = false_positives(shape, n);
            let what = |test: &str| format!("{test}, {shape:?}, n = {n}");
            match shape {
                Shape::Normal => is_about(t, 0.05, &what("t")),
                // Known to be conservative with outliers (Benjamini 1983), and near its level for sums of many small differences.
                Shape::Heavy | Shape::Tied => is_at_most(t, 0.05, &what("t")),
                // Nothing is promised: t on exponential values errs about 0.12 at n = 5, 0.08 at n = 20.
                Shape::Skewed => assert!(t < 0.15, "{}: {t}", what("t")),
            }
            if shape == Shape::Skewed {
                // Nor of tests of symmetry: these values are not symmetric, and the tests say so: 0.09 at n = 10, 0.12 at 20.
                assert!(flip.is_none_or(|f| f < 0.15) && wilcoxon < 0.20, "n = {n}: {flip:?}, {wilcoxon}");
                continue;
            }
            // Exact, so never above the level; discrete, so below it: at n = 5 the smallest p of the sign-flip test is 0.0625, and
            // the signed-rank test is not made.
            flip.iter().for_each(|flip| is_at_most(*flip, 0.05, &what("sign-flip")));
            is_at_most(wilcoxon, 0.05, &what("signed-rank"));
            if n == 5 {
                assert_eq!((flip, wilcoxon), (Some(0.0), 0.0), "{}", what("five pairs"));
            }
        }
    }
}

/// For values without ties the exact tests have known sizes: the largest multiple of 2^(1-n) that p can take up to 0.05.
#[test]
fn exact_tests_have_the_size_that_counting_gives() {
    // At n = 10: sign-flip 51 · 2 / 2^11 = 0.0498; signed-rank P(W ≤ 8) · 2 = 0.0488 (SciPy 1.17.1: wilcoxon with W = 8).
    let flip = share(1, |random| {
        let (a, b) = arms(Shape::Normal, 10, 0.0, random);
        compare(&a, &b, 0.95, Folds::Independent).unwrap().p_sign_flip.unwrap() <= 0.05
    });
    is_about(flip, 0.0498, "sign-flip");
    let wilcoxon = share(2, |random| {
        let (a, b) = arms(Shape::Heavy, 10, 0.0, random);
        signed_rank(&a, &b).unwrap().p <= 0.05
    });
    is_about(wilcoxon, 0.048828125, "signed-rank");
    // Above 100 pairs its sum is held to be normal.
    let many = share(3, |random| {
        let (a, b) = arms(Shape::Tied, 101, 0.0, random);
        signed_rank(&a, &b).unwrap().p <= 0.05
    });
    is_about(many, 0.05, "signed-rank, normal approximation");
}

#[test]
fn intervals_cover_as_often_as_they_say() {
    for shape in SHAPES {
        for n in SIZES {
            for shift in [0.0, 1.0] {
                let covered = share(200 + n as u64 + 1000 * shift as u64, |random| {
                    let (a, b) = arms(shape, n, shift, random);
                    let interval = mean_interval(&differences(&a, &b), 0.95).unwrap();
                    interval.low <= shift && shift <= interval.high
                });
                let what = format!("{shape:?}, n = {n}, shift {shift}");
                match shape {
                    Shape::Normal => is_about(covered, 0.95, &what),
                    Shape::Heavy | Shape::Tied => is_at_most(1.0 - covered, 0.05, &what),
                    // Nothing is promised: about 0.88 at n = 5 and 0.92 at n = 20.
                    Shape::Skewed => assert!(covered > 0.85, "{what}: {covered}"),
                }
            }
        }
    }
    // One arm by itself, at another confidence.
    let covered = share(4, |random| {
        let values: Vec<f64> = (0..10).map(|_| 0.9 + 0.02 * random.normal()).collect();
        let interval = mean_interval(&values, 0.9).unwrap();
        interval.low <= 0.9 && 0.9 <= interval.high
    });
    is_about(covered, 0.9, "mean");
}

/// Wilson's interval of a share has no exact coverage: that moves about the nominal one with the share and n. Its exact coverage,
/// summed over the binomial (SciPy 1.17.1: binom.pmf), is what the simulation must show.
#[test]
fn the_interval_of_a_share_covers_as_computed() {
    for (n, p, exact) in [
        (5, 0.5, 0.9374999999999996),
        (10, 0.7, 0.9244034876999999),
        (10, 0.95, 0.9138616441006834),
        (20, 0.8, 0.9563281218730563),
        (30, 0.9, 0.9741732113380901),
    ] {
        let covered = share(300 + n as u64, |random| {
            let learned = (0..n).filter(|_| random.unit() < p).count();
            let interval = wilson(learned as f64, n, 0.95).unwrap();
            interval.low <= p && p <= interval.high
        });
        is_about(covered, exact, &format!("Wilson, n = {n}, p = {p}"));
    }
    // P(A > B) with ties as half: the variance of a half is smaller than the formula's, so it covers more often.
    let covered = share(301, |random| {
        let orders: Vec<Ordering> = (0..20)
            .map(|_| match random.unit() {
                u if u < 0.5 => Ordering::Greater,
                u if u < 0.8 => Ordering::Equal,
                _ => Ordering::Less,
            })
            .collect();
        let interval = superiority(&orders, 0.95).unwrap().interval;
        interval.low <= 0.65 && 0.65 <= interval.high
    });
    is_at_most(1.0 - covered, 0.05, "P(A > B) with ties");
}

/// Exact and conditional on the pairs in which one arm learned, so conservative: with a rate of 0.7 in both arms, how often depends
/// on how many such pairs there are.
#[test]
fn mcnemar_finds_nothing_at_most_as_often_as_it_says() {
    for n in SIZES {
        let found = share(400 + n as u64, |random| {
            let (mut only_a, mut only_b) = (0, 0);
            for _ in 0..n {
                let (a, b) = (random.unit() < 0.7, random.unit() < 0.7);
                only_a += usize::from(a && !b);
                only_b += usize::from(b && !a);
            }
            mcnemar(only_a, only_b) <= 0.05
        });
        is_at_most(found, 0.05, &format!("McNemar, n = {n}"));
    }
    // Its size where all of 18 pairs differ: P(X ≤ 4 or X ≥ 14) of a fair coin (SciPy 1.17.1: 2 binom.cdf(4, 18, 0.5)).
    let found = share(5, |random| {
        let heads = (0..18).filter(|_| random.unit() < 0.5).count();
        mcnemar(heads, 18 - heads) <= 0.05
    });
    is_about(found, 0.0308837890625, "McNemar, 18 pairs");
}

/// The verdict by the interval: a side is called better no more often than the interval errs, and equivalence is not claimed of
/// arms that differ by just what matters more often than one tail of the interval errs.
#[test]
fn verdicts_of_one_metric_err_at_most_as_often_as_the_interval() {
    let decide = |shift: f64, rope: f64, random: &mut Stream| {
        let (a, b) = arms(Shape::Normal, 10, shift, random);
        verdict(compare(&a, &b, 0.95, Folds::Independent).unwrap().interval, rope, true, None)
    };
    let better = |v: Verdict| matches!(v, Verdict::ABetter | Verdict::BBetter);
    let found = share(6, |random| better(decide(0.0, 0.0, random)));
    is_about(found, 0.05, "no difference, no region");
    // A region of half a standard deviation is wider than the error of the mean, which then decides less often.
    let found = share(7, |random| better(decide(0.0, 0.5, random)));
    is_at_most(found, 0.05, "no difference, a region");
    let equivalent = share(8, |random| decide(1.5, 1.5, random) == Verdict::Equivalent);
    is_at_most(equivalent, 0.025, "a difference as large as the region");
    // The wrong arm, when one is better by half a standard deviation.
    let wrong = share(9, |random| decide(0.5, 0.0, random) == Verdict::BBetter);
    is_at_most(wrong, 0.025, "the wrong arm");
    // And a difference of one standard deviation is found as often as its power says (statsmodels 0.15.0: TTestPower 0.8031).
    let power = share(10, |random| decide(1.0, 0.0, random) == Verdict::ABetter);
    is_about(power, 0.8030968566327218, "power");
}

/// The verdict as a report gives it: two equal arms that learn on four seeds in five. It has two routes, how often an arm learned
/// (McNemar) and the metric where both did (t), and never calls the arm better that learned less often. What it errs follows from
/// the two sizes, since who learned says nothing of who did better: summed over all ways that 10 pairs can go (SciPy 1.17.1:
/// multinomial.pmf, binomtest), with five pairs for a t test at least, which finds either side on 0.025.
#[test]
fn the_whole_verdict_errs_as_often_as_its_two_routes_make_it() {
    let mut fixture = Fixture::new(vec![axis("variant", &["first", "second"], &[])], 10);
    fixture.compare("variant", &[]).rope = 0.0;
    let rate = |fixture: &mut Fixture, seed: u64, advantage: f64| {
        let mut decided = 0;
        for repeat in 0..REPEATS as u64 {
            let random = RefCell::new(stream(seed, Purpose::Statistics, 1 + repeat));
            fixture.run(|point, _| {
                let mut random = random.borrow_mut();
                let accuracy =
                    0.8 + 0.02 * random.normal() + if point[0] == Some(0) { advantage } else { 0.0 };
                let mut reach =
                    if random.unit() < 0.8 { learned(0.8, accuracy) } else { learned(0.34, 0.34) };
                reach.curve.clear();
                reach
            });
            let verdict = report::json(&fixture.results())["comparison"][0]["verdict"].clone();
            decided += usize::from(verdict == "a_better" || verdict == "b_better");
        }
        decided as f64 / REPEATS as f64
    };
    let found = rate(&mut fixture, 14, 0.0);
    is_about(found, 0.029166435059533615, "no difference");
    let power = rate(&mut fixture, 15, 0.04);
    // Seldom more than half: where the better arm learned less often, by chance, nothing is said.
    assert!(power > 0.3, "two standard deviations: {power}");
}

/// Six pairs of four equal arms, Holm's correction over them: any false positive at all.
#[test]
fn holm_holds_the_rate_of_any_false_positive() {
    let found = share(11, |random| {
        let base: Vec<f64> = (0..10).map(|_| 3.0 * random.normal()).collect();
        let arms: Vec<Vec<f64>> =
            (0..4).map(|_| base.iter().map(|x| x + random.normal()).collect()).collect();
        let p: Vec<Option<f64>> = (0..4)
            .flat_map(|i| (i + 1..4).map(move |j| (i, j)))
            .map(|(i, j)| compare(&arms[i], &arms[j], 0.95, Folds::Independent).unwrap().p)
            .collect();
        holm(&p).iter().flatten().any(|p| *p <= 0.05)
    });
    is_at_most(found, 0.05, "four arms, six pairs");
    // Uncorrected it would be about 0.2; Holm gives little away.
    assert!(found > 0.02, "{found}");
}

/// Ranks of k equal arms over N data sets. Chi-square is known to be conservative at few data sets (Demšar 2006); the F of Iman and
/// Davenport is close to its level, and held to a quarter beyond it, being an approximation.
#[test]
fn friedmans_test_finds_nothing_about_as_often_as_it_says() {
    for (arms, sets) in [(3, 10), (5, 10), (4, 20)] {
        let table = |random: &mut Stream| -> Vec<Vec<f64>> {
            (0..sets).map(|_| ranks(&(0..arms).map(|_| random.normal()).collect::<Vec<_>>(), true)).collect()
        };
        let by_f = share(500 + arms as u64, |random| friedman(&table(random)).is_some_and(|t| t.f_p <= 0.05));
        assert!(by_f <= 0.0625 + bound(0.05), "F, {arms} arms, {sets} data sets: {by_f}");
        assert!(by_f >= 0.0375 - bound(0.05), "F, {arms} arms, {sets} data sets: {by_f}");
        let by_chi2 =
            share(500 + arms as u64, |random| friedman(&table(random)).is_some_and(|t| t.p <= 0.05));
        is_at_most(by_chi2, 0.05, &format!("chi-square, {arms} arms, {sets} data sets"));
        assert!(by_chi2 <= by_f, "{by_chi2} {by_f}");
    }
    // The whole protocol over data sets, ties like those of accuracies: any arm called better.
    for (arms, sets) in [(2, 6), (2, 12), (4, 12)] {
        let found = share(600 + arms as u64, |random| {
            let row = |random: &mut Stream| -> Vec<f64> {
                let base = 0.5 + 0.4 * random.unit();
                (0..arms).map(|_| base + (3.0 * random.normal()).round() / 30.0).collect()
            };
            let table: Vec<Vec<f64>> = (0..sets).map(|_| row(random)).collect();
            over_data_sets(&table, true, 0.05, None).pairs.iter().any(|p| p.better.is_some())
        });
        is_at_most(found, 0.05, &format!("{arms} arms over {sets} data sets"));
    }
    // And a difference that is there is found.
    let found = share(12, |random| {
        let table: Vec<Vec<f64>> = (0..12)
            .map(|_| (0..3).map(|arm| random.normal() + if arm == 0 { 3.0 } else { 0.0 }).collect())
            .collect();
        over_data_sets(&table, true, 0.05, None).pairs[0].better == Some(0)
    });
    assert!(found > 0.95, "{found}");
}

/// Cross-validation of two equal arms, simulated as the correction supposes (Nadeau and Bengio 2003): n = 20 rows in 10 folds, five
/// repeats. A fold's difference is the mean over its test rows of what two models that saw nearly the same rows do there: fold results
/// share a part with correlation ρ = test / (test + training rows) = 1 / K.
///
/// Theory promises a level only if ρ is that; the true correlation of real folds is not known, and none can be estimated (Bengio and
/// Grandvalet 2004). With the supposed one the corrected variance is unbiased, and the test has its level.
#[test]
fn the_corrected_test_of_folds_has_its_level_and_the_plain_one_does_not() {
    let (folds, repeats) = (10, 5);
    let n = folds * repeats;
    let rho = 1.0 / folds as f64;
    let ratio = 1.0 / (folds as f64 - 1.0);
    let results = |random: &mut Stream| -> Vec<f64> {
        let shared = rho.sqrt() * random.normal();
        (0..n).map(|_| shared + (1.0 - rho).sqrt() * random.normal()).collect()
    };
    let corrected = share(13, |random| {
        let folds = Folds::Shared { ratio };
        compare(&results(random), &vec![0.0; n], 0.95, folds).unwrap().p.unwrap() <= 0.05
    });
    is_about(corrected, 0.05, "corrected");
    let plain = share(13, |random| {
        mean_interval(&results(random), 0.95).is_some_and(|i| i.low > 0.0 || i.high < 0.0)
    });
    assert!(plain > 0.3, "the uncorrected test would err far more often: {plain}");
}
