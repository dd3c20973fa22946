from __future__ import annotations

import weakref
from dataclasses import replace
from typing import Any

from nbtrack.autolog.observation import CrossValidation, Fit, NamedData, Score


class CellObserver:
    """Collects what frameworks report while a tracked cell executes; the cell's end makes sense of it.

    Of the models only the last is kept alive: a loop may fit thousands. The others count if the cell keeps them.
    """

    def __init__(self) -> None:
        self.scores: list[Score] = []
        self.validations: list[CrossValidation] = []
        self.evaluated: dict[int, NamedData] = {}
        self.trained: dict[int, NamedData] = {}
        self._last: Fit | None = None
        self._fits: list[tuple[weakref.ref[Any], Fit]] = []

    @property
    def fits(self) -> list[Fit]:
        """The fits of the models that are still alive, each model's last."""
        alive = [(model, fit) for ref, fit in self._fits if (model := ref()) is not None]
        return list({id(model): replace(fit, estimator=model) for model, fit in alive}.values())

    def fitted(self, fit: Fit) -> None:
        self._last = fit
        self._fits = [entry for entry in self._fits if entry[0]() is not None]
        self._fits.append((weakref.ref(fit.estimator), replace(fit, estimator=None)))
        for data in (fit.X, fit.y):
            if data is not None:
                self.trained[id(data.value)] = data

    def scored(self, score: Score) -> None:
        self.scores.append(replace(score, estimator=None))
        if score.data is not None and score.data.value is not None:
            self.evaluated[id(score.data.value)] = score.data

    def cross_validated(self, validation: CrossValidation) -> None:
        self.validations.append(validation)
        self.trained[id(validation.X.value)] = validation.X

    def predicted(self, estimator: Any, data: NamedData) -> None:  # noqa: ARG002 the protocol's
        self.evaluated[id(data.value)] = data
