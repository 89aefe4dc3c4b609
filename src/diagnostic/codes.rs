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
    AXIS_WITHOUT_EFFECT = "axis-without-effect", "an axis all of whose values mean the same",
        "For example `model.activation` is swept, but every hidden layer names its own. All arms would be one.\n\nRemove the axis, or what overrides it.";
    BUDGET_TWICE = "budget-twice", "both `epochs` and `steps` are written",
        "Training is as long as one of them says; with both, one would be ignored.\n\nKeep one.";
    CLASS_TOO_SMALL = "class-too-small", "a class with too few rows for the split",
        "Every fold, and the training part, needs a row of each class when a split is stratified.\n\nUse fewer folds, merge or leave out the small class, collect more rows, or set `stratified = false`.";
    COLUMN_TWICE = "column-twice", "a column has two uses, or is listed twice",
        "A column is a target, a feature, a mask, or ignored. A target among the features would give the answer away; a mask that is listed twice is the mask of two outputs.\n\nName it once.";
    CONDITION_CYCLE = "condition-cycle", "an axis that applies only where it applies",
        "`[sweep.when]` says on which values of other axes an axis depends. If these depend on the axis again, whether it applies cannot be told.\n\nLet conditions lead from axis to axis without coming back.";
    CONSTANT_TARGET = "constant-target", "a target that has the same value in every row",
        "Nothing can be learned about a target that never changes, and R² is undefined.\n\nCheck that the right column is named in `target`, and that `limit` does not cut off the rows that differ.";
    DAMAGED_FILE = "damaged-file", "bytes that do not fit the file's format",
        "The file is cut off, damaged, or of another format than its name says. Everything the format states (magic number, dimensions, sizes, checksums) is checked before a value is used.\n\nDownload or export it again, and give its `sha256` in `[data]` so that damage is found at once.";
    DAMAGED_MODEL = "damaged-model", "a saved network that cannot be trusted",
        "With `[record] models` every trained network that is kept is one file of `.runner.models` in the results folder, and of `models/` when it is published: safetensors, with a SHA-256 of all its bytes among its metadata. A file that is torn, changed, or not of this format is not used.\n\nRun the experiment again: the networks that are missing are trained again, to the same bits.";
    DAMAGED_RECORD = "damaged-record", "a line of the records that cannot be trusted",
        "Every finished trial is one line of `.runner.records` in its results folder, with a checksum. A line that is torn, changed, or not of this format is set aside, and its trial is trained again.\n\nNothing needs to be done. Many such lines point to a failing disk or to a program that edits the folder.";
    DAMAGED_STATE = "damaged-state", "a checkpoint that cannot be trusted",
        "With `[train] checkpoint` a trial in training is one file of `.runner.states` in the results folder, with a checksum. A file that is torn, changed, or not of this format is set aside with `.old` behind its name, and its trial begins anew.\n\nNothing needs to be done. Many such files point to a failing disk or to a program that edits the folder.";
    DIGEST_MISMATCH = "digest-mismatch", "a file whose SHA-256 is not the one given",
        "The experiment names the exact bytes it was made for, and this file has others: another version, a damaged download, or a changed line ending.\n\nGet the right file, or, if the new one is meant, write its digest into `sha256`.";
    DUPLICATE_COLUMN = "duplicate-column", "two columns with one name",
        "Columns are chosen by name, so a name must belong to one column. Rename one in the header.";
    DUPLICATE_KEY = "duplicate-key", "a key is written twice",
        "Only one of the two values could count, and which one is a matter of taste.\n\nKeep one.";
    DUPLICATE_RECORD = "duplicate-record", "a trial that stands in the records twice",
        "The first of the two lines is used. Equal trials give equal results, so nothing is lost.";
    EMPTY_AXIS = "empty-axis", "an axis of the sweep has no values",
        "A sweep over nothing has no points.\n\nGive it values, or remove the axis.";
    EMPTY_COLUMN = "empty-column", "a column without any value",
        "Every cell of the column is missing, so it holds no information and no mean could replace the gaps.\n\nLeave it out: `ignore = [\"NAME\"]`.";
    EMPTY_EXPERIMENT = "empty-experiment", "the experiment file is empty",
        "An experiment needs at least `[data]`, `[model]`, and `pairing`.\n\n`runner new NAME` writes a file to start from.";
    EMPTY_FILE = "empty-file", "a data file without content",
        "The file has no byte that is not a blank. Often an export or a download that failed.";
    EMPTY_PART = "empty-part", "a part of the split that would have no row",
        "A share that is positive must give at least one row, and at least one row must train.\n\nUse larger shares or more rows, or 0 for a part that is not wanted.";
    EMPTY_SWEEP = "empty-sweep", "a sweep of which no point is left",
        "`exclude` leaves out every combination, so there is nothing to train.\n\nLoosen one of its conditions.";
    EXPECT_KEY = "expect-key", "a key of `[expect]` does not name part and metric",
        "A key is `\"ARM.PART.METRIC\"`, for example `\"softmax+cross_entropy.test.accuracy\"`, or `\"PART.METRIC\"` where there is one configuration. It stands in quotes, since it contains dots.";
    EXTENDS_CYCLE = "extends-cycle", "files extend one another in a circle or a very long chain",
        "`extends` reads another file first. A file that comes back to itself would never be read to its end.\n\nRemove one of the links; the note shows the circle.";
    GRADIENT_FILE = "gradient-file", "a gradient that does not fit the network",
        "`runner check FILE --gradient JSON` checks a gradient that another program made. The file is an object with one list of numbers for each tensor of the network, of its name and shape: weights are `[in, out]`, biases `[out]`.\n\n`runner check FILE --format json` prints `parameters` and `samples` to make it at; the gradient has the names and shapes of `parameters`.";
    INFINITE_VALUE = "infinite-value", "a value that is infinite or too large for double precision",
        "Infinite values cannot be scaled or learned from; numbers beyond about 1.8e308 become infinite on reading.\n\nCorrect the cell, or mark it as missing (leave it empty) and choose a policy: `missing = \"drop_row\"`.";
    KEY_NOT_USED = "key-not-used", "a key has no meaning for the chosen source",
        "A generator has no columns and an IDX file has no header; a key about them would silently do nothing. So would `time` without `sequence`, and `bias_init` for a bias that is the weight of a constant input.\n\nRemove the key.";
    LOSS_NOT_COMPARABLE = "loss-not-comparable", "arms compared by losses that are different functions",
        "`[compare] metric = \"loss\"` asks which arm has the lower loss. Mean squared error and cross-entropy, a sum and a mean, or a cross-entropy with smoothed targets and one without are different functions of the same outputs: which number is lower says nothing.\n\nCompare by a metric, which means the same for every arm: `accuracy` or `log_loss` for classes, `r2`, `mae`, or `mse` for numbers.";
    MASK_COUNT = "mask-count", "masks that are not one for each output",
        "`mask` names a column of zeros and ones for each output, in the order of the outputs: classes by name (by value if all are numbers), else targets as `target` lists them.\n\nName as many columns as the message lists outputs.";
    MASK_VALUE = "mask-value", "a mask that is neither 0 nor 1",
        "A mask says whether an output is on (1) or off (0) in its row; nothing lies between.\n\nCorrect the cell.";
    MASKED_TARGET = "masked-target", "a row whose mask leaves nothing to answer",
        "If every output is off there is no distribution over them, and if the class of the row is off, or a share of it belongs to what is off, its probability is 0 and the loss infinite, whatever the network does.\n\nCorrect the mask, or leave the row out.";
    METRIC_TASK = "metric-task", "a metric for another task",
        "Accuracy needs classes; R2 needs plain numbers. The task is told by `[data] task`, the generator, or the loss.";
    MISPLACED_FAULT = "misplaced-fault", "a mistake on purpose that cannot be made here",
        "A word of `[fault]` says what a backward pass does wrong at one place: a hidden derivative, the error at the outputs, a time step, a loss. Where the network or the loss has no such place, nothing could go wrong.\n\nRemove the key, or give the network what the message asks for; `runner explain fault` tells what each word does.";
    MISSING_COLUMN = "missing-column", "a column that a network needs and the table does not have",
        "A network answers about rows with the columns of its features, found by name in any order. Without one of them there is no answer.\n\nAdd the column, rename it, or leave it out of the features and train again.";
    MISSING_FILE = "missing-file", "a file named in the experiment does not exist",
        "Paths are relative to the file that names them, not to the folder from which `runner` is called.\n\nCheck the spelling and the folder.";
    MISSING_KEY = "missing-key", "a key that must be written is missing",
        "Some choices have no sensible default, such as where the data is.\n\nWrite the key; `runner explain SECTION.KEY` says what it takes.";
    MISSING_SECTION = "missing-section", "a section that must be written is missing",
        "Every experiment says what is learned from (`[data]`) and by which network (`[model]`).";
    MISSING_VALUE = "missing-value", "a missing value, and no policy for it",
        "An empty cell, `NA`, `NaN`, `null`, or `?` (in any case) is a missing value. By default it is a fault, because every way to fill a gap is a decision.\n\n`missing = \"drop_row\"` leaves the row out; `\"mean\"` and `\"median\"` fill features from the training part (a category: the most frequent). Targets and split columns are never filled.\n\nOf a sequence the last time step must have a target. Those before it may be empty where the network answers at the last step only (`return_sequences = false`, or a dense network); do not drop such rows, which are steps that the network sees.";
    MIXED_COLUMN = "mixed-column", "a column that mixes text and numbers",
        "A column is read as categories if none of its cells is a number, or if it is listed in `categorical`. A single stray number among text (or text among numbers) is more often a mistake than a category, so it is shown.\n\nCorrect the cell, or declare `categorical = [\"NAME\"]` (for a target: `task = \"classification\"`).";
    NO_FEATURES = "no-features", "a table without a feature column",
        "Every column is the target, the split column, or left out, so there is nothing to learn from.\n\nCheck `features` and `ignore`, and the delimiter: with a wrong one the whole row is one column.";
    NO_ROWS = "no-rows", "a table without rows",
        "There is a header but nothing under it, or no row is left after `missing = \"drop_row\"`.";
    NO_SEQUENCES = "no-sequences", "a recurrent network without sequences",
        "A recurrent network sees one time step after another, and the rows of this data stand alone.\n\nFor a table with one row per time step name the column that tells sequences apart: `sequence = \"NAME\"`, and `time` for their order; or take a generator of sequences (`runner list source`); or write `kind = \"dense\"`.";
    NO_SUCH_PART = "no-such-part", "a part of the data is looked at that the split does not make",
        "Choosing needs a validation part and judging a test part; without `[data] split`, every row trains.\n\nFor example `split = { test = 0.2, validation = 0.2 }`.";
    NO_TARGET = "no-target", "a file without a named target column",
        "A table does not say which of its columns is to be predicted.\n\nName it: `target = \"NAME\"`, or several for a regression with several outputs.";
    NOT_A_NUMBER = "not-a-number", "text in a column of numbers",
        "Allowed are decimal numbers with a point and an optional exponent (`-3.5`, `1e-4`) and missing values (empty, `NA`, `NaN`, `null`, `?`).\n\nCorrect the cell; if it stands for a missing value, leave it empty; if the column holds categories, declare `categorical = [\"NAME\"]`.";
    NOT_BUILT_YET = "not-built-yet", "a word of the language that this version does not run yet",
        "The word is spelt right and planned, but there is no code behind it yet. It is refused rather than ignored, since it would change results.";
    NOT_EXPORTED = "not-exported", "a network that a format cannot express",
        "`runner export` writes networks whose every part it knows an exact form of in the format asked for. Nothing is written rather than something that answers otherwise.\n\nExport to another format, or ask the network with `runner predict`, which runs everything that can be trained.";
    NOT_FOR_LINE_SEARCH = "not-for-line-search", "a key that an optimizer with a line search cannot use",
        "Such an optimizer compares values of the objective at several points of a line. That asks for one function of the parameters, the same at each evaluation, whose gradient is exactly its derivative: the whole training part in every step, no dropout, no clipping, no penalty with a kink, no mistake in the gradient. A loss with kinks (`mae`, `hinge`) is a warning: the search may end at one of them. It chooses the length of its steps itself, so nothing scales them.\n\nWrite `batch = \"full\"` and remove the key, or use an optimizer that steps: `runner list optimizer`.";
    NOT_FUSED = "not-fused", "the fused engine cannot train this network",
        "The fused engine computes in single precision, and only what has a fused form. The reference path (Burn with autodiff) trains everything.\n\nWrite `engine = \"auto\"`, or leave the key out: then the fused engine trains what it can and the reference path the rest. `runner plan FILE` says which and why.";
    NOT_SWEEPABLE = "not-sweepable", "a key that cannot take several values",
        "A sweep changes what is trained: keys of `[data]`, `[model]`, `[optimizer]`, `[train]` (not `seeds`), and `pairing`.";
    NOT_UTF8 = "not-utf8", "a text file that is not UTF-8",
        "Data files are read as UTF-8, with or without a byte order mark. Older spreadsheets save Windows-1252 or UTF-16.\n\nConvert it, for example `iconv -f windows-1252 -t utf-8 OLD > NEW`, or save as \"CSV UTF-8\".";
    ONE_CLASS = "one-class", "a classification with a single class",
        "A classifier needs at least two classes. Check `target`, and whether `limit` cuts off the rows of the other classes (sorted files).";
    ONE_UNIT_SOFTMAX = "one-unit-softmax", "a softmax over a single output",
        "Softmax divides by the sum over the outputs. With one output that is 1 whatever the network does: the loss never moves and the gradient is exactly zero.\n\nUse `sigmoid+binary_cross_entropy` for one 0/1 target, or `identity+mse` for a number.";
    ORDER_OF_FILE = "order-of-file", "time steps in the order of the file, where another seems meant",
        "With `sequence` and without `time`, the rows of a sequence are its time steps in the order of the file, and every column without another use is a feature. Where a column counts the steps, or the rows of a sequence stand apart, that is seldom what was meant.\n\nName the column: `time = \"NAME\"`. If the order of the file is right, list the `features`.";
    OUT_OF_RANGE = "out-of-range", "a value outside its allowed range",
        "The message says the range. Numbers must be finite; whole numbers must fit.";
    OUTSIDE_PROJECT = "outside-project", "a path leaves the project folder",
        "An experiment from elsewhere should not read files it has no business with. The project folder is the nearest folder above the experiment that holds `Cargo.toml` or `.git`; without one, the folder above the experiment's own.\n\nMove the file, or pass `--allow-outside`.";
    PAIRING_MISMATCH = "pairing-mismatch", "an output activation whose values the loss is not defined on",
        "A loss is defined on a range of outputs: cross-entropy needs probabilities that sum to 1, binary cross-entropy values between 0 and 1. So is `masking = \"logits\"`: only a distribution shares anew among the outputs that are on. Frameworks let other pairings run and train badly or give NaN.\n\nTake one of the suggested activations or losses.";
    PARTS_DIFFER = "parts-differ", "a sequence whose rows are in different parts",
        "A sequence trains, chooses, or judges as a whole: with its beginning in the training part and its end in the test part, the test would be on what was learned.\n\nGive all rows of the sequence one part, or name another `sequence` column.";
    RAGGED_ROW = "ragged-row", "a row with more or fewer cells than there are columns",
        "Every row must have one cell per column. A delimiter inside a cell needs quotes: `\"a,b\"`; a decimal comma needs another delimiter.\n\nCorrect the row, or set `delimiter`.";
    REDUCTION_MISMATCH = "reduction-mismatch", "a reduction that the loss cannot have",
        "A loss that looks at all outputs of a sample together (cross-entropy, hinge) has one value per sample. There is nothing to sum over outputs.\n\nWrite `reduction = \"mean\"` or `\"sum\"`.";
    REPEATED_TIME = "repeated-time", "a sequence with two rows of one time",
        "The rows of a sequence are ordered by `time`; of two rows with one time it cannot be told which comes first. Often two sequences share a name.\n\nCorrect the times, name another `sequence` column, or leave `time` out for the order of the file.";
    REPEATED_VALUE = "repeated-value", "a value is listed twice",
        "The same seed or the same value of an axis gives the same trials again.\n\nRemove one.";
    SAMPLER_MISMATCH = "sampler-mismatch", "a sweep that its sampler cannot draw",
        "A grid crosses lists of values; a sampler draws from lists and ranges, and with `[compare]` draws the axes of `tune` for each arm. `halving` and `hyperband` share out `train.epochs`.\n\nChange the method or the axes as the message says; `runner explain sampler` lists the samplers.";
    SET_FORM = "set-form", "an argument of `--set` is not `KEY=VALUE`",
        "For example `--set optimizer.learning_rate=0.1`. The value is TOML; a bare word is taken as text.";
    SET_WITHOUT_EFFECT = "set-without-effect", "`--set` (or `--engine`) sets a key that the sweep sets again",
        "The values of an axis replace what stands in the file and on the command line, so the value given would never be used.\n\nSet the axis itself, for example `--set 'sweep.\"optimizer.learning_rate\"=[0.1, 0.3]'`, or take the axis out of the file.";
    SHAPE_MISMATCH = "shape-mismatch", "features and labels that do not belong together",
        "Features and labels must have the same number of rows, and labels one value (or one row of values) each. Often a training file was paired with a test file.";
    SPLIT_TOO_LARGE = "split-too-large", "test and validation leave nothing to train on",
        "Both are shares of all rows; together they must be less than 1.";
    STOP_BOUNDS = "stop-bounds", "`stop_when` does not have exactly one bound",
        "Write `at_least` for a metric where more is better, `at_most` where less is better.";
    SUITE_FILE = "suite-file", "a suite where an experiment is wanted",
        "A file with `[suite]` names experiments and describes none, so there is nothing in it to plan, trace, or train in shards.\n\n`runner FILE` trains all that it names. Ask everything else of one of these.";
    SWEEP_TOO_LARGE = "sweep-too-large", "the sweep is larger than its limit",
        "Trials are points times folds times seeds. The limit keeps a slip of the finger from running for a year.\n\nRaise `[sweep] limit` if it is meant.";
    SYNTAX = "syntax", "the file is not valid TOML",
        "The place is where the reader gave up; the mistake is there or just before. Text needs quotes, lists brackets, and each key a line of its own.";
    TARGET_MISMATCH = "target-mismatch", "a loss that the targets are not made for",
        "Cross-entropy and hinge need one class per row, a divergence shares that sum to 1, a range-wise error a signal with equal neighbours; plain numbers need a loss such as `mse`. `runner explain LOSS` says what each takes.";
    TARGET_RANGE = "target-range", "targets that the output activation cannot reach",
        "A sigmoid gives values between 0 and 1, a relu none below 0. Where targets lie outside, part of the loss can never be learned away, however long the training.\n\nUse `identity` as the output activation, or bring the targets into range with `target_scale`.";
    TEST_PART_USED = "test-part-used", "training would look at the test part",
        "A result on rows that decided when to stop says nothing about new rows. The test part is opened once, at the end.";
    TOO_LARGE = "too-large", "data beyond a limit of this program",
        "Data is held in memory as double precision. The limits are named in the message.\n\nUse `limit` for the first rows only, fewer `features`, or a lower `polynomial` degree.";
    TOO_MANY_CATEGORIES = "too-many-categories", "a categorical column with too many different values",
        "Each category becomes an input (one-hot) or an output. Hundreds usually mean that an identifier, a date, or free text was taken for a category.\n\nLeave the column out (`ignore`), or group its values.";
    UNCLOSED_QUOTE = "unclosed-quote", "a quoted cell that never ends",
        "A cell that begins with `\"` ends with the next single `\"`; a quote inside it is doubled (`\"\"`). Without the closing quote the rest of the file is one cell.";
    UNKNOWN_ARM = "unknown-arm", "an arm that the comparison does not have",
        "Arms are the values of the axis `[compare] by`, as they stand in tables.";
    UNKNOWN_AXIS = "unknown-axis", "a key or axis that does not exist",
        "A swept key is a dotted key of the file; `tune`, `zip`, `exclude`, and `by` name axes of `[sweep]`, or `variant`.";
    UNKNOWN_CATEGORY = "unknown-category", "a category or class that a network was not trained on",
        "A category is an input of its own (or a number given to it) from training on, so a network has no answer for one it has never seen.\n\nCorrect the cell, leave the row out, or train again with rows of that category.";
    UNKNOWN_CLASS = "unknown-class", "a class weight for a class that the data does not have",
        "`weights` names classes as they stand in the target column.";
    UNKNOWN_COLUMN = "unknown-column", "a column name that the data does not have",
        "`target`, `features`, `ignore`, `categorical`, `sequence`, `time`, `mask`, and `split.column` name columns of the header, or `column_1`, `column_2`, ... where there is none.\n\n`runner data FILE` lists the columns.";
    UNKNOWN_KEY = "unknown-key", "a key that this table does not have",
        "Every key must be known, so that a misspelt setting can never be silently ignored.\n\nLook at the suggestion, or list the section's keys with `runner explain <section>`.";
    UNKNOWN_NAME = "unknown-name", "a name that its family does not have",
        "`runner list FAMILY` shows all names of a family.";
    UNKNOWN_PART = "unknown-part", "a split column that holds something else than a part",
        "A predefined split column says `train`, `validation`, or `test` in every row.";
    UNKNOWN_SECTION = "unknown-section", "a section that the language does not have",
        "Every section must be known, so that a misspelt one can never be silently ignored.";
    UNREADABLE_FILE = "unreadable-file", "a file that cannot be read",
        "The file does not exist, is not a regular file, or may not be read. Paths are relative to the file that names them.";
    UNSUPPORTED_TYPE = "unsupported-type", "an array type that holds no plain numbers",
        "NPY arrays may hold booleans, integers, or floats of 32 or 64 bits. Objects (pickles), records, strings, and complex numbers are not read.\n\nConvert with NumPy: `numpy.save(\"x.npy\", x.astype(\"float64\"))`.";
    WRONG_TASK = "wrong-task", "targets that do not fit the task",
        "Classification takes one target column; multi_label takes columns of 0 and 1; regression takes numbers; class weights need a classification.";
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
        assert!(
            names.iter().all(|n| n.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'))
        );
    }
}
