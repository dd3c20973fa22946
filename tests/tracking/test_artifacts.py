from __future__ import annotations

import io
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image

import nbtrack
from nbtrack.errors import ArtifactNotFound, InvalidInput, InvalidPath, RunNotFound
from nbtrack.store import Store
from nbtrack.tracking import artifact_path, session


@pytest.fixture
def run(store: Store):
    with nbtrack.start_run() as run:
        yield run


def content(run: nbtrack.ActiveRun, path: str) -> bytes:
    return artifact_path(run.info.run_id, path).read_bytes()


def image(run: nbtrack.ActiveRun, path: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content(run, path))))


def paths(path: str | None = None) -> list[str]:
    return [entry.path for entry in nbtrack.list_artifacts(path=path)]


def test_a_file_goes_into_the_folder_that_is_named(run, tmp_path: Path) -> None:
    source = tmp_path / "notes ünï 🦌.txt"
    source.write_text("x")
    nbtrack.log_artifact(source)
    nbtrack.log_artifact(str(source), "deep/er")
    assert paths() == ["deep", "notes ünï 🦌.txt"]
    assert content(run, "deep/er/notes ünï 🦌.txt") == b"x"
    assert nbtrack.get_artifact_uri("deep").endswith(f"{run.info.run_id}/deep")


def test_a_file_behind_a_link_keeps_the_name_of_the_link(run, tmp_path: Path) -> None:
    (tmp_path / "blob-1234").write_text("x")
    (tmp_path / "model.txt").symlink_to(tmp_path / "blob-1234")
    nbtrack.log_artifact(tmp_path / "model.txt")
    assert content(run, "model.txt") == b"x"


def test_folders_keep_their_shape(run, tmp_path: Path) -> None:
    source = tmp_path / "folder"
    (source / "inner").mkdir(parents=True)
    (source / "inner" / "a.txt").write_text("a")
    (source / "empty.bin").write_bytes(b"")
    nbtrack.log_artifact(source)
    nbtrack.log_artifacts(source, "copy")
    nbtrack.log_artifacts(source)
    assert paths() == ["copy", "folder", "inner", "empty.bin"]
    assert content(run, "folder/inner/a.txt") == content(run, "copy/inner/a.txt") == b"a"


@pytest.mark.parametrize("path", ["../out.txt", "/abs.txt", "a/../../b", "a\\b", "C:/x", "nul\0", ""])
def test_a_path_that_leads_out_or_nowhere_is_refused(run, path: str) -> None:
    with pytest.raises(InvalidPath):
        nbtrack.log_text("x", path)
    assert paths() == []


def test_a_missing_source_is_refused(run, tmp_path: Path) -> None:
    with pytest.raises(InvalidPath, match="no file"):
        nbtrack.log_artifact(tmp_path / "missing")
    with pytest.raises(InvalidPath, match="no folder"):
        nbtrack.log_artifacts(tmp_path / "missing")


def test_artifacts_of_a_run_that_does_not_exist_are_refused(store: Store) -> None:
    with pytest.raises(RunNotFound):
        nbtrack.log_text("x", "a.txt", run_id="0" * 32)
    with pytest.raises(RunNotFound):
        nbtrack.list_artifacts(run_id="0" * 32)


def test_what_is_not_there_is_said_to_be_missing(run) -> None:
    with pytest.raises(ArtifactNotFound):
        artifact_path(run.info.run_id, "missing.txt")
    with pytest.raises(ArtifactNotFound):
        nbtrack.list_artifacts(path="missing")


def test_text_and_dicts_are_written_by_the_name_of_the_file(run) -> None:
    value = {"ünï": [1, 2.5, None, "x"], "path": Path("a"), "when": pd.Timestamp("2024-01-01")}
    nbtrack.log_dict(value, "d.json")
    nbtrack.log_dict(value, "d.yaml")
    nbtrack.log_dict([1, 2], "list")
    nbtrack.log_text("zeile\r\nünï 🦌", "t.txt")
    expected = {"ünï": [1, 2.5, None, "x"], "path": "a", "when": "2024-01-01 00:00:00"}
    assert json.loads(content(run, "d.json")) == expected
    assert yaml.safe_load(content(run, "d.yaml")) == expected
    assert json.loads(content(run, "list")) == [1, 2]
    assert content(run, "t.txt").decode() == "zeile\r\nünï 🦌"


def test_figures_are_written_in_the_format_of_their_name(run) -> None:
    from matplotlib.figure import Figure

    figure = Figure()
    figure.subplots().plot([1, 2, 3])
    for name in ("f.png", "f.svg", "f.pdf", "deep/f.jpg"):
        nbtrack.log_figure(figure, name)
    assert content(run, "f.png").startswith(b"\x89PNG")
    assert b"<svg" in content(run, "f.svg")
    assert content(run, "f.pdf").startswith(b"%PDF")
    assert content(run, "deep/f.jpg").startswith(b"\xff\xd8")
    with pytest.raises(InvalidInput, match="Matplotlib"):
        nbtrack.log_figure([1, 2], "f.png")


class TestImages:
    def test_integers_are_bytes_and_floats_fractions(self, run) -> None:
        nbtrack.log_image(np.array([[0, 255], [10, 20]], "uint8"), "bytes.png")
        nbtrack.log_image(np.array([[0.0, 1.0], [0.5, 0.2]]), "floats.png")
        nbtrack.log_image(np.array([[0, 255], [10, 20]]), "ints.png")
        assert image(run, "bytes.png").tolist() == image(run, "ints.png").tolist() == [[0, 255], [10, 20]]
        assert image(run, "floats.png").tolist() == [[0, 255], [128, 51]]

    @pytest.mark.parametrize("shape", [(4, 5), (4, 5, 1), (4, 5, 3), (4, 5, 4)])
    def test_every_usual_shape_is_taken(self, run, shape: tuple[int, ...]) -> None:
        nbtrack.log_image(np.zeros(shape), "i.png")
        assert image(run, "i.png").shape[:2] == (4, 5)

    def test_booleans_are_black_and_white(self, run) -> None:
        nbtrack.log_image(np.array([[True, False]]), "i.png")
        assert image(run, "i.png").tolist() == [[255, 0]]

    @pytest.mark.parametrize(
        "pixels",
        [
            np.full((2, 2), 256), np.full((2, 2), -1), np.full((2, 2), 1.5), np.full((2, 2), math.nan),
            np.zeros(3), np.zeros((2, 2, 5)), np.zeros((0, 2)), np.array([["a"]]),
        ],
        ids=["too bright", "negative", "float above 1", "nan", "1-d", "5 channels", "empty", "text"],
    )  # fmt: skip
    def test_what_is_no_image_is_refused(self, run, pixels: np.ndarray) -> None:
        with pytest.raises(InvalidInput):
            nbtrack.log_image(pixels, "i.png")
        assert paths() == []

    def test_pil_images_and_jpegs(self, run) -> None:
        nbtrack.log_image(Image.new("RGBA", (3, 2), (255, 0, 0, 128)), "i.png")
        nbtrack.log_image(Image.new("RGB", (3, 2), (255, 0, 0)), "i.jpg")
        nbtrack.log_image(np.zeros((2, 3, 4)), "rgba.jpg")
        assert image(run, "i.jpg").shape == (2, 3, 3)

    def test_images_of_steps_lie_under_their_key(self, run) -> None:
        for step in range(2):
            nbtrack.log_image(np.zeros((2, 2)), key="samples", step=step)
        assert paths("images/samples") == ["images/samples/0.png", "images/samples/1.png"]
        with pytest.raises(TypeError):
            nbtrack.log_image(np.zeros((2, 2)))

    def test_an_unknown_format_is_refused(self, run) -> None:
        with pytest.raises(InvalidInput, match="png"):
            nbtrack.log_image(np.zeros((2, 2)), "i.xyz")


class TestTables:
    def test_a_json_table_grows(self, run) -> None:
        nbtrack.log_table({"a": [1, 2], "b": ["x", "y"]}, "t.json")
        nbtrack.log_table(pd.DataFrame({"a": [3], "b": ["z"]}), "t.json")
        nbtrack.log_table({"a": 4, "b": "ü"}, "t.json")
        frame = pd.read_json(io.BytesIO(content(run, "t.json")), orient="split")
        assert frame["a"].tolist() == [1, 2, 3, 4]
        assert frame["b"].tolist() == ["x", "y", "z", "ü"]

    def test_text_that_looks_like_something_else_stays_text_when_the_table_grows(self, run) -> None:
        for value in ("007", "2024-01-01", "1e5", "true"):
            nbtrack.log_table({"date": value}, "t.json")
        document = json.loads(content(run, "t.json"))
        assert document["data"] == [["007"], ["2024-01-01"], ["1e5"], ["true"]]

    def test_csv_and_parquet_by_the_name(self, run) -> None:
        nbtrack.log_table({"a": [1, 2]}, "t.csv")
        assert content(run, "t.csv") == b"a\n1\n2\n"
        with pytest.raises(InvalidInput, match=r"\.parquet"):
            nbtrack.log_table({"a": [1]}, "t.xlsx")

    def test_columns_of_different_length_are_refused(self, run) -> None:
        with pytest.raises(InvalidInput, match="length"):
            nbtrack.log_table({"a": [1, 2], "b": [1]}, "t.json")
        assert paths() == []


class TestInputs:
    def test_datasets_of_every_kind_are_described(self, run) -> None:
        from scipy.sparse import csr_matrix

        nbtrack.log_input(pd.DataFrame({"a": [1, 2], "b": ["x", None]}), "training", name="frame")
        nbtrack.log_input(np.zeros((3, 2)), "evaluation")
        nbtrack.log_input(csr_matrix(np.eye(3)))
        nbtrack.log_input(pd.Series([1.5], name="target"), tags={"k": "v"})
        inputs = nbtrack.get_run(run.info.run_id).inputs.dataset_inputs
        assert sorted((found.dataset.name, found.dataset.shape, found.context) for found in inputs) == [
            ("dataset", (1,), ""), ("dataset", (3, 2), "evaluation"), ("dataset", (3, 3), ""),
            ("frame", (2, 2), "training"),
        ]  # fmt: skip

    def test_a_dataset_is_kept_with_source_schema_and_profile(self, run, tmp_path) -> None:
        path = tmp_path / "frame.csv"
        frame = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
        frame.to_csv(path)
        dataset = nbtrack.data.from_pandas(frame, source=path, targets="a", name="frame")
        nbtrack.log_input(dataset, context="training", tags={"split": "1"})
        nbtrack.log_input(frame, "evaluation", name="plain")
        found, plain = nbtrack.get_run(run.info.run_id).inputs.dataset_inputs
        assert (found.dataset, found.context, found.tags) == (dataset.entity(), "training", {"split": "1"})
        assert (plain.dataset.name, plain.dataset.digest) == ("plain", dataset.digest)
        assert json.loads(plain.dataset.profile)["num_rows"] == 2

    def test_data_without_a_source_came_from_the_cell_that_logged_it(self, run, monkeypatch) -> None:
        monkeypatch.setattr(session, "current_cell", session.Cell("log_input(frame)", "c1", 3))
        monkeypatch.setattr(session, "notebook_path", "work/a.ipynb")
        nbtrack.log_input(np.zeros((3, 2)))
        (found,) = nbtrack.get_run(run.info.run_id).inputs.dataset_inputs
        tags = json.loads(found.dataset.source)["tags"]
        assert (found.dataset.source_type, tags["mlflow.source.name"]) == ("code", "work/a.ipynb")
        assert tags["nbtrack.cell_id"] == "c1"

    def test_what_is_no_dataset_is_refused(self, run) -> None:
        with pytest.raises(InvalidInput, match="DataFrame"):
            nbtrack.log_input([1, 2, 3])
