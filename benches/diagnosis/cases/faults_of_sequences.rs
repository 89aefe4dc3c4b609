//! Faults that only recurrent networks have.
//!
//! Tasks are short, so that what fails is the fault and not the length.

use super::kinds::Kind;
use super::recipe::plain;
use super::sets::{self, SEQUENCES, Set::*};

pub(crate) const KINDS: &[Kind] = &[
    Kind {
        name: "exploding-state",
        root: "exploding",
        expected: &["exploding", "init", "nan", "diverging", "saturated", "saturating"],
        shown_by: "skill",
        sets: SEQUENCES,
        cases: 9,
        prepare: |_, _| {},
        seed: |recipe, r| {
            if r.chance(0.5) && recipe.set != SignOfSum {
                recipe.word("model.activation", r.pick(&["relu", "identity"]));
                recipe.set(
                    "model.recurrent_init",
                    format!("{{ name = \"orthogonal\", gain = {} }}", plain(r.uniform(8.0, 20.0))),
                );
            } else {
                recipe.set(
                    "model.recurrent_init",
                    format!("{{ name = \"normal\", std = {} }}", plain(r.uniform(4.0, 12.0))),
                );
            }
            "the recurrent weights multiply the state with every time step".into()
        },
    },
    Kind {
        name: "truncated",
        root: "truncation",
        expected: &["truncation"],
        shown_by: "skill",
        sets: &[Echo, CopyMemory],
        cases: 9,
        // A large random recurrence holds the past by itself; a small one must learn to.
        prepare: |recipe, r| {
            let (delay, seed) = (r.between(3, 4), r.between(0, 999));
            let source = if recipe.set == Echo {
                format!("name = \"echo\", samples = 200, steps = 14, delay = {}, seed = {seed}", delay + 2)
            } else {
                format!(
                    "name = \"copy_memory\", samples = 200, symbols = 4, length = 2, delay = {delay}, seed = {seed}"
                )
            };
            recipe.set("data.source", format!("{{ {source} }}"));
            recipe.hidden(&[r.between(16, 20)]);
            recipe.set("model.recurrent_init", "{ name = \"normal\", std = 0.15 }");
            sets::steps(recipe, 2000.0);
        },
        seed: |recipe, _| {
            recipe.set("model.truncate", "0");
            "the gradient reaches no step back, the answer lies further".into()
        },
    },
    Kind {
        name: "wrong-time-step",
        root: "gradient",
        expected: &["gradient"],
        shown_by: "gradient",
        sets: &[SignOfSum, Adding, Series],
        cases: 8,
        prepare: |_, _| {},
        seed: |recipe, r| {
            if r.chance(0.5) {
                recipe.word("fault.time_index", "first_step_used");
                return "the gradient is made with input and state of the first step".into();
            }
            recipe.word("fault.hidden_derivative", "derivative_at_state");
            "the derivative of the activation is taken at the state".into()
        },
    },
];
