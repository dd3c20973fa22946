"""What is written down of a fit of Keras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="Keras is installed by `make test-frameworks`")

import nbtrack  # noqa: E402
from nbtrack.errors import InvalidInput  # noqa: E402
from nbtrack.flavors import load_pyfunc  # noqa: E402
from nbtrack.store import Store  # noqa: E402
from nbtrack.tracking import artifact_path  # noqa: E402
from tests.autolog.runs import all_runs, curve, only_run  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # Keras's, of what it uses itself

rng = np.random.default_rng(0)
X_train, y_train = rng.normal(size=(64, 4)).astype("float32"), rng.integers(0, 3, 64)
X_test, y_test = rng.normal(size=(16, 4)).astype("float32"), rng.integers(0, 3, 16)


def network(rate: Any = 0.1) -> Any:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(3)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(rate, momentum=0.9), loss, metrics=["accuracy"])
    return model


def fit(model: Any, **options: Any) -> Any:
    return model.fit(X_train, y_train, verbose=0, **options)


def test_a_fit_is_a_run_with_params_curves_data_and_the_model(autolog: Store) -> None:
    model = network()
    history = fit(model, epochs=3, batch_size=16, validation_data=(X_test, y_test))
    run = only_run()
    assert (run.info.status, run.data.tags["estimator_name"]) == ("FINISHED", "Sequential")
    wanted = {
        "epochs": "3",
        "batch_size": "16",
        "optimizer_name": "SGD",
        "optimizer_learning_rate": "0.1",
        "optimizer_momentum": "0.9",
        "loss": "sparse_categorical_crossentropy",
        "parameters": str(model.count_params()),
        "trainable_parameters": str(model.count_params()),
    }
    assert wanted.items() <= run.data.params.items()
    run_id = run.info.run_id
    for key, values in history.history.items():
        assert curve(run_id, key) == list(enumerate(values))
    assert set(history.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert curve(run_id, "learning_rate") == [(0, 0.1), (1, 0.1), (2, 0.1)]
    used = {(entry.dataset.name, entry.context) for entry in run.inputs.dataset_inputs}
    assert {("X_train", "training"), ("X_test", "validation")} <= used
    assert "Total params" in artifact_path(run_id, "model_summary.txt").read_text()
    loaded = load_pyfunc(artifact_path(run_id, "model"))
    assert loaded.metadata.signature is not None and loaded.metadata.signature.outputs is not None
    np.testing.assert_array_equal(loaded.predict(X_test), model.predict(X_test, verbose=0))


def test_a_schedule_is_params_and_a_curve(autolog: Store) -> None:
    fit(network(keras.optimizers.schedules.ExponentialDecay(0.5, 2, 0.5, staircase=True)), epochs=3)
    run = only_run()
    params = {key: run.data.params[f"optimizer_learning_rate{key}"] for key in ("", "_initial_learning_rate")}
    assert params == {"": "ExponentialDecay", "_initial_learning_rate": "0.5"}
    assert curve(run.info.run_id, "learning_rate") == [(0, 0.25), (1, 0.125), (2, 0.0625)]


def test_a_rate_that_a_callback_lowers_is_that_of_the_epoch_before(autolog: Store) -> None:
    lower = keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.1 if epoch < 2 else 0.01)
    fit(network(), epochs=3, callbacks=lower)
    assert curve(only_run().info.run_id, "learning_rate") == [(0, 0.1), (1, 0.1), (2, 0.01)]


def test_early_stopping_says_what_it_watched_and_when_it_stopped(autolog: Store) -> None:
    stopping = keras.callbacks.EarlyStopping("val_loss", patience=1, min_delta=100, restore_best_weights=True)
    history = fit(network(), epochs=20, validation_data=(X_test, y_test), callbacks=[stopping])
    data = only_run().data
    watched = {name: data.params[f"early_stopping_{name}"] for name in ("monitor", "patience", "restore_best_weights")}
    assert watched == {"monitor": "val_loss", "patience": "1", "restore_best_weights": "True"}
    assert (data.metrics["stopped_epoch"], data.metrics["best_epoch"]) == (stopping.stopped_epoch, 0)
    assert data.metrics["best_score"] == history.history["val_loss"][0]


def test_what_a_model_is_evaluated_on_later_goes_into_its_run(autolog: Store) -> None:
    model = network()
    fit(model)
    loss, accuracy = model.evaluate(X_test, y_test, verbose=0)
    data = only_run().data
    assert (data.metrics["loss_X_test"], data.metrics["accuracy_X_test"]) == (loss, accuracy)


def test_the_callbacks_of_the_user_are_left_as_they_were(autolog: Store) -> None:
    class Counting(keras.callbacks.Callback):  # type: ignore[misc]
        epochs = 0

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.epochs += 1

    model, given = network(), [Counting()]
    fit(model, epochs=2, callbacks=given)
    assert (given[0].epochs, len(given)) == (2, 1)
    listed = keras.callbacks.CallbackList([Counting()], model=model, add_history=True)
    fit(model, epochs=2, callbacks=listed)
    assert [type(callback).__name__ for callback in listed.callbacks] == ["Counting", "History"]
    assert [len(curve(run.info.run_id, "loss")) for run in all_runs()] == [2, 2]


def test_batches_from_elsewhere_and_models_of_ones_own_are_heard(autolog: Store) -> None:
    class Batches(keras.utils.PyDataset):  # type: ignore[misc]
        def __len__(self) -> int:
            return 4

        def __getitem__(self, index: int) -> Any:
            return X_train[:16], y_train[:16]

    class Own(keras.Model):  # type: ignore[misc]
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.layer = keras.layers.Dense(3)

        def call(self, x: Any) -> Any:
            return self.layer(x)

    model = Own()
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(Batches(), verbose=0)
    fit(model, epochs=2)
    first, second = all_runs()
    assert "batch_size" not in first.data.params
    assert second.data.params["batch_size"] == "32"
    loaded = load_pyfunc(artifact_path(second.info.run_id, "model"))
    assert loaded.metadata.signature is not None
    np.testing.assert_array_equal(loaded.predict(X_test), model.predict(X_test, verbose=0))


def test_a_fit_that_fails_is_a_failed_run(autolog: Store) -> None:
    def fail(epoch: int, logs: Any) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fit(network(), callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=fail)])
    assert only_run().info.status == "FAILED"


def test_in_an_open_run_the_fit_belongs_to_it_and_turned_off_nothing_is_made(autolog: Store) -> None:
    with nbtrack.start_run() as run:
        fit(network())
    assert only_run().info.run_id == run.info.run_id
    assert "loss" in only_run().data.metrics
    nbtrack.autolog(disable=True)
    fit(network())
    assert len(all_runs()) == 1


def test_each_of_its_names_turns_it_on(store: Store, tmp_path: Path) -> None:
    original = next(vars(cls)["fit"] for cls in keras.Model.__mro__ if "fit" in vars(cls))
    for turn in (nbtrack.keras.autolog, nbtrack.tensorflow.autolog):
        turn(log_models=False)
        fit(network())
        turn(disable=True)
        fit(network())
    assert len(all_runs()) == 2
    assert next(vars(cls)["fit"] for cls in keras.Model.__mro__ if "fit" in vars(cls)) is original
    with pytest.raises(InvalidInput, match=r"keras.*tensorflow"):
        nbtrack.autolog(frameworks=["theano"])
