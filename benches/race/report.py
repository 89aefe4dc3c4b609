"""Writes RESULTS.md and results.csv: medians and ranges, ratios to runner, what was reached. It measures nothing."""

import csv
import datetime
import importlib.metadata
import pathlib
import platform
import statistics
import subprocess
import sys

import goals
import measure
import runner
import works

COLUMNS = ["work", "population", "threads", "who", "steps", "rounds", "us_median", "us_min", "us_max", "us_ratio",
           "process_s_median", "process_s_min", "process_s_max", "process_ratio", "setup_s_median", "others_cores_median",
           "loss", "accuracy", "agreement", "note"]
PACKAGES = ["numpy", "scipy", "scikit-learn", "jax", "jaxlib", "optax", "torch"]


def write(folder, results, starts, options, absent, complete):
    folder.mkdir(parents=True, exist_ok=True)
    rows = [row(result, results) for result in results]
    with open(folder / "results.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    parts = [head(options, absent, complete)] + ([] if options.quick else [reached(results, starts)])
    parts += [table(name, [r for r in rows if r["work"] == name]) for name in works.WORKS if any(r["work"] == name for r in rows)]
    parts += [started(starts)] if starts else []
    (folder / "RESULTS.md").write_text("\n".join(parts))


def row(result, results):
    ours = next(r for r in results if r.contest is result.contest and r.who == "runner")
    contest = result.contest
    out = {"work": contest.work.name, "population": contest.population, "threads": contest.threads, "who": result.who,
           "steps": contest.steps * contest.steps_per_unit, "rounds": len(result.us), "loss": result.loss, "accuracy": result.accuracy,
           "agreement": result.agreement, "note": result.note}
    if not result.us:
        return {**dict.fromkeys(COLUMNS, ""), **{k: "" if v is None else v for k, v in out.items()}}
    out["rounds"] = len(result.calm(result.us))
    for key in ("us", "process_s"):
        values, own = result.calm(getattr(result, key)), ours.calm(getattr(ours, key))
        out |= {f"{key}_median": statistics.median(values), f"{key}_min": min(values), f"{key}_max": max(values)}
        own_median = statistics.median(own) if own else 0
        out["us_ratio" if key == "us" else "process_ratio"] = statistics.median(values) / own_median if own_median > 0 else ""
    out["setup_s_median"] = statistics.median(result.calm(result.setup_s))
    out["others_cores_median"] = statistics.median(result.calm(result.others))
    return {k: "" if out[k] is None else f"{out[k]:.7g}" if isinstance(out[k], float) else out[k] for k in COLUMNS}


def head(options, absent, complete):
    versions = []
    for package in PACKAGES:
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"{package} not installed")
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=runner.ROOT, capture_output=True, text=True).stdout.strip()
    lines = ["# Results of the race", ""]
    if not complete:
        what = "few steps: it tries the harness, and its numbers mean nothing" if options.quick else "not the whole race"
        lines += [f"**{what[0].upper()}{what[1:]}.**", ""]
    return "\n".join([
        *lines,
        f"Written by `python benches/race/race.py{arguments()}` on {datetime.date.today()}, which repeats it; `README.md` beside it says",
        "how to read it. All numbers are medians, with the range in brackets, and come from one run on one machine.",
        "",
        f"- Machine: {processor()}, {len(measure.CORES)} cores; {platform.system()} {platform.release().split('-')[0]}",
        f"- Versions: {runner.version()} (commit {commit}); Python {platform.python_version()}, {', '.join(versions)}",
        f"- Rounds: {options.rounds}, in which each competitor runs once, in turn; those in which other processes needed its cores",
        "  are left out where there are others",
        "",
    ])


def arguments():
    return "".join(f" {a}" for a in sys.argv[1:] if a != "--no-build")


def processor():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    fields = {key.strip(): value.strip() for key, value in fields.items()}
    flags = fields.get("flags", "").split()
    lanes = "AVX-512" if "avx512f" in flags else "AVX2 and FMA" if "fma" in flags else "neither AVX-512 nor FMA"
    model = f"family {fields.get('cpu family', '?')}, model {fields.get('model', '?')}"
    return f"{fields.get('model name', platform.machine())} ({model}, {lanes})"


def reached(results, starts):
    lines = ["## What was to be reached", "", "| goal | measured | |", "|---|---|---|"]
    lines += [f"| {o.goal} | {o.measured} | {o.verdict} |" for o in goals.outcomes(results, starts)]
    lines += ["", "The goals in microseconds and seconds were set on another machine, two cores with AVX-512. That runner stays within",
              "1.3 times its bare kernel is measured by the micro-benches, not here.", ""]
    return "\n".join(lines)


def table(name, rows):
    work = works.WORKS[name]
    sweep = name == "w6"
    lines = [f"## {name.upper()}: {work.what}", "",
             "| P | T | who | us/step/member | times runner's | whole process, s | times runner's | set-up, s | "
             + ("mean accuracy | deviation | note |" if sweep else "loss | accuracy | deviation | note |"),
             "|--:|--:|---|--:|--:|--:|--:|--:|" + "--:|" * (2 if sweep else 3) + "---|"]
    for r in rows:
        cells = [f"{int(r['population']):,}", r["threads"], r["who"], ranged(r, "us", 3), times(r["us_ratio"]), ranged(r, "process_s", 2),
                 times(r["process_ratio"]), number(r["setup_s_median"], 2)]
        cells += [] if sweep else [number(r["loss"], 6)]
        cells += [number(r["accuracy"], 4), r["agreement"], noted(r)]
        lines.append("| " + " | ".join(str(c) for c in cells) + " |")
    return "\n".join([*lines, ""])


def noted(r):
    busy = r["others_cores_median"]
    marked = []
    if busy != "" and measure.disturbs(float(busy), int(r["threads"])):
        marked = [f"disturbed: others used {float(busy):.1f} cores"]
    once = ["one run"] if str(r["rounds"]) == "1" else []
    return "; ".join([*([r["note"].replace("|", "\\|")] if r["note"] else []), *once, *marked])


def number(value, digits):
    return "" if value == "" else f"{float(value):,.{digits}f}"


def times(value):
    return "" if value == "" else f"{float(value):,.2f}"


def ranged(r, key, digits):
    median, low, high = (number(r[f"{key}_{part}"], digits) for part in ("median", "min", "max"))
    return median if low == high else f"{median} ({low} to {high})"


def started(starts):
    ours = starts[0].median_s
    lines = ["## From start to the first output", "", f"Median of {len(starts[0].seconds)}, files in memory, all cores.", "",
             "| what | ms (range) | times runner's |", "|---|--:|--:|"]
    for s in starts:
        low, high = min(s.seconds) * 1000, max(s.seconds) * 1000
        lines.append(f"| {s.what} | {s.median_s * 1000:.1f} ({low:.1f} to {high:.1f}) | {s.median_s / ours:.1f} |")
    return "\n".join([*lines, ""])
