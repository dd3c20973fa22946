"""What a pickle would import is told truly, also of a pickle that lies."""

from __future__ import annotations

import pickle

import cloudpickle
import pytest
from sklearn.linear_model import LogisticRegression

from nbtrack.errors import MalformedModel
from nbtrack.models import imports_of_pickle


def text(value: str) -> bytes:
    return b"\x8c" + bytes([len(value)]) + value.encode()


def old_text(value: str) -> bytes:
    return b"U" + bytes([len(value)]) + value.encode()


RUN = text("true") + b"\x85R."  # call it with ("true",)
DECOY = text("sklearn.svm") + text("SVC")
HOSTILE = {
    "popped decoys": b"\x80\x04" + text("os") + text("system") + DECOY + b"00\x93" + RUN,
    "decoys below a mark": b"\x80\x04" + text("os") + text("system") + b"(" + DECOY + b"1\x93" + RUN,
    "texts of Python 2": b"\x80\x04" + old_text("os") + old_text("system") + b"\x93" + RUN,
    "recalled from the memo": b"\x80\x04" + text("os") + b"\x94" + text("system") + b"\x94" + b"00"
    b"h\x00h\x01" + DECOY + b"00\x93" + RUN,
    "twice the same text": b"\x80\x04" + text("os") + b"2" + b"0" + text("system") + b"\x93" + RUN,
    "the old instruction": b"cos\nsystem\n" + b"(S'true'\ntR.",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_pickle_can_not_pass_for_a_model(content: bytes) -> None:
    assert imports_of_pickle(content) == ["os.system"]


def test_a_name_that_is_put_together_elsewhere_is_marked() -> None:
    built = b"\x80\x04" + b"cbuiltins\nstr\n" + text("os") + b"\x85R" + text("system") + b"\x93."

    assert imports_of_pickle(built) == ["?.system", "builtins.str"]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_an_estimator_names_its_class(protocol: int) -> None:
    found = imports_of_pickle(pickle.dumps(LogisticRegression().fit([[0], [1]], [0, 1]), protocol))

    assert "sklearn.linear_model._logistic.LogisticRegression" in found
    assert not [name for name in found if "?" in name]


def test_a_module_that_a_function_uses_is_named() -> None:
    import json

    def score(value: object) -> str:
        return json.dumps(value)

    score.__module__ = "__main__"

    assert "json" in imports_of_pickle(cloudpickle.dumps(score))


@pytest.mark.parametrize("content", [b"", b"\x80\x04", b"\x93.", b"R.", b"h\x07.", b"1.", b"nonsense"])
def test_what_is_no_whole_pickle_is_refused(content: bytes) -> None:
    with pytest.raises(MalformedModel, match="no complete pickle"):
        imports_of_pickle(content)
