//! Every fault code, in alphabetical order, with its explanation. `runner explain CODE` prints these.

use super::Code;

macro_rules! codes {
    ($($constant:ident = $name:literal, $summary:literal, $docs:literal;)*) => {
        $(#[doc = $summary] pub static $constant: Code = Code { name: $name, summary: $summary, docs: $docs };)*
        /// All codes, sorted by name.
        pub static ALL: &[&Code] = &[$(&$constant),*];
    };
}

codes! {
    DAMAGED_RECORD = "damaged-record", "a line of the working log that cannot be trusted",
        "While a run goes on, every finished trial is one line of `.runner.log` in its results folder, with a checksum. A line that is torn, changed, or not of this format is set aside, and its trial is trained again.\n\nNothing needs to be done. Many such lines point to a failing disk or to a program that edits the folder.";
    DUPLICATE_RECORD = "duplicate-record", "a trial that stands in the working log twice",
        "The first of the two lines is used. Equal trials give equal results, so nothing is lost.";
    OTHER_SETTINGS_RECORD = "other-settings-record", "a working log that was begun under other settings",
        "The working log of an interrupted run can only be continued with the same data, the same recorded columns and epochs, and the same version of the numerics. Here one of them differs, which the note names; the trials in it are set aside and trained again.\n\nTo keep them, undo that change and run again before anything is trained: the log is replaced as soon as the new run begins, so copy it first.";
    UNKNOWN_KEY = "unknown-key", "a key that this table does not have",
        "Every key must be known, so that a misspelt setting can never be silently ignored.\n\nLook at the suggestion, or list the section's keys with `runner explain <section>`.";
    UNPLANNED_RECORD = "unplanned-record", "a trial in the working log that the experiment does not ask for",
        "The experiment was changed since the run was interrupted. The trial is set aside; its line stays in the working log until the results are published, so that it counts again if the change is undone.";
}

#[cfg(test)]
mod tests {
    #[test]
    fn codes_are_unique_kebab_case_and_sorted() {
        let names: Vec<&str> = super::ALL.iter().map(|c| c.name).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(names, sorted);
        assert!(names.iter().all(|n| n.chars().all(|c| c.is_ascii_lowercase() || c == '-')));
    }
}
