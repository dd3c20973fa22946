"""A function of R with what it needs, as bytes that R can call."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbtrack.errors import InvalidInput, MalformedModel, ModelError, UnsavableModel
from nbtrack.flavors.crate.columns import Reader, packed
from nbtrack.flavors.crate.rscript import RFailed, run_r

TIMEOUT_S = 300.0
_VECTOR, _FRAME = 0, 1


@dataclass(frozen=True)
class RFunction:
    """A function of a ``data.frame``, serialised by R as a crate.

    To make one from bytes that a stranger wrote, and to call it, is to run the stranger's code.

    Parameters
    ----------
    crate
        What R wrote: ``saveRDS(serialize(f, NULL), FILE)``, as MLflow's R client keeps it.
    timeout_s
        How long a call may take.
    """

    crate: bytes = field(repr=False)
    timeout_s: float = TIMEOUT_S

    @classmethod
    def from_source(cls, source: str, timeout_s: float = TIMEOUT_S) -> RFunction:
        """Run a script of R whose last value is the function, which takes along what the script bound.

        Raises
        ------
        UnsavableModel
            The script fails, or ends with something else.
        """
        with tempfile.TemporaryDirectory() as name:
            script = Path(name, "source.R")
            script.write_text(source, encoding="utf-8")
            return cls._made("make", script, Path(name), timeout_s)

    @classmethod
    def from_file(cls, path: Path, timeout_s: float = TIMEOUT_S) -> RFunction:
        """Take the script in a file ``.R``, or the function that R's ``saveRDS`` wrote to a file ``.rds``.

        Raises
        ------
        InvalidInput
            The file is not there.
        UnsavableModel
            The script fails, or there is no function.
        """
        if not path.is_file():
            raise InvalidInput(f"{path} is no file. Give a script of R, or what saveRDS wrote.")
        if path.suffix.lower() == ".r":
            return cls.from_source(path.read_text(encoding="utf-8"), timeout_s)
        with tempfile.TemporaryDirectory() as name:
            return cls._made("pack", path.absolute(), Path(name), timeout_s)

    @classmethod
    def _made(cls, command: str, source: Path, folder: Path, timeout_s: float) -> RFunction:
        crate = folder / "crate.bin"
        try:
            run_r(command, source, crate, folder=folder, timeout_s=timeout_s)
        except RFailed as error:
            raise UnsavableModel(f"R makes no function of this: {error}") from error
        return cls(crate.read_bytes(), timeout_s)

    def check(self, where: Path) -> None:
        """Let R look whether it is a function; ``where`` is used in messages.

        Raises
        ------
        MalformedModel
            It is damaged, or something else.
        """
        with tempfile.TemporaryDirectory() as name:
            try:
                run_r("check", self._written(Path(name)), folder=Path(name), timeout_s=self.timeout_s)
            except RFailed as error:
                raise MalformedModel(f"{where} holds no whole function of R: {error}") from error

    def __call__(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        """Call it in a new process of R.

        Parameters
        ----------
        data
            A DataFrame, or what makes one; columns without names are V1, V2 and so on, as in R.
        params
            More arguments, by name: numbers, booleans, texts or lists of them.

        Returns
        -------
        A DataFrame for a data.frame or a matrix with names; else an array, of two dimensions for a matrix. Factors and
        times are text.

        Raises
        ------
        InvalidInput
            R has no vectors for the data.
        ModelError
            The function fails, or takes too long.
        """
        frame = _frame(data)
        question = packed({str(name): frame[name] for name in frame.columns})
        arguments = packed({name: _as_list(value) for name, value in (params or {}).items()})
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "question").write_bytes(question + arguments)
            paths = (self._written(folder), folder / "question", folder / "answer")
            try:
                run_r("call", *paths, folder=folder, timeout_s=self.timeout_s)
            except RFailed as error:
                raise ModelError(f"The function of R fails: {error}") from error
            return _answer(folder / "answer", frame.index)

    def _written(self, folder: Path) -> Path:
        path = folder / "crate.bin"
        path.write_bytes(self.crate)
        return path


def _frame(data: Any) -> Any:
    import numpy as np
    import pandas as pd

    frame = data if isinstance(data, pd.DataFrame) else pd.DataFrame(data)
    if isinstance(data, (np.ndarray, list)) and isinstance(frame.columns, pd.RangeIndex):
        frame.columns = [f"V{number + 1}" for number in range(frame.shape[1])]
    if not frame.columns.is_unique:
        raise InvalidInput("R can't be given several columns of one name.")
    return frame


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) or not hasattr(value, "__len__") else value


def _answer(path: Path, index: Any) -> Any:
    import numpy as np
    import pandas as pd

    if not path.exists():
        raise ModelError("The function of R ended its process, and gave no answer.")
    reader = Reader(path.read_bytes())
    shape, columns = reader.integer(), reader.columns()
    if shape == _VECTOR:
        return columns[0][1]
    if shape == _FRAME:
        frame = pd.DataFrame(dict(columns))
        return frame.set_axis(index) if len(frame) == len(index) else frame
    return np.column_stack([values for _, values in columns])
