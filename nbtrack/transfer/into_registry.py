from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from nbtrack.entities import ModelVersion, RegisteredModel
from nbtrack.errors import ModelNotFound
from nbtrack.store import RegistryStore
from nbtrack.transfer.report import Report, reporting
from nbtrack.transfer.storable import check_version, check_whole

_OF_RUN = re.compile(r".*/([0-9a-f]{32})/artifacts/(.+)")
_OF_MODEL = re.compile(r".*/(m-[0-9a-f]{32})/artifacts/?")


class Versions(Protocol):
    def write_version(self, version: ModelVersion) -> ModelVersion:
        """Write a version of a registered model that is there, and return it with the number that it has now."""
        ...


class IntoRegistry:
    """Copies registered models. A version of the same source is the same version.

    Another one keeps its number, or, where that is taken, gets the next.
    """

    def __init__(self, registry: RegistryStore, versions: Versions, report: Report) -> None:
        self._registry, self._versions, self._report = registry, versions, report

    def bring(self, there: RegisteredModel) -> None:
        check_whole(there)
        here = self._find(there.name)
        self._report.count("registered model", is_new=here is None)
        if here is None:
            here = replace(there, versions=(), aliases={})
            if not self._report.is_dry_run:
                self._registry.create(
                    there.name, at_ms=there.creation_timestamp, tags=there.tags, description=there.description
                )
        else:
            self._add_to(here, there)
        numbers = self._bring_versions(here, there)
        self._bring_aliases(here, there, numbers)

    def _find(self, name: str) -> RegisteredModel | None:
        try:
            return self._registry.get(name)
        except ModelNotFound:
            return None

    def _add_to(self, here: RegisteredModel, there: RegisteredModel) -> None:
        tags = {key: value for key, value in there.tags.items() if key not in here.tags}
        at_ms = max(here.last_updated_timestamp, there.last_updated_timestamp)
        if self._report.is_dry_run:
            return
        if tags:
            self._registry.set_tags(here.name, tags, at_ms=at_ms)
        if there.description and not here.description:
            self._registry.describe(here.name, there.description, at_ms=at_ms)

    def _bring_versions(self, here: RegisteredModel, there: RegisteredModel) -> dict[str, str]:
        """Copy versions, the oldest first; return the number here of each number there."""
        unmatched, numbers = list(here.versions), {}
        # As texts of one length, numbers are in their order, and what is none does not matter.
        for version in sorted(there.versions, key=lambda each: each.version.zfill(9)):
            with reporting(self._report, "model version", f"{there.name}/{version.version[:40]}"):
                check_version(version.version)
                wanted = replace(version, source=lasting_source(version.source))
                same = _same(wanted, unmatched)
                if same is not None:
                    unmatched.remove(same)
                    numbers[version.version] = same.version
                elif not self._report.is_dry_run:
                    numbers[version.version] = self._write(wanted).version
                self._report.count("model version", is_new=same is None)
        return numbers

    def _write(self, wanted: ModelVersion) -> ModelVersion:
        written = self._versions.write_version(wanted)
        if written.version != wanted.version:
            text = f"is version {written.version} here, since {wanted.version} is another one"
            self._report.note("model version", f"{wanted.name}/{wanted.version}", text)
        return written

    def _bring_aliases(self, here: RegisteredModel, there: RegisteredModel, numbers: Mapping[str, str]) -> None:
        for alias, of in there.aliases.items():
            number = numbers.get(of)
            if number is None:
                continue
            with reporting(self._report, "alias", f"{there.name}@{alias}"):
                if alias not in here.aliases:
                    self._registry.set_alias(there.name, alias, number, at_ms=there.last_updated_timestamp)
                elif here.aliases[alias] != number:
                    text = f"stands for version {number} there and stays with {here.aliases[alias]} here"
                    self._report.note("alias", f"{there.name}@{alias}", text)


def lasting_source(source: str) -> str:
    """Return a version's source as it is found wherever the artifacts of runs and models lie."""
    if source.startswith(("runs:", "models:")):
        return source
    of_model, of_run = _OF_MODEL.fullmatch(source), _OF_RUN.fullmatch(source)
    if of_model:
        return f"models:/{of_model[1]}"
    return f"runs:/{of_run[1]}/{of_run[2]}" if of_run else source


def _same(wanted: ModelVersion, versions: list[ModelVersion]) -> ModelVersion | None:
    """Find the version of the same source: the one that was made at the same time, if there are several."""
    of_source = [version for version in versions if version.source == wanted.source]
    at_once = [version for version in of_source if version.creation_timestamp == wanted.creation_timestamp]
    return next(iter(at_once + of_source), None)
