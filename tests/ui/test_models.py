"""Registered models in the sidebar, and the tab of a model."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sklearn.datasets import load_wine
from sklearn.tree import DecisionTreeClassifier

import nbtrack
from nbtrack.clock import now_ms
from nbtrack.entities import Batch, ModelMetric, ModelVersion
from nbtrack.registry import parse_thresholds, promote, register
from nbtrack.store import Store, open_store
from nbtrack.tracking import background
from tests.ui.conftest import TOKEN, Lab, run_command
from tests.ui.workshop import EVIL

NAME = f"grower {EVIL}"
X, y = load_wine(return_X_y=True, as_frame=True)
IMAGES_MADE = "() => document.querySelectorAll('.nbt-Model img, .nbt-ModelList img').length"


@pytest.fixture(scope="module")
def store(lab: Lab) -> Iterator[Store]:
    opened = open_store(str(lab.root / ".nbtrack"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def versions(lab: Lab, store: Store, tmp_path_factory: pytest.TempPathFactory) -> list[ModelVersion]:
    """Two versions of a run's model, the second measured and promoted; signed with another key than the server's."""
    nbtrack.set_tracking_uri(lab.root / ".nbtrack")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NBTRACK_KEY_DIR", str(tmp_path_factory.mktemp("key")))
        with nbtrack.start_run(run_name="planting") as run:
            nbtrack.sklearn.log_model(DecisionTreeClassifier(max_depth=2).fit(X, y), "model", input_example=X[:2])
    background.wait()
    nbtrack.set_tracking_uri(None)
    uri = f"runs:/{run.info.run_id}/model"
    first, second = (register(uri, NAME, store, at_ms=now_ms(), description=text) for text in ("", "the deeper"))
    measured = ModelMetric(second.model_id or "", "f1", 0.94, now_ms(), dataset_name="wine test")
    store.runs.log(run.info.run_id, Batch(model_metrics=(measured,)))
    promote(
        second, "champion", store, gate=parse_thresholds("f1 > 0.9"), at_ms=now_ms(), user="ada", reason="it is better"
    )
    return [first, second]


@pytest.fixture(scope="module")
def page(lab: Lab, browser: Browser, versions: list[ModelVersion]) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    opened.set_default_timeout(20_000)
    opened.goto(f"{lab.url}/lab?token={TOKEN}&reset")
    opened.wait_for_selector("#jp-main-dock-panel")
    opened.evaluate("async () => { await window.jupyterapp.restored; }")
    run_command(opened, "nbtrack:show")
    opened.locator("#nbtrack-sidebar .jp-AccordionPanel-title", has_text="Models").click()
    yield opened
    context.close()


def part(page: Page, title: str) -> Locator:
    return page.locator(".nbt-Model:visible").get_by_role("region", name=title, exact=True)


def test_rows_are_reached_by_arrows_and_a_version_opens_in_a_tab(page: Page) -> None:
    model = page.locator(".nbt-ModelList summary", has_text=NAME)
    model.focus()
    page.keyboard.press("Enter")
    newest = page.locator("button.nbt-ModelList-row").first
    expect(newest).to_contain_text("Version 2")
    expect(newest).to_contain_text("champion")
    page.keyboard.press("ArrowDown")
    expect(newest).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Open version 2")).to_be_focused()
    page.keyboard.press("Enter")
    header = page.locator(".nbt-Model-header:visible")
    for text in (NAME, "champion", "version 2", "sklearn", "planting"):
        expect(header).to_contain_text(text)
    assert page.evaluate(IMAGES_MADE) == 0


def test_the_tab_tells_what_the_model_eats_and_needs_and_how_good_it_is(page: Page) -> None:
    expect(page.locator(".nbt-Model:visible")).to_contain_text("the deeper")
    inputs = part(page, "Inputs").get_by_role("row")
    expect(inputs).to_have_count(1 + X.shape[1])
    expect(inputs.nth(1)).to_contain_text("alcohol")
    expect(inputs.nth(1)).to_contain_text("double")
    expect(part(page, "Outputs")).to_contain_text("int64")
    expect(part(page, "Input example").get_by_role("cell", name="14.23")).to_be_visible()
    expect(part(page, "Requirements")).to_contain_text("scikit-learn==")
    expect(part(page, "Files")).to_contain_text("signed with another key")
    expect(part(page, "Files")).to_contain_text("nbtrack trust")
    metrics = part(page, "Metrics of the model")
    for text in ("f1", "wine test", "0.94"):
        expect(metrics).to_contain_text(text)
    promotions = part(page, "Promotions")
    for text in ("ada made version 2 champion", "it is better", "f1 > 0.9: found 0.94 on wine test"):
        expect(promotions).to_contain_text(text)


def test_another_version_is_shown_in_its_place_and_aliases_as_they_come(
    page: Page, store: Store, versions: list[ModelVersion]
) -> None:
    header = page.locator(".nbt-Model-header:visible")
    page.get_by_role("button", name="Show version 1").click()
    expect(header).to_contain_text("version 1")
    expect(header).not_to_contain_text("champion")
    promote(versions[0], "champion", store, gate=(), at_ms=now_ms(), user="bob")
    expect(header).to_contain_text("champion")
    expect(part(page, "Promotions")).to_contain_text("bob made version 1 champion in place of 2")
    expect(page.locator(".nbt-Model")).to_have_count(1)


def test_the_run_is_a_click_away_and_its_model_and_versions_too(page: Page) -> None:
    page.locator(".nbt-Model-header:visible").get_by_role("button", name="planting").click()
    models = page.locator(".nbt-Run:visible").get_by_role("region", name="Models")
    models.get_by_role("button", name="model", exact=True).click()
    expect(page.locator(".nbt-Model-header:visible")).to_contain_text("model")
    expect(part(page, "Inputs")).to_contain_text("alcohol")
    expect(part(page, "Versions")).to_have_count(0)
    page.get_by_role("tab", name="planting").click()
    models.get_by_role("button", name=f"{NAME}/2").click()
    expect(page.locator(".nbt-Model-header:visible")).to_contain_text("version 2")
    expect(page.locator(".nbt-Model")).to_have_count(2)


def test_a_name_without_versions_says_how_it_gets_one(page: Page, store: Store) -> None:
    store.registry.create("promised", at_ms=now_ms())
    page.locator(".nbt-ModelList summary", has_text="promised").click()
    expect(page.locator(".nbt-ModelList")).to_contain_text("nbtrack.register_model('runs:/RUN_ID/model', \"promised\")")


def test_a_model_that_is_gone_says_so(page: Page) -> None:
    run_command(page, "nbtrack:open-model", {"modelUri": "models:/unknown/1"})
    tab = page.locator(".nbt-Model:visible")
    expect(tab.get_by_role("alert")).to_contain_text("no version of a registered model 'unknown'")
    expect(tab.get_by_role("toolbar")).to_have_count(0)
