//! Bad data files: one snapshot each of what a person reads, beside the file in `tests/cases/data`.

use runner::catalog::{Family, Value};
use runner::data;
use runner::spec::{self, Format, Missing, Split, Task, Weights};

use super::{CSV, choice, file, generated, rendered, root, section, sources, with};

/// Loads (and splits) a case and compares the rendered faults with `tests/cases/data/<case>.snap`.
#[track_caller]
fn check(case: &str, spec: &spec::Data) {
    let mut sources = sources();
    let faults = match data::load(spec, &mut sources) {
        Err(faults) => faults,
        Ok(dataset) => match data::split(&dataset, &spec.split, 0, None) {
            Err(faults) => faults,
            Ok(_) => panic!("`{case}` loads without a fault"),
        },
    };
    assert!(faults.len() <= data::FAULTS_MAX);
    let text = rendered(&faults, &sources);
    insta::with_settings!({ snapshot_path => "../../cases/data", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(case, text);
    });
}

/// A text file of the cases folder with target `class`.
fn text(name: &str, change: impl FnOnce(&mut spec::Data)) {
    let mut spec = section(file(name, root().join("tests/cases/data").join(name), CSV), &["class"]);
    change(&mut spec);
    check(name.split('.').next().unwrap(), &spec);
}

fn words(names: &[&str]) -> Vec<String> {
    names.iter().map(|n| n.to_string()).collect()
}

fn delimited(delimiter: u8) -> Format {
    Format::Csv { delimiter: Some(delimiter), header: true, sha256: None }
}

fn set_format(spec: &mut spec::Data, new: Format) {
    if let spec::Source::File { format, .. } = &mut spec.source {
        *format = new;
    }
}

#[test]
fn text_files_of_bad_form() {
    for name in [
        "empty_file.csv",
        "only_blanks.csv",
        "header_only.csv",
        "ragged_long.csv",
        "ragged_short.csv",
        "ragged_single.csv",
        "duplicate_column.csv",
        "wrong_delimiter.csv",
        "header_is_data.csv",
        "not_utf8.csv",
        "utf16.csv",
        "gzipped.csv",
        "unclosed_quote.csv",
        "unclosed_header.csv",
        "long_line.csv",
    ] {
        text(name, |_| {});
    }
    text("no_header.csv", |spec| {
        set_format(spec, Format::Csv { delimiter: None, header: false, sha256: None });
    });
    text("digest.csv", |spec| {
        set_format(spec, Format::Csv { delimiter: None, header: true, sha256: Some("ab".repeat(32)) });
    });
    text("no_such_file.csv", |_| {});
    text("ragged_lang.csv", |_| {});
}

#[test]
fn text_files_with_bad_cells() {
    for name in [
        "infinite.csv",
        "text_among_numbers.csv",
        "units.csv",
        "quoted_cell.csv",
        "many_bad_cells.csv",
        "number_among_text.csv",
        "mixed_target.csv",
        "missing_value.csv",
        "tabs.tsv",
        "crlf_bom.csv",
        "too_many_categories.csv",
        "one_class.csv",
        "no_features.csv",
    ] {
        text(name, |_| {});
    }
    text("decimal_comma.csv", |spec| set_format(spec, delimited(b';')));
    text("missing_target.csv", |spec| spec.missing = Missing::Mean);
    text("empty_column.csv", |spec| spec.missing = Missing::Median);
    text("all_dropped.csv", |spec| spec.missing = Missing::DropRow);
}

#[test]
fn text_files_that_do_not_fit_the_section() {
    text("unknown_target.csv", |spec| spec.target = words(&["clas"]));
    text("unknown_feature.csv", |spec| spec.features = words(&["petal_lenght", "petal_width"]));
    text("unknown_ignore.csv", |spec| spec.ignore = words(&["id"]));
    text("unknown_split_column.csv", |spec| spec.split = Split::Predefined { column: "part".into() });
    text("no_target.csv", |spec| spec.target.clear());
    text("constant_target.csv", |spec| spec.target = words(&["y"]));
    text("text_target_of_regression.csv", |spec| spec.task = Some(Task::Regression));
    text("labels_not_bits.csv", |spec| {
        spec.target = words(&["u", "v"]);
        spec.task = Some(Task::MultiLabel);
    });
    text("two_targets_of_classification.csv", |spec| {
        spec.target = words(&["u", "v"]);
        spec.task = Some(Task::Classification);
    });
    text("weights_zero.csv", |spec| {
        let nothing = |class: &str| (class.to_string(), 0.0);
        spec.weights = Weights::Given(vec![nothing("setosa"), nothing("virginica")]);
    });
    text("weights_of_regression.csv", |spec| {
        spec.target = words(&["y"]);
        spec.weights = Weights::Balanced;
    });
    text("fewer_rows_than_classes.csv", |spec| spec.split = Split::HoldoutWithReplacement { test: 0.8 });
    text("unknown_class.csv", |spec| spec.weights = Weights::Given(vec![("setossa".into(), 2.0)]));
    text("unknown_part.csv", |spec| spec.split = Split::Predefined { column: "part".into() });
    text("missing_part.csv", |spec| spec.split = Split::Predefined { column: "part".into() });
    text("polynomial_too_wide.csv", |spec| spec.polynomial = 12);
}

#[test]
fn time_steps_that_make_no_sequences() {
    let steps = |name: &str, change: fn(&mut spec::Data)| {
        text(name, |spec| {
            spec.sequence = Some("id".into());
            spec.time = Some("t".into());
            change(spec);
        });
    };
    steps("repeated_time.csv", |_| {});
    steps("time_not_a_number.csv", |_| {});
    steps("missing_sequence.csv", |_| {});
    steps("parts_differ.csv", |spec| spec.split = Split::Predefined { column: "part".into() });
    steps("unknown_sequence.csv", |spec| {
        spec.sequence = Some("ids".into());
        spec.time = Some("time".into());
    });
}

#[test]
fn masks_that_leave_no_answer() {
    for name in
        ["mask_value.csv", "mask_missing.csv", "mask_all_off.csv", "mask_own_class.csv", "mask_count.csv"]
    {
        text(name, |spec| spec.mask = words(&["m0", "m1"]));
    }
}

#[test]
fn arrays_of_bad_form() {
    let folder = root().join("tests/cases/data");
    let idx = |case: &str, images: &str, labels: &str| {
        let format = Format::Idx {
            labels_written: labels.into(),
            labels: folder.join(labels),
            sha256: None,
            labels_sha256: None,
        };
        check(case, &section(file(images, folder.join(images), format), &[]));
    };
    idx("idx_cut_off", "short-idx2", "y-idx1");
    idx("idx_magic", "magic-idx2", "y-idx1");
    idx("idx_type", "type-idx2", "y-idx1");
    idx("idx_header", "header-idx2", "y-idx1");
    idx("idx_rows", "x-idx2", "three-idx1");
    idx("idx_gzip_cut_off", "cut-idx2.gz", "y-idx1");
    idx("idx_no_labels", "x-idx2", "nothing-idx1");
    let npy = |case: &str, x: &str, y: Option<&str>, labels_sha256: Option<String>| {
        let format = Format::Npy {
            labels_written: y.map(String::from),
            labels: y.map(|y| folder.join(y)),
            x: None,
            y: None,
            sha256: None,
            labels_sha256,
        };
        check(case, &section(file(x, folder.join(x), format), &[]));
    };
    npy("npy_cut_off", "short.npy", Some("y.npy"), None);
    npy("npy_type", "complex.npy", Some("y.npy"), None);
    npy("npy_values", "nan.npy", Some("y.npy"), None);
    npy("npy_header", "deep.npy", Some("y.npy"), None);
    npy("npy_magic", "other.npy", Some("y.npy"), None);
    npy("npy_no_labels", "x.npy", None, None);
    npy("npy_labels_digest", "x.npy", Some("y.npy"), Some("ab".repeat(32)));
    npy("npz_names", "arrays.npz", None, None);
    npy("npz_cut_off", "cut.npz", None, None);
}

#[test]
fn splits_and_generators_that_cannot_be() {
    let xor = || generated(choice(Family::Source, "xor"));
    let mut empty = xor();
    empty.split = Split::Holdout { test: 0.1, validation: 0.1, stratified: true };
    check("empty_part", &empty);
    let mut class = xor();
    class.split = Split::Holdout { test: 0.4, validation: 0.4, stratified: true };
    check("empty_training_part", &class);
    text("small_class.csv", |spec| {
        spec.split = Split::Holdout { test: 0.4, validation: 0.4, stratified: true };
    });
    let mut folds = xor();
    folds.split = Split::KFold { folds: 3, repeats: 1, validation: 0.0, stratified: true };
    check("class_smaller_than_folds", &folds);
    let mut column = xor();
    column.ignore = words(&["x3"]);
    check("generator_column", &column);
    let blobs = with(choice(Family::Source, "blobs"), "samples", Value::Count(1_000_000));
    check("generator_too_large", &generated(with(blobs, "features", Value::Count(10_000))));
}

#[test]
fn a_file_beyond_the_limit_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("huge.csv");
    // A sparse file: it has a size but takes no room.
    std::fs::File::create(&path).unwrap().set_len(3 << 30).unwrap();
    check("file_too_large", &section(file("huge.csv", path, CSV), &["class"]));
}

#[test]
fn a_small_file_cannot_unpack_to_more_than_it_states() {
    use std::io::Write as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.gz");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    // A header of 4 × 2 bytes, and 64 MB of zeros behind it.
    packed.write_all(&[0, 0, 8, 2, 0, 0, 0, 4, 0, 0, 0, 2]).unwrap();
    packed.write_all(&vec![0; 64_000_000]).unwrap();
    runner::disk::replace(&path, &packed.finish().unwrap()).unwrap();
    let labels = root().join("tests/cases/data/y-idx1");
    let format = Format::Idx { labels_written: "y-idx1".into(), labels, sha256: None, labels_sha256: None };
    check("idx_bomb", &section(file("bomb.gz", path, format), &[]));
}

#[test]
fn sizes_beyond_memory_are_refused_before_memory_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wide-idx4");
    // 65,535 × 65,535 × 65,535 × 65,535 elements of 8 bytes: more than 64 bits count.
    let mut bytes = vec![0, 0, 0x0e, 4];
    bytes.extend([0, 0, 255, 255].repeat(4));
    runner::disk::replace(&path, &bytes).unwrap();
    let labels = root().join("tests/cases/data/y-idx1");
    let format = Format::Idx { labels_written: "y-idx1".into(), labels, sha256: None, labels_sha256: None };
    check("idx_overflow", &section(file("wide-idx4", path.clone(), format.clone()), &[]));
    let mut bytes = vec![0, 0, 0x08, 2];
    bytes.extend([0, 1, 0, 0].repeat(2));
    runner::disk::replace(&path, &bytes).unwrap();
    check("idx_too_large", &section(file("wide-idx4", path, format), &[]));
}
