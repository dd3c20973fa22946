from __future__ import annotations

from pathlib import Path

import pytest

from nbtrack.errors import InvalidInput
from nbtrack.models.environment import StatedEnvironment, write_environment
from nbtrack.models.requirements import Requirements, package_of, requirements_of
from nbtrack.models.yaml_text import read_yaml


def test_a_requirements_file_is_read_with_the_files_that_it_names(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "all.txt").write_text(
        "-r inner/base.txt\n--constraint=inner/limits.txt  # not too new\n\n# nothing\nrequests \\\n  >=2\n"
        "--extra-index-url https://example.org/simple\n./own.whl\n"
    )
    (tmp_path / "inner" / "base.txt").write_text("pandas[parquet]>=2\n-c limits.txt\nnumpy; python_version > '3'\n")
    (tmp_path / "inner" / "limits.txt").write_text("numpy<3\n")

    found = requirements_of(tmp_path / "all.txt")

    assert found.lines == (
        "pandas[parquet]>=2",
        "numpy; python_version > '3'",
        "requests >=2",
        "--extra-index-url https://example.org/simple",
        "./own.whl",
    )
    assert found.constraints == ("numpy<3",)
    assert requirements_of([f"-r {tmp_path}/all.txt"]) == found


@pytest.mark.parametrize(
    ("line", "package"),
    [
        ("scikit_learn==1.5", "scikit-learn"),
        ("Some.Thing[x] >= 2 ; python_version > '3'", "some-thing"),
        ("mine @ https://example.org/mine.whl", "mine"),
        ("git+https://example.org/a@v1", None),
        ("./a.whl", None),
        ("--pre", None),
    ],
)
def test_what_a_line_is_about(line: str, package: str | None) -> None:
    assert package_of(line) == package
    assert requirements_of([line]).lines == (line,)


def test_a_line_that_pip_would_refuse_is_refused_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text("numpy\nnot a ! requirement\n")
    with pytest.raises(InvalidInput, match=r"'not a ! requirement' in .*r\.txt"):
        requirements_of(str(tmp_path / "r.txt"))
    with pytest.raises(InvalidInput, match=r"nosuch\.txt can't be read"):
        requirements_of(["-r nosuch.txt"])
    (tmp_path / "r.txt").write_text("-r r.txt\n")
    with pytest.raises(InvalidInput, match="include each other"):
        requirements_of(tmp_path / "r.txt")


def test_what_the_user_says_of_a_package_counts(tmp_path: Path) -> None:
    found = StatedEnvironment(extra_pip_requirements=["PyYAML>=5", "mine"]).completed(["yaml", "numpy"])
    assert [line.partition("==")[0] for line in found.requirements.lines] == ["numpy", "PyYAML>=5", "mine"]
    with pytest.raises(InvalidInput, match="Give one of"):
        StatedEnvironment(pip_requirements=["a"], conda_env={"dependencies": []}).completed([])
    write_environment(tmp_path, StatedEnvironment(pip_requirements=[]).completed(["yaml"]))
    assert (tmp_path / "requirements.txt").read_text() == ""


def test_constraints_lie_in_a_file_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "c.txt").write_text("numpy<3\n")
    write_environment(tmp_path, StatedEnvironment(["pandas", f"-c {tmp_path}/c.txt"]).completed([]))
    assert (tmp_path / "requirements.txt").read_text() == "pandas\n-c constraints.txt\n"
    assert (tmp_path / "constraints.txt").read_text() == "numpy<3\n"


def test_only_environments_that_mlflow_builds_ask_for_mlflow(tmp_path: Path) -> None:
    write_environment(tmp_path, StatedEnvironment().completed(["yaml"]))
    assert (tmp_path / "requirements.txt").read_text().startswith("pyyaml==")
    assert read_yaml(tmp_path / "python_env.yaml")["dependencies"] == ["mlflow==3.17.2", "-r requirements.txt"]
    assert read_yaml(tmp_path / "conda.yaml")["dependencies"][-1]["pip"][0] == "mlflow==3.17.2"


@pytest.mark.parametrize("chosen", ["mlflow>=3", "mlflow_skinny==3.1", "mlflow[extras]==3.2"])
def test_who_names_mlflow_gets_that_one_only(chosen: str, tmp_path: Path) -> None:
    write_environment(tmp_path, StatedEnvironment(extra_pip_requirements=[chosen]).completed([]))
    assert (tmp_path / "requirements.txt").read_text() == f"{chosen}\n"
    assert read_yaml(tmp_path / "python_env.yaml")["dependencies"] == ["-r requirements.txt"]
    assert read_yaml(tmp_path / "conda.yaml")["dependencies"][-1]["pip"] == [chosen]


CONDA = {"name": "x", "channels": ["defaults"], "dependencies": ["python=3.11", "libgomp", {"pip": ["numpy<3"]}]}


def test_a_conda_environment_stands_as_it_is_and_says_what_pip_needs(tmp_path: Path) -> None:
    environment = StatedEnvironment(conda_env=CONDA).completed(["yaml"])
    assert environment.requirements == Requirements(("numpy<3",))
    write_environment(tmp_path, environment)
    assert read_yaml(tmp_path / "conda.yaml") == CONDA
    assert read_yaml(tmp_path / "python_env.yaml")["python"] == "3.11"
    assert StatedEnvironment(conda_env=str(tmp_path / "conda.yaml")).completed([]) == environment


@pytest.mark.parametrize("conda", [{}, {"dependencies": "numpy"}, {"dependencies": [{"pip": [1]}]}])
def test_what_is_no_conda_environment_is_refused(conda: object) -> None:
    with pytest.raises(InvalidInput, match="conda environment"):
        StatedEnvironment(conda_env=conda).completed([])  # type: ignore[arg-type]
