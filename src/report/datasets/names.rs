//! Names of data sets for people: a file's name tells it apart where its folders need not.

use std::collections::BTreeSet;

/// Each without its folders, where that leaves all of them different; what follows a path in brackets stays.
pub(super) fn short<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Vec<String> {
    let without = |name: &str| {
        let (path, rest) = name.split_at(name.find(" (").unwrap_or(name.len()));
        format!("{}{rest}", path.rsplit('/').next().unwrap_or(path))
    };
    let short: Vec<String> = names.clone().map(without).collect();
    let distinct: BTreeSet<&String> = short.iter().collect();
    if distinct.len() == short.len() { short } else { names.map(String::from).collect() }
}

#[cfg(test)]
mod tests {
    #[test]
    fn folders_are_left_out_where_names_tell_enough() {
        let short = |names: &[&str]| super::short(names.iter().copied());
        assert_eq!(short(&["../../a/iris.csv", "spiral"]), ["iris.csv", "spiral"]);
        assert_eq!(
            short(&["../iris.csv (data.limit = 1/2)", "../iris.csv (data.limit = 1)"]),
            ["iris.csv (data.limit = 1/2)", "iris.csv (data.limit = 1)"]
        );
        assert_eq!(short(&["a/train.csv", "b/train.csv"]), ["a/train.csv", "b/train.csv"]);
    }
}
