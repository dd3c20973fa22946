"""Where a fit goes in a run that may have several: only the first has the plain keys."""

from __future__ import annotations

from collections.abc import Mapping

from nbtrack.entities import Batch, tags
from nbtrack.errors import ParamConflict
from nbtrack.tracking.log import append

MAX_FITS_IN_A_RUN = 50


class FitPlace:
    """The place of one fit among those of a run; its params come first, and may move it.

    Parameters
    ----------
    number
        Which fit of the run it is, from 1 on.
    """

    def __init__(self, run_id: str, name: str, number: int) -> None:
        self._run_id, self._name, self.number = run_id, name, number
        self._label = None if number == 1 else f"{name}_{number}"

    @property
    def folder(self) -> str:
        """The folder of its model."""
        return self._label or "model"

    def key(self, key: str) -> str:
        """Return the key that a param or a metric has here."""
        return key if self._label is None else f"{self._label}.{key}"

    def log_params(self, params: Mapping[str, str]) -> None:
        """Log params under the plain keys, unless an earlier fit, or the user, has other values there."""
        if self._label is None:
            try:
                append(self._run_id, Batch(params=dict(params), tags={tags.ESTIMATOR: self._name}))
            except ParamConflict:
                self._label = self._name
            else:
                return
        append(self._run_id, Batch(params={self.key(key): value for key, value in params.items()}))


class FitPlaces:
    """Counts the fits that go into each run of this process."""

    def __init__(self) -> None:
        self._fits: dict[str, int] = {}

    def next(self, run_id: str, name: str) -> FitPlace:
        """Return the place of the next fit of a run."""
        number = self._fits[run_id] = self._fits.get(run_id, 0) + 1
        return FitPlace(run_id, name, number)


FIT_PLACES = FitPlaces()
