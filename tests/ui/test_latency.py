"""How soon the sidebar shows what a kernel writes."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path

from nbformat.v4 import new_code_cell
from playwright.sync_api import Page, expect

from tests.ui.conftest import run_command
from tests.ui.test_journey import API, SIDEBAR_TAB, WATCH_ROWS
from tests.ui.workshop import write_notebook

RUNS = 20


def test_runs_appear_while_their_cell_executes(open_notebook: Callable[[Path], Page], tmp_path: Path) -> None:
    loop = (
        "import time\n"
        f"for number in range({RUNS}):\n"
        "    with nbtrack.start_run(run_name=f'run {number}'):\n"
        "        nbtrack.log_metric('loss', 1 / (number + 1))\n"
        "    time.sleep(0.3)"
    )
    cells = [new_code_cell("%load_ext nbtrack\nimport nbtrack"), new_code_cell(loop)]
    page = open_notebook(write_notebook(tmp_path / "latency.ipynb", cells))
    if not page.locator("#nbtrack-sidebar").is_visible():
        page.click(SIDEBAR_TAB)
    expect(page.locator("#nbtrack-sidebar")).to_be_visible()
    page.evaluate(WATCH_ROWS)
    run_command(page, "notebook:run-all-cells")
    rows = page.evaluate(API, "runs?limit=100")["runs"]
    expect(page.get_by_text(f"run {RUNS - 1}", exact=True).first).to_be_visible()
    seen = page.evaluate("() => window.rowSeenAt")
    assert set(seen) == {row["id"] for row in rows}
    # A run starts just before it is written; the kernel and the browser have one clock.
    delays = [seen[row["id"]] - row["startedAt"] for row in rows]
    print(f"From a write to its row, ms: median {statistics.median(delays):.0f}, worst {max(delays)}")
