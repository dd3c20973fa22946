"""What each flavor can, found by trying it: ``python -m tests.interop.flavor_table`` writes it into the README.

It renews the rows of the frameworks that are installed where it runs, and leaves the others: the heavy ones
(`specimens.HEAVY`) are in the environment of ``make test-frameworks``. Tests there and here keep the README's table to
what is found.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.interop.specimens import SPECIMENS
from tests.interop.trial import COLUMNS, Trial

README = Path(__file__).parents[2] / "README.md"


def found(name: str, folder: Path) -> str:
    """Return the row of a flavor: what it can, each tried in turn."""
    trial = Trial(name, folder)
    return f"| {name} | " + " | ".join("yes" if _works(act, trial) else "no" for act in COLUMNS.values()) + " |"


def shown() -> dict[str, str]:
    """Return the rows of the README's table by flavor."""
    rows = re.findall(r"^\| \w+ \| (?:yes|no) .*\|$", README.read_text(), re.MULTILINE)
    return {row.split(" | ")[0].removeprefix("| "): row for row in rows}


def _works(act: Callable[[Trial], None], trial: Trial) -> bool:
    try:
        act(trial)
    except Exception as error:
        print(f"{trial.name}: {act.__name__}: {type(error).__name__}: {error}", file=sys.stderr)
        return False
    return True


def main() -> None:
    head = f"| flavor | {' | '.join(COLUMNS)} |\n|{' --- |' * (len(COLUMNS) + 1)}\n"
    rows = shown()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NBTRACK_KEY_DIR"] = f"{folder}/key"
        os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] = "true"
        for name in (name for name, specimen in SPECIMENS.items() if specimen.is_installed):
            (Path(folder) / name).mkdir()
            rows[name] = found(name, Path(folder) / name)
    table = re.compile(r"\| flavor \| save .*?\n\n", re.DOTALL)
    ordered = "\n".join(rows[name] for name in SPECIMENS if name in rows)
    README.write_text(table.sub(lambda _: f"{head}{ordered}\n\n", README.read_text()))


if __name__ == "__main__":
    main()
