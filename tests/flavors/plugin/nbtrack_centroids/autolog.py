"""Listens to the training loop of centroids."""

from __future__ import annotations

import inspect
from typing import Any

from nbtrack.autolog.imports import ImportWatch
from nbtrack.autolog.patching import Function, Patches
from nbtrack.autolog.training import training
from nbtrack.autolog.variables import named


class CentroidsIntegration:
    """Wraps ``Centroids.train``; patches are taken back when nobody listens any more."""

    def install(self, patches: Patches, watch: ImportWatch) -> None:
        watch.when_imported("centroids", lambda module: patches.method(module.Centroids, "train", _listening))


def _listening(function: Function) -> Function:
    signature = inspect.signature(function)

    def train(model: Any, *args: Any, **options: Any) -> Any:
        given = signature.bind(model, *args, **options).arguments
        theirs = given.get("after_iteration")
        with training("centroids", "Centroids", lambda: {"k": model.k, "iterations": model.iterations}) as found:
            if found is None:  # nobody listens
                return function(model, *args, **options)

            def after_iteration(number: int, distance: float) -> None:
                found.metrics({"distance": distance}, number)
                if theirs is not None:
                    theirs(number, distance)

            found.inputs([(named(given["X"]), "training")])
            result = function(**{**given, "after_iteration": after_iteration})
            found.model(model)
        return result

    return train
