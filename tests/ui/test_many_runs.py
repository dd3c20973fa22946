"""Ten thousand runs in the sidebar."""

from __future__ import annotations

import statistics
import uuid
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from nbtrack.entities import Batch, Metric, NewRun, RunOrigin, RunStatus
from nbtrack.store import open_store
from tests.ui.conftest import Lab, run_command
from tests.ui.test_journey import QUICKSTART, SIDEBAR_TAB

COUNT = 10_000
SCROLL = """async () => {
  const list = document.querySelector('.nbt-RunList-scroller');
  const frames = [];
  for (let step = 0; step < 60; step++) {
    const start = performance.now();
    list.scrollTop += 2000;
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    frames.push(performance.now() - start);
  }
  return frames;
}"""


def test_ten_thousand_runs_scroll_and_filter(open_notebook: Callable[[Path], Page], lab: Lab) -> None:
    fill(lab.root / ".nbtrack")
    page = open_notebook(QUICKSTART)
    if not page.locator("#nbtrack-sidebar").is_visible():
        page.click(SIDEBAR_TAB)
    runs = page.locator("#nbtrack-sidebar .jp-AccordionPanel-title", has_text="Runs")
    expect(runs).to_contain_text("10", timeout=60_000)
    page.wait_for_function(
        "() => document.querySelector('.nbt-RunList-rows')?.getBoundingClientRect().height > 10000 * 24",
        timeout=60_000,
    )
    frames = page.evaluate(SCROLL)
    print(f"A scroll step of 2,000 px, ms: median {statistics.median(frames):.0f}, worst {max(frames):.0f}")
    assert page.locator(".nbt-RunList-row").count() < 100
    expect(page.locator(".nbt-RunList-row").first).to_contain_text("run-")
    box = page.get_by_role("combobox", name="Filter runs")
    box.fill("run-4242")
    expect(page.locator(".nbt-RunList-row")).to_have_count(1)
    box.fill("metrics.accuracy < 0.5 and tags.stage = 'dev'")
    expect(runs).to_contain_text("5,000 of 10,000", timeout=60_000)
    assert page.locator(".nbt-RunList-row").count() < 100
    box.fill("")
    expect(runs).not_to_contain_text("of")
    run_command(page, "apputils:change-theme", {"theme": "JupyterLab Light"})


def fill(folder: Path) -> None:
    store = open_store(str(folder))
    experiment = store.experiments.create("many", tags={})
    for start in range(0, COUNT, 2_500):
        store.runs.create([finished_run(experiment.experiment_id, number) for number in range(start, start + 2_500)])
    store.close()


def finished_run(experiment_id: str, number: int) -> NewRun:
    metrics = (Metric("rmse", 1 / (number + 1), 1), Metric("accuracy", (number % 100) / 100, 1))
    return NewRun(
        run_id=uuid.uuid4().hex,
        name=f"run-{number}",
        experiment_id=experiment_id,
        started_at_ms=1_700_000_000_000 + number * 60_000,
        origin=RunOrigin.FIT,
        status=RunStatus.FINISHED,
        ended_at_ms=1_700_000_000_000 + number * 60_000 + 1500,
        batch=Batch(metrics, {"depth": str(number % 10), "model": "tree"}, {"stage": "dev"}),
    )
