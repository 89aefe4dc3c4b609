//! Writes the corpus of seeded faults and healthy runs into a folder: `faulty/`, `twins/`, `healthy/`, and `index.csv`.
//!
//! `cargo bench --profile dev --bench diagnosis -- OUT DATA [DRAW]`: DATA is the folder of the data files as seen from the experiments
//! (`../../../datasets` for OUT = `target/corpus`), DRAW any word for a corpus of the same kinds from other random draws. It trains nothing.

#![expect(clippy::disallowed_methods, reason = "a bench writes its own experiments, outside the product")]

mod cases;

use cases::{Case, Half};
use std::fs;
use std::path::Path;

fn main() -> std::io::Result<()> {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let (out, data, draw) = match arguments.as_slice() {
        [out, data] => (out, data, ""),
        [out, data, draw] => (out, data, draw.as_str()),
        _ => {
            return Err(std::io::Error::other(
                "usage: cargo bench --profile dev --bench diagnosis -- OUT DATA [DRAW]",
            ));
        }
    };
    let out = Path::new(out);
    let all: Vec<Case> = cases::faulty(data, draw).into_iter().chain(cases::healthy(data, draw)).collect();
    for folder in ["faulty", "twins", "healthy"] {
        fs::create_dir_all(out.join(folder))?;
    }
    let mut index = String::from("name,kind,half,data_set,task,is_faulty,root_cause,expected,shown_by,why\n");
    for case in &all {
        let folder = if case.is_faulty { "faulty" } else { "healthy" };
        fs::write(out.join(folder).join(format!("{}.toml", case.name)), &case.toml)?;
        if let Some(twin) = &case.twin {
            fs::write(out.join("twins").join(format!("{}.toml", case.name)), twin)?;
        }
        index.push_str(&line(case));
    }
    fs::write(out.join("index.csv"), index)
}

fn line(case: &Case) -> String {
    let half = if case.half == Half::Calibrate { "calibrate" } else { "report" };
    format!(
        "{},{},{half},{},{},{},{},{},{},\"{}\"\n",
        case.name,
        case.kind,
        case.data_set,
        case.task,
        case.is_faulty,
        case.root_cause.unwrap_or(""),
        case.expected.join(" "),
        case.shown_by,
        case.why.replace('"', "\"\"")
    )
}
