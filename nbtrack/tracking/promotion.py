from __future__ import annotations

from collections.abc import Sequence

from nbtrack.clock import now_ms
from nbtrack.registry import Promotion, find_version, parse_thresholds, promotions_of
from nbtrack.registry import promote as promote_version
from nbtrack.tracking import log
from nbtrack.tracking.active import user_name
from nbtrack.tracking.workspace import current_store


def promote(
    name: str,
    version: str | int,
    alias: str = "champion",
    *,
    require: str | None = None,
    reason: str = "",
    run_id: str | None = None,
    dataset: str | None = None,
) -> Promotion:
    """Point ``models:/NAME@ALIAS`` to a version that is good enough, and record who did so, when and why.

    >>> nbtrack.promote("churn", 3, require="accuracy_score >= 0.9 and f1_score > 0.8")  # doctest: +SKIP

    Parameters
    ----------
    version
        Its number, or 'latest'.
    require
        Thresholds on what was measured of the version's model, by evaluating it or by ``log_metric(..., model_id=)``;
        where nothing was, on the metrics of its run. None: whatever it is.
    reason
        Why, in words.
    run_id
        Only what this run measured counts.
    dataset
        Only what was measured on the dataset of this name counts.

    Raises
    ------
    PromotionRefused
        The version is not as good as that. The message has each threshold with the value found; nothing is changed.
    InvalidFilter
        ``require`` is no list of thresholds.
    ModelNotFound
        There is no such version.
    """
    gate = () if require is None else parse_thresholds(require)
    log.flush()  # what was measured may just have been logged
    store = current_store()
    return promote_version(
        find_version(f"models:/{name}/{version}", store),
        alias,
        store,
        gate=gate,
        at_ms=now_ms(),
        user=user_name(),
        reason=reason,
        run_id=run_id,
        dataset=dataset,
    )


def promotions(name: str) -> Sequence[Promotion]:
    """Return the promotions of a registered model's versions, the newest first, with what was required and measured."""
    return promotions_of(name, current_store())
