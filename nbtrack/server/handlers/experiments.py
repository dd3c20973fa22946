from __future__ import annotations

from nbtrack.server.documents import Document, experiment_document
from nbtrack.server.requests import ById, Create, Nothing, Rename
from nbtrack.server.services import Services


def read_store(services: Services, _request: Nothing) -> Document:
    """Say which store this is, and its newest change."""
    from nbtrack.settings import redact
    from nbtrack.version import __version__

    return {"uri": redact(services.store.uri), "version": __version__, "seq": services.store.seq()}


def list_experiments(services: Services, _request: Nothing) -> Document:
    """List active and deleted experiments."""
    counts = services.store.experiments.run_counts()
    found = services.store.experiments.list(lifecycle=None)
    return {
        "experiments": [
            experiment_document(experiment, counts.get(experiment.experiment_id, 0)) for experiment in found
        ]
    }


def create_experiment(services: Services, request: Create) -> Document:
    return experiment_document(services.store.experiments.create(request.name, tags={}), 0)


def rename_experiment(services: Services, request: Rename) -> None:
    services.store.experiments.rename(request.id, request.name)


def delete_experiment(services: Services, request: ById) -> None:
    services.store.experiments.delete(request.id)


def restore_experiment(services: Services, request: ById) -> None:
    services.store.experiments.restore(request.id)
