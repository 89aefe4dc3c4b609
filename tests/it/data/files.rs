//! Good files: what each reader makes of them.

use runner::catalog::{Family, Value};
use runner::data::{self, Targets};
use runner::disk;
use runner::spec::{Encoding, Format, Missing, Part, Split, Task};

use super::{CSV, bundled, choice, file, generated, load, read_text, root, section, with};

/// `(file, target, rows, features, outputs, task)` from the files' descriptions in scikit-learn 1.9.1.
const BUNDLED: [(&str, &str, usize, usize, usize, Task); 5] = [
    ("iris.csv", "species", 150, 4, 3, Task::Classification),
    ("wine.csv", "class", 178, 13, 3, Task::Classification),
    ("breast_cancer.csv", "diagnosis", 569, 30, 2, Task::Classification),
    ("digits.csv", "label", 1797, 64, 10, Task::Classification),
    ("diabetes.csv", "target", 442, 10, 1, Task::Regression),
];

#[test]
fn bundled_files_load_with_the_right_task() {
    for (name, target, rows, features, outputs, task) in BUNDLED {
        let dataset = load(&bundled(name, target));
        let found = (dataset.rows(), dataset.features(), dataset.outputs(), dataset.task);
        assert_eq!(found, (rows, features, outputs, task), "{name}");
        assert_eq!(dataset.x.len(), rows * features);
    }
    let iris = load(&bundled("iris.csv", "species"));
    assert_eq!(iris.output_names(), &["setosa", "versicolor", "virginica"]);
    assert_eq!(iris.x[..4], [5.1, 3.5, 1.4, 0.2]);
    // R. A. Fisher 1936, as printed; UCI's file has 0.1 and 3.1, 1.5 here.
    assert_eq!(iris.x[34 * 4..35 * 4], [4.9, 3.1, 1.5, 0.2]);
    assert_eq!(iris.x[37 * 4..38 * 4], [4.9, 3.6, 1.4, 0.1]);
}

#[test]
fn bundled_files_have_their_digests() {
    let sums = disk::read(&root().join("datasets/SHA256SUMS")).unwrap();
    let readme = String::from_utf8(disk::read(&root().join("datasets/README.md")).unwrap()).unwrap();
    let mut checked = 0;
    for line in std::str::from_utf8(&sums).unwrap().lines() {
        let (digest, name) = line.split_once("  ").unwrap();
        let bytes = disk::read(&root().join("datasets").join(name)).unwrap();
        assert_eq!(disk::sha256(&bytes), digest, "{name}");
        assert!(readme.contains(digest), "{name} is missing from datasets/README.md");
        checked += 1;
    }
    // And one that an experiment of the zoo has masks in.
    assert_eq!(checked, BUNDLED.len() + 1);
}

#[test]
fn mnist_test_files_load_when_they_are_there() {
    let folder = root().join("../shared/datasets/mnist_t10k");
    let path = folder.join("t10k-images-idx3-ubyte.gz");
    if !disk::is_file(&path) {
        // Shown by `cargo test -- --nocapture`, and in the output of a failing run.
        let _ = std::io::Write::write_all(&mut std::io::stdout(), b"mnist_t10k is not here: not tested\n");
        return;
    }
    let format = Format::Idx {
        labels_written: "t10k-labels-idx1-ubyte.gz".into(),
        labels: folder.join("t10k-labels-idx1-ubyte.gz"),
        sha256: Some("8D422C7B0A1C1C79245A5BCF07FE86E33EEAFEE792B84584AEC276F5A2DBC4E6".into()),
        labels_sha256: Some("f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6".into()),
    };
    let mut spec = section(file("t10k-images-idx3-ubyte.gz", path, format), &[]);
    let dataset = load(&spec);
    assert_eq!((dataset.rows(), dataset.features(), dataset.outputs()), (10_000, 784, 10));
    assert_eq!((dataset.task, dataset.files.len()), (Task::Classification, 2));
    let Targets::Classes { index, .. } = &dataset.targets else { panic!("labels are classes") };
    // The first labels of the test part, as every tutorial prints them: 7 2 1 0 4 1 4 9 5 9.
    assert_eq!(index[..10], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    assert!(dataset.x.iter().all(|v| (0.0..=255.0).contains(v)));
    spec.limit = Some(100);
    assert_eq!(load(&spec).rows(), 100);
}

#[test]
fn form_does_not_matter_only_content_does() {
    let plain = read_text(b"a,b,class\n1,2,x\n3,4,y\n5,6,x\n", |_| {}).unwrap();
    let forms: [&[u8]; 4] = [
        b"\xef\xbb\xbfa,b,class\r\n1,2,x\r\n3,4,y\r\n5,6,x\r\n",
        b"\"a\", b ,class\n\n1.0,+2, x\n\n3e0, 4.00 ,\"y\"\n5,6,x",
        b"a;b;class\n1;2;x\n3;4;y\n5;6;x\n",
        b"a\tb\tclass\n1\t2\tx\n3\t4\ty\n5\t6\tx\n",
    ];
    for (form, delimiter) in forms.into_iter().zip([b',', b',', b';', b'\t']) {
        let read = read_text(form, |spec| {
            let format = Format::Csv { delimiter: Some(delimiter), header: true, sha256: None };
            if let runner::spec::Source::File { format: old, .. } = &mut spec.source {
                *old = format;
            }
        });
        assert_eq!(read.unwrap().digest, plain.digest);
    }
    let other = read_text(b"a,b,class\n1,2,x\n3,4,y\n5,7,x\n", |_| {}).unwrap();
    assert_ne!(other.digest, plain.digest);
}

#[test]
fn one_table_has_one_digest_in_every_format() {
    let folder = root().join("tests/cases/data");
    let csv = read_text(b"0,1,0\n2,3,1\n4,5,0\n6,7,1\n", |spec| {
        if let runner::spec::Source::File { format, .. } = &mut spec.source {
            *format = Format::Csv { delimiter: None, header: false, sha256: None };
        }
        spec.target = vec!["column_3".into()];
    })
    .unwrap();
    let npy = Format::Npy {
        labels_written: Some("y.npy".into()),
        labels: Some(folder.join("y.npy")),
        x: None,
        y: None,
        sha256: None,
        labels_sha256: None,
    };
    let npz = Format::Npy {
        labels_written: None,
        labels: None,
        x: None,
        y: None,
        sha256: None,
        labels_sha256: None,
    };
    let idx = Format::Idx {
        labels_written: "y-idx1".into(),
        labels: folder.join("y-idx1"),
        sha256: None,
        labels_sha256: None,
    };
    for (name, format) in [("x.npy", npy), ("good.npz", npz), ("x-idx2", idx)] {
        let dataset = load(&section(file(name, folder.join(name), format), &[]));
        assert_eq!(dataset.x, csv.x, "{name}");
        assert_eq!(dataset.digest, csv.digest, "{name}");
    }
}

#[test]
fn arrays_of_every_type_and_order_are_read() {
    use npyz::WriterBuilder as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.npy");
    let format = Format::Npy {
        labels_written: None,
        labels: None,
        x: None,
        y: None,
        sha256: None,
        labels_sha256: None,
    };
    let spec = section(file("t.npy", path.clone(), format), &["column_6"]);
    // Shape [2, 3, 2]; the last column is the target: [row 0: 0..6, row 1: 6..12].
    let values: Vec<f64> = (0..12).map(f64::from).collect();
    let fortran: Vec<f64> = (0..2)
        .flat_map(|k| (0..3).flat_map(move |j| (0..2).map(move |i| f64::from(i * 6 + j * 2 + k))))
        .collect();
    macro_rules! written {
        ($type:ty, $order:expr, $values:expr, $shape:expr) => {{
            let mut bytes = Vec::new();
            let mut writer = npyz::WriteOptions::<$type>::new()
                .default_dtype()
                .order($order)
                .shape($shape)
                .writer(&mut bytes)
                .begin_nd()
                .unwrap();
            writer.extend($values.iter().map(|v| *v as $type)).unwrap();
            writer.finish().unwrap();
            bytes
        }};
    }
    use npyz::Order::{C, Fortran};
    let shape: &[u64] = &[2, 6];
    let files = [
        written!(f64, C, values, shape),
        written!(f32, C, values, shape),
        written!(i64, C, values, shape),
        written!(u64, C, values, shape),
        written!(i32, C, values, shape),
        written!(u32, C, values, shape),
        written!(i16, C, values, shape),
        written!(u16, C, values, shape),
        written!(i8, C, values, shape),
        written!(u8, C, values, shape),
    ];
    for bytes in files {
        disk::replace(&path, &bytes).unwrap();
        let dataset = load(&spec);
        assert_eq!(dataset.x, [0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 7.0, 8.0, 9.0, 10.0]);
        assert_eq!(dataset.task, Task::Regression);
    }
    disk::replace(&path, &written!(f64, Fortran, fortran, &[2, 3, 2])).unwrap();
    let mut images = spec;
    images.target = vec!["pixel_5".into()];
    assert_eq!(load(&images).x, [0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 7.0, 8.0, 9.0, 10.0]);
}

#[test]
fn categories_are_coded_as_asked() {
    let text = "size,colour,class\n1,red,x\n2,blue,y\n1,green,x\n3,blue,y\n".as_bytes();
    let hot = read_text(text, |_| {}).unwrap();
    assert_eq!(hot.feature_names, ["size", "colour=blue", "colour=green", "colour=red"]);
    assert_eq!(hot.categorical, vec![1..4]);
    assert_eq!(hot.x[..8], [1.0, 0.0, 0.0, 1.0, 2.0, 1.0, 0.0, 0.0]);
    let ordinal = read_text(text, |spec| {
        spec.encoding = Encoding::Ordinal;
        spec.categorical = vec!["size".into()];
    })
    .unwrap();
    assert_eq!(ordinal.feature_names, ["size", "colour"]);
    assert_eq!(ordinal.x, [0.0, 2.0, 1.0, 0.0, 0.0, 1.0, 2.0, 0.0]);
}

#[test]
fn tasks_are_inferred_by_the_documented_rule() {
    let task = |target: &str| {
        let rows: Vec<String> = target.split(' ').enumerate().map(|(i, t)| format!("{i},{t}")).collect();
        read_text(format!("a,class\n{}\n", rows.join("\n")).as_bytes(), |_| {}).unwrap().task
    };
    assert_eq!(task("no yes no yes"), Task::Classification);
    assert_eq!(task("0 1 1 0"), Task::Classification);
    assert_eq!(task("-1 1 1 -1"), Task::Classification);
    // Two rows per value at least, on average.
    assert_eq!(task("0 1 2 0"), Task::Regression);
    assert_eq!(task("0.5 1 1 0.5"), Task::Regression);
    let many: Vec<String> = (0..84).map(|i| (i % 21).to_string()).collect();
    assert_eq!(task(&many.join(" ")), Task::Regression);
    let numbers = read_text(b"a,class\n1,10\n2,9\n3,10\n4,9.0\n", |_| {}).unwrap();
    assert_eq!(numbers.output_names(), &["9", "10"]);
    let forced =
        read_text(b"a,class\n1,0\n2,1\n3,1\n4,0\n", |spec| spec.task = Some(Task::Regression)).unwrap();
    assert_eq!(
        forced.targets,
        Targets::Values { values: vec![0.0, 1.0, 1.0, 0.0], names: vec!["class".into()] }
    );
    let several =
        read_text(b"a,u,v\n1,0,1\n2,1,1\n3,0,0\n", |spec| spec.target = vec!["v".into(), "u".into()]);
    let several = several.unwrap();
    assert_eq!(several.task, Task::MultiLabel);
    assert_eq!(
        several.targets,
        Targets::Values { values: vec![1.0, 0.0, 1.0, 1.0, 0.0, 0.0], names: vec!["v".into(), "u".into()] }
    );
}

#[test]
fn gaps_follow_the_policy() {
    let text = b"a,b,class\n1,red,x\nNA,?,y\n5, NULL ,x\nnan,blue,y\n3,red,\n";
    let dropped = read_text(text, |spec| spec.missing = Missing::DropRow).unwrap_err();
    assert!(dropped[0].title.contains("single class"), "only the first row is whole");
    let kept = read_text(&text[..text.len() - 7], |spec| spec.missing = Missing::Mean).unwrap();
    assert_eq!(kept.rows(), 4);
    assert!(kept.x[3].is_nan() && kept.x[4].is_nan() && kept.x[5].is_nan() && kept.x[9].is_nan());
    let rows = b"a,class\n1,x\n,y\n3,y\n4,x\n";
    let dropped = read_text(rows, |spec| spec.missing = Missing::DropRow).unwrap();
    assert_eq!((dropped.rows(), dropped.dropped, dropped.x), (3, 1, vec![1.0, 3.0, 4.0]));
    let limited = read_text(rows, |spec| {
        spec.missing = Missing::DropRow;
        spec.limit = Some(3);
    })
    .unwrap();
    assert_eq!(limited.rows(), 2, "the limit counts rows of the file");
}

#[test]
fn columns_are_chosen_by_name() {
    let text = b"id,a,b,part,class\n7,1,2,train,x\n8,3,4,test,y\n9,5,6,validation,x\n";
    let chosen = read_text(text, |spec| {
        spec.features = vec!["a".into(), "b".into()];
        spec.ignore = vec!["b".into()];
        spec.split = Split::Predefined { column: "part".into() };
    })
    .unwrap();
    assert_eq!(
        (chosen.feature_names.as_slice(), chosen.x.as_slice()),
        (["a".to_string()].as_slice(), [1.0, 3.0, 5.0].as_slice())
    );
    assert_eq!(chosen.parts, Some(vec![Part::Train, Part::Test, Part::Validation]));
    let assignment = data::split(&chosen, &Split::Predefined { column: "part".into() }, 9, None).unwrap();
    assert_eq!((assignment.train, assignment.test, assignment.validation), (vec![0], vec![1], vec![2]));
}

#[test]
fn generators_repeat_and_have_the_shape_asked_for() {
    let has = |entry: &runner::catalog::Entry, key: &str| entry.params.iter().any(|p| p.key == key);
    // Rows that are written out draw nothing.
    for entry in data::entries().into_iter().filter(|e| e.family == Family::Source && has(e, "seed")) {
        let of = |seed: u64| {
            let chosen = with(choice(Family::Source, entry.name), "samples", Value::Count(50));
            let chosen = if has(entry, "noise") { with(chosen, "noise", Value::Real(0.3)) } else { chosen };
            load(&generated(with(chosen, "seed", Value::Count(seed))))
        };
        let first = of(1);
        assert_eq!(first.rows(), 50, "{}", entry.name);
        assert_eq!(first.x.len(), 50 * first.steps * first.features());
        assert_eq!(first.digest, of(1).digest);
        assert_ne!(first.digest, of(2).digest, "{} ignores its seed", entry.name);
        assert!(first.x.iter().all(|v| v.is_finite()));
    }
    let mut xor = generated(choice(Family::Source, "xor"));
    assert_eq!(
        load(&xor).targets,
        Targets::Classes { index: vec![0, 1, 1, 0], names: vec!["0".into(), "1".into()] }
    );
    for task in [Task::Regression, Task::MultiLabel] {
        xor.task = Some(task);
        assert_eq!(
            load(&xor).targets,
            Targets::Values { values: vec![0.0, 1.0, 1.0, 0.0], names: vec!["y".into()] }
        );
    }
}

#[test]
fn generated_rows_are_pinned() {
    // Not a reference: the first time these change, results of old experiments no longer repeat, and the change must be meant.
    let digest = |name: &str| load(&generated(choice(Family::Source, name))).digest[..12].to_string();
    let found: Vec<String> =
        ["spiral", "moons", "circles", "blobs", "polynomial", "sine"].map(digest).to_vec();
    insta::assert_snapshot!("generated_digests", found.join(" "));
    let found = ["adding_problem", "copy_memory", "echo", "sign_of_sum"].map(digest);
    insta::assert_snapshot!("generated_sequence_digests", found.join(" "));
}

#[test]
fn a_file_with_many_rows_loads() {
    let mut text = String::from("a,b,class\n");
    for i in 0..50_000 {
        text.push_str(&format!("{},{},{}\n", i, f64::from(i) / 7.0, if i % 2 == 0 { "even" } else { "odd" }));
    }
    let dataset = read_text(text.as_bytes(), |_| {}).unwrap();
    assert_eq!((dataset.rows(), dataset.x[99_999]), (50_000, 49_999.0 / 7.0));
    let again = section(file("none", root().join("datasets/iris.csv"), CSV), &["species"]);
    assert_eq!(load(&again).files[0].0, "none");
}
