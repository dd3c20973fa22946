"""What is written down of Lightning's trainers, under both of its names."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is installed by `make test-frameworks`")
pytest.importorskip("lightning", reason="Lightning is installed by `make test-frameworks`")

import nbtrack  # noqa: E402
from nbtrack.flavors import load_model, load_pyfunc  # noqa: E402
from nbtrack.store import Store  # noqa: E402
from nbtrack.tracking import artifact_path, background  # noqa: E402
from tests.autolog.runs import all_runs, only_run  # noqa: E402
from tests.frameworks.networks import Network  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # Lightning's advice, and what it uses of others

X, y = torch.randn(64, 4), torch.randint(0, 3, (64,))


@pytest.fixture(params=["lightning.pytorch", "pytorch_lightning"])
def lightning(request: pytest.FixtureRequest) -> ModuleType:
    return importlib.import_module(request.param)


def classifier(lightning: ModuleType, **hyperparameters: Any) -> Any:
    class Classifier(lightning.LightningModule):  # type: ignore[name-defined, misc]
        def __init__(self, hidden: int = 8, lr: float = 0.1) -> None:
            super().__init__()
            self.save_hyperparameters()
            self.network = Network(hidden)

        def forward(self, x: Any) -> Any:
            return self.network(x)

        def _loss(self, batch: Any) -> Any:
            return torch.nn.functional.cross_entropy(self(batch[0]), batch[1])

        def training_step(self, batch: Any, batch_idx: int) -> Any:
            loss = self._loss(batch)
            self.log("loss", loss, on_step=True, on_epoch=True)
            return loss

        def validation_step(self, batch: Any, batch_idx: int) -> None:
            self.log("val_loss", self._loss(batch))
            self.log("flat", 1.0)

        def test_step(self, batch: Any, batch_idx: int) -> None:
            self.log("test_loss", self._loss(batch))

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), lr=self.hparams.lr)

    return Classifier(**hyperparameters)


def batches() -> Any:
    return torch.utils.data.DataLoader(torch.utils.data.TensorDataset(X, y), batch_size=16)


def trainer(lightning: ModuleType, folder: Path, **options: Any) -> Any:
    quiet = {"enable_progress_bar": False, "enable_model_summary": False, "logger": False, "accelerator": "cpu"}
    return lightning.Trainer(default_root_dir=folder, enable_checkpointing=False, **{**quiet, **options})


def steps_of(run_id: str, key: str) -> list[int]:
    return [point.step for point in nbtrack.Client().get_metric_history(run_id, key)]


def test_a_fit_is_a_run_with_params_curves_and_the_model(autolog: Store, lightning: ModuleType, tmp_path: Path) -> None:
    model = classifier(lightning, hidden=6)
    fitting = trainer(lightning, tmp_path, max_epochs=3, log_every_n_steps=2)
    fitting.fit(model, batches(), batches())
    run = only_run()
    assert (run.info.status, run.data.tags["estimator_name"]) == ("FINISHED", "Classifier")
    wanted = {"max_epochs": "3", "hidden": "6", "lr": "0.1", "optimizer_name": "SGD", "optimizer_lr": "0.1"}
    assert wanted.items() <= run.data.params.items()
    assert run.data.params["parameters"] == str(sum(weights.numel() for weights in model.parameters()))
    run_id = run.info.run_id
    assert steps_of(run_id, "val_loss") == steps_of(run_id, "loss_epoch") == steps_of(run_id, "learning_rate")
    assert steps_of(run_id, "val_loss") == [0, 1, 2]
    assert steps_of(run_id, "loss_step") == [1, 2, 4, 5, 6, 8, 9, 10, 12]
    assert run.data.metrics["val_loss"] == pytest.approx(float(fitting.callback_metrics["val_loss"]))
    assert fitting.callbacks == []


def test_the_model_of_a_fit_loads_with_its_signature(autolog: Store, lightning: ModuleType, tmp_path: Path) -> None:
    model = classifier(lightning)
    trainer(lightning, tmp_path, max_epochs=1).fit(model, batches())
    background.wait()
    saved = artifact_path(only_run().info.run_id, "model")
    loaded = load_pyfunc(saved)
    assert loaded.metadata.signature is not None and loaded.metadata.signature.outputs is not None
    with torch.no_grad():
        wanted = model.eval()(X).numpy()
    assert (loaded.predict(X.numpy()) == wanted).all()
    assert type(load_model(saved)).__name__ == "Classifier"


def test_early_stopping_and_a_later_test_are_told_in_the_same_run(
    autolog: Store, lightning: ModuleType, tmp_path: Path
) -> None:
    model = classifier(lightning)
    stopping = lightning.callbacks.EarlyStopping("flat", patience=2)
    fitting = trainer(lightning, tmp_path, max_epochs=20, callbacks=[stopping])
    fitting.fit(model, batches(), batches())
    results = fitting.test(model, batches(), verbose=False)
    data = only_run().data
    assert (data.params["early_stopping_monitor"], data.params["early_stopping_patience"]) == ("flat", "2")
    assert (data.metrics["best_score"], data.metrics["stopped_epoch"]) == (1.0, stopping.stopped_epoch)
    assert data.metrics["test_loss"] == pytest.approx(results[0]["test_loss"])


def test_a_fit_that_fails_is_a_failed_run(autolog: Store, lightning: ModuleType, tmp_path: Path) -> None:
    model = classifier(lightning)
    model.training_step = lambda batch, batch_idx: 1 / 0
    with pytest.raises(ZeroDivisionError):
        trainer(lightning, tmp_path, max_epochs=1).fit(model, batches())
    assert only_run().info.status == "FAILED"


def test_in_an_open_run_the_fit_belongs_to_it_and_turned_off_nothing_is_made(
    autolog: Store, lightning: ModuleType, tmp_path: Path
) -> None:
    with nbtrack.start_run() as run:
        trainer(lightning, tmp_path, max_epochs=1).fit(classifier(lightning), batches())
    assert only_run().info.run_id == run.info.run_id
    assert "loss_epoch" in only_run().data.metrics
    nbtrack.autolog(disable=True)
    trainer(lightning, tmp_path, max_epochs=1).fit(classifier(lightning), batches())
    assert len(all_runs()) == 1
