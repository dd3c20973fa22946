"""Run each case with nbtrack and with MLflow in turn, several rounds; print a table, and JSON to the file named last.

Machines are noisy: what counts is the ratio of the two in one go.
"""

from __future__ import annotations

import compileall
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

CASES_FILE = Path(__file__).with_name("cases.py")
ROUNDS = int(os.environ.get("ROUNDS", "3"))
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
        raise SystemExit(f"{peer} {case} failed:\n{answer.stderr[-3000:]}")
    found: dict[str, float] = json.loads(answer.stdout)
    return found


def main() -> None:
    compileall.compile_dir("nbtrack", quiet=1)
    found: dict[str, dict[str, dict[str, list[float]]]] = {}
    for _ in range(ROUNDS):
        for case in CASES:
            for peer in PYTHONS:
                for name, value in measure(peer, case).items():
                    found.setdefault(case, {}).setdefault(name, {}).setdefault(peer, []).append(value)
    print(f"{'milliseconds if not said, median of ' + str(ROUNDS):<60}{'nbtrack':>10}{'MLflow':>10}{'ratio':>8}")
    for case, rows in found.items():
        for name, by_peer in rows.items():
            ours, theirs = (statistics.median(by_peer[peer]) if peer in by_peer else None for peer in PYTHONS)
            ratio = ""
            if ours and theirs and ours > 0:
                ratio = f"{ours / theirs if '/s ' in name else theirs / ours:,.0f}x"
            shown = ["" if value is None else f"{value:,.{0 if value > 1000 else 1}f}" for value in (ours, theirs)]
            print(f"{case + ': ' + name:<60}{shown[0]:>10}{shown[1]:>10}{ratio:>8}")
    document = json.dumps({"rounds": ROUNDS, "milliseconds": found}, indent=1)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(document, encoding="utf-8")
    else:
        print(document)


if __name__ == "__main__":
    main()
