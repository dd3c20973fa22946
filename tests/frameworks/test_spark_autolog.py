from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sklearn.datasets import load_iris

pytest.importorskip("pyspark", reason="Spark is installed by `make test-frameworks`")

from pyspark.ml import Estimator, Pipeline
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.evaluation import MulticlassClassificationEvaluator
from pyspark.ml.feature import VectorAssembler
from pyspark.ml.tuning import CrossValidator, ParamGridBuilder

import nbtrack
from nbtrack.flavors.spark.session import spark_session
from nbtrack.store import Store
from tests.autolog.runs import all_runs
from tests.frameworks.programs import needs_java

pytestmark = [needs_java, pytest.mark.filterwarnings("ignore")]

X, y = load_iris(return_X_y=True, as_frame=True)
X.columns = list("abcd")
ROWS = X[::10].reset_index(drop=True)
WHOLE = X.assign(label=y.astype(float), id=range(len(y)))[::10].reset_index(drop=True)


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    session = spark_session()
    yield session
    session.stop()


def pipeline(**options: Any) -> Any:
    return Pipeline(
        stages=[VectorAssembler(inputCols=list("abcd"), outputCol="features"), LogisticRegression(**options)]
    )


def curve(run_id: str, key: str) -> list[tuple[int, float]]:
    return [(point.step, point.value) for point in nbtrack.Client().get_metric_history(run_id, key)]


def test_a_fit_of_a_pipeline_is_one_run_with_params_convergence_and_the_model(spark: Any, autolog: Store) -> None:
    data = spark.createDataFrame(WHOLE)
    model = pipeline(maxIter=3).fit(data, {})
    [run] = all_runs()
    params = run.data.params
    assert params["LogisticRegression.maxIter"] == "3" and params["VectorAssembler.outputCol"] == "features"
    history = model.stages[-1].summary.objectiveHistory
    assert curve(run.info.run_id, "objective") == list(enumerate(history))
    loaded = nbtrack.pyfunc.load_model(f"runs:/{run.info.run_id}/model")
    # Of the columns those that it reads: neither the label nor the id.
    assert loaded.metadata.signature.inputs.input_names() == list("abcd")
    assert loaded.predict(ROWS) == [row.prediction for row in model.transform(data).collect()]


def test_a_search_is_one_run_with_what_each_candidate_reached(spark: Any, autolog: Store) -> None:
    classifier = LogisticRegression(maxIter=2)
    grid = ParamGridBuilder().addGrid(classifier.regParam, [0.1, 10.0]).build()
    stages = Pipeline(stages=[VectorAssembler(inputCols=list("abcd"), outputCol="features"), classifier])
    evaluator = MulticlassClassificationEvaluator(metricName="accuracy")
    search = CrossValidator(
        estimator=stages, estimatorParamMaps=grid, evaluator=evaluator, numFolds=2, seed=1, parallelism=2
    )
    found = search.fit(spark.createDataFrame(WHOLE))
    [run] = all_runs()
    assert curve(run.info.run_id, "candidate_accuracy") == list(enumerate(found.avgMetrics))
    assert run.data.metrics["best_accuracy"] == max(found.avgMetrics)
    assert run.data.params["numFolds"] == "2" and run.data.params["estimator.LogisticRegression.maxIter"] == "2"
    assert run.data.params["best_regParam"] == "0.1"
    candidates = json.loads(nbtrack.artifacts.load_text(f"runs:/{run.info.run_id}/candidates.json"))
    assert candidates == {"0": {"regParam": 0.1}, "1": {"regParam": 10.0}}
    assert len(nbtrack.pyfunc.load_model(f"runs:/{run.info.run_id}/model").predict(ROWS)) == len(ROWS)


def test_a_fit_that_fails_is_a_failed_run_and_raises_as_before(spark: Any, autolog: Store) -> None:
    with pytest.raises(Exception, match="label"):
        pipeline(maxIter=1).fit(spark.createDataFrame(ROWS))
    [run] = all_runs()
    assert str(run.info.status) == "FAILED"


def test_autolog_that_is_off_leaves_spark_as_it_was(spark: Any, store: Store) -> None:
    before = Estimator.fit
    nbtrack.spark.autolog()
    assert Estimator.fit is not before
    nbtrack.spark.autolog(disable=True)
    assert Estimator.fit is before
