from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from nbtrack.cli.opening import existing_uri
from nbtrack.cli.options import json_option, store_option
from nbtrack.cli.output import print_heading, print_json, print_pairs
from nbtrack.cli.text import printable

if TYPE_CHECKING:
    from nbtrack.outbox import Backlog
    from nbtrack.store.diagnosis import Finding
    from nbtrack.tracking.doctor import Examination


@click.command()
@click.option("--repair", "is_repair", is_flag=True, help="Put right what can be; nothing of yours is deleted.")
@click.option("--checksums", is_flag=True, help="Read all artifacts too, and compare them with what was stored.")
@json_option
@store_option
@click.pass_context
def doctor(context: click.Context, is_repair: bool, checksums: bool, as_json: bool) -> None:
    """Examine the store: its database, what waits for it, runs of dead processes, artifacts, permissions.

    Ends with 0 if all is well, and with 1 if something is not.
    """
    from nbtrack.tracking.doctor import examine, repair

    uri = existing_uri()
    found = (repair if is_repair else examine)(uri, checksums=checksums)
    if as_json:
        print_json(document_of(found))
    else:
        show(found)
    if not found.is_healthy:
        context.exit(1)


def show(found: Examination) -> None:
    versions = ", ".join(f"{name} {version}" for name, version in found.versions.items())
    waiting = {} if found.backlog is None else {"Waiting": backlog_text(found.backlog)}
    if found.files is not None and found.files.files:
        waiting |= {"Files waiting": f"{found.files.files} ({found.files.size_bytes:,} bytes)"}
    print_pairs({"Store": found.uri, "Versions": versions} | waiting)
    if found.repaired:
        print_heading("Repaired")
        for finding in found.repaired:
            click.echo(f"  {printable(finding.message)}")
    if found.is_healthy:
        click.echo("\nAll is well.")
        return
    print_heading("Found")
    for finding in found.findings:
        click.echo(f"  {printable(finding.message)}\n    {printable(finding.advice)}")


def backlog_text(backlog: Backlog) -> str:
    if not backlog.living_bytes and not backlog.left_bytes:
        return "nothing: all that was logged is stored"
    return (
        f"{backlog.living_bytes:,} bytes of living processes, which deliver them; "
        f"{backlog.left_bytes:,} bytes of processes that are gone"
    )


def document_of(found: Examination) -> dict[str, Any]:
    return {
        "store": found.uri,
        "healthy": found.is_healthy,
        "versions": dict(found.versions),
        "backlog": None if found.backlog is None else vars(found.backlog),
        "files": None if found.files is None else vars(found.files),
        "findings": _documents(found.findings),
        "repaired": _documents(found.repaired),
    }


def _documents(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    return [
        {
            "kind": finding.kind,
            "message": finding.message,
            "advice": finding.advice,
            "repairable": finding.repair is not None,
        }
        for finding in findings
    ]
