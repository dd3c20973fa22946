from __future__ import annotations

import platform
import sys
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from nbtrack.errors import MissingPackage
from nbtrack.flavors import PythonModel, load_model, load_pyfunc, save_model
from nbtrack.models import Model, sign

X = [[0.0], [1.0]]
MODEL = LogisticRegression().fit(X, [0, 1])
SKLEARN, NUMPY = version("scikit-learn"), version("numpy")


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NBTRACK_KEY_DIR", str(tmp_path / "key"))
    save_model(MODEL, tmp_path / "m")
    return tmp_path / "m"


def recorded(saved: Path, requirements: list[str], python: str | None = None) -> Path:
    (saved / "requirements.txt").write_text("\n".join(requirements))
    document = Model.load(saved)
    if python is not None:
        pyfunc = {**document.flavors["python_function"], "python_version": python}
        document.replace(flavors={**document.flavors, "python_function": pyfunc}).save(saved)
    sign(saved)
    return saved


def test_one_warning_names_each_that_is_far(saved: Path) -> None:
    recorded(saved, ["scikit-learn==0.24.1", f"numpy=={NUMPY}", "skops>=99"], python="2.7.18")
    with pytest.warns(UserWarning, match="was saved with") as told:
        model = load_pyfunc(saved)
    assert len(told) == 1
    message = str(told[0].message)
    assert "was saved with Python 2.7.18, scikit-learn 0.24.1, skops >=99; " in message
    assert f"here are Python {platform.python_version()}, scikit-learn {SKLEARN}, skops" in message
    np.testing.assert_array_equal(model.predict(X), MODEL.predict(X))


@pytest.mark.parametrize(
    "line",
    [
        f"scikit-learn=={SKLEARN.split('.')[0]}.0.1",
        "scikit-learn>=0.1",
        "scikit-learn==1.*",
        "scikit-learn==0.1; python_version < '3'",
        "mlflow==0.1",
        "nothing-of-this-name==1",
        "git+https://example.org/scikit-learn",
        "-c constraints.txt",
        "scikit-learn==~nonsense",
    ],
)
def test_what_is_near_or_says_nothing_is_not_told(saved: Path, line: str) -> None:
    micro = ".".join([*platform.python_version().split(".")[:2], "0"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_model(recorded(saved, [line], python=micro))


def test_a_package_that_is_missing_is_named_as_the_model_requires_it(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What a package that is not there looks like to who imports it.
    monkeypatch.setitem(sys.modules, "skops", None)
    monkeypatch.setitem(sys.modules, "skops.io", None)
    wanted = f"skops=={version('skops')}"
    with pytest.raises(MissingPackage, match=f"This model needs the package '{wanted}': pip install '{wanted}'"):
        load_model(saved)


class Explained(PythonModel):
    def load_context(self, context: Any) -> None:
        import shap  # noqa: F401 - what the model needs

    def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
        return model_input


def test_a_missing_framework_is_installed_by_its_extra(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_model(Explained(), saved.parent / "explained", pip_requirements=["shap>=0.46"])
    monkeypatch.setitem(sys.modules, "shap", None)
    with pytest.raises(
        MissingPackage, match=r"This model needs the package 'shap>=0.46': pip install 'nbtrack\[shap\]'"
    ):
        load_pyfunc(saved.parent / "explained")
