"""MLflow's REST as calls: JSON in, JSON out, refusals as errors of ours."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from nbtrack.errors import (
    AlreadyExists,
    InvalidFilter,
    InvalidInput,
    InvalidName,
    InvalidState,
    NbtrackError,
    NotFound,
    ServerFailed,
    StoreUnavailable,
)
from nbtrack.store.http.connection import Answer, Connection
from nbtrack.store.protocol import DEFAULT_EXPERIMENT_ID, Page, Query

PREFIX = "/api/2.0/mlflow"
Document = Mapping[str, Any]
MAX_IDS = 100
Item = TypeVar("Item")

_CORE = {"experiments/get", "runs/create", "runs/get", "runs/log-batch", "runs/search", "runs/update"}
"""What every such server knows."""
_ERRORS: Mapping[str, type[NbtrackError]] = {
    "RESOURCE_DOES_NOT_EXIST": NotFound,
    "RESOURCE_ALREADY_EXISTS": AlreadyExists,
    "INVALID_STATE": InvalidState,
}


class MlflowApi:
    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @property
    def url(self) -> str:
        return self.connection.url

    def check(self) -> None:
        """Return if it is a server that speaks MLflow's REST.

        Raises
        ------
        StoreUnavailable
        """
        try:
            self.get("experiments/get", experiment_id=DEFAULT_EXPERIMENT_ID)
        except StoreUnavailable:
            raise
        except NbtrackError:
            return  # only such a server refuses in its words

    def get(self, path: str, **query: str | list[str]) -> dict[str, Any]:
        """Read something.

        Raises
        ------
        NotFound, InvalidInput, InvalidState
            What the server says against it.
        StoreUnavailable
        """
        answer = self.connection.request("GET", f"{PREFIX}/{path}", query=query, is_repeatable=True)
        return self._document(answer, path, query)

    def read(self, path: str, **body: Any) -> dict[str, Any]:
        """Read something that is asked for by POST."""
        return self.send("POST", path, body, is_repeatable=True)

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        """Change something; what is None is left out."""
        return self.send("POST", path, body)

    def send(self, method: str, path: str, body: Mapping[str, Any], *, is_repeatable: bool = False) -> dict[str, Any]:
        given = {name: value for name, value in body.items() if value is not None}
        try:
            content = json.dumps(given, ensure_ascii=False, allow_nan=False).encode()
        except UnicodeEncodeError:
            raise InvalidName("A text holds half of a surrogate pair, which is not valid Unicode.") from None
        answer = self.connection.request(method, f"{PREFIX}/{path}", content=content, is_repeatable=is_repeatable)
        return self._document(answer, path, given)

    def page(self, path: str, items: str, query: Query, read: Callable[[Document], Item], **body: Any) -> Page[Item]:
        """Search by POST, with the filter as the server understands it.

        Raises
        ------
        InvalidFilter
        """
        return self._searched(
            query, items, read, lambda: self.read(path, **{**_fields(query), "order_by": [*query.order_by], **body})
        )

    def page_by_get(self, path: str, items: str, query: Query, read: Callable[[Document], Item]) -> Page[Item]:
        """Search by GET; see ``page``."""
        fields = {name: str(value) for name, value in _fields(query).items() if value}
        return self._searched(query, items, read, lambda: self.get(path, order_by=list(query.order_by), **fields))

    def _searched(
        self, query: Query, items: str, read: Callable[[Document], Item], ask: Callable[[], Document]
    ) -> Page[Item]:
        try:
            found = ask()
        except InvalidInput as refusal:
            raise InvalidFilter(query.filter, str(refusal)) from None
        return Page(tuple(map(read, listed(found, items))), found.get("next_page_token") or None)

    def pages(self, path: str, items: str, **body: Any) -> Iterator[Document]:
        """Read all pages of a search by POST, item by item."""
        token: str | None = None
        while True:
            page = self.read(path, page_token=token, **body)
            yield from listed(page, items)
            token = page.get("next_page_token")
            if not token:
                return

    def _document(self, answer: Answer, path: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        if not answer.is_success:
            raise self._refusal(answer, path)
        document = self.connection.document(answer)
        token = document.get("next_page_token")
        if token and token == asked.get("page_token"):
            raise StoreUnavailable(f"{self.url} gives the same page of {path} again and again.")
        return document

    def _refusal(self, answer: Answer, path: str) -> NbtrackError:
        if answer.status >= 500:
            return ServerFailed(f"{self.url} failed at {path} (status {answer.status}). Its log says why.")
        try:
            document = json.loads(answer.content)
            code, message = str(document["error_code"]), str(document.get("message", ""))
        except (ValueError, TypeError, KeyError, RecursionError):
            if answer.status == 404 and path not in _CORE:
                self.check()  # else it may be something else that answers: a proxy before a server that is away
                return InvalidState(f"{self.url} knows no {path}: it is no MLflow server, or an older one.")
            return self.connection.nonsense(answer)
        return _ERRORS.get(code, InvalidInput)(f"{message[:2000]} (says {self.url})")


def _fields(query: Query) -> dict[str, Any]:
    return {"filter": query.filter, "max_results": query.max_results, "page_token": query.page_token}


def listed(document: Document, name: str) -> Sequence[Document]:
    """Return the objects listed in a document; a list that is empty may be missing."""
    found = document.get(name) or ()
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else ()


def with_ids(api: MlflowApi, experiment_ids: Sequence[str], server_run_ids: Sequence[str]) -> Iterator[Document]:
    """Read runs, deleted ones too, in any order; those that are not there are left out."""
    for start in range(0, len(server_run_ids) if experiment_ids else 0, MAX_IDS):
        # The server's ids are hexadecimal.
        some = ", ".join(f"'{run_id}'" for run_id in server_run_ids[start : start + MAX_IDS] if run_id.isalnum())
        page = api.read(
            "runs/search",
            experiment_ids=list(experiment_ids),
            filter=f"attributes.run_id IN ({some})",
            run_view_type="ALL",
            max_results=MAX_IDS,
        )
        yield from listed(page, "runs")


def number(value: float) -> float | str:
    """Spell a number as MLflow's REST does."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    return value
