"""What is written down of loops of one's own."""

from __future__ import annotations

import sys
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is installed by `make test-frameworks`")

import nbtrack  # noqa: E402
from nbtrack.store import Store  # noqa: E402
from tests.autolog.runs import all_runs  # noqa: E402
from tests.frameworks.networks import Network  # noqa: E402

X, y = torch.randn(32, 4), torch.randint(0, 3, (32,))


def train(model: Any, optimizer: Any, steps: int, scheduler: Any = None) -> None:
    for _ in range(steps):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(X), y).backward()
        optimizer.step()
        if scheduler is not None:
            scheduler.step()


def curve(run_id: str, key: str) -> list[tuple[int, float]]:
    return [(point.step, point.value) for point in nbtrack.Client().get_metric_history(run_id, key)]


def test_an_optimizer_in_an_open_run_is_params_and_its_rate_where_it_changes(autolog: Store) -> None:
    model = Network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.1)
    with nbtrack.start_run() as run:
        train(model, optimizer, 5, scheduler)
    found = nbtrack.get_run(run.info.run_id)
    params = {key: found.data.params[f"optimizer_{key}"] for key in ("name", "lr", "momentum", "weight_decay")}
    assert params == {"name": "SGD", "lr": "0.5", "momentum": "0.9", "weight_decay": "0"}
    assert curve(run.info.run_id, "learning_rate") == [(0, 0.5), (2, 0.5 * 0.1), (4, 0.5 * 0.1 * 0.1)]


def test_two_optimizers_and_groups_of_weights_have_keys_of_their_own(autolog: Store) -> None:
    model = Network()
    groups = [{"params": model.layers[0].parameters()}, {"params": model.layers[3].parameters(), "lr": 0.2}]
    optimizers = [torch.optim.Adam(groups, lr=0.1), torch.optim.SGD(model.parameters(), lr=0.3)]
    with nbtrack.start_run() as run:
        for optimizer in optimizers:
            train(model, optimizer, 2)
    found = nbtrack.get_run(run.info.run_id).data
    assert (found.params["optimizer_groups"], found.params["optimizer_2_name"]) == ("2", "SGD")
    rates = {key: value for key, value in found.metrics.items() if key.startswith("learning_rate")}
    assert rates == pytest.approx({"learning_rate": 0.1, "learning_rate_group_1": 0.2, "learning_rate_2": 0.3})


def test_without_an_open_run_nothing_is_made_and_no_hook_stays_behind(autolog: Store) -> None:
    hooks = sys.modules["torch.optim.optimizer"]._global_optimizer_post_hooks  # type: ignore[attr-defined]
    model = Network()
    train(model, torch.optim.SGD(model.parameters(), lr=0.1), 3)
    assert (all_runs(), len(hooks)) == ([], 1)
    nbtrack.autolog(disable=True)
    assert len(hooks) == 0
    with nbtrack.start_run() as run:
        train(model, torch.optim.SGD(model.parameters(), lr=0.1), 3)
    assert nbtrack.get_run(run.info.run_id).data.params == {}


def test_params_that_the_user_logged_stand_and_the_training_goes_on(
    autolog: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    model = Network()
    with nbtrack.start_run() as run:
        nbtrack.log_param("optimizer_name", "mine")
        train(model, torch.optim.SGD(model.parameters(), lr=0.1), 3)
    assert nbtrack.get_run(run.info.run_id).data.params == {"optimizer_name": "mine"}
    assert capsys.readouterr().err.count("the optimizer is not tracked") == 1


def test_progress_logs_metrics_beside_the_optimizer(autolog: Store) -> None:
    model = Network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with nbtrack.start_run() as run:
        for epoch in nbtrack.progress(range(3), metrics=["loss"]):
            train(model, optimizer, 2)
            loss = 1.0 / (epoch + 1)
    assert loss < 1
    assert curve(run.info.run_id, "loss") == [(0, 1.0), (1, 0.5), (2, 1 / 3)]
    assert curve(run.info.run_id, "learning_rate") == [(0, 0.1)]
