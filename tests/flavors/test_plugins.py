"""Flavors that other packages bring, installed as a user has them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).with_name("plugin")

USED = """
import sys
import numpy as np
import nbtrack, nbtrack.flavors
assert "nbtrack_centroids" not in sys.modules
from centroids import Centroids
X = np.random.default_rng(0).normal(size=(40, 2))

nbtrack.autolog()
model = Centroids(k=3, iterations=4).train(X)
nbtrack.autolog(disable=True)
run = nbtrack.last_active_run()
assert run.data.params == {"k": "3", "iterations": "4"}, run.data.params
assert [point.step for point in nbtrack.Client().get_metric_history(run.info.run_id, "distance")] == [0, 1, 2, 3]
loaded = nbtrack.pyfunc.load_model(f"runs:/{run.info.run_id}/model")
assert (loaded.predict(X) == model.predict(X)).all()

import nbtrack_centroids
with nbtrack.start_run():
    logged = nbtrack_centroids.log_model(model, "kept", input_example=X[:2])
assert logged.signature is not None
native = nbtrack_centroids.load_model(logged.model_uri)
assert isinstance(native, Centroids) and (native.centers == model.centers).all()

import mlflow
nbtrack_centroids.save_model(model, "m")
assert (mlflow.pyfunc.load_model("m").predict(X) == model.predict(X)).all()
"""

BROKEN = """
import nbtrack
from nbtrack.errors import BrokenPlugin
from nbtrack.flavors import flavor_named, save_model, load_pyfunc, load_model
from nbtrack.models import Model, sign
from pathlib import Path

SAYS = {"torn": "No module named 'nowhere'", "hollow": "it lacks load(), predictor()", "flat": "no class"}
for name, says in SAYS.items():
    try:
        flavor_named(name)
    except BrokenPlugin as error:
        assert says in str(error) and "package broken-plugins" in str(error), error
    else:
        raise AssertionError(name)

nbtrack.autolog()
import torn, torn_framework_user
with nbtrack.start_run() as run:
    saved = save_model(lambda data: 7, "m")
    assert load_pyfunc("m").predict([2.5]) == 7
Model.load("m").replace(flavors={"torn": {}, **saved.flavors}).save("m")
sign(Path("m"))
assert load_model("m") is not None  # its other flavor serves
Model.new({"torn": {}}).save(Path("m"))
sign(Path("m"))
try:
    load_model("m")
except BrokenPlugin:
    pass
else:
    raise AssertionError("a broken flavor loaded")
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the example as pip does, beside what the tests are run with."""
    target = tmp_path_factory.mktemp("site")
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--target", str(target)]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(EXAMPLE)], check=True)
    return target


def run(arguments: list[str], site: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    roots = [str(site), str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
    own = {"PYTHONPATH": os.pathsep.join(roots), "NBTRACK_TRACKING_URI": str(folder / ".nbtrack")}
    own["NBTRACK_KEY_DIR"] = str(folder / "key")
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, env=os.environ | own, capture_output=True, text=True, timeout=120)


def test_the_example_is_saved_logged_loaded_and_listened_to_by_its_entry_points(
    installed: Path, tmp_path: Path
) -> None:
    done = run(["-c", USED], installed, tmp_path)
    assert done.returncode == 0, done.stderr


def test_the_example_passes_the_contract_that_is_shipped(installed: Path, tmp_path: Path) -> None:
    done = run(["-m", "pytest", "-q", "-p", "no:cacheprovider", str(EXAMPLE / "tests")], installed, tmp_path)
    assert done.returncode == 0, done.stdout


def test_broken_plugins_harm_nobody_else_and_say_what_is_wrong_when_they_are_asked_for(tmp_path: Path) -> None:
    site = tmp_path / "site"
    metadata = site / "broken_plugins-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-plugins\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        "[nbtrack.flavors]\ntorn = torn_plugin:Torn\nhollow = hollow_plugin:Hollow\nflat = hollow_plugin:FLAT\n"
        "[nbtrack.autolog]\ntorn = torn_plugin:Torn\n"
    )
    (site / "torn_plugin.py").write_text("import nowhere\n")
    (site / "hollow_plugin.py").write_text("class Hollow:\n    def save(self): ...\nFLAT = 3\n")
    (site / "torn.py").write_text("")
    (site / "torn_framework_user.py").write_text("import torn\n")
    done = run(["-c", BROKEN], site, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("is broken") == 1
