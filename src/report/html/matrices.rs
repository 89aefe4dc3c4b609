//! Confusion matrices of more classes and arms than `README.md` has room for.

use serde::Serialize;

use super::Head;
use crate::report::confusion::summed;
use crate::report::page::Page;

const CLASSES_MAX: usize = 40;
const ARMS_MAX: usize = 12;

#[derive(Serialize)]
pub(super) struct Matrices {
    #[serde(flatten)]
    pub(super) head: Head,
    classes: Vec<String>,
    arms: Vec<Matrix>,
}

#[derive(Serialize)]
struct Matrix {
    name: String,
    /// `[true class][predicted class]`.
    counts: Vec<Vec<u64>>,
}

/// `None` where nothing was counted, or for several data sets.
pub(super) fn of(page: &Page<'_, '_>) -> Option<Matrices> {
    let view = page.view;
    let [facts] = view.sets()[..] else { return None };
    if facts.outputs.len() > CLASSES_MAX {
        return None;
    }
    let matrix = |arm: &crate::report::selection::Arm| Matrix {
        name: arm.name(),
        counts: summed(page, arm.selected, view.judges, facts.outputs.len()),
    };
    let told = page.selection.arms.iter().take(ARMS_MAX).map(matrix);
    let arms: Vec<Matrix> = told.filter(|m| m.counts.iter().flatten().any(|n| *n > 0)).collect();
    let cut = match page.selection.arms.len() {
        n if n > ARMS_MAX => format!(" The first {ARMS_MAX} of {n}."),
        _ => String::new(),
    };
    let head = Head {
        id: "confusions".into(),
        title: "Confusions".into(),
        note: format!(
            "Rows of the {} part by true and predicted class, summed over the trials that did not fail.{cut}",
            view.judges.name()
        ),
        file: "README.md",
    };
    (!arms.is_empty()).then(|| Matrices { head, classes: facts.outputs.clone(), arms })
}
