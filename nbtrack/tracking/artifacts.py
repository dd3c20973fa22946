"""Files of runs. Where no run id is given, the active run is meant."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from nbtrack.errors import ArtifactNotFound, InvalidInput, StoreUnavailable
from nbtrack.store import ArtifactEntry
from nbtrack.tracking import files, log, outboxes
from nbtrack.tracking.active import active_or_new_run
from nbtrack.tracking.workspace import is_home_known, store_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

# Tables that this process wrote, by run id and path.
_tables: set[tuple[str, str]] = set()


def log_artifact(local_path: str | Path, artifact_path: str | None = None, run_id: str | None = None) -> None:
    """Copy a local file, or a folder under its own name, into the run's folder ``artifact_path``."""
    source, target = Path(local_path), _target(run_id)
    place = str(PurePosixPath(artifact_path or "", source.absolute().name or source.resolve().name))
    if source.is_dir():
        files.keep(target, lambda keeper: keeper.put_folder(target, place, source))
    else:
        files.keep(target, lambda keeper: [keeper.put_file(target, place, source)])


def log_artifacts(local_dir: str | Path, artifact_path: str | None = None, run_id: str | None = None) -> None:
    """Copy the content of a local folder into the run's folder ``artifact_path``."""
    target = _target(run_id)
    files.keep(target, lambda keeper: keeper.put_folder(target, artifact_path or "", Path(local_dir)))


def log_text(text: str, artifact_file: str, run_id: str | None = None) -> None:
    """Write text, as UTF-8, to the artifact ``artifact_file``."""
    log_bytes(text.encode(), artifact_file, run_id)


def log_dict(dictionary: Mapping[str, Any] | list[Any], artifact_file: str, run_id: str | None = None) -> None:
    """Write a dictionary or list as YAML where the file's name says so, else as JSON."""
    if PurePosixPath(artifact_file).suffix in (".yaml", ".yml"):
        import yaml

        text = yaml.safe_dump(json.loads(json.dumps(dictionary, default=str)), sort_keys=False, allow_unicode=True)
    else:
        text = json.dumps(dictionary, indent=2, default=str, ensure_ascii=False)
    log_text(text, artifact_file, run_id)


def log_figure(
    figure: Any, artifact_file: str, *, save_kwargs: Mapping[str, Any] | None = None, run_id: str | None = None
) -> None:
    """Write a Matplotlib figure (format by the file's name) or a Plotly figure (as HTML, or JSON by the name)."""
    suffix = PurePosixPath(artifact_file).suffix.lstrip(".") or "png"
    if hasattr(figure, "savefig"):
        buffer = io.BytesIO()
        figure.savefig(buffer, format=suffix, **(save_kwargs or {"bbox_inches": "tight"}))
        log_bytes(buffer.getvalue(), artifact_file, run_id)
    elif hasattr(figure, "to_html"):
        log_text(
            figure.to_json() if suffix == "json" else figure.to_html(include_plotlyjs="cdn"), artifact_file, run_id
        )
    else:
        raise InvalidInput(f"log_figure() takes a Matplotlib or Plotly figure, not a {type(figure).__name__}.")


def log_image(
    image: Any,
    artifact_file: str | None = None,
    *,
    key: str | None = None,
    step: int | None = None,
    run_id: str | None = None,
) -> None:
    """Write an image: a PIL image, or an array of shape (H, W), (H, W, 1), (H, W, 3) or (H, W, 4).

    Integers are 0 to 255, floats 0 to 1. With ``key`` and ``step`` instead of a file name it becomes
    ``images/KEY/STEP.png``.
    """
    if (artifact_file is None) == (key is None):
        raise TypeError("log_image() needs either artifact_file or key (and step).")
    name = artifact_file or f"images/{key}/{step or 0}.png"
    picture = image if hasattr(image, "save") else _picture(image)
    log_bytes(_encoded(picture, PurePosixPath(name).suffix.lstrip(".").lower() or "png"), name, run_id)


def log_table(data: pd.DataFrame | Mapping[str, Any], artifact_file: str, run_id: str | None = None) -> None:
    """Write a DataFrame or a dict of columns as CSV, Parquet or JSON (split), by the file's name.

    A JSON table that is there already grows by the new rows.
    """
    import pandas as pd

    frame = data if isinstance(data, pd.DataFrame) else _as_frame(data)
    suffix = PurePosixPath(artifact_file).suffix
    target = _target(run_id)
    if suffix == ".csv":
        content = frame.to_csv(index=False).encode()
    elif suffix == ".parquet":
        content = frame.to_parquet(index=False)
    elif suffix == ".json":
        _grow_table(frame, artifact_file, target)
        return
    else:
        raise InvalidInput(f"log_table() writes .json, .csv or .parquet, not {artifact_file!r}.")
    log_bytes(content, artifact_file, target)


def log_bytes(content: bytes, artifact_file: str, run_id: str | None = None) -> None:
    target = _target(run_id)
    files.keep(target, lambda keeper: [keeper.put_bytes(target, artifact_file, content)])


def get_artifact_uri(artifact_path: str | None = None) -> str:
    """Return where the active run's artifacts lie, or one of them."""
    target = _target(None)
    uri = store_of(target).artifacts.uri(target)
    return f"{uri}/{artifact_path}" if artifact_path else uri


def list_artifacts(run_id: str | None = None, path: str | None = None) -> list[ArtifactEntry]:
    """List the artifacts in one folder of a run, folders first."""
    target = _target(run_id)
    artifacts = store_of(target).artifacts
    log.flush()
    entries = artifacts.list(target, path or "")
    return sorted(entries, key=lambda entry: (not entry.is_dir, entry.path))


def artifact_path(run_id: str, path: str) -> Path:
    """Return where an artifact can be read on this machine, downloaded if need be; it is not to be changed there.

    Raises
    ------
    ArtifactNotFound
        The run has none of this path.
    ArtifactChanged
        It is not what was logged.
    """
    artifacts = store_of(run_id).artifacts
    log.flush()  # of this store too, which may have been opened just now
    return artifacts.local_path(run_id, path)


def _target(run_id: str | None) -> str:
    if run_id is None:
        return active_or_new_run().info.run_id
    if not is_home_known(run_id):
        with suppress(StoreUnavailable):  # it will be told when the store is back
            store_of(run_id).runs.get(run_id)  # files of a run that doesn't exist would never be found again
    return run_id


def _as_frame(table: Mapping[str, Any]) -> pd.DataFrame:
    import pandas as pd

    columns = {
        key: list(value) if isinstance(value, (list, tuple)) or getattr(value, "ndim", 0) == 1 else [value]
        for key, value in table.items()
    }
    lengths = {key: len(value) for key, value in columns.items()}
    if len(set(lengths.values())) > 1:
        raise InvalidInput(f"The columns of a table must have one length; these have {lengths}.")
    return pd.DataFrame(columns)


def _grow_table(rows: pd.DataFrame, path: str, run_id: str) -> None:
    import pandas as pd

    try:
        earlier = _earlier_rows(run_id, path)
    except StoreUnavailable as fault:  # what the rows belong to can't be read
        log.tell_fault(run_id, fault)
        return
    whole = rows if earlier is None else pd.concat([earlier, rows], ignore_index=True)
    log_bytes(whole.to_json(orient="split", index=False, default_handler=str).encode(), path, run_id)
    _tables.add((run_id, path))


def _earlier_rows(run_id: str, path: str) -> pd.DataFrame | None:
    """Read the rows that a table has.

    Raises
    ------
    StoreUnavailable
        The store is away, and the table may be there.
    """
    import pandas as pd

    content = _earlier_content(run_id, path)
    if content is None:
        return None
    # Not read_json: that makes numbers and dates of texts that look like some.
    document = json.loads(content)
    return pd.DataFrame(document["data"], columns=document["columns"])


def _earlier_content(run_id: str, path: str) -> bytes | None:
    store = store_of(run_id)
    waiting = outboxes.uploads_of(store).spool.newest_content(run_id, path)
    if waiting is not None:
        with suppress(FileNotFoundError):  # it has just been brought to its place
            return waiting.read_bytes()
    try:
        with store.artifacts.open(run_id, path) as file:
            return file.read()
    except ArtifactNotFound:
        return None
    except StoreUnavailable:
        if log.is_made_here(run_id) and (run_id, path) not in _tables:
            return None
        raise


def _encoded(picture: Any, suffix: str) -> bytes:
    buffer = io.BytesIO()
    has_no_alpha = suffix in ("jpg", "jpeg") and picture.mode in ("RGBA", "LA", "P")
    try:
        (picture.convert("RGB") if has_no_alpha else picture).save(buffer, format={"jpg": "jpeg"}.get(suffix, suffix))
    except (KeyError, OSError, ValueError) as error:
        raise InvalidInput(f"The image can't be written as .{suffix}: {error}. Use .png or .jpg.") from None
    return buffer.getvalue()


def _picture(array: Any) -> Any:
    import numpy as np
    from PIL import Image

    pixels = np.asarray(array)
    has_colour = pixels.ndim == 3 and pixels.shape[2] in (1, 3, 4)
    if pixels.ndim != 2 and not has_colour:
        raise InvalidInput(
            f"An image is an array of shape (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), not {pixels.shape}."
        )
    if pixels.size == 0 or pixels.dtype.kind not in "biuf":
        raise InvalidInput(f"An image needs numbers; this array has shape {pixels.shape} and type {pixels.dtype}.")
    return Image.fromarray(_as_bytes(pixels.squeeze(axis=2) if pixels.shape[2:] == (1,) else pixels))


def _as_bytes(pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    import numpy as np

    low, high = (0, 255) if pixels.dtype.kind in "iu" else (0, 1)
    if not (pixels.min() >= low and pixels.max() <= high):  # neither holds for NaN
        raise InvalidInput(
            f"Pixels of type {pixels.dtype} must lie between {low} and {high}; these go from "
            f"{pixels.min()} to {pixels.max()}. Scale them first."
        )
    return (pixels * 255.0).round().astype(np.uint8) if high == 1 else pixels.astype(np.uint8)
