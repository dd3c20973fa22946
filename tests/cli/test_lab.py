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
        ((), []),
        (("my notes/a.ipynb", "--port=1"), ["--LabApp.default_url=/lab/tree/my%20notes/a.ipynb", "--port=1"]),
        (("my notes",), ["my notes"]),
        (("../b.ipynb",), ["../b.ipynb"]),
    ],
)
def test_a_notebook_below_becomes_the_start_address(
    folder: Path, arguments: tuple[str, ...], expected: list[str]
) -> None:
    assert lab_options(arguments, folder) == expected
