//! The generated JSON Schema (draft 2020-12) of the experiment language, for editors that complete and check as one types.
//!
//! It says what one file may hold on its own. Rules across sections are the loader's business, and where a file `extends`
//! another, required keys may stand in that one.

use serde_json::{Map, Value, json};

use super::explain::swept_keys;
use super::sections::{self, Section};
use super::{Catalog, Default, Entry, Family, Kind, Param, Range};

/// `experiments/schema.json`.
pub fn schema(catalog: &Catalog) -> Value {
    let mut properties = params(catalog, sections::TOP);
    let mut definitions = Map::new();
    for section in sections::SECTIONS {
        let required = !matches!(section.name, "optimizer");
        if section.swept {
            // The variants refer to it too.
            definitions.insert(definition(section), self::section(catalog, section, required));
            properties.insert(section.name.into(), refer(&definition(section)));
        } else {
            properties.insert(section.name.into(), self::section(catalog, section, required));
        }
    }
    definitions.insert("linear_axis".into(), linear_axis());
    definitions.insert("log_axis".into(), log_axis());
    let positive = json!({ "type": "number", "exclusiveMinimum": 0 });
    definitions.insert("uniform_axis".into(), domain("uniform", json!({ "type": "number" })));
    definitions.insert("log_uniform_axis".into(), domain("log_uniform", positive));
    definitions.insert("int_axis".into(), domain("int", json!({ "type": "integer" })));
    for family in Family::ALL {
        definitions.insert(family.name().into(), self::family(catalog, family));
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Experiment of runner",
        "description": "One TOML file: one question, answered from data by trained networks.",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "$defs": definitions,
    })
}

fn definition(section: &Section) -> String {
    format!("{}_section", section.name)
}

fn refer(definition: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{definition}") })
}

fn section(catalog: &Catalog, section: &Section, strict: bool) -> Value {
    let mut out = match section.name {
        "sweep" => return sweep(catalog, section),
        "variants" => variants(catalog),
        "expect" => {
            json!({ "type": "object", "additionalProperties": object(catalog, sections::EXPECT, true) })
        }
        _ => object(catalog, section.keys, strict),
    };
    if let (Some(family), Some(keys)) =
        (section.member, out.get_mut("properties").and_then(Value::as_object_mut))
    {
        for entry in catalog.family(family) {
            let own = params(catalog, entry.params);
            own.into_iter().for_each(|(k, v)| {
                keys.entry(k).or_insert(v);
            });
        }
        keys.insert("name".into(), names(catalog, family));
    }
    // A file that extends another may leave required keys to it.
    if let Some(object) = out.as_object_mut() {
        object.remove("required");
        object.insert("description".into(), json!(section.summary));
    }
    out
}

fn names(catalog: &Catalog, family: Family) -> Value {
    let each = catalog.family(family).map(|e| json!({ "const": e.name, "description": e.summary }));
    json!({ "oneOf": each.collect::<Vec<_>>() })
}

fn params(catalog: &Catalog, params: &[Param]) -> Map<String, Value> {
    params.iter().map(|p| (p.key.to_string(), param(catalog, p))).collect()
}

fn param(catalog: &Catalog, param: &Param) -> Value {
    let mut out = kind(catalog, &param.kind);
    let default = match param.default {
        Default::Required | Default::Absent => None,
        Default::Real(x) => Some(json!(x)),
        Default::Count(n) => Some(json!(n)),
        Default::Flag(b) => Some(json!(b)),
        Default::Word(w) => Some(json!(w)),
    };
    if let Some(object) = out.as_object_mut() {
        object.insert("description".into(), json!(param.docs));
        if let Some(default) = default {
            object.insert("default".into(), default);
        }
    }
    out
}

/// A table with these keys and no others.
fn object(catalog: &Catalog, keys: &[Param], required: bool) -> Value {
    let mut out =
        json!({ "type": "object", "properties": params(catalog, keys), "additionalProperties": false });
    let needed: Vec<&str> =
        keys.iter().filter(|p| matches!(p.default, Default::Required)).map(|p| p.key).collect();
    if required && !needed.is_empty() {
        out["required"] = json!(needed);
    }
    out
}

fn kind(catalog: &Catalog, of: &Kind) -> Value {
    match of {
        Kind::Real(range) => number(range),
        Kind::Count { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Text => json!({ "type": "string" }),
        Kind::Choice(words) => json!({ "enum": words }),
        Kind::Member(family) => refer(family.name()),
        Kind::Joined(families) => joined(catalog, families),
        Kind::List(inner) => json!({ "type": "array", "items": kind(catalog, inner) }),
        Kind::OneOf(kinds) => json!({ "anyOf": kinds.iter().map(|k| kind(catalog, k)).collect::<Vec<_>>() }),
        Kind::Table(keys) => object(catalog, keys, true),
        Kind::Map(inner) => json!({ "type": "object", "additionalProperties": kind(catalog, inner) }),
        Kind::Any => json!({}),
    }
}

fn number(range: &Range) -> Value {
    let mut out = json!({ "type": "number" });
    if range.low.is_finite() {
        out[if range.open_low { "exclusiveMinimum" } else { "minimum" }] = json!(range.low);
    }
    if range.high.is_finite() {
        out[if range.open_high { "exclusiveMaximum" } else { "maximum" }] = json!(range.high);
    }
    out
}

/// Every combination of names joined by `+`.
fn joined(catalog: &Catalog, families: &[Family]) -> Value {
    let mut words = vec![String::new()];
    for family in families {
        let with = |word: &String| {
            let join =
                |e: &Entry| if word.is_empty() { e.name.to_string() } else { format!("{word}+{}", e.name) };
            catalog.family(*family).map(join).collect::<Vec<_>>()
        };
        words = words.iter().flat_map(with).collect();
    }
    json!({ "enum": words })
}

/// A name whose entry needs nothing more, or a table with the name and its parameters.
fn family(catalog: &Catalog, family: Family) -> Value {
    let mut forms = Vec::new();
    for entry in catalog.family(family) {
        if !entry.params.iter().any(|p| matches!(p.default, Default::Required)) {
            forms.push(json!({ "const": entry.name, "description": entry.summary }));
        }
        let mut table = object(catalog, entry.params, true);
        table["properties"]["name"] = json!({ "const": entry.name });
        table["description"] = json!(entry.summary);
        // A split is told by its keys, so its name may be left out.
        if family != Family::Split {
            let mut needed = vec![json!("name")];
            needed.extend(table["required"].as_array().cloned().unwrap_or_default());
            table["required"] = json!(needed);
        }
        forms.push(table);
    }
    json!({ "anyOf": forms })
}

fn axis(values: Value) -> Value {
    json!({ "anyOf": [
        { "type": "array", "items": values, "minItems": 1 },
        refer("linear_axis"),
        refer("log_axis"),
        refer("uniform_axis"),
        refer("log_uniform_axis"),
        refer("int_axis"),
    ] })
}

fn points() -> Value {
    json!({ "type": "integer", "minimum": 2 })
}

fn linear_axis() -> Value {
    json!({
        "type": "object",
        "properties": { "from": { "type": "number" }, "to": { "type": "number" }, "points": points() },
        "required": ["from", "to", "points"], "additionalProperties": false,
    })
}

fn log_axis() -> Value {
    let end = json!({ "type": "number", "exclusiveMinimum": 0 });
    json!({
        "type": "object",
        "properties": { "log": { "type": "array", "items": end, "minItems": 2, "maxItems": 2 }, "points": points() },
        "required": ["log", "points"], "additionalProperties": false,
    })
}

fn domain(form: &str, end: Value) -> Value {
    let ends = json!({ "type": "array", "items": end, "minItems": 2, "maxItems": 2 });
    json!({
        "type": "object",
        "properties": { form: ends },
        "required": [form], "additionalProperties": false,
    })
}

fn sweep(catalog: &Catalog, section: &Section) -> Value {
    let mut out = object(catalog, section.keys, false);
    out["description"] = json!(section.summary);
    let Some(keys) = out.get_mut("properties").and_then(Value::as_object_mut) else { return out };
    for key in swept_keys(catalog).into_iter().filter(|k| k != "train.seeds") {
        let found = super::explain::lookup(catalog, &key);
        let mut alternatives: Vec<Value> = Vec::new();
        for (_, param) in &found {
            let value = if key == "optimizer.name" {
                names(catalog, Family::Optimizer)
            } else {
                kind(catalog, &param.kind)
            };
            if !alternatives.contains(&value) {
                alternatives.push(value);
            }
        }
        let values = if alternatives.len() == 1 {
            alternatives.swap_remove(0)
        } else {
            json!({ "anyOf": alternatives })
        };
        let mut axis = axis(values);
        if let Some((_, param)) = found.first() {
            axis["description"] = json!(format!("Axis. {}", param.docs));
        }
        keys.insert(key, axis);
    }
    // Deeper keys (`model.activation.slope`, keys without quotes) are left to the loader.
    out["patternProperties"] = json!({ "^(data|model|optimizer|train|pairing)($|\\.[a-z_]+\\.)": {} });
    out
}

fn variants(catalog: &Catalog) -> Value {
    let mut keys = params(catalog, &sections::TOP[sections::TOP.len() - 1..]);
    for section in sections::SECTIONS.iter().filter(|s| s.swept) {
        keys.insert(section.name.into(), refer(&definition(section)));
    }
    let one = json!({
        "type": "object",
        "properties": keys,
        "patternProperties": { "^(data|model|optimizer|train|pairing)\\.": {} },
        "additionalProperties": false,
    });
    json!({ "type": "object", "additionalProperties": one })
}
