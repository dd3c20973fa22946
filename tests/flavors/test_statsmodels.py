from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from sklearn.datasets import load_diabetes

from nbtrack.errors import InvalidInput, UnsavableModel, UntrustedModel
from nbtrack.flavors import load_model, load_pyfunc, save_model
from nbtrack.flavors.contract import FlavorContract

X, y = load_diabetes(return_X_y=True, as_frame=True)
TABLE = X.assign(target=y)
MONTHS = pd.Series(np.sin(np.arange(48.0)), index=pd.period_range("2020-01", periods=48, freq="M"))


class TestLinearModel(FlavorContract):
    flavor_name = "statsmodels"
    requirements = frozenset({"statsmodels", "numpy", "scipy", "pandas", "cloudpickle"})

    @pytest.fixture
    def model(self) -> Any:
        return sm.OLS(y, X).fit()

    @pytest.fixture
    def given(self) -> Any:
        return X

    @pytest.fixture
    def wanted(self, model: Any) -> Any:
        return model.predict(X)


class TestFormula(TestLinearModel):
    @pytest.fixture
    def model(self) -> Any:
        return smf.ols("target ~ bmi + np.exp(bp)", TABLE).fit()


def test_a_time_series_predicts_the_period_that_a_frame_of_one_row_names(tmp_path: Path) -> None:
    model = sm.tsa.ARIMA(MONTHS, order=(1, 0, 0)).fit()
    save_model(model, tmp_path / "m")
    loaded = load_pyfunc(tmp_path / "m")
    wanted = model.predict(start="2024-01", end="2024-06")
    np.testing.assert_array_equal(loaded.predict(pd.DataFrame({"start": ["2024-01"], "end": ["2024-06"]})), wanted)
    with pytest.raises(InvalidInput, match="start and end"):
        loaded.predict(pd.DataFrame({"start": ["2024-01"]}))


def test_a_model_without_its_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsavableModel, match=r"what its fit\(\) returned"):
        save_model(sm.OLS(y, X), tmp_path / "m")


def test_another_users_results_are_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBTRACK_KEY_DIR", str(tmp_path / "theirs"))
    save_model(sm.OLS(y, X).fit(), tmp_path / "m")
    monkeypatch.setenv("NBTRACK_KEY_DIR", str(tmp_path / "mine"))
    with pytest.raises(UntrustedModel, match="pickle"):
        load_model(tmp_path / "m")
