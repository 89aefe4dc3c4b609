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
    AXIS_CONFLICT = "axis-conflict", "two parts of the file claim the same key",
        "A key that is both overridden by a variant and swept, or both compared and tuned, would silently lose one of the two.\n\nLeave the key to one of them.";
    BUDGET_TWICE = "budget-twice", "both `epochs` and `steps` are written",
        "Training is as long as one of them says; with both, one would be ignored.\n\nKeep one.";
    COLUMN_TWICE = "column-twice", "a column has two uses",
        "A column is a target, a feature, or ignored. A target among the features would give the answer away.\n\nName it once.";
    DAMAGED_RECORD = "damaged-record", "a line of the working log that cannot be trusted",
        "While a run goes on, every finished trial is one line of `.runner.log` in its results folder, with a checksum. A line that is torn, changed, or not of this format is set aside, and its trial is trained again.\n\nNothing needs to be done. Many such lines point to a failing disk or to a program that edits the folder.";
    DUPLICATE_KEY = "duplicate-key", "a key is written twice",
        "Only one of the two values could count, and which one is a matter of taste.\n\nKeep one.";
    DUPLICATE_RECORD = "duplicate-record", "a trial that stands in the working log twice",
        "The first of the two lines is used. Equal trials give equal results, so nothing is lost.";
    EMPTY_AXIS = "empty-axis", "an axis of the sweep has no values",
        "A sweep over nothing has no points.\n\nGive it values, or remove the axis.";
    EMPTY_FILE = "empty-file", "the experiment file is empty",
        "An experiment needs at least `[data]`, `[model]`, and `pairing`.\n\n`runner new NAME` writes a file to start from.";
    EXPECT_KEY = "expect-key", "a key of `[expect]` does not name part and metric",
        "A key is `\"ARM.PART.METRIC\"`, for example `\"softmax+cross_entropy.test.accuracy\"`, or `\"PART.METRIC\"` where there is one configuration. It stands in quotes, since it contains dots.";
    EXTENDS_CYCLE = "extends-cycle", "files extend one another in a circle or a very long chain",
        "`extends` reads another file first. A file that comes back to itself would never be read to its end.\n\nRemove one of the links; the note shows the circle.";
    FILE_MISSING = "file-missing", "a file named in the experiment does not exist",
        "Paths are relative to the file that names them, not to the folder from which `runner` is called.\n\nCheck the spelling and the folder.";
    KEY_NOT_USED = "key-not-used", "a key has no meaning for the chosen source",
        "A generator has no columns and an IDX file has no header; a key about them would silently do nothing.\n\nRemove the key.";
    MISSING_KEY = "missing-key", "a key that must be written is missing",
        "Some choices have no sensible default, such as where the data is.\n\nWrite the key; `runner explain SECTION.KEY` says what it takes.";
    MISSING_SECTION = "missing-section", "a section that must be written is missing",
        "Every experiment says what is learned from (`[data]`) and by which network (`[model]`).";
    NO_SUCH_PART = "no-such-part", "a part of the data is looked at that the split does not make",
        "Choosing needs a validation part and judging a test part; without `[data] split`, every row trains.\n\nFor example `split = { test = 0.2, validation = 0.2 }`.";
    NOT_BUILT_YET = "not-built-yet", "a word of the language that this version does not run yet",
        "The word is spelt right and planned, but there is no code behind it yet. It is refused rather than ignored, since it would change results.";
    NOT_SWEEPABLE = "not-sweepable", "a key that cannot take several values",
        "A sweep changes what is trained: keys of `[data]`, `[model]`, `[optimizer]`, `[train]` (not `seeds`), and `pairing`.";
    NOT_TEXT = "not-text", "the experiment file is not UTF-8 text",
        "TOML files are UTF-8. Some editors write UTF-16, and a data file may have been named by mistake.\n\nSave the file as UTF-8.";
    OTHER_SETTINGS_RECORD = "other-settings-record", "a working log that was begun under other settings",
        "The working log of an interrupted run can only be continued with the same data, the same recorded columns and epochs, and the same version of the numerics. Here one of them differs, which the note names; the trials in it are set aside and trained again.\n\nTo keep them, undo that change and run again before anything is trained: the log is replaced as soon as the new run begins, so copy it first.";
    OUT_OF_RANGE = "out-of-range", "a value outside its allowed range",
        "The message says the range. Numbers must be finite; whole numbers must fit.";
    OUTSIDE_PROJECT = "outside-project", "a path leaves the project folder",
        "An experiment from elsewhere should not read files it has no business with. The project folder is the nearest folder above the experiment that holds `Cargo.toml` or `.git`; without one, the folder above the experiment's own.\n\nMove the file, or pass `--allow-outside`.";
    PAIRING_MISMATCH = "pairing-mismatch", "an output activation whose values the loss is not defined on",
        "A loss is defined on a range of outputs: cross-entropy needs probabilities that sum to 1, binary cross-entropy values between 0 and 1. Frameworks let other pairings run and train badly or give NaN.\n\nTake one of the suggested activations or losses.";
    REDUCTION_MISMATCH = "reduction-mismatch", "a reduction that the loss cannot have",
        "A loss on a distribution has one value per sample. There is nothing to sum over outputs.\n\nWrite `reduction = \"mean\"` or `\"sum\"`.";
    REPEATED_VALUE = "repeated-value", "a value is listed twice",
        "The same seed or the same value of an axis gives the same trials again.\n\nRemove one.";
    SET_FORM = "set-form", "an argument of `--set` is not `KEY=VALUE`",
        "For example `--set optimizer.learning_rate=0.1`. The value is TOML; a bare word is taken as text.";
    SPLIT_TOO_LARGE = "split-too-large", "test and validation leave nothing to train on",
        "Both are shares of all rows; together they must be less than 1.";
    STOP_BOUNDS = "stop-bounds", "`stop_when` does not have exactly one bound",
        "Write `at_least` for a metric where more is better, `at_most` where less is better.";
    SWEEP_TOO_LARGE = "sweep-too-large", "the sweep is larger than its limit",
        "Trials are points times folds times seeds. The limit keeps a slip of the finger from running for a year.\n\nRaise `[sweep] limit` if it is meant.";
    SYNTAX = "syntax", "the file is not valid TOML",
        "The place is where the reader gave up; the mistake is there or just before. Text needs quotes, lists brackets, and each key a line of its own.";
    TARGET_MISMATCH = "target-mismatch", "a loss that the targets are not made for",
        "Cross-entropy needs one class per row; plain numbers need a loss such as `mse`.";
    TEST_PART_USED = "test-part-used", "training would look at the test part",
        "A result on rows that decided when to stop says nothing about new rows. The test part is opened once, at the end.";
    UNKNOWN_ARM = "unknown-arm", "an arm that the comparison does not have",
        "Arms are the values of the axis `[compare] by`, as they stand in tables.";
    UNKNOWN_AXIS = "unknown-axis", "a key or axis that does not exist",
        "A swept key is a dotted key of the file; `tune`, `zip`, `exclude`, and `by` name axes of `[sweep]`, or `variant`.";
    UNKNOWN_KEY = "unknown-key", "a key that this table does not have",
        "Every key must be known, so that a misspelt setting can never be silently ignored.\n\nLook at the suggestion, or list the section's keys with `runner explain <section>`.";
    UNKNOWN_NAME = "unknown-name", "a name that its family does not have",
        "`runner list FAMILY` shows all names of a family.";
    UNKNOWN_SECTION = "unknown-section", "a section that the language does not have",
        "Every section must be known, so that a misspelt one can never be silently ignored.";
    UNPLANNED_RECORD = "unplanned-record", "a trial in the working log that the experiment does not ask for",
        "The experiment was changed since the run was interrupted. The trial is set aside; its line stays in the working log until the results are published, so that it counts again if the change is undone.";
    UNREADABLE_FILE = "unreadable-file", "the experiment file cannot be read",
        "The path is wrong, is a folder, is larger than 1 MB, or may not be read.";
    WRONG_TASK = "wrong-task", "a metric or setting for another task",
        "Accuracy needs classes; R2 needs plain numbers. The task is told by `[data] task`, the generator, or the loss.";
    WRONG_TYPE = "wrong-type", "a value of the wrong type",
        "Numbers and true/false have no quotes, texts have them, lists have brackets. The message says what is expected.";
    ZIP_LENGTHS = "zip-lengths", "zipped axes of different lengths",
        "Zipped axes advance together, so each needs the same number of values.";
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
