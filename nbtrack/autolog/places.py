"""Where a fit goes in a run that may have several: only the first has the plain keys."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping

from nbtrack.entities import Batch, tags
from nbtrack.errors import ParamConflict
from nbtrack.tracking.log import append

MAX_FITS_IN_A_RUN = 50
ONLY_THE_FIRST = f"params and models of the first {MAX_FITS_IN_A_RUN} fits only"
MAX_COUNTED_RUNS = 10_000


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
    def is_detailed(self) -> bool:
        """Whether params, models and files of the fit are kept: not for each of a thousand fits in a run."""
        return self.number <= MAX_FITS_IN_A_RUN

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
    """Counts the fits that go into each run of this process; of very many runs those that were fitted in last."""

    def __init__(self) -> None:
        self._fits: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    def next(self, run_id: str, name: str) -> FitPlace:
        """Return the place of the next fit of a run."""
        with self._lock:
            number = self._fits.pop(run_id, 0) + 1
            self._fits[run_id] = number
            if len(self._fits) > MAX_COUNTED_RUNS:
                self._fits.popitem(last=False)
        return FitPlace(run_id, name, number)


FIT_PLACES = FitPlaces()
