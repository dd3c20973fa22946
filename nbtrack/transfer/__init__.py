"""Copying runs between stores: from and to MLflow's files, databases and servers, archives and tables."""

from __future__ import annotations

from nbtrack.transfer.copying import Choice, OnProgress
from nbtrack.transfer.exporting import export_from, found_runs, open_destination
from nbtrack.transfer.importing import OpenStore, import_into, merge_into
from nbtrack.transfer.report import Item, Report

__all__ = [
    "Choice",
    "Item",
    "OnProgress",
    "OpenStore",
    "Report",
    "export_from",
    "found_runs",
    "import_into",
    "merge_into",
    "open_destination",
]
