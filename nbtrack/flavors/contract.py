"""What every flavor promises: tests for pytest, which a plugin runs on its own flavor.

```python
from nbtrack.flavors.contract import FlavorContract

class TestMyModel(FlavorContract):
    flavor_name = "myframework"
    requirements = frozenset({"myframework"})

    @pytest.fixture
    def model(self): ...
```
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nbtrack.errors import AlreadyExists, ModelError, UntrustedModel
from nbtrack.flavors import Flavor, flavor_for, load_model, load_pyfunc, save_model
from nbtrack.models import SIGNATURE, Model, infer_signature, read_requirements

NOT_ITS_OWN = {"MLmodel", "conda.yaml", "python_env.yaml", "requirements.txt", SIGNATURE}
"""What every model folder has; the rest a flavor wrote."""


class FlavorContract:
    """Derive from it and define the fixtures ``model``, ``given`` and ``wanted`` (its predictions).

    ``flavor_name`` is the name of the entry point, ``requirements`` the packages that a saved model must ask for.
    """

    flavor_name: str
    requirements: frozenset[str]

    def assert_same(self, answer: Any, wanted: Any) -> None:
        """Compare predictions, to the bit; for answers that are no arrays, override it."""
        np.testing.assert_array_equal(answer, wanted)

    @pytest.fixture
    def flavor(self) -> Flavor | None:
        return None

    @pytest.fixture(autouse=True)
    def _own_key(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NBTRACK_KEY_DIR", str(tmp_path / "key"))
        monkeypatch.delenv("NBTRACK_ALLOW_PICKLE", raising=False)

    @pytest.fixture
    def saved(self, model: Any, flavor: Flavor | None, tmp_path: Path) -> Path:
        save_model(model, tmp_path / "saved", flavor=flavor)
        return tmp_path / "saved"

    def test_the_flavor_is_found_by_the_class_of_the_model(self, model: Any) -> None:
        assert flavor_for(model).name == self.flavor_name

    def test_what_is_loaded_predicts_what_was_saved(self, saved: Path, given: Any, wanted: Any) -> None:
        self.assert_same(load_pyfunc(saved).predict(given), wanted)

    def test_the_native_model_comes_back_as_its_own_class(self, saved: Path, model: Any) -> None:
        assert type(load_model(saved)).__name__ == type(model).__name__
        assert type(load_pyfunc(saved).unwrap_python_model()).__name__ == type(model).__name__

    def test_a_saved_folder_can_be_moved(self, saved: Path, given: Any, wanted: Any) -> None:
        moved = saved.parent / "elsewhere" / "model"
        moved.parent.mkdir()
        saved.rename(moved)
        self.assert_same(load_pyfunc(moved).predict(given), wanted)

    def test_requirements_are_pinned_from_what_is_installed(self, saved: Path) -> None:
        lines = read_requirements(saved)
        assert self.requirements <= {line.partition("==")[0] for line in lines}
        assert all("==" in line for line in lines)

    def test_the_signature_is_kept(self, model: Any, flavor: Flavor | None, given: Any, tmp_path: Path) -> None:
        signature = infer_signature(given)
        save_model(model, tmp_path / "signed", flavor=flavor, signature=signature)
        assert Model.load(tmp_path / "signed").signature == signature
        assert load_pyfunc(tmp_path / "signed").metadata.signature == signature

    def test_a_folder_with_something_in_it_is_left_alone(self, model: Any, saved: Path) -> None:
        before = sorted(path.name for path in saved.iterdir())
        with pytest.raises(AlreadyExists, match="not empty"):
            save_model(model, saved)
        assert sorted(path.name for path in saved.iterdir()) == before

    def test_an_empty_folder_is_filled(
        self, model: Any, flavor: Flavor | None, given: Any, wanted: Any, tmp_path: Path
    ) -> None:
        (tmp_path / "empty").mkdir()
        save_model(model, tmp_path / "empty", flavor=flavor)
        self.assert_same(load_pyfunc(tmp_path / "empty").predict(given), wanted)

    def test_a_save_that_fails_leaves_nothing(
        self, model: Any, flavor: Flavor | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("nbtrack.flavors.saving.write_environment", fail)
        with pytest.raises(OSError, match="No space"):
            save_model(model, tmp_path / "new" / "model", flavor=flavor)
        assert list((tmp_path / "new").iterdir()) == []

    def test_a_changed_byte_in_any_file_is_refused(self, saved: Path) -> None:
        for path in sorted(path for path in saved.rglob("*") if path.is_file()):
            copy = saved.parent / "changed"
            shutil.copytree(saved, copy)
            changed = copy / path.relative_to(saved)
            content = bytearray(changed.read_bytes() or b"\0")
            content[len(content) // 2] ^= 1
            changed.write_bytes(content)
            with pytest.raises(ModelError):
                load_model(copy)
            shutil.rmtree(copy)

    def test_a_file_that_was_added_is_refused(self, saved: Path) -> None:
        (saved / "sitecustomize.py").write_text("print('hello')")
        with pytest.raises(UntrustedModel, match="changed"):
            load_model(saved)

    def test_a_truncated_or_missing_file_is_refused(self, saved: Path) -> None:
        own = (path for path in saved.rglob("*") if path.is_file() and path.name not in NOT_ITS_OWN)
        main = max(own, key=lambda path: path.stat().st_size)
        whole = main.read_bytes()
        main.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(ModelError):
            load_model(saved)
        main.unlink()
        with pytest.raises(ModelError):
            load_model(saved)

    def test_a_folder_without_an_mlmodel_file_is_no_model(self, saved: Path) -> None:
        (saved / "MLmodel").unlink()
        with pytest.raises(ModelError, match="no saved model"):
            load_model(saved)
