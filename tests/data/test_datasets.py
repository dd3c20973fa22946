from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.sparse import csr_matrix

from nbtrack import data
from nbtrack.errors import InvalidInput
from nbtrack.models import Schema, infer_schema

FRAME = pd.DataFrame({"age": [30, 41, 25], "city": ["Oslo", None, "Bergen"], "y": [0, 1, 0], "p": [0, 1, 1]})


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def parquet(path: Path, rows: int = 6) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    days = [dt.date(2024, 1, 1 + i) for i in range(rows)]
    frame = pl.DataFrame({"n": [*range(rows - 1), None], "t": ["name"] * rows, "d": days, "l": [[1]] * rows})
    frame.write_parquet(path, row_group_size=4)
    return path


def test_a_frame_is_a_dataset_in_mlflows_shape() -> None:
    dataset = data.from_pandas(FRAME, targets="y", predictions="p", name="people")
    assert (dataset.name, dataset.targets, dataset.predictions) == ("people", "y", "p")
    assert dataset.df is FRAME and dataset.schema == infer_schema(FRAME)
    assert dataset.profile["num_rows"] == 3 and dataset.profile["num_elements"] == 12
    written = dataset.to_dict()
    assert list(written) == ["name", "digest", "source", "source_type", "schema", "profile"]
    assert json.loads(written["schema"])["mlflow_colspec"][1] == {"type": "string", "name": "city", "required": False}
    assert (written["source_type"], json.loads(written["source"])) == ("code", {"tags": {}})
    assert json.loads(dataset.to_json()) == written


def test_frames_of_pandas_and_polars_are_one_dataset() -> None:
    polars = pl.DataFrame(FRAME.to_dict("list") | {"city": ["Oslo", None, "Bergen"]})
    ours, theirs = data.from_pandas(FRAME), data.from_polars(polars, targets="y")
    assert (theirs.digest, theirs.schema) == (ours.digest, ours.schema)


def test_arrays_have_features_and_targets() -> None:
    features, targets = np.zeros((4, 2)), np.arange(4)
    dataset = data.from_numpy(features, targets=targets)
    assert dataset.features is features and dataset.targets is targets
    assert json.loads(dataset.to_dict()["schema"]) == {
        "mlflow_tensorspec": {"features": infer_schema(features).to_json(), "targets": infer_schema(targets).to_json()}
    }
    others = [features, {"a": features}], [targets, targets + 1, {"b": targets}, None]
    digests = {data.from_numpy(x, targets=y).digest for x in others[0] for y in others[1]}
    assert len(digests) == 8 and dataset.digest in digests
    assert data.from_numpy(csr_matrix(features)).profile["shape"] == [4, 2]


def test_a_datasets_parts_are_of_one_moment() -> None:
    frame = FRAME.copy()
    dataset = data.from_pandas(frame)
    digest = dataset.digest
    frame["age"] = 0
    assert (dataset.digest, dataset.profile["columns"][0]["max"]) == (digest, 41)
    assert data.from_pandas(frame, digest="mine").to_dict()["digest"] == "mine"


MISTAKES = {
    "no column 'z'. Its columns: age, city, y, p.": lambda: data.from_pandas(FRAME, targets="z"),
    "no column 'q'": lambda: data.from_polars(pl.DataFrame({"a": [1]}), predictions="q"),
    "a DataFrame of pandas, not a DataFrame": lambda: data.from_pandas(pl.DataFrame()),  # type: ignore[arg-type]
    "collect()": lambda: data.from_polars(pl.LazyFrame()),  # type: ignore[arg-type]
    "features 3, targets 2": lambda: data.from_numpy(np.zeros((3, 1)), targets=np.zeros(2)),
    "two datasets": lambda: data.from_numpy(csr_matrix(np.eye(2)), targets=np.zeros(2)),  # type: ignore[arg-type]
    "a list can't be": lambda: data.from_numpy([1, 2]),  # type: ignore[arg-type]
    "a dict can't be": lambda: data.from_numpy({"a": np.zeros(2), "b": np.zeros(3)}),
    "name is blank": lambda: data.from_pandas(FRAME, name=" "),
    "a path or a URL, not 5": lambda: data.from_pandas(FRAME, source=5),
    "is no URL": lambda: data.from_pandas(FRAME, source="http://[::1/x.csv"),
    "can't be read as Parquet": lambda: data.from_parquet(Path("nowhere.parquet")),
}


@pytest.mark.parametrize("message", MISTAKES)
def test_a_mistake_is_told_in_words(message: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        MISTAKES[message]()
    assert message.lower() in str(raised.value).lower()


SOURCES = {
    "https://me:secret@host.org:8080/a.csv?id=3&X-Amz-Signature=abc&token=t#top": (
        "http",
        {"url": "https://host.org:8080/a.csv?id=3&X-Amz-Signature=***&token=***#top"},
    ),
    "http://host/a.csv": ("http", {"url": "http://host/a.csv"}),
    "s3://bucket/a.parquet": ("s3", {"uri": "s3://bucket/a.parquet"}),
    "raw/gone.csv": ("local", {"uri": "raw/gone.csv"}),
}


@pytest.mark.parametrize("given", SOURCES)
def test_a_source_is_kept_in_mlflows_words_without_credentials(given: str) -> None:
    source = data.from_pandas(FRAME, source=given).source
    assert (source.type, source.to_dict()) == SOURCES[given]


def test_a_file_is_kept_by_its_relative_path_and_digest(folder: Path) -> None:
    path = folder / "raw" / "people.csv"
    path.parent.mkdir()
    FRAME.to_csv(path)
    sources = [data.from_pandas(FRAME, source=given).source for given in (path, str(path), path.as_uri())]
    assert len({source.to_json() for source in sources}) == 1
    document = sources[0].to_dict()
    assert document["uri"] == "raw/people.csv" and document["size_bytes"] == path.stat().st_size
    path.write_text("changed")
    assert data.from_pandas(FRAME, source=path).source.to_dict()["digest"] != document["digest"]


def test_parquet_is_described_by_its_footers(folder: Path) -> None:
    dataset = data.from_parquet(parquet(folder / "people.parquet"), targets="n")
    assert dataset.entity().shape == (6, 4)
    assert "df" not in vars(dataset)
    number, text, day, _ = dataset.profile["columns"]
    assert (number["kind"], number["count"], number["missing"], number["min"], number["max"]) == ("number", 5, 1, 0, 4)
    assert "min" not in text  # it may be a name
    assert (day["min"], day["max"]) == ("2024-01-01", "2024-01-06")
    assert isinstance(dataset.schema, Schema)
    assert [(str(spec.type), spec.required) for spec in dataset.schema][:3] == [
        ("long", False), ("string", True), ("datetime", True),
    ]  # fmt: skip
    assert dataset.source.uri == "people.parquet"
    assert dataset.df["n"].isna().sum() == 1


def test_a_folder_of_parquet_files_is_one_dataset(folder: Path) -> None:
    for year in (2023, 2024):
        parquet(folder / "lake" / f"year={year}" / "part.parquet")
    dataset = data.from_parquet("lake")
    assert (dataset.profile["num_rows"], dataset.entity().shape) == (12, (12, 5))
    (folder / "lake").rename(folder / "moved")
    assert data.from_parquet("moved").digest == dataset.digest
    parquet(folder / "moved" / "year=2024" / "part.parquet", rows=5)
    assert data.from_parquet("moved").digest != dataset.digest


def test_large_parquet_is_known_by_its_footers(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbtrack.data.parquet.MAX_HASHED_BYTES", 100)
    assert data.from_parquet(parquet(folder / "a.parquet")).digest.startswith("~")


def test_what_is_no_dataset_is_told_apart() -> None:
    nothing: Any
    for nothing in (None, 1, "x", [1, 2], {"a": 1}, {}, np.array(1.0)):
        assert data.dataset_of(nothing) is None and data.labelled(nothing) is None
