//! Descriptions of data files.

use runner::data::{self, Description};
use runner::disk;

use runner::catalog::Family;

use super::{at, choice, generated, load, rendered, root, sources};

#[track_caller]
fn describe(folder: &str, name: &str) -> Description {
    let mut sources = sources();
    match data::describe(name, &root().join(folder).join(name), &at(), &mut sources) {
        Ok(description) => description,
        Err(faults) => panic!("{}", rendered(&faults, &sources)),
    }
}

#[test]
fn iris_is_described() {
    let iris = describe("datasets", "iris.csv");
    insta::assert_snapshot!("describe_iris", iris.to_text());
    // scikit-learn 1.9.1: load_iris().DESCR gives 4.3, 7.9, and 5.84 for sepal length; rows 102 and 143 are equal.
    let sepal = &iris.columns[0];
    assert_eq!((sepal.min, sepal.max), (Some(4.3), Some(7.9)));
    assert!((sepal.mean.unwrap() - 5.843333333333334).abs() < 1e-12);
    assert_eq!((iris.duplicates.count, iris.duplicates.examples[0]), (1, (143, 102)));
}

#[test]
fn other_formats_are_described() {
    for (folder, name) in [
        ("datasets", "wine.csv"),
        ("tests/cases/data", "decimal_comma.csv"),
        ("tests/cases/data", "no_header.csv"),
        ("tests/cases/data", "x-idx2"),
        ("tests/cases/data", "x.npy"),
        ("tests/cases/data", "good.npz"),
    ] {
        let description = describe(folder, name);
        let case = format!("describe_{}", name.replace(['.', '-'], "_"));
        insta::assert_snapshot!(case, description.to_text());
    }
    let digits = describe("datasets", "digits.csv");
    assert!(digits.to_text().contains("... and 25 more columns"));
    assert_eq!(digits.constant, ["pixel_0", "pixel_32", "pixel_39"]);
}

#[test]
fn sequences_are_described() {
    let long = describe("tests/cases/data", "long.csv");
    insta::assert_snapshot!("describe_long", long.to_text());
    let facts = long.sequences.as_ref().unwrap();
    assert_eq!((facts.column.as_deref(), facts.time.as_deref()), (Some("series"), Some("t")));
    assert_eq!((facts.count, facts.shortest, facts.longest), (3, 3, 4));
    // Sequence c is a again.
    assert_eq!((long.duplicates.count, long.duplicates.examples[0]), (1, (3, 1)));
    let section: toml::Table = long.suggestion.parse().unwrap();
    assert_eq!(section["data"]["sequence"].as_str(), Some("series"));
    assert_eq!(section["data"]["time"].as_str(), Some("t"));
    assert_eq!(section["data"]["target"].as_str(), Some("y"));
}

#[test]
fn a_description_is_machine_readable() {
    let json = serde_json::to_value(describe("datasets", "iris.csv")).unwrap();
    assert_eq!(json["rows"], 150);
    assert_eq!(json["columns"][4]["kind"], "text");
    assert_eq!(json["classes"][1]["name"], "versicolor");
}

#[test]
fn a_suggestion_is_valid_toml() {
    for name in ["iris.csv", "wine.csv", "digits.csv", "diabetes.csv"] {
        let description = describe("datasets", name);
        let table: toml::Table = description.suggestion.parse().unwrap();
        assert_eq!(table["data"]["source"].as_str(), Some(name));
        assert_eq!(table["data"]["target"].as_str(), description.target.as_deref());
    }
    let folder = root().join("../shared/datasets/mnist_t10k");
    if disk::is_file(&folder.join("t10k-images-idx3-ubyte.gz")) {
        let images = data::describe(
            "t10k-images-idx3-ubyte.gz",
            &folder.join("t10k-images-idx3-ubyte.gz"),
            &at(),
            &mut sources(),
        );
        let images = images.unwrap();
        assert_eq!((images.rows, images.classes.len()), (10_000, 10));
        assert!(images.suggestion.contains("by = 255"));
    }
}

#[test]
fn a_data_set_in_memory_is_described() {
    let moons = data::describe_dataset(&load(&generated(choice(Family::Source, "moons"))));
    assert_eq!((moons.format, moons.rows, moons.columns.len()), ("generator", 200, 3));
    assert_eq!((moons.classes[0].rows, moons.classes[1].rows), (100, 100));
    assert!(moons.suggestion.contains("source = \"moons\""));
}
