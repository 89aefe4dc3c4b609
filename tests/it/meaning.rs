//! A trial's id contains the meaning of the experiment and nothing else: metamorphic tests.
//!
//! Another spelling of the same keeps every id; every key and every parameter of the language, changed once, changes them, but for a
//! list of keys that mean nothing to a trial. The language is walked: a key that is added without an entry here fails. Samplers are
//! left out: they choose points, and a point is not changed by who chose it. Nothing is trained.

use std::collections::BTreeSet;

use runner::catalog::{Default, Entry, Family, Kind, Param};
use runner::{cli, config, plan, train};

use crate::crash::{Files, plant};
use crate::support::Project;

mod keys;

/// Classification of a table; nothing is written that has a default.
const BASE: &str = r#"
pairing = "softmax+cross_entropy"

[data]
source = "../datasets/iris.csv"
target = "species"

[model]
hidden = [4]
"#;

/// Data without a table: the source is added.
const GENERATED: &str = "[model]\nhidden = [4]\n";

/// A project with the small data files that some keys need.
struct Bench {
    project: Project,
}

const SPLIT: &str = "data.split={ test = 0.2, validation = 0.2 }";

type Ids = BTreeSet<String>;

impl Bench {
    fn new() -> Bench {
        let project = Project::new();
        let row = |i: usize| {
            (i % 7, i % 3 + 1, ["red", "green", "blue"][i / 2 % 3], i % 2, ["train", "test"][i / 5 % 2])
        };
        let table = |separator: &str| {
            let rows = (0..60).map(row).map(|(x, level, colour, class, part)| {
                [x.to_string(), level.to_string(), colour.into(), class.to_string(), part.into()]
                    .join(separator)
                    + "\n"
            });
            format!(
                "{}\n{}",
                ["x", "level", "colour", "class", "part"].join(separator),
                rows.collect::<String>()
            )
        };
        let steps: String = (0..60)
            .map(|i| {
                let colour = ["red", "green", "blue"][i / 2 % 3];
                // Green can be switched off where a row is not green.
                let off = u8::from(colour == "green" || i % 4 < 2);
                format!("{}.5,{i},{},{colour},{},1,1,1,{off}\n", i % 7, 60 - i, i % 2)
            })
            .collect();
        let steps = format!("x,t,level,colour,class,blue,green,red,off\n{steps}");
        let bare: String = (0..30).map(|i| format!("{}.5,{}.25,{}\n", i % 5, i % 7, i % 2)).collect();
        let numbers =
            |count: usize, step: f64| (0..count).map(|i| (i as f64 * step) % 3.0).collect::<Vec<f64>>();
        let files = [
            ("rows.csv", table(",").into_bytes()),
            ("rows.dat.csv", table(";").into_bytes()),
            ("steps.csv", steps.into_bytes()),
            ("bare.csv", bare.into_bytes()),
            ("x.npy", array("(20, 2)", &numbers(40, 0.7))),
            ("y.npy", array("(20,)", &numbers(20, 0.3))),
            ("z.npy", array("(20,)", &numbers(20, 0.4))),
            (
                "four.npz",
                archive(&[
                    ("a.npy", array("(20, 2)", &numbers(40, 0.7))),
                    ("b.npy", array("(20, 2)", &numbers(40, 0.9))),
                    ("t.npy", array("(20,)", &numbers(20, 0.3))),
                    ("u.npy", array("(20,)", &numbers(20, 0.4))),
                ]),
            ),
        ];
        let files: Files = files.map(|(name, bytes)| (name.to_string(), bytes)).into();
        plant(&project.path("datasets"), &files);
        Bench { project }
    }

    fn write(&self, name: &str, text: &str) {
        plant(&self.project.path("experiments"), &[(name.to_string(), text.as_bytes().to_vec())].into());
    }

    /// The ids of all trials, bound to the data, or what is wrong.
    fn ids(&self, text: &str, overrides: &[String]) -> Result<Ids, String> {
        self.write("x.toml", text);
        let path = self.project.path("experiments/x.toml");
        let request = config::Request { path, overrides: overrides.to_vec(), ..config::Request::default() };
        let loaded = config::load(&request, &cli::catalog());
        let (Some(experiment), Some(resolver)) = (loaded.experiment, loaded.resolver) else {
            return Err(format!("{overrides:?}: {:?}", loaded.diagnostics));
        };
        let said = |faults: Vec<runner::diagnostic::Diagnostic>| format!("{overrides:?}: {faults:?}");
        let mut planner = plan::Planner::new(&experiment);
        let mut plan = planner.empty();
        let mut sources = loaded.sources;
        let mut inputs = train::Inputs::new(experiment.seeds[0]);
        let round = planner.ask(&plan, &resolver).map_err(said)?;
        inputs.load(round.configurations(), &mut sources).map_err(said)?;
        planner.add(&mut plan, round, |data| inputs.digest(data));
        Ok(plan.trials.iter().map(|trial| trial.id.clone()).collect())
    }

    #[track_caller]
    fn sound(&self, text: &str, overrides: &[String]) -> Ids {
        self.ids(text, overrides).unwrap_or_else(|fault| panic!("{fault}"))
    }
}

/// An array of NumPy's format 1.0.
fn array(shape: &str, values: &[f64]) -> Vec<u8> {
    let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}");
    let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    bytes.extend(format!("{header:<117}\n").into_bytes());
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    bytes
}

fn archive(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    use std::io::Write as _;
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

// ---- spelling --------------------------------------------------------------------------------------------------------

const SPELT: &str = r#"
pairing = "softmax+cross_entropy"

[data]
source = "../datasets/iris.csv"
target = "species"
split = { test = 0.2, validation = 0.2 }

[model]
hidden = [4, { units = 3, dropout = 0.5 }]
activation = "tanh"

[optimizer]
name = "adam"
learning_rate = 0.001
weight_decay = 1.0

[train]
epochs = 20
seeds = 2
early_stop = { patience = 10 }

[sweep]
"train.batch" = [16, 100]
"#;

/// (what is written in `SPELT`, the same in other words)
const SAME: &[(&str, &str)] = &[
    ("[model]", "# a comment\n\n  [ model ] # another"),
    ("pairing = \"softmax+cross_entropy\"", "'pairing'=\"\"\"softmax+cross_entropy\"\"\""),
    (
        "pairing = \"softmax+cross_entropy\"",
        "pairing = { loss = \"cross_entropy\", activation = \"softmax\" }",
    ),
    (
        "pairing = \"softmax+cross_entropy\"",
        "pairing = { activation = { name = \"softmax\" }, loss = \"cross_entropy\", reduction = \"mean\" }",
    ),
    ("learning_rate = 0.001", "learning_rate = 1e-3"),
    ("learning_rate = 0.001", "learning_rate = 0.10e-2"),
    ("learning_rate = 0.001", "\"learning_rate\" = +0.001_0"),
    ("learning_rate = 0.001\nweight_decay = 1.0", "weight_decay = 1\nlearning_rate = 1E-03"),
    ("learning_rate = 0.001", "learning_rate = 0.001\nbeta1 = 0.9\nbeta2 = 0.999"),
    ("learning_rate = 0.001", "learning_rate = 0.001\nschedule = { name = \"constant\" }"),
    ("epochs = 20", "epochs = 0x14"),
    ("epochs = 20", "epochs=2_0"),
    ("seeds = 2", "seeds = [0, 1]"),
    ("seeds = 2", "vary = [\"noise\", \"order\", \"init\", \"split\"]\nseeds = 2"),
    (
        "{ patience = 10 }",
        "{ metric = \"validation.loss\", min_delta = 0, patience = 10, restore_best = true }",
    ),
    (
        "[train]\nepochs = 20\nseeds = 2\nearly_stop = { patience = 10 }",
        "[train]\nearly_stop.patience = 10\nseeds = 2\nepochs = 20",
    ),
    ("activation = \"tanh\"", "activation = \"\\u0074anh\""),
    ("activation = \"tanh\"", "activation = { name = \"tanh\" }"),
    ("activation = \"tanh\"", "bias = true\nactivation = 'tanh'\nprecision = \"f32\"\nkind = \"dense\""),
    (
        "[4, { units = 3, dropout = 0.5 }]",
        "[\n  { units = 4 },\n  { dropout = 5e-1, units = 3, activation = \"tanh\" }, # wide\n]",
    ),
    ("../datasets/iris.csv", "../datasets/../datasets/iris.csv"),
    (
        "{ test = 0.2, validation = 0.2 }",
        "{ validation = 0.20, test = 0.2, name = \"holdout\", stratified = true }",
    ),
    ("[data]", "title = \"T\"\nquestion = \"Q?\"\nnotes = \"N\"\n[data]"),
    ("\"train.batch\" = [16, 100]", "method = \"grid\"\n\"train.batch\" = [100, 16]"),
    ("\"train.batch\" = [16, 100]", "'train.batch' = [16, 1_00, 16]"),
    ("[sweep]\n\"train.batch\" = [16, 100]", "[variants]\na.train.batch = 16\nb.\"train\".\"batch\" = 100"),
];

#[test]
fn another_spelling_of_the_same_keeps_every_id() {
    let bench = Bench::new();
    let expected = bench.sound(SPELT, &[]);
    assert_eq!(expected.len(), 4);
    for (from, to) in SAME {
        assert!(SPELT.contains(from), "{from}");
        let found = bench.ids(&SPELT.replacen(from, to, 1), &[]);
        assert_eq!(found.as_ref(), Ok(&expected), "{to}");
    }
    assert_eq!(bench.sound(&SPELT.replace('\n', "\r\n"), &[]), expected, "CRLF");
    // Sections in reverse order, and all at once.
    let (top, rest) = SPELT.split_once("\n[").unwrap();
    let mut parts: Vec<&str> = rest.split("\n[").collect();
    parts.reverse();
    assert_eq!(bench.sound(&format!("{top}\n[{}", parts.join("\n[")), &[]), expected, "reversed");
}

#[test]
fn what_a_file_extends_or_the_command_line_sets_is_as_if_written() {
    let bench = Bench::new();
    let expected = bench.sound(SPELT, &[]);
    bench.write("base.toml", SPELT);
    assert_eq!(bench.sound("extends = \"base.toml\"\n", &[]), expected);
    bench.write("base.toml", &SPELT.replace("0.001", "0.5").replace("\"tanh\"", "\"relu\""));
    let text = "extends = \"base.toml\"\n[model]\nactivation = \"tanh\"\n[optimizer]\nlearning_rate = 1e-3\n";
    assert_eq!(bench.sound(text, &[]), expected);
    let set = |text: &str| vec![text.to_string()];
    let without = SPELT.replace("learning_rate = 0.001", "learning_rate = 0.5");
    assert_eq!(bench.sound(&without, &set("optimizer.learning_rate=1e-3")), expected);
    assert!(bench.sound(&without, &[]).is_disjoint(&expected));
}

// ---- every member and parameter --------------------------------------------------------------------------------------

fn as_toml(default: Default) -> Option<String> {
    match default {
        Default::Required | Default::Absent => None,
        Default::Real(x) => Some(format!("{x:?}")),
        Default::Count(n) => Some(n.to_string()),
        Default::Flag(b) => Some(b.to_string()),
        Default::Word(word) => Some(format!("{word:?}")),
    }
}

/// Values that may be written for a parameter, as TOML.
fn samples(kind: &Kind) -> Vec<String> {
    match kind {
        Kind::Real(range) => {
            let candidates = [0.5, 2.0, 0.25, 0.05, 1.5, 7.0];
            candidates.into_iter().filter(|x| range.contains(*x)).map(|x| format!("{x:?}")).collect()
        }
        Kind::Count { min, max } => {
            let candidates = [*min, min + 1, min + 2, 5, 12, 100];
            let inside = candidates.into_iter().filter(|n| (min..=max).contains(&n));
            inside.collect::<BTreeSet<u64>>().into_iter().map(|n| n.to_string()).collect()
        }
        Kind::Flag => vec!["true".into(), "false".into()],
        Kind::Choice(words) => words.iter().map(|word| format!("{word:?}")).collect(),
        Kind::List(kind) => samples(kind).into_iter().map(|item| format!("[{item}]")).collect(),
        Kind::OneOf(kinds) => kinds.iter().flat_map(samples).collect(),
        // The only text that a member has is the column of a predefined split.
        Kind::Text => vec!["\"part\"".into()],
        other => panic!("no sample of {other:?}"),
    }
}

/// Values that may be written for a parameter of this member: rows must make a table.
fn samples_of(entry: &Entry, param: &Param) -> Vec<String> {
    let written: &[&str] = match (entry.name, param.key) {
        ("rows", "x") => &["[[0, 0], [0, 1], [1, 0]]", "[[0, 0], [0, 1], [1, 1]]"],
        ("rows", "y") => &["[0, 1, 2.5]", "[0, 1, 3.5]", "[[0, 0.5], [1, 1], [1, 0]]"],
        _ => return samples(&param.kind),
    };
    written.iter().map(|text| text.to_string()).collect()
}

/// Experiments in which a member of this family can stand, as (file, what names it): `@` is where its table goes.
fn places(family: Family) -> &'static [(&'static str, &'static [&'static str])] {
    match family {
        Family::Activation => &[(BASE, &["model.activation=@"])],
        Family::Loss => &[
            (BASE, &["pairing={ activation = \"softmax\", loss = @ }"]),
            (BASE, &["pairing={ activation = \"sigmoid\", loss = @ }"]),
            (
                GENERATED,
                &["data.source=piecewise_constant", "pairing={ activation = \"identity\", loss = @ }"],
            ),
        ],
        Family::Initializer => &[(BASE, &["model.init=@"])],
        Family::Optimizer => &[(BASE, &["optimizer=@"]), (BASE, &["optimizer=@", "train.batch=full"])],
        Family::Schedule => &[(BASE, &[SPLIT, "optimizer.schedule=@"])],
        Family::Scale => &[(BASE, &["data.scale=@"])],
        Family::Split => {
            &[(BASE, &["data.source=../datasets/rows.csv", "data.target=class", "data.split=@"])]
        }
        Family::Source => &[
            (GENERATED, &["data.source=@", "pairing=softmax+cross_entropy"]),
            (GENERATED, &["data.source=@", "pairing=identity+mse"]),
        ],
        Family::Metric | Family::Sampler => &[],
    }
}

/// The member with these parameters, as a table.
fn table(entry: &Entry, values: &[(&str, String)]) -> String {
    let values = values.iter().map(|(key, value)| format!(", {key} = {value}"));
    format!("{{ name = \"{}\"{} }}", entry.name, values.collect::<String>())
}

/// Parameters that must be written; and noise, without which some generators draw nothing, so that their seed means nothing.
fn needed(entry: &'static Entry, but: &str) -> Vec<(&'static str, String)> {
    let must = |p: &&Param| p.key != but && (p.default == Default::Required || p.key == "noise");
    entry.params.iter().filter(must).map(|p| (p.key, samples_of(entry, p)[0].clone())).collect()
}

impl Bench {
    fn member(&self, entry: &Entry, values: &[(&str, String)]) -> Result<Ids, String> {
        let mut last = Err("no place".to_string());
        for (base, given) in places(entry.family) {
            let given: Vec<String> =
                given.iter().map(|text| text.replace('@', &table(entry, values))).collect();
            last = self.ids(base, &given);
            if last.is_ok() {
                break;
            }
        }
        last
    }

    /// Each value of one parameter that is accepted gives ids of its own, and the default written out none.
    fn parameter(&self, entry: &'static Entry, param: &'static Param) {
        let what = format!("{} {}.{}", entry.family.name(), entry.name, param.key);
        let needed = needed(entry, param.key);
        let mut seen = Vec::new();
        if param.default != Default::Required {
            let plain = self.member(entry, &needed).unwrap_or_else(|fault| panic!("{what}: {fault}"));
            if let Some(default) = as_toml(param.default) {
                let written = [needed.clone(), vec![(param.key, default)]].concat();
                assert_eq!(self.member(entry, &written).as_ref(), Ok(&plain), "{what}: its default");
            }
            seen.push(plain);
        }
        for value in samples_of(entry, param) {
            if as_toml(param.default).as_ref() == Some(&value) {
                continue;
            }
            // Not every value goes with the others: two bounds, a share and its rows.
            let values = [needed.clone(), vec![(param.key, value.clone())]].concat();
            let Ok(ids) = self.member(entry, &values) else { continue };
            assert!(seen.iter().all(|other| other.is_disjoint(&ids)), "{what} = {value}");
            seen.push(ids);
        }
        let text = matches!(param.kind, Kind::Text);
        assert!(seen.len() > 1 || text, "{what}: no other value could be tried");
    }
}

#[test]
fn every_member_and_parameter_is_part_of_the_id() {
    let bench = Bench::new();
    let (mut members, mut parameters) = (0, 0);
    for family in Family::ALL {
        if places(family).is_empty() {
            continue;
        }
        let mut seen: Vec<(&str, Ids)> = Vec::new();
        for entry in cli::catalog().family(family) {
            let ids = bench.member(entry, &needed(entry, ""));
            let ids = ids.unwrap_or_else(|fault| panic!("{}: {fault}", entry.name));
            let twin = seen.iter().find(|(_, other)| !other.is_disjoint(&ids));
            assert!(twin.is_none(), "{} and {:?} have the same ids", entry.name, twin.map(|(name, _)| name));
            seen.push((entry.name, ids));
            members += 1;
            for param in entry.params {
                bench.parameter(entry, param);
                parameters += 1;
            }
        }
    }
    assert!(members > 50 && parameters > 60, "{members} members, {parameters} parameters");
}
