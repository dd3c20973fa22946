from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("mlflow", reason="MLflow is installed by `make test-frameworks`")

from tests.interop.flavor_table import found, shown
from tests.interop.specimens import HEAVY

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("name", HEAVY)
def test_the_readme_says_of_a_heavy_flavor_what_it_can(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not HEAVY[name].is_installed:
        pytest.skip(f"what {name} needs is installed by `make test-frameworks`")
    monkeypatch.setenv("NBTRACK_KEY_DIR", str(tmp_path / "key"))
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "true")
    assert found(name, tmp_path) == shown()[name]
