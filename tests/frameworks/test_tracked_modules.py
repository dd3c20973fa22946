"""Modules that a tracked cell trains, in a real kernel."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="PyTorch is installed by `make test-frameworks`")

from nbtrack.store import Store
from tests.notebook.conftest import folder, kernel, shared_kernel, store
from tests.notebook.kernel import Kernel
from tests.notebook.tracking import artifact, tracked

__all__ = ["folder", "kernel", "shared_kernel", "store"]

LOOP = """
optimizer = torch.optim.SGD({model}.parameters(), lr=0.1)
for _ in range(3):
    optimizer.zero_grad()
    loss_function({model}(torch.ones(4, 2)), torch.zeros(4, 1)).backward()
    optimizer.step()
"""


def test_the_outermost_module_that_a_cell_trains_is_its_model(kernel: Kernel, store: Store) -> None:
    assert kernel.run("import torch\nother = torch.nn.Linear(2, 1)").status == "ok"
    _, run = tracked(
        kernel,
        store,
        "%%track\ninner = torch.nn.Linear(2, 1)\nnetwork = torch.nn.Sequential(inner)\n"
        "loss_function = torch.nn.MSELoss()" + LOOP.format(model="network"),
    )
    assert [model.path for model in store.models.of_run(run.info.run_id)] == ["model"]
    assert run.data.tags["estimator_name"] == "Sequential"
    assert (run.data.params["optimizer_name"], run.data.metrics["learning_rate"]) == ("SGD", 0.1)
    assert b"pytorch" in artifact(store, run, "model/MLmodel")


def test_a_module_of_an_earlier_cell_is_a_model_of_the_cell_that_trains_it(kernel: Kernel, store: Store) -> None:
    code = (
        "import torch\nearlier, idle = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1)\nloss_function = torch.nn.MSELoss()"
    )
    assert kernel.run(code).status == "ok"
    _, run = tracked(kernel, store, "%%track" + LOOP.format(model="earlier"))
    assert run.data.tags["estimator_name"] == "Linear"
    assert [model.path for model in store.models.of_run(run.info.run_id)] == ["model"]
    _, run = tracked(kernel, store, "%%track\nnothing = 1")
    assert store.models.of_run(run.info.run_id) == []
