//! Parameters of the member of a family that a whole population has chosen.
//!
//! Numeric parameters may differ from member to member and ride as `[P, 1, 1]` columns; structural ones are equal.
//! It does not know what the parameters mean.

use burn::tensor::Tensor;

use super::device;
use crate::catalog::{Choice, Kind, Role, Value};
use crate::spec::Precision;

/// The parameters of one choice, for all members.
#[derive(Clone, Debug)]
pub struct Columns {
    /// The first member's choice: name and structural parameters, which all members share.
    choice: Choice,
    precision: Precision,
    numbers: Vec<(&'static str, Vec<f64>, Tensor<3>)>,
}

impl Columns {
    /// `choices` holds one choice per member, all of the same structure.
    pub fn new(choices: &[&Choice], precision: Precision) -> Columns {
        let first = choices[0];
        let numeric = |kind: &Kind| matches!(kind, Kind::Real(_) | Kind::Count { .. });
        let params = first.entry.params.iter().filter(|p| p.role == Role::Numeric && numeric(&p.kind));
        let numbers = params.map(|p| {
            let values: Vec<f64> = choices.iter().map(|c| c.number(p.key)).collect();
            let column = device::column(&values, precision);
            (p.key, values, column)
        });
        Columns { choice: first.clone(), precision, numbers: numbers.collect() }
    }

    fn find(&self, key: &str) -> &(&'static str, Vec<f64>, Tensor<3>) {
        let found = self.numbers.iter().find(|(k, ..)| *k == key);
        found.unwrap_or_else(|| panic!("`{}` has no numeric parameter `{key}`", self.choice.name()))
    }

    /// A numeric parameter as `[P, 1, 1]`.
    pub fn column(&self, key: &str) -> Tensor<3> {
        self.find(key).2.clone()
    }

    /// A numeric parameter on the host, one value per member.
    pub fn values(&self, key: &str) -> &[f64] {
        &self.find(key).1
    }

    /// One number per member, computed on the host from the member's values, as `[P, 1, 1]`.
    pub fn derived(&self, key: &str, f: impl Fn(f64) -> f64) -> Tensor<3> {
        let values: Vec<f64> = self.values(key).iter().map(|v| f(*v)).collect();
        device::column(&values, self.precision)
    }

    /// Whether a numeric parameter is not zero. Only for parameters whose being zero is structural.
    pub fn present(&self, key: &str) -> bool {
        self.values(key).iter().any(|v| *v != 0.0)
    }

    /// Every numeric parameter, one value per member each, in the order of the entry.
    pub(crate) fn all(&self) -> impl Iterator<Item = &[f64]> {
        self.numbers.iter().map(|(_, values, _)| values.as_slice())
    }

    /// Whether all members have the same numbers, the learning rate apart.
    pub(crate) fn are_equal(&self) -> bool {
        let mut others = self.numbers.iter().filter(|(key, ..)| *key != "learning_rate");
        others.all(|(_, values, _)| values.iter().all(|v| v.to_bits() == values[0].to_bits()))
    }

    /// The first member's choice; its structural parameters are those of all.
    pub(crate) fn choice(&self) -> &Choice {
        &self.choice
    }

    /// A structural flag.
    pub fn flag(&self, key: &str) -> bool {
        matches!(self.choice.get(key), Some(Value::Flag(true)))
    }

    /// A structural word.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.choice.text(key)
    }

    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// Those of these members, in this order.
    pub(crate) fn of(&self, members: &[usize]) -> Columns {
        let mut columns = self.clone();
        columns.retain(members);
        columns
    }

    /// Keeps these members, in this order.
    pub(crate) fn retain(&mut self, keep: &[usize]) {
        for (_, values, column) in &mut self.numbers {
            *values = keep.iter().map(|m| values[*m]).collect();
            *column = device::column(values, self.precision);
        }
    }
}
