from __future__ import annotations

from pathlib import Path

import pytest

from tests.interop.flavor_table import MODELS, found, shown

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("name", MODELS)
def test_the_readme_says_of_a_flavor_what_it_can(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBTRACK_KEY_DIR", str(tmp_path / "key"))
    assert found(name, tmp_path) == shown()[name]
