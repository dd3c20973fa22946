from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from sklearn.datasets import load_diabetes
from statsmodels.base.model import GenericLikelihoodModel

import nbtrack
from nbtrack.flavors import load_pyfunc
from nbtrack.store import Store
from nbtrack.tracking import artifact_path
from tests.autolog.runs import all_runs, only_run

X, y = load_diabetes(return_X_y=True, as_frame=True)
TABLE = X.assign(target=y)
MONTHS = pd.Series(np.sin(np.arange(48.0)), index=pd.period_range("2020-01", periods=48, freq="M"))


def test_a_fit_is_a_run_with_its_params_metrics_summary_data_and_model(autolog: Store) -> None:
    results = sm.OLS(y, X).fit(cov_type="HC1")
    run = only_run()
    assert (run.info.status, run.data.tags["estimator_name"]) == ("FINISHED", "OLS")
    assert (run.data.params["cov_type"], run.data.params["method"]) == ("HC1", "pinv")
    for name in ("aic", "bic", "llf", "rsquared", "rsquared_adj", "f_pvalue", "mse_resid", "nobs"):
        assert run.data.metrics[name] == getattr(results, name)
    assert "R-squared" in artifact_path(run.info.run_id, "model_summary.txt").read_text()
    assert [each.dataset.name for each in run.inputs.dataset_inputs] == ["X", "y"]
    loaded = load_pyfunc(artifact_path(run.info.run_id, "model"))
    assert loaded.metadata.get_input_schema().input_names() == list(X.columns)
    np.testing.assert_array_equal(loaded.predict(X), results.predict(X))


def test_the_model_of_a_formula_eats_the_columns_that_its_right_side_names(autolog: Store) -> None:
    results = smf.glm("target ~ bmi + np.exp(bp)", TABLE, family=sm.families.Gamma(sm.families.links.Log())).fit()
    run = only_run()
    assert run.data.params["formula"] == "target ~ bmi + np.exp(bp)"
    assert (run.data.params["family"], run.data.params["link"]) == ("Gamma", "Log")
    loaded = load_pyfunc(artifact_path(run.info.run_id, "model"))
    assert loaded.metadata.get_input_schema().input_names() == ["bmi", "bp"]
    np.testing.assert_array_equal(loaded.predict(TABLE), results.predict(TABLE))


def test_a_time_series_is_a_run_that_predicts_a_period(autolog: Store) -> None:
    results = sm.tsa.ARIMA(MONTHS, order=(1, 0, 0)).fit()
    run = only_run()
    assert run.data.params["order"] == "(1, 0, 0)"
    assert run.data.metrics["hqic"] == results.hqic
    loaded = load_pyfunc(artifact_path(run.info.run_id, "model"))
    period = pd.DataFrame({"start": ["2024-01"], "end": ["2024-03"]})
    np.testing.assert_array_equal(loaded.predict(period), results.predict("2024-01", "2024-03"))


def test_fits_that_a_test_of_a_hypothesis_makes_on_its_way_are_no_runs(autolog: Store) -> None:
    sm.tsa.adfuller(np.random.default_rng(0).normal(size=60), result_object=False)
    assert all_runs() == []


@pytest.mark.filterwarnings("ignore:df_model")
def test_a_model_of_the_users_own_that_is_defined_later_is_listened_to(autolog: Store) -> None:
    class Normal(GenericLikelihoodModel):
        def loglikeobs(self, params: np.ndarray) -> np.ndarray:
            return -((self.endog - self.exog @ params) ** 2)

    Normal(np.asarray(y), np.asarray(X[["bmi"]])).fit(disp=False)
    assert only_run().data.tags["estimator_name"] == "Normal"


def test_a_fit_that_fails_is_a_failed_run_and_raises_what_it_raised(autolog: Store) -> None:
    with pytest.raises(ValueError, match="method"):
        sm.OLS(y, X).fit(method="none such")
    assert only_run().info.status == "FAILED"


def test_turning_it_off_leaves_statsmodels_as_it_was(store: Store) -> None:
    before = sm.OLS.fit
    nbtrack.statsmodels.autolog()
    nbtrack.statsmodels.autolog(disable=True)
    assert sm.OLS.fit is before
    sm.OLS(y, X).fit()
    assert all_runs() == []
