"""The filter of the sidebar, in a browser."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from nbtrack.entities import Batch, Metric, NewRun, RunOrigin, RunStatus
from nbtrack.store import Store, open_store
from tests.ui.conftest import Lab
from tests.ui.test_journey import QUICKSTART, SIDEBAR_TAB


@pytest.fixture
def store(lab: Lab) -> Iterator[Store]:
    store = open_store(str(lab.root / ".nbtrack"))
    yield store
    store.close()


@pytest.fixture
def page(open_notebook: Callable[[Path], Page], store: Store) -> Page:
    if not store.runs.summaries().runs:
        for number in range(6):
            status = RunStatus.FAILED if number == 5 else RunStatus.FINISHED
            add(store, f"churn {number}", status=status, **{"test_f1": number / 10, "class 1 recall": 0.5})
        add(store, "baseline", rmse=1.0)
    page = open_notebook(QUICKSTART)
    if not page.locator("#nbtrack-sidebar").is_visible():
        page.click(SIDEBAR_TAB)
    expect(rows(page).first).to_be_visible()
    return page


def add(store: Store, name: str, *, status: RunStatus = RunStatus.FINISHED, **metrics: float) -> str:
    points = tuple(Metric(key, value, 1) for key, value in metrics.items())
    run_id = uuid.uuid4().hex
    new = NewRun(
        *(run_id, name, "0", 1_700_000_000_000),
        origin=RunOrigin.FIT,
        status=status,
        batch=Batch(points, {"depth": "3"}),
    )
    store.runs.create([new])
    return run_id


def rows(page: Page) -> Locator:
    return page.locator("#nbtrack-sidebar .nbt-RunList-row")


def box_of(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Filter runs")


def options(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Completions").get_by_role("option")


def test_a_filter_is_written_with_what_is_offered(page: Page) -> None:
    box = box_of(page)
    box.click()
    page.keyboard.press("ArrowDown")
    expect(options(page).first).to_have_text("metrics.what was measured")
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Tab")
    expect(options(page)).to_have_text(["metrics.`class 1 recall`", "metrics.rmse", "metrics.test_f1"])
    page.keyboard.type("f1")
    expect(options(page)).to_have_text(["metrics.test_f1"])
    page.keyboard.press("Tab")
    expect(options(page).first).to_have_text("<")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(options(page).nth(2)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    page.keyboard.type("0.3 and status = ")
    expect(options(page).first).to_have_text("'FINISHED'")
    page.keyboard.press("Tab")
    expect(box).to_have_text("metrics.test_f1 > 0.3 and status = 'FINISHED' ")
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("churn 4")
    expect(options(page)).to_have_count(0)
    # The metric that is asked for is shown.
    expect(page.locator("#nbtrack-sidebar .nbt-RunList-head")).to_contain_text("test_f1")


def test_a_key_that_needs_backticks_is_completed_with_them(page: Page) -> None:
    box_of(page).click()
    page.keyboard.type("recall")
    expect(options(page)).to_have_text(["metrics.`class 1 recall`"])
    options(page).first.click()
    page.keyboard.type("> 0")
    expect(rows(page)).to_have_count(6)


def test_words_find_runs_by_name_and_enter_takes_no_option(page: Page) -> None:
    box_of(page).click()
    page.keyboard.type("re")
    expect(options(page).first).to_be_visible()
    page.keyboard.press("Enter")
    expect(options(page)).to_have_count(0)
    expect(box_of(page)).to_have_text("re")
    box_of(page).fill("CHURN 2")
    expect(rows(page)).to_have_count(1)
    box_of(page).fill("no such run")
    expect(page.get_by_text("No run has “no such run” in its name.")).to_be_visible()
    page.get_by_role("button", name="Show all runs").click()
    expect(rows(page)).to_have_count(7)


def test_a_mistake_is_underlined_explained_and_mended_by_a_click(page: Page) -> None:
    box = box_of(page)
    box.click()
    page.keyboard.type("metrics.test_f1 >= 0 and params.depth = '3' && status = FAILED")
    page.keyboard.press("Enter")
    wrong = page.locator(".nbt-RunFilter-wrong")
    expect(wrong).to_have_text("&&")
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("&& is written and here.")).to_be_visible()
    expect(rows(page)).to_have_count(7)
    page.get_by_role("button", name="Change to and").click()
    expect(wrong).to_have_text("FAILED")
    page.get_by_role("button", name="Change to 'FAILED'").click()
    expect(rows(page)).to_have_count(1)
    expect(box).to_have_attribute("aria-invalid", "false")
    expect(box).to_be_focused()
    expect(wrong).to_have_count(0)
    # A long filter leaves the buttons beside it in their place.
    page.get_by_role("button", name="Clear the filter").click()
    expect(rows(page)).to_have_count(7)


def test_what_is_missing_is_said_after_a_pause(page: Page) -> None:
    box_of(page).fill("metrics.rmse <")
    expect(page.get_by_text("expected a value: a number, or text in quotes")).to_be_visible()
    gap = page.locator(".nbt-RunFilter-wrong")
    expect(gap).to_have_text("")
    page.keyboard.press("Escape")
    expect(page.get_by_text("expected a value")).to_be_hidden()
    box_of(page).fill("metrics.rmse < 2")
    expect(rows(page)).to_have_count(1)


def test_a_misspelt_key_is_told_and_mended(page: Page) -> None:
    box_of(page).fill("metrics.rsme < 2")
    expect(page.get_by_text("metrics.rsme: no run has this; did you mean metrics.rmse?")).to_be_visible()
    page.get_by_role("button", name="Change to metrics.rmse").click()
    expect(rows(page)).to_have_count(1)
    expect(box_of(page)).to_have_text("metrics.rmse < 2")


def test_runs_appear_and_leave_as_they_come_to_match(page: Page, store: Store) -> None:
    box_of(page).fill("metrics.live > 0.5")
    expect(page.get_by_text("No run matches the filter.")).to_be_visible()
    late = add(store, "late", status=RunStatus.RUNNING)
    add(store, "below", live=0.1)
    add(store, "above", live=0.9)
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("above")
    store.runs.log(late, Batch((Metric("live", 0.7, 2),)))
    expect(rows(page)).to_have_count(2)
    store.runs.log(late, Batch((Metric("live", 0.2, 3, 1),)))
    expect(rows(page)).to_have_count(1)
    store.runs.delete([late])
    box_of(page).fill("")
    expect(rows(page)).to_have_count(9)
