"""The Store protocol as messages: what an nbtrack server takes from another nbtrack, exactly as it would be stored.

A call names a part of the store and a method of its protocol. Arguments and results are msgpack, and are read by the
types of the protocol's own signatures, so that what arrives has the shape that the store expects, or is refused.
"""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from nbtrack import errors
from nbtrack.entities import StoredFile
from nbtrack.errors import InvalidInput, InvalidName, NbtrackError
from nbtrack.store import protocol

VERSION = 1
"""Of the form of messages; a change that older peers can't read raises it."""
CONTENT_TYPE = "application/msgpack"


class FileRecording(Protocol):
    """What of artifacts is a message; their content goes by itself."""

    def record(self, owner_id: str, files: Sequence[StoredFile]) -> None: ...


PARTS: Mapping[str, type] = {
    "experiments": protocol.ExperimentStore,
    "runs": protocol.RunStore,
    "metrics": protocol.MetricStore,
    "sessions": protocol.SessionStore,
    "models": protocol.LoggedModelStore,
    "registry": protocol.RegistryStore,
    "purge": protocol.PurgeStore,
    "artifacts": FileRecording,
}
_READING = (
    *("get", "find", "list", "run_counts", "search", "summaries", "children", "delivered", "check", "history", "page"),
    *("table", "keys", "latest", "with_open_runs", "cells", "environment", "of_run", "version_by_alias", "versions_of"),
)
"""How the methods begin that change nothing."""


class Call:
    """One method of one part of the store."""

    def __init__(self, part: str, method: str) -> None:
        function = getattr(PARTS[part], method)
        hints = typing.get_type_hints(function)
        self._parameters = list(inspect.signature(function).parameters.values())[1:]
        fields: list[Any] = [
            (each.name, hints[each.name], *(() if each.default is each.empty else (each.default,)))
            for each in self._parameters
        ]
        arguments = msgspec.defstruct(f"{part}_{method}", fields, kw_only=True, forbid_unknown_fields=True)
        self.part, self.method = part, method
        self.is_reading = method.startswith(_READING)
        self._arguments = msgspec.msgpack.Decoder(arguments)
        self._result = msgspec.msgpack.Decoder(hints["return"])
        self._signature = inspect.Signature(self._parameters)

    def request(self, *args: Any, **options: Any) -> bytes:
        """Return the message that asks for this call.

        Raises
        ------
        InvalidName
            An argument can't be kept by any store.
        """
        return encoded(self._signature.bind(*args, **options).arguments)

    def arguments(self, message: bytes) -> Mapping[str, Any]:
        """Return what a message asks with, by the parameters' names.

        Raises
        ------
        InvalidInput
            The message makes no sense.
        """
        try:
            arguments = self._arguments.decode(message)
        except (msgspec.DecodeError, RecursionError) as error:
            raise InvalidInput(f"The request for {self.part}.{self.method} can't be read: {error}") from None
        return {each.name: getattr(arguments, each.name) for each in self._parameters}

    def answer(
        self, store: protocol.Store, arguments: Mapping[str, Any], told: Callable[[Any], Any] = lambda result: result
    ) -> bytes:
        """Call the store, and return the message with its result, as ``told`` to who asks.

        Raises
        ------
        NbtrackError
            What the store raises.
        """
        return encoded(told(getattr(getattr(store, self.part), self.method)(**arguments)))

    def result(self, message: bytes) -> Any:
        """Read the message with a result.

        Raises
        ------
        ValueError
            It makes no sense.
        """
        return self._result.decode(message)


@functools.cache
def calls() -> Mapping[str, Call]:
    """Return every call, by ``PART/METHOD``. What is not in here can't be asked for."""
    return {
        f"{part}/{method}": Call(part, method)
        for part, kind in PARTS.items()
        for method in vars(kind)
        if not method.startswith("_")
    }


def error_message(error: NbtrackError) -> bytes:
    """Return the message with an error, from which ``raised`` makes the same error again."""
    kind = type(error).__name__
    try:
        return msgspec.msgpack.encode([kind, error.args, str(error)])
    except (TypeError, OverflowError, UnicodeEncodeError):
        return msgspec.msgpack.encode([kind, [], str(error).encode("utf-8", "replace").decode()])


def raised(message: bytes) -> NbtrackError:
    """Return the error in a message.

    Raises
    ------
    ValueError
        It makes no sense.
    """
    name, args, text = _ERROR.decode(message)
    kind = getattr(errors, name, None)
    if not (isinstance(kind, type) and issubclass(kind, NbtrackError)):
        return NbtrackError(text)
    try:
        return kind(*args)
    except TypeError:
        return NbtrackError(text)


def encoded(value: Any) -> bytes:
    """Return a value of the protocol as msgpack.

    Raises
    ------
    InvalidName
        It can't be kept by any store.
    """
    try:
        return msgspec.msgpack.encode(value, enc_hook=_plain)
    except UnicodeEncodeError:
        raise InvalidName("A text holds half of a surrogate pair, which is not valid Unicode.") from None
    except OverflowError:
        raise InvalidName("A number does not fit into 64 bits.") from None


def _plain(value: Any) -> Any:
    """Return what stands for a value that msgpack has no form for."""
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "__iter__"):
        return list(value)
    raise TypeError(f"{type(value).__name__} can't be sent.")


_ERROR = msgspec.msgpack.Decoder(tuple[str, list[Any], str])
