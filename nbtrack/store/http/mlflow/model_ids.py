"""Ids of logged models: ours stands in a tag, and beside the outbox; the server's is understood as well."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from nbtrack.errors import InvalidState, ModelNotFound, NotFound
from nbtrack.store.http.ledger import Ledger
from nbtrack.store.http.mlflow import tags
from nbtrack.store.http.mlflow.api import MAX_IDS, Document, MlflowApi, listed
from nbtrack.store.http.mlflow.experiments import MlflowExperiments
from nbtrack.store.http.mlflow.names import Names

_ID = re.compile(r"[\w.-]+")


class ModelIds(Names):
    def __init__(self, api: MlflowApi, ledger: Ledger, experiments: MlflowExperiments) -> None:
        super().__init__()
        self._api, self._ledger, self._experiments = api, ledger, experiments

    def of_server(self, model_id: str) -> str:
        """Return the server's id of a logged model.

        Raises
        ------
        ModelNotFound
            The server has none of this id; it has none for a folder among a run's artifacts.
        """
        found = self._servers.get(model_id) or self._ledger.server_model_id(model_id) or self._asked(model_id)
        if found is None:
            raise ModelNotFound(
                f"No logged model {model_id!r} in {self._api.url}. A model folder among a run's artifacts is none "
                "there: params, tags, metrics and links of it can't be kept."
            )
        self.note(model_id, found)
        return found

    def shown(self, document: Document) -> str:
        """Return the id that a model is shown with, and remember it."""
        info = document["info"]
        server_id = str(info["model_id"])
        ours = [str(tag.get("value", "")) for tag in listed(info, "tags") if tag["key"] == tags.MODEL_ID]
        return self.note_shown(ours[0] if ours and ours[0] else server_id, server_id)

    def here(self, server_model_id: str) -> str:
        """Return the id that a model of the server's id is shown with, as far as it was seen or learnt."""
        return self._here.get(server_model_id, server_model_id)

    def learn(self, server_model_ids: Iterable[str]) -> None:
        """Ask for the ids that models are shown with, a hundred in one request; deleted ones keep the server's."""
        new = [each for each in dict.fromkeys(server_model_ids) if each not in self._here and _ID.fullmatch(each)]
        experiment_ids = self._experiments.all_ids() if new else ()
        for start in range(0, len(new), MAX_IDS):
            some = new[start : start + MAX_IDS]
            wanted = ", ".join(f"'{each}'" for each in some)
            for document in self._found(f"model_id IN ({wanted})", experiment_ids):
                self.shown(document)
            for each in some:
                if each not in self._here:
                    self.note_shown(each, each)

    def tagged(self, model_id: str, experiment_ids: Sequence[str]) -> str | None:
        """Return the server's id of the model that has ours in its tag."""
        if not experiment_ids or not _ID.fullmatch(model_id):
            return None
        found = self._found(f"tags.`{tags.MODEL_ID}` = '{model_id}'", experiment_ids)
        return str(found[0]["info"]["model_id"]) if found else None

    def _found(self, condition: str, experiment_ids: Sequence[str]) -> Sequence[Document]:
        page = self._api.read(
            "logged-models/search", experiment_ids=list(experiment_ids), filter=condition, max_results=MAX_IDS
        )
        return listed(page, "models")

    def _asked(self, model_id: str) -> str | None:
        if not _ID.fullmatch(model_id):
            return None
        try:
            self._api.get(f"logged-models/{model_id}", allow_deleted="true")
        except NotFound:
            return self.tagged(model_id, self._experiments.all_ids())
        except InvalidState:
            return None  # an older server, which has no logged models
        return model_id
