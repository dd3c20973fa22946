"""A real JupyterLab with the installed extension, and a real browser on it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.ui.browser import HINT, find_browser

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TOKEN = "t0k"
READY = """async () => {
  const app = window.jupyterapp;
  await app.restored;
  const widget = app.shell.currentWidget;
  await widget.context.ready;
  await widget.sessionContext.ready;
  await widget.sessionContext.session.kernel.info;
}"""


@dataclass(frozen=True)
class Lab:
    url: str
    root: Path
    log: Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Each module has a server of its own, so that it begins with an empty store."""
    with running_lab(tmp_path_factory.mktemp("root"), tmp_path_factory.mktemp("jupyter")) as running:
        yield running


@contextmanager
def running_lab(root: Path, home: Path) -> Iterator[Lab]:
    settings = home / "config" / "labconfig"
    settings.mkdir(parents=True)
    quiet = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
    (settings / "default_setting_overrides.json").write_text(json.dumps(quiet))
    folders = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "run",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
        "NBTRACK_KEY_DIR": "key",
    }
    environment = {**os.environ, **{name: str(home / folder) for name, folder in folders.items()}}
    environment["JUPYTER_PREFER_ENV_PATH"] = "1"
    environment.pop("NBTRACK_TRACKING_URI", None)
    log, port = home / "log", free_port()
    command = [
        *[sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"],
        *["--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={root}"],
        *["--LabApp.extension_manager=readonly", "--LabApp.expose_app_in_browser=True"],
    ]
    with log.open("w") as output:
        server = subprocess.Popen(command, env=environment, stdout=output, stderr=output, cwd=root)
    url, end = f"http://127.0.0.1:{port}", time.monotonic() + 90
    while True:
        try:
            urllib.request.urlopen(f"{url}/api/status?token={TOKEN}", timeout=2).read()
            break
        except OSError:
            assert server.poll() is None and time.monotonic() < end, log.read_text()
            time.sleep(0.1)
    try:
        yield Lab(url, root, log)
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find_browser()
    assert path is not None, HINT
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def open_notebook(lab: Lab, browser: Browser) -> Iterator[Callable[[Path], Page]]:
    pages: list[Page] = []

    def open_one(source: Path) -> Page:
        shutil.copy(source, lab.root / source.name)
        context = browser.new_context(viewport={"width": 1440, "height": 900}, device_scale_factor=1)
        page = context.new_page()
        page.set_default_timeout(30_000)
        pages.append(page)
        page.goto(f"{lab.url}/lab/tree/{source.name}?token={TOKEN}&reset")
        page.wait_for_selector(".jp-NotebookPanel .jp-Cell")
        page.evaluate(READY)
        return page

    yield open_one
    for page in pages:
        page.context.close()


def run_command(page: Page, command: str, arguments: dict[str, object] | None = None) -> None:
    """Run a command to its end; what it returns may be a widget, which doesn't cross the wire."""
    script = "async ([id, args]) => void (await window.jupyterapp.commands.execute(id, args))"
    page.evaluate(script, [command, arguments or {}])
