"""`nbtrack models`: the registry."""

from __future__ import annotations

import click

from nbtrack import clock
from nbtrack.cli.amounts import ago, counted
from nbtrack.cli.names import RegisteredModelName, VersionOfModel
from nbtrack.cli.opening import check_model_store, open_store
from nbtrack.cli.options import json_option, store_option, yes_option
from nbtrack.cli.output import confirm, print_json, print_table
from nbtrack.cli.table import Column
from nbtrack.cli.text import one_line
from nbtrack.entities import ModelVersion
from nbtrack.store import Store

_VERSION_HELP = "VERSION is a number, latest, or @ALIAS."


@click.command(name="list")
@click.option("-f", "--filter", "filter_text", metavar="FILTER", help="As in: name LIKE 'churn%' and tags.team = 'a'")
@json_option
@store_option
def list_models(filter_text: str | None, as_json: bool) -> None:
    """List registered models with their aliases, by name."""
    from nbtrack.cli.model_documents import registered_model_document
    from nbtrack.tracking.registered_models import search_registered_models

    open_store()
    found = search_registered_models(filter_string=filter_text)
    if as_json:
        print_json({"registered_models": [registered_model_document(model) for model in found]})
    elif not found:
        text = "No registered models. `nbtrack models register URI NAME` makes one."
        click.echo("No registered models match." if filter_text else text)
    else:
        now_ms = clock.now_ms()
        print_table(
            ["NAME", Column("VERSIONS", is_number=True), "LATEST", "ALIASES", "CHANGED"],
            [
                (
                    model.name,
                    str(len(model.versions)),
                    model.versions[0].version if model.versions else "-",
                    ", ".join(f"{alias}: {version}" for alias, version in sorted(model.aliases.items())),
                    ago(model.last_updated_timestamp, now_ms=now_ms),
                )
                for model in found
            ],
        )


@click.command(epilog=_VERSION_HELP)
@click.argument("name", type=RegisteredModelName())
@click.argument("version", required=False, type=VersionOfModel())
@json_option
@store_option
def show(name: str, version: str | None, as_json: bool) -> None:
    """Show a registered model with its versions, or one version with its metrics."""
    from nbtrack.cli.model_detail import show_model, show_version

    store = open_store()
    if version is None:
        show_model(store.registry.get(name), as_json=as_json)
    else:
        show_version(store, _version(store, name, version), as_json=as_json)


@click.command()
@click.argument("uri")
@click.argument("name", type=RegisteredModelName())
@click.option("-t", "--tag", "tags", multiple=True, metavar="KEY=VALUE", help="A tag of the version; may be repeated.")
@click.option("-d", "--description", default="", metavar="TEXT", help="What is new in it.")
@json_option
@store_option
def register(uri: str, name: str, tags: tuple[str, ...], description: str, as_json: bool) -> None:
    """Make the next version of a registered model.

    URI is runs:/RUN_ID/PATH, models:/MODEL_ID, models:/NAME/VERSION, an s3:// URL, or a folder, which is copied into
    the store.
    """
    from nbtrack.tracking.models import register_model

    check_model_store(uri)
    pairs = {key: value for key, equals, value in (tag.partition("=") for tag in tags) if key and equals}
    if len(pairs) < len(tags):
        raise click.BadParameter("A tag is KEY=VALUE, each key once.", param_hint="--tag")
    made = register_model(uri, name, tags=pairs, description=description)
    _tell("registered", made, as_json=as_json)


@click.command(name="alias", epilog=_VERSION_HELP)
@click.argument("name", type=RegisteredModelName())
@click.argument("version", type=VersionOfModel())
@click.argument("alias")
@json_option
@store_option
def set_alias(name: str, version: str, alias: str, as_json: bool) -> None:
    """Point models:/NAME@ALIAS to a version; `nbtrack models promote` does so if it is good enough."""
    store = open_store()
    found = _version(store, name, version)
    store.registry.set_alias(name, alias, found.version, at_ms=clock.now_ms())
    _tell("aliased", store.registry.get_version(name, found.version), as_json=as_json, how=f" is {one_line(alias)}")


@click.command()
@click.argument("name", type=RegisteredModelName())
@click.argument("alias")
@json_option
@store_option
def unalias(name: str, alias: str, as_json: bool) -> None:
    """Take an alias away."""
    store = open_store()
    found = store.registry.version_by_alias(name, alias)
    store.registry.delete_alias(name, alias, at_ms=clock.now_ms())
    left = store.registry.get_version(name, found.version)
    _tell("unaliased", left, as_json=as_json, how=f" is no longer {one_line(alias)}")


@click.command(epilog=_VERSION_HELP)
@click.argument("name", type=RegisteredModelName())
@click.argument("version", type=VersionOfModel())
@click.option("-a", "--alias", default="champion", show_default=True, help="What it is promoted to.")
@click.option("-r", "--require", metavar="THRESHOLDS", help="As in: 'accuracy_score >= 0.9 and f1_score > 0.8'")
@click.option("--reason", default="", metavar="TEXT", help="Why, in words.")
@click.option("--run-id", metavar="ID", help="Only what this run measured counts.")
@click.option("--dataset", metavar="NAME", help="Only what was measured on this dataset counts.")
@json_option
@store_option
def promote(
    name: str,
    version: str,
    alias: str,
    require: str | None,
    reason: str,
    run_id: str | None,
    dataset: str | None,
    as_json: bool,
) -> None:
    """Point an alias to a version that is good enough, and record who did so, when and why.

    What counts is what evaluations measured of it. A version that does not meet the thresholds is refused: exit code 1.
    """
    from nbtrack.cli.model_documents import promotion_document
    from nbtrack.tracking.promotion import promote as promote_version

    found = _version(open_store(), name, version)
    made = promote_version(name, found.version, alias, require=require, reason=reason, run_id=run_id, dataset=dataset)
    if as_json:
        print_json({"promoted": promotion_document(made)})
        return
    before = "" if made.previous is None else f", before it was version {made.previous}"
    click.echo(f"Promoted: version {made.version} of {one_line(name)} is {one_line(alias)}{before}.")
    for finding in made.findings:
        click.echo(f"  {one_line(str(finding))}")


@click.command()
@click.argument("name", type=RegisteredModelName())
@json_option
@store_option
def promotions(name: str, as_json: bool) -> None:
    """Show who promoted which version, when and why, and what was required, the newest first."""
    from nbtrack.cli.model_detail import print_promotions
    from nbtrack.cli.model_documents import promotion_document
    from nbtrack.registry import promotions_of

    made = promotions_of(name, open_store())
    if as_json:
        print_json({"promotions": [promotion_document(each) for each in made]})
    elif not made:
        click.echo(f"No version of {one_line(name)} was promoted. `nbtrack models promote NAME VERSION` does.")
    else:
        print_promotions(made)


@click.command(epilog=_VERSION_HELP)
@click.argument("name", type=RegisteredModelName())
@click.argument("version", type=VersionOfModel())
@click.argument("new_name", type=RegisteredModelName())
@json_option
@store_option
def copy(name: str, version: str, new_name: str, as_json: bool) -> None:
    """Make the next version of NEW_NAME from a version."""
    from nbtrack.registry import copy_version

    store = open_store()
    found = _version(store, name, version)
    made = copy_version(f"models:/{name}/{found.version}", new_name, store, at_ms=clock.now_ms())
    _tell("copied", made, as_json=as_json)


@click.command()
@click.argument("name", type=RegisteredModelName())
@click.argument("new_name")
@json_option
@store_option
def rename(name: str, new_name: str, as_json: bool) -> None:
    """Give a registered model another name; its versions and aliases go with it."""
    store = open_store()
    store.registry.rename(name, new_name, at_ms=clock.now_ms())
    if as_json:
        print_json({"renamed": {"name": new_name, "before": name}})
    else:
        click.echo(f"Renamed: {one_line(name)} is {one_line(new_name)}.")


@click.command(epilog=_VERSION_HELP)
@click.argument("name", type=RegisteredModelName())
@click.argument("version", required=False, type=VersionOfModel())
@yes_option
@json_option
@store_option
def delete(name: str, version: str | None, yes: bool, as_json: bool) -> None:
    """Delete a registered model with all its versions, or one version. The models' files stay."""
    store = open_store()
    if version is not None:
        found = _version(store, name, version)
        aliases = f", which is {', '.join(found.aliases)}" if found.aliases else ""
        if not yes:
            confirm(f"Delete version {found.version} of {one_line(name)}{aliases}?")
        store.registry.delete_version(name, found.version, at_ms=clock.now_ms())
        _tell("deleted", found, as_json=as_json)
        return
    count = len(store.registry.get(name).versions)
    if not yes:
        confirm(f"Delete {one_line(name)} and its {counted(count, 'version')}?")
    store.registry.delete(name)
    if as_json:
        print_json({"deleted": {"name": name, "versions": count}})
    else:
        click.echo(f"Deleted: {one_line(name)}.")


def _version(store: Store, name: str, wanted: str) -> ModelVersion:
    from nbtrack.registry import find_version

    return find_version(f"models:/{name}{wanted}" if wanted.startswith("@") else f"models:/{name}/{wanted}", store)


def _tell(done: str, version: ModelVersion, *, as_json: bool, how: str = "") -> None:
    from nbtrack.cli.model_documents import version_document

    if as_json:
        print_json({done: version_document(version)})
    else:
        click.echo(f"{done.capitalize()}: version {version.version} of {one_line(version.name)}{how}.")


COMMANDS = (list_models, show, register, set_alias, unalias, promote, promotions, copy, rename, delete)
