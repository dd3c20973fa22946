"""Trees that point outside of themselves: native code follows their indices without looking, so a file's are checked.

skops makes sure which types a file holds, and not that their content makes sense: a tree of scikit-learn whose nodes
name children or features that aren't there reads whatever lies in memory, or ends the process, when it predicts.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from types import MethodType
from typing import Any

import numpy as np

_BITSET_WORDS = 8  # 256 categories, as bits of 32-bit integers


def refuse_unbounded_trees(model: object) -> None:
    """Check every tree in ``model``.

    Raises
    ------
    ValueError
        One of them isn't whole: a node names a child, a feature or a row that isn't there.
    """
    for found in _objects(model):
        kind = f"{type(found).__module__}.{type(found).__name__}"
        check = _CHECKS.get(kind)
        if not _fits_its_members(found) or (check is not None and not check(found)):
            raise ValueError(f"a {kind} points outside of its data, and predicting with it could end the kernel")


def _is_tree(tree: Any) -> bool:
    """Check a ``sklearn.tree._tree.Tree``, of which trees, forests and gradient boosting consist."""
    if tree.node_count < 1:
        return False
    left, right = tree.children_left, tree.children_right
    places = np.arange(tree.node_count)
    inner = left != -1
    # A child comes after its parent, so that no way through the tree is a circle.
    return bool(
        np.all((left > places)[inner] & (left < tree.node_count)[inner])
        and np.all((right > places)[inner] & (right < tree.node_count)[inner])
        and np.all((tree.feature >= 0)[inner] & (tree.feature < tree.n_features)[inner])
    )


def _is_predictor(predictor: Any) -> bool:
    """Check a tree of histogram gradient boosting, but for its features, which its owner knows."""
    nodes, bitsets = predictor.nodes, predictor.raw_left_cat_bitsets
    if not len(nodes) or bitsets.shape[1:] != (_BITSET_WORDS,):
        return False
    places = np.arange(len(nodes))
    inner = nodes["is_leaf"] == 0
    categorical = inner & (nodes["is_categorical"] != 0)
    return bool(
        np.all((nodes["left"] > places)[inner] & (nodes["left"] < len(nodes))[inner])
        and np.all((nodes["right"] > places)[inner] & (nodes["right"] < len(nodes))[inner])
        and np.all((nodes["bitset_idx"] < len(bitsets))[categorical])
    )


def _is_neighbors_tree(tree: Any) -> bool:
    """Check a ``KDTree`` or ``BallTree``: its nodes are ranges of rows, in a heap of a given depth."""
    data, rows, nodes, bounds, _, levels, count, *_ = tree.__getstate__()
    starts, ends = nodes["idx_start"], nodes["idx_end"]
    inner = nodes["is_leaf"] == 0
    return bool(
        0 < levels < 64
        and count == len(nodes) == 2**levels - 1
        and bounds.shape[1:] == (count, data.shape[1])
        and len(rows) == len(data)
        and np.all((rows >= 0) & (rows < len(data)))
        and np.all((starts >= 0) & (starts <= ends) & (ends <= len(data)))
        and np.all((2 * np.arange(count) + 2 < count)[inner])
    )


def _fits_its_members(owner: Any) -> bool:
    """Whether an estimator hands its trees rows as wide as they expect."""
    own = getattr(owner, "__dict__", {})
    width = own.get("n_features_in_")
    if width is None:
        return True
    if type(own.get("tree_")).__name__ == "Tree" and own["tree_"].n_features != width:
        return False
    if not _predictors_fit(own, width):
        return False
    if _ENSEMBLES.isdisjoint(base.__module__ for base in type(owner).__mro__):
        return True  # its members look at what they are given
    trees = [member.tree_ for member in np.ravel(own.get("estimators_", ()))]
    chosen = own.get("estimators_features_")
    widths = [width] * len(trees) if chosen is None else [len(features) for features in chosen]
    return [tree.n_features for tree in trees] == widths


def _predictors_fit(own: dict[str, Any], width: int) -> bool:
    rounds = own.get("_predictors")
    if not isinstance(rounds, list):
        return True
    is_categorical = np.asarray(own["_bin_mapper"].is_categorical_, dtype=bool)
    for nodes in (predictor.nodes for each in rounds for predictor in each):
        inner = nodes[nodes["is_leaf"] == 0]
        features = inner["feature_idx"]
        if len(is_categorical) != width or not np.all((features >= 0) & (features < width)):
            return False
        if not np.all(is_categorical[features[inner["is_categorical"] != 0]]):
            return False
    return True


_ENSEMBLES = {"sklearn.ensemble._forest", "sklearn.ensemble._gb", "sklearn.ensemble._iforest"}
"""Of these, an estimator looks at the rows' width once, and its trees follow."""

_CHECKS = {
    "sklearn.tree._tree.Tree": _is_tree,
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor": _is_predictor,
    "sklearn.neighbors._kd_tree.KDTree": _is_neighbors_tree,
    "sklearn.neighbors._ball_tree.BallTree": _is_neighbors_tree,
}


def _objects(root: object) -> Iterator[object]:
    """Yield whatever is in ``root``, each object once, itself included."""
    seen: dict[int, object] = {}  # which keeps them alive, so that no number stands for two
    waiting = [root]
    while waiting:
        found = waiting.pop()
        if isinstance(found, (str, bytes, int, float, complex, type(None))) or id(found) in seen:
            continue
        seen[id(found)] = found
        yield found
        waiting.extend(_parts(found))


def _parts(found: Any) -> Iterator[object]:
    if isinstance(found, dict):
        yield from found.keys()
        yield from found.values()
    elif isinstance(found, (list, tuple, set, frozenset)):
        yield from found
    elif isinstance(found, np.ndarray):
        if found.dtype == object:
            yield from found.flat
    elif isinstance(found, MethodType):
        yield found.__self__
    elif isinstance(found, functools.partial):
        yield from (found.args, found.keywords)
    elif not isinstance(found, type):
        yield from getattr(found, "__dict__", {}).values()
