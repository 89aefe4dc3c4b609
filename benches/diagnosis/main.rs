//! Writes the corpus of seeded faults and healthy runs into a folder (`faulty/`, `twins/`, `healthy/`, and `index.csv`), and with `results`
//! judges `runner doctor` by it.
//!
//! `cargo bench --profile dev --bench diagnosis -- [results] OUT DATA [DRAW]`: DATA is the folder of the data files as seen from the experiments
//! (`../../../datasets` for OUT = `target/corpus`), DRAW any word for a corpus of the same kinds from other random draws. `results` asks the
//! doctor about every case and writes the draw's section of `RESULTS.md` beside this file. `-- pages` writes what the doctor says of the zoo
//! (`experiments/zoo/DIAGNOSIS.md`) and of its rules (`experiments/diagnosis/README.md`, with figures). It trains nothing itself.

#![expect(clippy::disallowed_methods, reason = "a bench writes its own experiments, outside the product")]

mod cases;
mod doctor;
mod judge;
mod pages;
mod results;
mod rules;
mod zoo;

use cases::{Case, Half};
use std::fs;
use std::io::Error;
use std::path::Path;

fn main() -> std::io::Result<()> {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if words == ["pages"] {
        write_pages();
        return Ok(());
    }
    let (judges, rest) = match words.as_slice() {
        ["results", rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let (out, data, draw) = match *rest {
        [out, data] => (out, data, ""),
        [out, data, draw] => (out, data, draw),
        _ => {
            return Err(Error::other(
                "usage: cargo bench --profile dev --bench diagnosis -- pages | [results] OUT DATA [DRAW]",
            ));
        }
    };
    let out = Path::new(out);
    let all: Vec<Case> = cases::faulty(data, draw).into_iter().chain(cases::healthy(data, draw)).collect();
    write(out, &all)?;
    if judges {
        let judged = results::judged(out, &all).map_err(Error::other)?;
        let command = format!("cargo bench --profile dev --bench diagnosis -- {}", words.join(" "));
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/diagnosis/RESULTS.md");
        let section = results::section(&judged, &command);
        let text = results::replaced(&fs::read_to_string(&page)?, draw, &section).map_err(Error::other)?;
        fs::write(page, text)?;
    }
    Ok(())
}

fn write_pages() {
    rules::figures();
    let texts: [fn() -> String; 2] = [zoo::text, rules::text];
    for (path, text) in pages::PAGES.into_iter().zip(texts) {
        pages::write(path, &pages::replaced(&pages::read(path), &text()));
    }
}

fn write(out: &Path, all: &[Case]) -> std::io::Result<()> {
    for folder in ["faulty", "twins", "healthy"] {
        fs::create_dir_all(out.join(folder))?;
    }
    let mut index = String::from("name,kind,half,data_set,task,is_faulty,root_cause,expected,shown_by,why\n");
    for case in all {
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
