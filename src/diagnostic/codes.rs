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
    UNKNOWN_KEY = "unknown-key", "a key that this table does not have",
        "Every key must be known, so that a misspelt setting can never be silently ignored.\n\nLook at the suggestion, or list the section's keys with `runner explain <section>`.";
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
