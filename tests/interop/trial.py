"""What a flavor can is tried by doing it: saving, loading, predicting, serving over HTTP, autolog, with MLflow."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd

import nbtrack
from nbtrack.flavors import flavor_for, load_model, load_pyfunc
from nbtrack.models import Model, Schema, sign
from nbtrack.models.yaml_text import read_yaml
from nbtrack.plugins import AUTOLOG, installed
from nbtrack.tracking import background
from tests.interop.real_mlflow import mlflow
from tests.interop.specimens import SPECIMENS, Total
from tests.serving.running import serving_folder

JSON, CSV = "application/json", "text/csv"
START_S = 60


@dataclass
class Trial:
    """One flavor: its model, and a folder to save it in."""

    name: str
    folder: Path

    def __post_init__(self) -> None:
        self.specimen = SPECIMENS[self.name]
        self.rows = self.specimen.rows
        self.model = self.specimen.make()

    def save(self) -> None:
        assert self.name in self._saved("ours").flavors
        assert self._saved("signed", input_example=self.rows).signature is not None

    def load(self) -> None:
        loaded, ask = load_model(self.folder / "ours"), self.specimen.predict
        if self.specimen.is_program:
            np.testing.assert_array_equal(ask(loaded, self.rows), ask(self.model, self.rows))
        else:
            assert type(loaded) is type(self.model)

    def pyfunc(self) -> None:
        assert len(numbers(load_pyfunc(self.folder / "ours").predict(self.rows))) >= len(self.rows)

    def serve(self) -> None:
        wanted = numbers(load_pyfunc(self.folder / "signed").predict(self.rows))
        with serving_folder(self.folder / "signed") as server, httpx.Client(timeout=START_S) as client:
            for kind, body in self._requests():
                answer = client.post(f"{server.url}/invocations", content=body, headers={"Content-Type": kind})
                np.testing.assert_array_equal(predictions(answer), wanted, err_msg=body)

    def autolog(self) -> None:
        package = self.specimen.package
        assert package in installed(AUTOLOG), f"nothing listens to {package}"
        nbtrack.set_tracking_uri(self.folder / ".nbtrack")
        nbtrack.autolog(frameworks=[package])
        try:
            model = self.specimen.make()
            background.wait()
            run = nbtrack.last_active_run()
            assert run is not None
            logged = nbtrack.pyfunc.load_model(f"runs:/{run.info.run_id}/model").predict(self.rows)
            np.testing.assert_array_equal(numbers(logged), numbers(self.specimen.predict(model, self.rows)))
        finally:
            nbtrack.autolog(disable=True)
            nbtrack.set_tracking_uri(None)

    def to_mlflow(self) -> None:
        for saved in ("ours", "signed"):
            theirs = mlflow.pyfunc.load_model(str(self.folder / saved)).predict(self.rows)
            ours = load_pyfunc(self.folder / saved).predict(self.rows)
            np.testing.assert_array_equal(numbers(theirs), numbers(ours))

    def served_by_mlflow(self) -> None:
        wanted = numbers(load_pyfunc(self.folder / "signed").predict(self.rows))
        for body, answer in asyncio.run(_ask_mlflow(self.folder / "signed", list(self._requests()))):
            np.testing.assert_array_equal(predictions(answer), wanted, err_msg=body)

    def from_mlflow(self) -> None:
        path = self.folder / "theirs"
        if self.name == "python_function":
            mlflow.pyfunc.save_model(path, python_model=Total(), pip_requirements=[])
        else:
            module = importlib.import_module(f"mlflow.{self.name}")
            # With requirements given, since else MLflow loads the model in a new process to find them.
            module.save_model(self.model, str(path), pip_requirements=[], **self.specimen.mlflow_options)
        assert Model.load(path).to_dict() == read_yaml(path / "MLmodel")
        sign(path)  # what is pickled opens for who trusts it
        theirs = mlflow.pyfunc.load_model(str(path)).predict(self.rows)
        np.testing.assert_array_equal(numbers(load_pyfunc(path).predict(self.rows)), numbers(theirs))

    def _saved(self, name: str, **options: Any) -> Model:
        return nbtrack.flavors.save_model(self.model, self.folder / name, flavor=flavor_for(self.model), **options)

    def _requests(self) -> Iterator[tuple[str, str]]:
        """Yield the content type and the body of each form that fits the signature."""
        schema = Model.load(self.folder / "signed").get_input_schema()
        assert schema is not None
        if isinstance(self.rows, pd.DataFrame):
            yield CSV, self.rows.to_csv(index=False)
        for form, given in _forms(self.rows, schema).items():
            yield JSON, json.dumps({form: given})


def _forms(rows: Any, schema: Schema) -> dict[str, Any]:
    if isinstance(rows, pd.DataFrame):
        split, records = rows.to_dict(orient="split"), rows.to_dict(orient="records")
        inputs = rows.to_dict(orient="list")
        return {"dataframe_split": split, "dataframe_records": records, "inputs": inputs, "instances": records}
    if schema.has_input_names():
        [name] = schema.input_names()
        return {"inputs": {name: rows.tolist()}, "instances": [{name: row} for row in rows.tolist()]}
    return {"inputs": rows.tolist(), "instances": rows.tolist()}


def numbers(answer: Any) -> Any:
    """Return the values of a model's answer, in Python or as JSON, in one row."""
    if isinstance(answer, Mapping):
        return np.concatenate([numbers(values) for values in answer.values()])
    if isinstance(answer, list) and answer and isinstance(answer[0], Mapping):
        answer = pd.DataFrame(answer)
    return np.ravel(answer)


def predictions(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return numbers(answer.json()["predictions"])


async def _ask_mlflow(folder: Path, requests: list[tuple[str, str]]) -> list[tuple[str, httpx.Response]]:
    from mlflow.pyfunc import scoring_server

    transport = httpx.ASGITransport(scoring_server.init(mlflow.pyfunc.load_model(str(folder))))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:5000") as client:
        return [
            (body, await client.post("/invocations", content=body, headers={"Content-Type": kind}))
            for kind, body in requests
        ]


COLUMNS: dict[str, Callable[[Trial], None]] = {
    "save": Trial.save,
    "load": Trial.load,
    "pyfunc": Trial.pyfunc,
    "serve": Trial.serve,
    "autolog": Trial.autolog,
    "MLflow loads nbtrack's": Trial.to_mlflow,
    "MLflow serves nbtrack's": Trial.served_by_mlflow,
    "nbtrack loads MLflow's": Trial.from_mlflow,
}
