"""What is done to runs, experiments and served models without leaving the sidebar."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from nbtrack.clock import now_ms
from nbtrack.entities import Batch, ModelMetric
from nbtrack.registry import parse_thresholds, promote, register
from nbtrack.store import open_store
from tests.ui import workshop
from tests.ui.conftest import READY, TOKEN, Lab, run_command
from tests.ui.test_journey import API, SIDEBAR_TAB

# CodeMirror sets empty images of its own around its placeholder.
IMAGES_MADE = """() => [...document.querySelectorAll('#nbtrack-sidebar img, .nbt-Chip img, .jp-Dialog img')]
  .filter(image => !image.matches('.cm-widgetBuffer')).length"""
UNNAMED = """() => [...document.querySelectorAll('#nbtrack-sidebar button, .nbt-Chip button, .nbt-Run button')]
  .filter(button => !(button.ariaLabel || button.title || button.textContent.trim()))
  .map(button => button.outerHTML)"""
CUT_VALUES = """() => [...document.querySelectorAll('#nbtrack-sidebar .nbt-RunList-row .nbt-Number')]
  .filter(value => value.parentElement.scrollWidth > value.parentElement.clientWidth + 1
    && value.getBoundingClientRect().right > value.parentElement.getBoundingClientRect().right + 1)
  .map(value => value.textContent)"""


@pytest.fixture(scope="module")
def page(lab: Lab, browser: Browser) -> Iterator[Page]:
    """One page for the module, in which the workshop's cells have run."""
    workshop.write(lab.root / "workshop.ipynb")
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    opened.set_default_timeout(20_000)
    opened.goto(f"{lab.url}/lab/tree/workshop.ipynb?token={TOKEN}&reset")
    opened.wait_for_selector(".jp-NotebookPanel .jp-Cell")
    opened.evaluate(READY)
    if not opened.locator("#nbtrack-sidebar").is_visible():
        opened.click(SIDEBAR_TAB)
    expect(opened.locator(".nbt-PanelMessage").first).to_contain_text("No runs yet")
    run_command(opened, "notebook:run-all-cells")
    expect(row(opened, "left-open")).to_be_visible(timeout=60_000)
    yield opened
    context.close()


def run_id(page: Page, name: str) -> str:
    rows = page.evaluate(API, "runs?limit=100")["runs"]
    return str(next(row["id"] for row in rows if row["name"] == name))


def row(page: Page, name: str) -> Locator:
    return page.locator("#nbtrack-sidebar [role=treeitem]").filter(has=page.get_by_text(name, exact=True))


def start(page: Page, command: str, **arguments: object) -> None:
    """Begin a command that waits for a dialog."""
    page.evaluate("([id, args]) => void window.jupyterapp.commands.execute(id, args)", [command, arguments])


def accept(page: Page) -> None:
    page.locator(".jp-Dialog .jp-mod-accept").click()
    expect(page.locator(".jp-Dialog")).to_have_count(0)


def test_names_of_users_are_text(page: Page) -> None:
    expect(row(page, workshop.EVIL)).to_be_visible()
    start(page, "nbtrack:delete-runs", runIds=[run_id(page, workshop.EVIL)])
    expect(page.locator(".jp-Dialog")).to_contain_text(workshop.EVIL)
    assert page.evaluate(IMAGES_MADE) == 0
    page.locator(".jp-Dialog .jp-mod-reject").click()


def test_candidates_of_a_search_are_folded_under_it(page: Page) -> None:
    search = row(page, "search")
    expect(search).to_have_attribute("aria-expanded", "false")
    search.locator(".nbt-RunList-twisty").click()
    expect(page.locator("#nbtrack-sidebar [role=treeitem][aria-level='2']")).to_have_count(3)
    search.locator(".nbt-RunList-twisty").click()


def test_a_cell_that_runs_again_makes_an_attempt(page: Page) -> None:
    select_cell = "index => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = index; }"
    before = run_id(page, "tree")
    page.evaluate("() => window.jupyterapp.shell.activateById(window.jupyterapp.shell.currentWidget.id)")
    page.evaluate(select_cell, list(workshop.CELLS).index("tree"))
    run_command(page, "notebook:run-cell")
    tree = row(page, "tree")
    expect(tree).to_have_attribute("aria-expanded", "false")
    expect(page.locator(".nbt-Chip", has_text="tree")).to_have_count(1)
    newest = run_id(page, "tree")
    assert newest != before
    page.locator(".nbt-Chip-open", has_text="tree").click()
    expect(page.locator(".nbt-Run-header:visible")).to_contain_text("attempt 2")


def test_values_are_never_cut_and_buttons_have_names(page: Page) -> None:
    assert page.evaluate(CUT_VALUES) == []
    assert page.evaluate(UNNAMED) == []


def test_a_run_is_renamed(page: Page) -> None:
    start(page, "nbtrack:rename-run", runId=run_id(page, "drawing"))
    page.locator(".jp-Dialog input").fill("a <b>drawing</b>")
    accept(page)
    expect(row(page, "a <b>drawing</b>")).to_be_visible()


def test_a_deleted_run_comes_back_by_undo(page: Page) -> None:
    start(page, "nbtrack:delete-runs", runIds=[run_id(page, "broken")])
    accept(page)
    expect(row(page, "broken")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(row(page, "broken")).to_be_visible()


def test_the_keyboard_does_it_all(page: Page) -> None:
    page.get_by_role("combobox", name="Filter runs").click()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.getAttribute('role') === 'tree'"):
            break
    tree = page.get_by_role("tree", name="Runs")
    expect(tree).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    second = page.locator("#nbtrack-sidebar [role=treeitem]").nth(1)
    expect(second).to_have_attribute("data-active", "true")
    page.keyboard.press("Space")
    expect(second).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Delete")
    expect(page.locator(".jp-Dialog")).to_contain_text("Delete this run?")
    page.keyboard.press("Escape")
    expect(page.locator(".jp-Dialog")).to_have_count(0)
    tree.focus()
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(page.locator(".nbt-Run-header:visible")).to_be_visible()


def test_an_open_run_is_ended_from_the_status_bar(page: Page) -> None:
    page.locator(".nbt-Status", has_text="left-open").click()
    menu = page.locator(".lm-Menu")
    bar = page.locator("#jp-main-statusbar").bounding_box()
    shown = menu.bounding_box()
    assert bar is not None and shown is not None
    assert shown["y"] + shown["height"] <= bar["y"] + 1
    menu.get_by_text("End left-open").click()
    expect(page.locator(".nbt-Status", has_text="left-open")).to_have_count(0)


def test_an_experiment_is_made_renamed_deleted_and_restored(page: Page) -> None:
    start(page, "nbtrack:create-experiment")
    page.locator(".jp-Dialog input").fill("wine & cheese")
    accept(page)
    made = page.locator(".nbt-ExperimentList [role=option]", has_text="wine & cheese")
    expect(made).to_have_attribute("aria-selected", "true")
    experiment = made.get_attribute("data-experiment-id")
    start(page, "nbtrack:rename-experiment", experimentId=experiment)
    page.locator(".jp-Dialog input").fill(workshop.EVIL)
    accept(page)
    expect(page.locator(f'[data-experiment-id="{experiment}"]')).to_contain_text(workshop.EVIL)
    start(page, "nbtrack:rename-experiment", experimentId=experiment)
    page.locator(".jp-Dialog input").fill("wine & cheese")
    accept(page)
    start(page, "nbtrack:delete-experiment", experimentId=made.get_attribute("data-experiment-id"))
    accept(page)
    expect(made).to_have_count(0)
    page.locator(".nbt-ExperimentList-deleted summary").click()
    page.get_by_role("button", name="Restore wine & cheese").click()
    expect(made).to_be_visible()
    page.locator(".nbt-ExperimentList [role=option]").first.click()


def test_a_model_is_registered(page: Page) -> None:
    start(page, "nbtrack:register-model", runId=run_id(page, "tree"), modelPath="model")
    page.locator(".jp-Dialog input").fill("wine-tree")
    accept(page)
    page.locator("#nbtrack-sidebar .jp-AccordionPanel-title", has_text="Models").click()
    expect(page.locator(".nbt-ModelList")).to_contain_text("wine-tree")
    page.locator("#nbtrack-sidebar .jp-AccordionPanel-title", has_text="Models").click()


def test_loading_code_is_put_into_the_notebook(page: Page) -> None:
    run_command(page, "docmanager:open", {"path": "workshop.ipynb"})
    tree = run_id(page, "tree")
    run_command(page, "nbtrack:insert-code", {"runId": tree})
    expect(page.locator(".jp-Notebook .jp-mod-active")).to_contain_text(f"runs:/{tree}/")


def test_a_file_is_evaluated(page: Page) -> None:
    tree = run_id(page, "tree")
    evaluate_file(page, tree, "no-such-column")
    toast = page.locator(".Toastify__toast", has_text="no-such-column")
    expect(toast.first).to_be_visible(timeout=60_000)
    evaluate_file(page, tree, "target")
    page.wait_for_function(
        f"async id => 'roc_auc' in (await ({API})('runs/' + id)).run.metrics", arg=tree, timeout=60_000
    )


def evaluate_file(page: Page, run: str, target: str) -> None:
    start(page, "nbtrack:evaluate", runId=run)
    dialog = page.locator(".jp-Dialog")
    dialog.locator("select").nth(1).select_option("file")
    dialog.get_by_role("textbox", name="File").fill("wine test.csv")
    dialog.get_by_role("textbox", name="Target column").fill(target)
    accept(page)


def test_a_model_is_served_logged_stopped_and_forgotten(page: Page) -> None:
    start(page, "nbtrack:serve", runId=run_id(page, "tree"), modelPath="model")
    served = page.locator(".nbt-DeploymentList-row")
    expect(served.locator("code")).to_contain_text("http://127.0.0.1:", timeout=60_000)
    served.hover()
    served.get_by_role("button", name="Show the log").click()
    expect(page.locator(".nbt-DeploymentLog")).not_to_be_empty()
    served.hover()
    served.get_by_role("button", name="Stop").click()
    expect(served).to_contain_text("stopped", timeout=30_000)
    served.hover()
    served.get_by_role("button", name="Forget").click()
    expect(page.locator("#nbtrack-sidebar")).to_contain_text("Nothing is served. Choose Serve in a run")


def test_registered_models_show_versions_aliases_and_what_they_were_promoted_for(page: Page, lab: Lab) -> None:
    page.locator("#nbtrack-sidebar .jp-AccordionPanel-title", has_text="Models").click()
    tree, store = run_id(page, "tree"), open_store(str(lab.root / ".nbtrack"))
    made = register(
        f"runs:/{tree}/model", workshop.EVIL, store, at_ms=now_ms(), description="the first", tags={"a": "b"}
    )
    measured = ModelMetric(made.model_id or "", "f1", 0.94, now_ms(), dataset_name="wine test")
    store.runs.log(tree, Batch(model_metrics=(measured,)))
    models = page.locator("#nbtrack-sidebar .nbt-ModelList")
    models.locator("summary", has_text=workshop.EVIL).click()
    version = models.get_by_role("button", name=re.compile("^Version 1"))
    version.click()
    details = models.get_by_role("group", name="Version 1 of")
    expect(details).to_contain_text("the first", timeout=20_000)
    for text in ("a", "b", "f1", "wine test", "0.94"):
        expect(details).to_contain_text(text)
    gate = parse_thresholds("f1 > 0.9")
    promote(made, "champion", store, gate=gate, at_ms=now_ms(), user="ada", reason="the best so far")
    expect(version).to_contain_text("champion")
    expect(details).to_contain_text("ada made it champion")
    expect(details).to_contain_text("the best so far")
    expect(details).to_contain_text("f1 > 0.9: found 0.94 on wine test")
    assert page.evaluate(IMAGES_MADE) == 0
    register(f"models:/{workshop.EVIL}/1", "copy", store, at_ms=now_ms())
    expect(models.locator("summary", has_text="copy")).to_contain_text("v1")
    details.get_by_role("button", name="tree").click()
    expect(page.locator(".nbt-Run:visible")).to_contain_text("tree")
    version.press("Enter")
    expect(details).to_have_count(0)
    store.close()


def test_a_file_is_what_is_evaluated_on_where_no_notebook_is_open(page: Page) -> None:
    """The last one: it closes the notebook."""
    run_command(page, "docmanager:open", {"path": "workshop.ipynb"})
    run_command(page, "docmanager:save")
    run_command(page, "application:close-all")
    start(page, "nbtrack:evaluate", runId=run_id(page, "tree"))
    dialog = page.locator(".jp-Dialog")
    expect(dialog.get_by_role("textbox", name="File")).to_be_visible()
    dialog.locator(".jp-mod-reject").click()
