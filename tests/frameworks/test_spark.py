from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris

pytest.importorskip("pyspark", reason="Spark is installed by `make test-frameworks`")

from pyspark.ml import Pipeline, PipelineModel, Transformer
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.feature import HashingTF, Tokenizer, VectorAssembler

import nbtrack
from nbtrack.errors import InvalidInput, MalformedModel, UnsavableModel, UntrustedModel
from nbtrack.flavors import inspect_model, load_model, load_pyfunc, save_model
from nbtrack.flavors.contract import FlavorContract
from nbtrack.flavors.spark.session import spark_session
from nbtrack.models import SIGNATURE, Model, sign
from tests.frameworks.programs import needs_java, without_programs

# Spark leaves files open, and warns of each pandas that is newer than it.
pytestmark = [needs_java, pytest.mark.filterwarnings("ignore")]

X, y = load_iris(return_X_y=True, as_frame=True)
X.columns = ["a", "b", "c", "d"]
FRAME = X[::10].reset_index(drop=True)


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    session = spark_session()
    yield session
    session.stop()


@pytest.fixture(scope="module")
def pipeline(spark: Any) -> Any:
    training = spark.createDataFrame(FRAME.assign(label=y[::10].reset_index(drop=True).astype(float)))
    stages = [VectorAssembler(inputCols=list("abcd"), outputCol="features"), LogisticRegression(maxIter=3)]
    return Pipeline(stages=stages).fit(training)


def own_answer(spark: Any, model: Any, frame: pd.DataFrame) -> list[float]:
    return [row.prediction for row in model.transform(spark.createDataFrame(frame)).collect()]


class TestSpark(FlavorContract):
    flavor_name = "spark"
    requirements = frozenset({"pyspark", "pandas"})

    @pytest.fixture
    def model(self, pipeline: Any) -> Any:
        return pipeline

    @pytest.fixture
    def given(self) -> Any:
        return FRAME

    @pytest.fixture
    def wanted(self, spark: Any, pipeline: Any) -> Any:
        return own_answer(spark, pipeline, FRAME)


@pytest.fixture(autouse=True)
def _key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBTRACK_KEY_DIR", str(tmp_path / "key"))


def test_one_stage_comes_back_as_a_pipeline_and_eats_lists_for_vectors(pipeline: Any, tmp_path: Path) -> None:
    classifier = pipeline.stages[1]
    nbtrack.spark.save_model(spark_model=classifier, path=tmp_path / "with a space")
    loaded = load_pyfunc(tmp_path / "with a space")
    assert isinstance(loaded.get_raw_model(), PipelineModel)
    lists = pd.DataFrame({"features": FRAME.to_numpy().tolist()})
    assert loaded.predict(lists) == own_answer(spark_session(), pipeline, FRAME)


def test_an_example_gives_the_signature(pipeline: Any, tmp_path: Path) -> None:
    signature = save_model(pipeline, tmp_path / "m", input_example=FRAME[:2]).signature
    assert signature is not None and signature.inputs is not None and signature.outputs is not None
    assert signature.inputs.input_names() == list("abcd")
    with pytest.raises(InvalidInput, match="d"):
        load_pyfunc(tmp_path / "m").predict(FRAME[["a", "b", "c"]])


def test_what_gives_no_predictions_answers_with_its_last_column(spark: Any, tmp_path: Path) -> None:
    words = pd.DataFrame({"text": ["a b", "c"]})
    stages = [Tokenizer(inputCol="text", outputCol="words"), HashingTF(inputCol="words", outputCol="v", numFeatures=4)]
    model = Pipeline(stages=stages).fit(spark.createDataFrame(words))
    save_model(model, tmp_path / "m")
    wanted = [row.v.toArray().tolist() for row in model.transform(spark.createDataFrame(words)).collect()]
    assert load_pyfunc(tmp_path / "m").predict(words) == wanted


def test_nothing_of_a_strangers_folder_reaches_spark(pipeline: Any, tmp_path: Path) -> None:
    save_model(pipeline, tmp_path / "m")
    (tmp_path / "m" / SIGNATURE).unlink()
    with pytest.raises(UntrustedModel, match="name the classes"):
        load_model(tmp_path / "m")
    assert any("Spark" in line for line in inspect_model(tmp_path / "m").runs)


def test_a_damaged_pipeline_is_told_even_where_it_is_trusted(pipeline: Any, tmp_path: Path) -> None:
    save_model(pipeline, tmp_path / "whole")
    for number, pattern in enumerate(("metadata/part-*", "stages/1*/data/*.parquet", "stages/1*/metadata/part-*")):
        folder = tmp_path / str(number)
        shutil.copytree(tmp_path / "whole", folder)
        [file] = (folder / "sparkml").glob(pattern)
        file.write_bytes(file.read_bytes()[:20])
        (file.parent / f".{file.name}.crc").unlink()
        sign(folder)
        with pytest.raises(MalformedModel, match="no whole pipeline of Spark"):
            load_model(folder)
    shutil.rmtree(tmp_path / "whole" / "sparkml")
    sign(tmp_path / "whole")
    with pytest.raises(MalformedModel, match="missing"):
        load_model(tmp_path / "whole")


def test_a_model_of_spark_connect_is_told_apart(pipeline: Any, tmp_path: Path) -> None:
    document = save_model(pipeline, tmp_path / "m")
    section = {**document.flavors["spark"], "model_class": "pyspark.ml.connect.classification.LogisticRegressionModel"}
    document.replace(flavors={**document.flavors, "spark": section}).save(tmp_path / "m")
    sign(tmp_path / "m")
    with pytest.raises(MalformedModel, match="Spark Connect"):
        load_model(tmp_path / "m")


class Unwritable(Transformer):
    """A stage of the user's own that Spark can't write."""

    def _transform(self, dataset: Any) -> Any:
        return dataset


def test_what_cannot_be_saved_says_why(spark: Any, pipeline: Any, tmp_path: Path) -> None:
    cases = {
        r"fit\(\) returns": (LogisticRegression(), Pipeline(stages=[])),
        "MLWritable": (Unwritable(), PipelineModel([Unwritable()])),
        "no fitted model": (spark.createDataFrame(FRAME), spark),
    }
    for message, models in cases.items():
        for model in models:
            with pytest.raises(UnsavableModel, match=message):
                nbtrack.spark.save_model(model, tmp_path / "m")
    assert list(tmp_path.iterdir()) == []


def test_without_java_it_says_what_to_install(pipeline: Any, tmp_path: Path) -> None:
    save_model(pipeline, tmp_path / "m")
    told = without_programs(
        "import sys; from nbtrack.flavors import load_model; load_model(sys.argv[1])", str(tmp_path / "m")
    )
    assert "MissingProgram: Spark needs Java" in told


def test_models_go_to_mlflow_and_come_from_it(
    spark: Any, pipeline: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow.spark as mlflow_spark
    from mlflow import pyfunc

    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "mlruns").as_uri())
    monkeypatch.setenv("MLFLOW_DFS_TMP", str(tmp_path / "dfs"))
    nbtrack.spark.save_model(pipeline, tmp_path / "ours", input_example=FRAME[:2])
    # With requirements given, since else MLflow loads the model in a new process to find them.
    mlflow_spark.save_model(pipeline, str(tmp_path / "theirs"), pip_requirements=[])
    sign(tmp_path / "theirs")  # as `nbtrack trust` does
    wanted = own_answer(spark, pipeline, FRAME)
    for folder in (tmp_path / "ours", tmp_path / "theirs"):
        np.testing.assert_array_equal(load_pyfunc(folder).predict(FRAME), wanted)
        np.testing.assert_array_equal(pyfunc.load_model(str(folder)).predict(FRAME), wanted)
    assert (
        Model.load(tmp_path / "theirs").flavors["spark"].keys() == Model.load(tmp_path / "ours").flavors["spark"].keys()
    )


def test_vectors_in_a_signature_of_mlflow_are_lists_of_numbers(
    pipeline: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow.spark as mlflow_spark
    from mlflow.models import infer_signature

    monkeypatch.setenv("MLFLOW_DFS_TMP", str(tmp_path / "dfs"))
    vectors = pipeline.stages[0].transform(spark_session().createDataFrame(FRAME)).select("features")
    classifier = pipeline.stages[1]
    signature = infer_signature(vectors, classifier.transform(vectors).select("prediction"))
    mlflow_spark.save_model(classifier, str(tmp_path / "m"), signature=signature, pip_requirements=[])
    sign(tmp_path / "m")
    loaded = load_pyfunc(tmp_path / "m")
    lists = pd.DataFrame({"features": FRAME.to_numpy().tolist()})
    assert loaded.predict(lists) == own_answer(spark_session(), pipeline, FRAME)
    assert "sparkml_vector" in loaded.metadata.signature.inputs.to_json()
