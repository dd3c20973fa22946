"""The main job as a user does it: from the quickstart's cells to a served model, in one sitting."""

from __future__ import annotations

import json
import os
import shutil
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.ui.conftest import Lab, run_command

QUICKSTART = Path(__file__).parents[2] / "notebooks" / "01_quickstart.ipynb"
IMAGES = QUICKSTART.parent / "images"
SIDEBAR_TAB = '.jp-SideBar .lm-TabBar-tab[data-id="nbtrack-sidebar"]'
WATCH_ROWS = """() => {
  window.rowSeenAt = {};
  const look = () => document.querySelectorAll('#nbtrack-sidebar [data-run-id]').forEach(row => {
    window.rowSeenAt[row.dataset.runId] ??= Date.now();
  });
  new MutationObserver(look).observe(document.querySelector('#nbtrack-sidebar'), {childList: true, subtree: true});
}"""
API = """async path => {
  const settings = window.jupyterapp.serviceManager.serverSettings;
  const answer = await fetch(settings.baseUrl + 'nbtrack/api/' + path + (path.includes('?') ? '&' : '?') + 'token=t0k');
  return await answer.json();
}"""


class Journey:
    """One page, and what the steps below need to know of it."""

    def __init__(self, page: Page, shots: Path) -> None:
        self.page = page
        self.shots = shots

    def shoot(self, name: str) -> None:
        """Keep a picture of the screen; with NBTRACK_SCREENSHOTS set, also for the README."""
        file = self.shots / f"{name}.png"
        self.page.screenshot(path=file)
        if os.environ.get("NBTRACK_SCREENSHOTS"):
            IMAGES.mkdir(exist_ok=True)
            shutil.copy(file, IMAGES / file.name)

    def run_id(self, name: str) -> str:
        rows = self.page.evaluate(API, "runs?limit=100")["runs"]
        return str(next(row["id"] for row in rows if row["name"] == name))

    def row(self, name: str):
        return self.page.locator(f'#nbtrack-sidebar [data-run-id="{self.run_id(name)}"]')

    def section(self, name: str):
        return self.page.locator("#nbtrack-sidebar .jp-AccordionPanel-title", has_text=name)


@pytest.fixture
def journey(open_notebook: Callable[[Path], Page], tmp_path: Path) -> Journey:
    return Journey(open_notebook(QUICKSTART), tmp_path)


def test_the_main_job_from_cells_to_a_served_model(journey: Journey, lab: Lab) -> None:
    problems: list[str] = []
    journey.page.on("pageerror", lambda error: problems.append(str(error)))
    runs_appear_as_cells_execute(journey)
    a_chip_opens_its_run(journey)
    two_runs_are_compared(journey)
    a_run_is_evaluated_on_a_frame_of_the_kernel(journey)
    a_model_is_served_and_stopped(journey)
    the_dark_theme_works_too(journey)
    assert problems == []
    assert "Traceback" not in lab.log.read_text()


def runs_appear_as_cells_execute(journey: Journey) -> None:
    page = journey.page
    sidebar = page.locator("#nbtrack-sidebar")
    if not sidebar.is_visible():
        page.click(SIDEBAR_TAB)
    expect(sidebar).to_be_visible()
    widen(sidebar)
    page.evaluate(WATCH_ROWS)
    run_command(page, "notebook:run-all-cells")
    expect(page.locator(".nbt-Chip-name")).to_have_count(5, timeout=60_000)
    for name in ("forest", "learning-curve", "importances"):
        expect(journey.row(name)).to_be_visible()
    expect(page.locator(".nbt-Chip", has_text="forest")).to_contain_text("test_f1")
    expect(page.locator(".jp-OutputArea-output", has_text="[2, 1, 1]")).to_be_visible(timeout=60_000)
    created = {row["id"]: row["startedAt"] for row in page.evaluate(API, "runs?limit=100")["runs"] if row["cellId"]}
    seen = page.evaluate("() => window.rowSeenAt")
    delays = sorted(seen[run_id] - created[run_id] for run_id in created if run_id in seen)
    print(f"From a run's start to its row in the sidebar, ms: {delays}")


def widen(sidebar: Locator) -> None:
    """Drag the sidebar's edge until it is some 320 px wide."""
    box, mouse = sidebar.bounding_box(), sidebar.page.mouse
    assert box is not None
    edge, middle = box["x"] + box["width"] + 1, box["y"] + box["height"] / 2
    mouse.move(edge, middle)
    mouse.down()
    mouse.move(edge + 320 - box["width"], middle, steps=4)
    mouse.up()


def a_chip_opens_its_run(journey: Journey) -> None:
    page = journey.page
    page.locator(".nbt-Chip", has_text="forest").scroll_into_view_if_needed()
    journey.shoot("sidebar")
    page.locator(".nbt-Chip-open", has_text="learning-curve").click()
    header = page.locator(".nbt-Run-header:visible")
    expect(header).to_contain_text("learning-curve")
    page.get_by_role("tab", name="Metrics").click()
    expect(page.locator(".nbt-Run canvas, .nbt-Chart-card canvas").first).to_be_visible()
    journey.shoot("run-metrics")
    page.get_by_role("tab", name="Code").click()
    expect(page.locator(".nbt-Tabs-panel:visible")).to_contain_text("nbtrack.progress")
    for name in ("Artifacts", "Data", "Environment", "Overview"):
        page.get_by_role("tab", name=name).click()
        expect(page.locator(".nbt-Tabs-panel:visible")).to_be_visible()
    journey.shoot("run")


def two_runs_are_compared(journey: Journey) -> None:
    page = journey.page
    journey.row("forest").click(modifiers=["ControlOrMeta"])
    journey.row("learning-curve").click(modifiers=["ControlOrMeta"])
    page.locator(".nbt-RunList-compare").click()
    table = page.get_by_role("table", name="Comparison")
    expect(table).to_contain_text("test_f1")
    expect(table).to_contain_text("max_depth")
    journey.shoot("compare")
    page.get_by_role("tab", name="Curves").click()
    expect(page.locator(".nbt-Compare-curves canvas").first).to_be_visible()


def a_run_is_evaluated_on_a_frame_of_the_kernel(journey: Journey) -> None:
    page = journey.page
    run_id = journey.run_id("forest")
    assert "roc_auc" not in _metrics(journey, run_id)
    page.evaluate("id => void window.jupyterapp.commands.execute('nbtrack:evaluate', {runId: id})", run_id)
    dialog = page.locator(".jp-Dialog")
    expect(dialog).to_contain_text("test_data")
    dialog.locator("select").filter(has_text="test_data").select_option(label=_option(dialog, "test_data"))
    dialog.locator("select").filter(has_text="grower").select_option("grower")
    journey.shoot("evaluate")
    dialog.locator(".jp-mod-accept").click()
    page.wait_for_function(
        f"async id => 'roc_auc' in (await ({API})('runs/' + id)).run.metrics", arg=run_id, timeout=60_000
    )
    expect(page.locator(".nbt-Run-header:visible")).to_contain_text("forest")


def a_model_is_served_and_stopped(journey: Journey) -> None:
    page = journey.page
    run_id = journey.run_id("forest")
    run_command(page, "nbtrack:serve", {"runId": run_id, "modelPath": "model"})
    row = page.locator(".nbt-DeploymentList-row")
    expect(row.locator("code")).to_contain_text("http://127.0.0.1:", timeout=60_000)
    url = row.locator("code").inner_text()
    wine = "alcohol,malic_acid,ash,alcalinity_of_ash,magnesium,total_phenols,flavanoids,nonflavanoid_phenols,"
    wine += "proanthocyanins,color_intensity,hue,od280/od315_of_diluted_wines,proline\n"
    wine += "14.23,1.71,2.43,15.6,127.0,2.8,3.06,0.28,2.29,5.64,1.04,3.92,1065.0\n"
    request = urllib.request.Request(f"{url}/invocations", wine.encode(), {"Content-Type": "text/csv"})
    assert json.load(urllib.request.urlopen(request, timeout=30)) == {"predictions": [0]}
    journey.shoot("serve")
    row.hover()
    row.get_by_role("button", name="Stop").click()
    expect(row).to_contain_text("stopped", timeout=30_000)
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"{url}/ping", timeout=5)


def the_dark_theme_works_too(journey: Journey) -> None:
    page = journey.page
    run_command(page, "apputils:change-theme", {"theme": "JupyterLab Dark"})
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    run_command(page, "nbtrack:open-run", {"runId": journey.run_id("learning-curve")})
    page.locator(".nbt-Run-header:visible").wait_for()
    page.get_by_role("tab", name="Metrics").click()
    journey.shoot("dark")
    run_command(page, "apputils:change-theme", {"theme": "JupyterLab Light"})


def _metrics(journey: Journey, run_id: str) -> dict[str, float]:
    metrics: dict[str, float] = journey.page.evaluate(API, f"runs/{run_id}")["run"]["metrics"]
    return metrics


def _option(dialog, start: str) -> str:
    options = dialog.locator("option").all_inner_texts()
    return next(text for text in options if text.startswith(start))
