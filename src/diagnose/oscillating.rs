//! Does the loss jump up and down to the end?
//!
//! Threshold: over the last third of the run a standard deviation around its trend of 0.1 of the first loss. Healthy runs of the corpus
//! (`benches/diagnosis`) have 0.096 at most.

use super::{Evidence, Finding, Rule, Run, Stage, number};

pub(super) static THIS: Rule = Rule {
    code: "oscillating",
    summary: "the loss jumps up and down to the end",
    docs: "A straight line is fitted to the training loss over the last third of the recorded points; measured is the standard deviation around it, divided by the first loss. (The design divides by the mean of that third, which is near 0 where a task is solved: 17 % of healthy runs.)

Threshold: found where it is above 0.1 in a run that came to little, with at least six points. Healthy runs of the corpus have 0.096 at most.

What to do: a smaller learning rate, or less momentum; shuffled rows.",
    stage: Stage::After,
    judge,
};

pub(super) const LARGE: f64 = 0.1;
const POINTS: usize = 6;

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let run = evidence.run.filter(|_| evidence.is_sick())?;
    let share = jumps(&run).filter(|share| *share > LARGE)?;
    let losses = run.curve("train_loss");
    let (epoch, step, _) = last_third(&losses)[0];
    let says = format!(
        "from epoch {epoch} on the training loss jumps up and down, by {} of the first loss around its trend",
        number(share)
    );
    let found = Finding::new(&THIS, says).symptom().at(epoch, step).measured(share, LARGE);
    Some(found.help("a smaller learning rate, or less momentum; shuffled rows"))
}

/// How far the training loss jumps around its trend over the last third, as a share of the first loss; never NaN.
pub(super) fn jumps(run: &Run<'_>) -> Option<f64> {
    let first = run.first_loss().filter(|first| *first > 0.0)?;
    let losses = run.curve("train_loss");
    let last = last_third(&losses);
    if last.len() < POINTS || last.iter().any(|(.., loss)| !loss.is_finite()) {
        return None;
    }
    let points: Vec<(f64, f64)> = last.iter().map(|(epoch, _, loss)| (*epoch as f64, *loss)).collect();
    Some(around_trend(&points) / first).filter(|share| !share.is_nan())
}

fn last_third(losses: &[(usize, usize, f64)]) -> &[(usize, usize, f64)] {
    &losses[losses.len() - losses.len() / 3..]
}

/// Standard deviation (divided by n) around the straight line of least squares.
fn around_trend(points: &[(f64, f64)]) -> f64 {
    let n = points.len() as f64;
    let (mx, my) = (points.iter().map(|p| p.0).sum::<f64>() / n, points.iter().map(|p| p.1).sum::<f64>() / n);
    let product = |a: fn((f64, f64)) -> f64, b: fn((f64, f64)) -> f64| {
        points.iter().map(|p| (p.0 - mx, p.1 - my)).map(|p| a(p) * b(p)).sum::<f64>()
    };
    let (xx, xy, yy) = (product(|p| p.0, |p| p.0), product(|p| p.0, |p| p.1), product(|p| p.1, |p| p.1));
    let left = if xx > 0.0 { yy - xy * xy / xx } else { yy };
    (left.max(0.0) / n).sqrt()
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;

    /// NumPy 2.4.6: `np.std(y - np.polyval(np.polyfit(x, y, 1), x))` of y = [1, 4, 2, 8, 5, 7] over x = 0 to 5 is 1.6212869667555552.
    #[test]
    fn the_trend_is_that_of_numpy() {
        let points: Vec<(f64, f64)> =
            [1.0, 4.0, 2.0, 8.0, 5.0, 7.0].into_iter().enumerate().map(|(x, y)| (x as f64, y)).collect();
        assert!((super::around_trend(&points) - EXPECTED).abs() < 1e-12);
    }

    const EXPECTED: f64 = 1.621_286_966_755_555_2;

    /// By hand: six points at 1 ± jump lie about jump around their trend, which is nearly flat.
    #[test]
    fn jumps_are_measured_by_the_first_loss() {
        let of = |jump: f64| {
            let mut losses = vec![1.0; 13];
            losses.extend((0..6).map(|i| if i % 2 == 0 { 1.0 + jump } else { 1.0 - jump }));
            Trial::new("").losses(&losses).says(&super::THIS)
        };
        assert_eq!(of(0.12).unwrap().at, Some((13, 130)));
        assert!(of(0.08).is_none());
    }
}
