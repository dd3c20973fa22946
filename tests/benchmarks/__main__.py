"""Run each case with nbtrack and with MLflow in turn, several rounds; print a table, and JSON.

Machines are noisy: what counts is the ratio of the two in one go.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

CASES_FILE = Path(__file__).with_name("cases.py")
CASES = (
    "importing",
    "load_ext",
    "tracked_cell",
    "log_metric",
    "throughput",
    "rest_server",
    "autolog_iris",
    "grid_search",
    "save_model",
    "boosting",
    "boosting_xgboost",
    "boosting_catboost",
    "forest",
)
PYTHONS = {"nbtrack": sys.executable, "mlflow": os.environ.get("MLFLOW_PYTHON", sys.executable)}


def measure(peer: str, case: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        ours = {"PYTHONPATH": str(Path.cwd()), "MLFLOW_TRACKING_URI": "", "OMP_NUM_THREADS": "1"}
        # Bytecode is kept, as that of an installed package is.
        quiet = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | ours
        command = [PYTHONS[peer], str(CASES_FILE), peer, case]
        answer = subprocess.run(command, cwd=folder, env=quiet, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise RuntimeError(f"{peer} {case} failed:\n{answer.stderr[-3000:]}")
    found: dict[str, float] = json.loads(answer.stdout)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("cases", nargs="*", choices=[*CASES, []], help="all, if none is named")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="the file for all figures of all rounds, instead of the screen")
    given = parser.parse_args()
    compileall.compile_dir("nbtrack", quiet=1)
    found: dict[str, dict[str, dict[str, list[float]]]] = {}
    failures: dict[tuple[str, str], str] = {}
    for _ in range(given.rounds):
        for case in given.cases or CASES:
            for peer in PYTHONS:
                try:
                    for name, value in measure(peer, case).items():
                        found.setdefault(case, {}).setdefault(name, {}).setdefault(peer, []).append(value)
                except RuntimeError as failure:
                    failures[peer, case] = str(failure)
    print(f"{'milliseconds if not said, median of ' + str(given.rounds):<60}{'nbtrack':>10}{'MLflow':>10}{'ratio':>8}")
    for case, rows in found.items():
        for name, by_peer in rows.items():
            ours, theirs = (statistics.median(by_peer[peer]) if peer in by_peer else None for peer in PYTHONS)
            ratio = ""
            if ours and theirs and ours > 0:
                ratio = f"{ours / theirs if '/s ' in name else theirs / ours:,.0f}x"
            shown = ["" if value is None else f"{value:,.{0 if value > 1000 else 1}f}" for value in (ours, theirs)]
            print(f"{case + ': ' + name:<60}{shown[0]:>10}{shown[1]:>10}{ratio:>8}")
    document = json.dumps({"rounds": given.rounds, "milliseconds": found}, indent=1)
    if given.json:
        given.json.write_text(document, encoding="utf-8")
    else:
        print(document)
    print(*failures.values(), sep="\n", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
