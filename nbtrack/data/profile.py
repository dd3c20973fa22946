"""What the values of data are like: the baseline that later data is compared with.

A profile is JSON of bounded size. Each column has its ``count`` of values and of those that are ``missing``, and, by
its ``kind``,

- ``number`` (durations are seconds) and ``time`` (ISO 8601, in UTC): minimum, maximum, quantiles at `QUANTILES` and a
  histogram; numbers also mean, standard deviation and how many are infinite, which count nowhere else;
- ``boolean``, ``category`` and ``text``: how many ``distinct`` values there are, and the most frequent ones; ``text``
  also the lengths in characters;
- ``object``: no more.

A histogram has bins of one width from minimum to maximum, as many as Sturges' formula says, 1 + log2(n), but at most
`MAX_BINS` (H. A. Sturges, The Choice of a Class Interval, 1926). A bin holds what is at or above its lower edge and
below its upper one; the last also what is at its upper edge. Those of whole numbers are whole numbers wide.

Values of texts and categories can be private. Only those are named that at least `MIN_NAMED_ROWS` rows share, up to
`MAX_NAMED` of a column and `MAX_NAMED_LENGTH` characters of each; how many rows have the others is ``other``.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from typing import TYPE_CHECKING, Any

from nbtrack.data.cells import Categories, Cells, Numbers, Texts
from nbtrack.data.sample import MAX_CELLS, Sample, SampledColumn, missing_in, spread
from nbtrack.data.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nbtrack.data.cells import Array

MAX_COLUMNS = 200
"""Columns that are profiled; ``columns_left_out`` says how many are not."""
MAX_BINS = 20
MAX_NAMED = 10
MAX_NAMED_LENGTH = 60
MAX_NAME_LENGTH = 250
MIN_NAMED_ROWS = 5
QUANTILES = (0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)

Profile = dict[str, Any]


def profile_of(table: Table, sample: Sample) -> Profile:
    """Return the profile of data by a sample of it; ``profiled_rows`` says of how many rows, if not of all."""
    shape = table.shape
    profile: Profile = {
        "num_rows": table.n_rows,
        "num_elements": math.prod(shape),
        "shape": list(shape),
        "size_bytes": table.size_bytes,
    }
    if sample.n_rows < table.n_rows:
        profile["profiled_rows"] = sample.n_rows
    singles = itertools.chain.from_iterable(map(_single_columns, sample.columns))
    profile["columns"] = [_column_profile(column) for column in itertools.islice(singles, MAX_COLUMNS)]
    if table.n_columns > MAX_COLUMNS:
        profile["columns_left_out"] = table.n_columns - MAX_COLUMNS
    return profile


def _single_columns(column: SampledColumn) -> Iterator[SampledColumn]:
    """Yield a column, or those of an array of two dimensions by their positions."""
    cells = column.cells
    if not isinstance(cells, Numbers) or cells.values.ndim != 2:
        yield column
        return
    prefix = "" if column.name is None else f"{column.name}."
    for position in range(cells.values.shape[1]):
        missing = None if cells.missing is None else cells.missing[:, position]
        yield SampledColumn(f"{prefix}{position}", column.dtype, Numbers(cells.values[:, position], missing))


def _column_profile(column: SampledColumn) -> Profile:
    name = "" if column.name is None else str(column.name)
    return {"name": _cut(name, MAX_NAME_LENGTH), "type": column.dtype, **_profile(column.cells)}


def _profile(cells: Cells) -> Profile:
    if isinstance(cells, Numbers):
        return _numbers_profile(cells)
    if isinstance(cells, Texts):
        return _texts_profile(cells)
    if isinstance(cells, Categories):
        return _categories_profile(cells)
    missing = int(missing_in(cells).sum())
    return {"kind": "object", "count": len(cells.values) - missing, "missing": missing}


def _numbers_profile(cells: Numbers) -> Profile:
    import numpy as np

    present = cells.values.reshape(-1)[~missing_in(cells)]
    counts = {"count": len(present), "missing": cells.values.size - len(present)}
    if len(present) > MAX_CELLS:  # a few rows of enormous arrays
        present = present[spread(len(present), MAX_CELLS)]
        counts["profiled_values"] = MAX_CELLS
    kind = present.dtype.kind
    if kind == "b":
        named = [[name, count] for name, count in (("true", present.sum()), ("false", (~present).sum())) if count]
        return {"kind": "boolean", **counts, "distinct": len(named), "top": [[name, int(n)] for name, n in named]}
    if kind == "c":
        return {"kind": "object", **counts}
    if kind == "M":
        return {"kind": "time", **counts, **_time_statistics(present)}
    if kind == "m":
        present = present / np.timedelta64(1, "s")
    return {"kind": "number", **counts, **_number_statistics(present)}


def _number_statistics(present: Array) -> Profile:
    import numpy as np

    if present.dtype.kind == "f" and present.dtype.itemsize != 4:
        with np.errstate(over="ignore"):  # half numbers overflow when they are added, long ones are no JSON
            present = present.astype(np.float64, copy=False)
    finite = present[np.isfinite(present)]
    infinite = {"infinite": len(present) - len(finite)} if len(finite) < len(present) else {}
    if len(finite) == 0:
        return infinite
    ordered = np.sort(finite)
    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(ordered.mean(dtype=np.float64))
        std = float(ordered.std(ddof=1, dtype=np.float64)) if len(ordered) > 1 else math.nan
    return {
        **infinite,
        "min": ordered[0].item(),
        "max": ordered[-1].item(),
        "mean": mean if math.isfinite(mean) else None,
        "std": std if math.isfinite(std) else None,
        "quantiles": {str(level): float(value) for level, value in zip(QUANTILES, _quantiles(ordered), strict=True)},
        "histogram": _histogram(ordered),
    }


def _time_statistics(present: Array) -> Profile:
    import numpy as np

    if len(present) == 0:
        return {}
    ordered = np.sort(present.astype("datetime64[us]").astype(np.int64))
    histogram = _histogram(ordered)
    nearest = np.rint(np.array(QUANTILES) * (len(ordered) - 1)).astype(np.int64)
    return {
        "min": _iso(ordered[0]),
        "max": _iso(ordered[-1]),
        "quantiles": {str(level): _iso(value) for level, value in zip(QUANTILES, ordered[nearest], strict=True)},
        "histogram": {**histogram, "edges": list(map(_iso, histogram["edges"]))},
    }


def _iso(microseconds: int) -> str:
    import numpy as np

    return str(np.datetime64(min(int(microseconds), 2**63 - 1), "us"))


def _quantiles(ordered: Array) -> Array:
    """Return quantiles between whose two neighbours is interpolated, as `numpy.quantile` does."""
    import numpy as np

    places = np.array(QUANTILES) * (len(ordered) - 1)
    below = places.astype(np.int64)
    above = np.minimum(below + 1, len(ordered) - 1)
    part = places - below
    # Not their difference: that of two large numbers may be infinite.
    quantiles: Array = ordered[below].astype(np.float64) * (1 - part) + ordered[above].astype(np.float64) * part
    return quantiles


def _histogram(ordered: Array) -> Profile:
    import numpy as np

    lowest, highest = ordered[0].item(), ordered[-1].item()
    n_bins = min(1 + math.ceil(math.log2(len(ordered))), MAX_BINS)
    if lowest == highest:
        return {"edges": [lowest, highest], "counts": [len(ordered)]}
    if ordered.dtype.kind == "f":
        part = np.linspace(0, 1, n_bins + 1)
        edges = (lowest * (1 - part) + highest * part).tolist()
    else:
        width = -(-(highest - lowest + 1) // n_bins)
        edges = [lowest + i * width for i in range(-(-(highest - lowest + 1) // width) + 1)]
    inner = np.array(edges[1:-1], None if ordered.dtype.kind == "f" else ordered.dtype)
    places = [0, *np.searchsorted(ordered, inner, "left").tolist(), len(ordered)]
    return {"edges": edges, "counts": [end - start for start, end in itertools.pairwise(places)]}


def _texts_profile(texts: Texts) -> Profile:
    present = [text for text in texts.to_list() if text is not None]
    counts = {"kind": "text", "count": len(present), "missing": len(texts.lengths) - len(present)}
    if not present:
        return counts
    lengths = list(map(len, present))
    length = {"min": min(lengths), "max": max(lengths), "mean": sum(lengths) / len(lengths)}
    return {**counts, "length": length, **_most_frequent(Counter(present))}


def _categories_profile(cells: Categories) -> Profile:
    import numpy as np

    present = cells.codes[cells.codes >= 0]
    categories = cells.categories
    names = categories.to_list() if isinstance(categories, Texts) else categories.values
    found = zip(*np.unique(present, return_counts=True), strict=True)
    return {
        "kind": "category",
        "count": len(present),
        "missing": len(cells.codes) - len(present),
        **_most_frequent({str(names[code]): int(count) for code, count in found}),
    }


def _most_frequent(counts: Mapping[str, int]) -> Profile:
    frequent = [(name, count) for name, count in counts.items() if count >= MIN_NAMED_ROWS]
    top = sorted(frequent, key=lambda item: (-item[1], item[0]))[:MAX_NAMED]
    return {
        "distinct": len(counts),
        "top": [[_cut(name, MAX_NAMED_LENGTH), count] for name, count in top],
        "other": sum(counts.values()) - sum(count for _, count in top),
    }


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}\N{HORIZONTAL ELLIPSIS}"
