from __future__ import annotations

import weakref
from dataclasses import replace
from typing import Any

from nbtrack.autolog import AutologOptions
from nbtrack.autolog.observation import CrossValidation, Fit, NamedData, Score

MAX_DATASETS = 20
"""Datasets for training, and for evaluation, that are kept alive until the cell's end, to be described then."""


class CellObserver:
    """Collects what frameworks report while a tracked cell executes; the cell's end makes sense of it.

    Of the models only the last is kept alive, and of the data the first: a loop may fit thousands. The other models
    count if the cell keeps them.
    """

    def __init__(self, options: AutologOptions | None = None) -> None:
        self._options = options or AutologOptions()
        self.scores: list[Score] = []
        self.validations: list[CrossValidation] = []
        self.evaluated: dict[int, NamedData] = {}
        self.trained: dict[int, NamedData] = {}
        self.is_data_left_out = False
        self._last: Fit | None = None
        self._fits: list[tuple[weakref.ref[Any], Fit]] = []

    @property
    def fits(self) -> list[Fit]:
        """The fits of the models that are still alive, each model's last."""
        alive = [(model, fit) for ref, fit in self._fits if (model := ref()) is not None]
        return list({id(model): replace(fit, estimator=model) for model, fit in alive}.values())

    def options_of(self, framework: str) -> AutologOptions:  # noqa: ARG002 the protocol's
        return self._options

    def fitted(self, fit: Fit) -> None:
        self._last = fit
        self._fits = [entry for entry in self._fits if entry[0]() is not None]
        self._fits.append((weakref.ref(fit.estimator), replace(fit, estimator=None)))
        for data in (fit.X, fit.y):
            if data is not None:
                self._keep(data, self.trained)

    def scored(self, score: Score) -> None:
        name = NamedData(None, score.data.name) if score.data is not None else None
        self.scores.append(replace(score, estimator=None, data=name))
        if score.data is not None and score.data.value is not None:
            self._keep(score.data, self.evaluated)

    def cross_validated(self, validation: CrossValidation) -> None:
        self.validations.append(validation)
        self._keep(validation.X, self.trained)

    def predicted(self, estimator: Any, data: NamedData) -> None:  # noqa: ARG002 the protocol's
        self._keep(data, self.evaluated)

    def _keep(self, data: NamedData, kept: dict[int, NamedData]) -> None:
        if len(kept) < MAX_DATASETS:
            kept[id(data.value)] = data
        elif id(data.value) not in kept:
            self.is_data_left_out = True
