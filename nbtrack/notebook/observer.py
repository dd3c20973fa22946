from __future__ import annotations

from typing import Any

from nbtrack.autolog.observation import CrossValidation, Fit, NamedData, Score


class CellObserver:
    """Collects what frameworks report while a tracked cell executes; the cell's end makes sense of it."""

    def __init__(self) -> None:
        self.fits: list[Fit] = []
        self.scores: list[Score] = []
        self.validations: list[CrossValidation] = []
        self.evaluated: list[NamedData] = []

    def fitted(self, fit: Fit) -> None:
        # A model that is fitted again is the same model.
        self.fits = [earlier for earlier in self.fits if earlier.estimator is not fit.estimator]
        self.fits.append(fit)

    def scored(self, score: Score) -> None:
        self.scores.append(score)
        if score.data is not None and score.data.value is not None:
            self.evaluated.append(score.data)

    def cross_validated(self, validation: CrossValidation) -> None:
        self.validations.append(validation)

    def predicted(self, estimator: Any, data: NamedData) -> None:  # noqa: ARG002 the protocol's
        self.evaluated.append(data)
