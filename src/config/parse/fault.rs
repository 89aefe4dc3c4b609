//! `[fault]`: words of mistakes.

use super::{Parsed, fields};
use crate::catalog::sections;
use crate::config::read::Reader;
use crate::config::tree::Table;
use crate::spec::{Fault, FaultyLoss, HiddenDerivative, Labels, OutputDelta, TimeIndex, Update};

pub(crate) fn fault(r: &mut Reader<'_>, root: &Table) -> Option<Parsed<Fault>> {
    let before = r.faults.len();
    let fields = fields(r, root, "fault", sections::FAULT)?;
    if r.faults.len() > before {
        return None;
    }
    let value = Fault {
        hidden_derivative: case(
            HiddenDerivative::ALL,
            HiddenDerivative::name,
            fields.text("hidden_derivative"),
        ),
        output_delta: case(OutputDelta::ALL, OutputDelta::name, fields.text("output_delta")),
        update: case(Update::ALL, Update::name, fields.text("update")),
        time_index: case(TimeIndex::ALL, TimeIndex::name, fields.text("time_index")),
        labels: case(Labels::ALL, Labels::name, fields.text("labels")),
        loss: case(FaultyLoss::ALL, FaultyLoss::name, fields.text("loss")),
    };
    Some(Parsed { value, fields })
}

/// The case that has this word.
fn case<T: Copy>(all: &[T], name: fn(T) -> &'static str, word: Option<&str>) -> Option<T> {
    word.and_then(|word| all.iter().copied().find(|case| name(*case) == word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Kind;

    /// The words of the catalogue and those of the types are the same, in the same order.
    #[test]
    fn every_word_is_a_case() {
        fn names<T: Copy>(all: &[T], name: fn(T) -> &'static str) -> Vec<&'static str> {
            all.iter().map(|case| name(*case)).collect()
        }
        let known = [
            ("hidden_derivative", names(HiddenDerivative::ALL, HiddenDerivative::name)),
            ("output_delta", names(OutputDelta::ALL, OutputDelta::name)),
            ("update", names(Update::ALL, Update::name)),
            ("time_index", names(TimeIndex::ALL, TimeIndex::name)),
            ("labels", names(Labels::ALL, Labels::name)),
            ("loss", names(FaultyLoss::ALL, FaultyLoss::name)),
        ];
        assert_eq!(sections::FAULT.len(), known.len());
        for (param, (key, words)) in sections::FAULT.iter().zip(known) {
            let Kind::Choice(written) = param.kind else { panic!("{key} is a choice") };
            assert_eq!((param.key, written), (key, &words[..]));
        }
    }
}
