from __future__ import annotations

from pathlib import Path

import pytest

from tests.interop.flavor_table import found, shown
from tests.interop.specimens import LIGHT, SPECIMENS

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("name", LIGHT)
def test_the_readme_says_of_a_flavor_what_it_can(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBTRACK_KEY_DIR", str(tmp_path / "key"))
    assert found(name, tmp_path) == shown()[name]


def test_the_readme_has_a_row_for_each_flavor() -> None:
    assert list(shown()) == list(SPECIMENS)
