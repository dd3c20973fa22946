from __future__ import annotations

from pathlib import Path

import pytest

from nbtrack.cli.lab import lab_options


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "work" / "my notes").mkdir(parents=True)
    (tmp_path / "work" / "my notes" / "a.ipynb").touch()
    (tmp_path / "b.ipynb").touch()
    return tmp_path / "work"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), ["--LabApp.default_url=/lab?nbtrack"]),
        (("my notes/a.ipynb",), ["--LabApp.default_url=/lab/tree/my%20notes/a.ipynb?nbtrack"]),
        (("my notes",), ["my notes", "--LabApp.default_url=/lab?nbtrack"]),
        (("--port=1",), ["--LabApp.default_url=/lab?nbtrack", "--port=1"]),
    ],
)
def test_lab_opens_with_the_sidebar(folder: Path, arguments: tuple[str, ...], expected: list[str]) -> None:
    assert lab_options(arguments, folder) == expected


def test_a_notebook_elsewhere_opens_in_its_own_folder(folder: Path) -> None:
    assert lab_options(("../b.ipynb",), folder) == [str(folder.parent / "b.ipynb")]
