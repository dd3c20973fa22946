from __future__ import annotations

from collections.abc import Callable

from nbtrack.autolog.observation import complain

MAX_WARNING = 500


class Attempts:
    """Does the parts of a recording each by itself: one that fails does not take the others along.

    What a part returns as text, and what it fails with, is collected in ``warnings``.
    """

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def __call__(self, act: Callable[..., object], *arguments: object, **options: object) -> None:
        try:
            outcome = act(*arguments, **options)
        except Exception as error:  # noqa: BLE001 tracking must never break the user's code
            complain(error)
            outcome = " ".join(str(error).split())[:MAX_WARNING]
        if isinstance(outcome, str) and outcome:
            self.warnings.append(outcome)
