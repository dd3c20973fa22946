from __future__ import annotations

import pytest
from sklearn.linear_model import LogisticRegression

import nbtrack
from nbtrack import Client

MODEL = LogisticRegression().fit([[0.0], [1.0]], [0, 1])


@pytest.mark.usefixtures("store")
def test_what_is_said_of_a_logged_model_is_kept_with_it() -> None:
    with nbtrack.start_run() as run:
        logged = nbtrack.sklearn.log_model(
            MODEL, name="m", params={"C": 1.0}, tags={"team": "a"}, model_type="classifier", step=7
        )
    found = Client().get_logged_model(logged.model_id)
    assert (found.params, found.tags, found.model_type) == ({"C": "1.0"}, {"team": "a"}, "classifier")
    outputs = Client().get_run(run.info.run_id).outputs.model_outputs
    assert [(made.model_id, made.step) for made in outputs] == [(logged.model_id, 7)]


@pytest.mark.usefixtures("store")
def test_requirements_and_an_example_reach_the_folder() -> None:
    with nbtrack.start_run():
        logged = nbtrack.sklearn.log_model(
            MODEL,
            name="m",
            pip_requirements=["scikit-learn"],
            input_example=[[0.5]],
            await_registration_for=0,
            metadata={"a": 1},
        )
    model = nbtrack.pyfunc.load_model(logged.model_uri)
    assert model.metadata.metadata == {"a": 1}
    assert logged.signature is not None
