"""What a run's tab shows of failures, files, figures and loops."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.ui import workshop
from tests.ui.conftest import Lab, run_command
from tests.ui.test_sidebar import UNNAMED, page, run_id

__all__ = ["page"]


def open_run(page: Page, name: str, tab: str) -> None:
    run_command(page, "nbtrack:open-run", {"runId": run_id(page, name)})
    expect(page.locator(".nbt-Run-header:visible")).to_contain_text(name)
    page.locator(".nbt-Tabs:visible").get_by_role("tab", name=tab).click()


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("with space.txt", "one two"),
        ("😀 party.txt", "smile"),
        ('it\'s "quoted" & 100%#?.txt', "quoted"),
        ("large.txt", "are not shown here"),
    ],
)
def test_a_file_with_an_odd_name_is_shown(page: Page, file: str, text: str) -> None:
    open_run(page, workshop.EVIL, "Artifacts")
    page.locator(".nbt-Run-treeItem:visible", has_text=file).click()
    expect(page.locator(".nbt-Run-previewBody:visible")).to_contain_text(text)


def test_html_is_shown_without_its_scripts(page: Page) -> None:
    open_run(page, workshop.EVIL, "Artifacts")
    page.locator(".nbt-Run-treeItem:visible", has_text="report.html").click()
    expect(page.locator("iframe.nbt-Run-html:visible")).to_have_attribute("sandbox", "")
    expect(page.frame_locator("iframe.nbt-Run-html:visible").locator("h1")).to_have_text("Report")
    assert "hacked" not in page.title()


def test_params_are_text(page: Page) -> None:
    open_run(page, workshop.EVIL, "Overview")
    expect(page.locator(".nbt-Run-page:visible")).to_contain_text("<b>bold</b>")
    assert page.locator(".nbt-Run:visible b, .nbt-Run:visible i").count() == 0


@pytest.mark.parametrize("theme", ["JupyterLab Dark", "JupyterLab Light"])
def test_a_failure_tells_its_traceback(page: Page, theme: str) -> None:
    run_command(page, "apputils:change-theme", {"theme": theme})
    open_run(page, "broken", "Overview")
    expect(page.locator(".nbt-Run-failureMessage:visible")).to_contain_text("division by zero")
    traceback = page.locator(".nbt-Run-traceback:visible")
    expect(traceback).to_contain_text("return a / b")
    assert "\x1b" not in traceback.inner_text()


def test_a_figure_is_shown(page: Page) -> None:
    open_run(page, "drawing", "Overview")
    figure = page.locator(".nbt-Run-figure:visible img")
    page.wait_for_function("image => image.naturalWidth > 0", arg=figure.element_handle())


def test_tabs_move_by_arrows_and_buttons_have_names(page: Page) -> None:
    open_run(page, "tree", "Overview")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".nbt-Tabs:visible").get_by_role("tab", name="Metrics")).to_be_focused()
    page.keyboard.press("End")
    expect(page.locator(".nbt-Tabs:visible").get_by_role("tab", name="Environment")).to_be_focused()
    assert page.evaluate(UNNAMED) == []


def test_the_menu_copies_the_id(page: Page) -> None:
    open_run(page, "tree", "Overview")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator(".nbt-Run-header:visible").get_by_role("button", name="More actions").click()
    page.locator(".lm-Menu").get_by_text("Copy Run ID").click()
    expect(page.locator(".lm-Menu")).to_have_count(0)
    assert page.evaluate("() => navigator.clipboard.readText()") == run_id(page, "tree")


def test_a_link_leads_to_the_cell(page: Page) -> None:
    open_run(page, "tree", "Overview")
    page.locator(".nbt-Run-origin:visible").click()
    expect(page.locator(".jp-Notebook:visible .jp-mod-active")).to_contain_text("%%track tree")


def test_a_curve_grows_while_its_loop_runs(page: Page) -> None:
    again = "index => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = index; }"
    run_command(page, "docmanager:open", {"path": "workshop.ipynb"})
    page.evaluate(again, list(workshop.CELLS).index("loop"))
    before = run_id(page, "loop")
    page.evaluate("() => void window.jupyterapp.commands.execute('notebook:run-cell')")
    running = page.locator("#nbtrack-sidebar [role=treeitem]:has([data-status=running])", has_text="loop").first
    expect(running).to_be_visible()
    assert run_id(page, "loop") != before
    running.click()
    header = page.locator(".nbt-Run-header:visible")
    expect(header).to_contain_text("running")
    page.locator(".nbt-Tabs:visible").get_by_role("tab", name="Metrics").click()
    expect(page.locator(".nbt-Run:visible canvas").first).to_be_visible()
    expect(header).not_to_contain_text("running", timeout=30_000)
    header.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("table", name="Comparison")).to_be_visible()


def test_tabs_come_back_after_a_reload(page: Page, lab: Lab) -> None:
    open_run(page, "tree", "Overview")
    run_command(page, "docmanager:save")
    page.reload()
    page.wait_for_selector("#nbtrack-sidebar")
    page.evaluate("async () => void (await window.jupyterapp.restored)")
    expect(page.locator(".lm-TabBar-tabLabel", has_text="tree").first).to_be_visible()
    assert "Traceback" not in lab.log.read_text()
