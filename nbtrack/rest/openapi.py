"""The table of routes as an OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from nbtrack.rest.downloads import Download
from nbtrack.rest.struct import Struct
from nbtrack.version import __version__
from nbtrack.web import schema_hook

if TYPE_CHECKING:
    from nbtrack.rest.routes import Route

_OBJECT = {"type": "object"}
_BYTES: dict[str, Any] = {"application/octet-stream": {}}
_FILE: dict[str, Any] = {"description": "The file", "content": _BYTES}
_SCHEMAS = "#/components/schemas/"


class Error(Struct):
    """What was refused, or went wrong: MLflow's code, and what to do."""

    error_code: str
    message: str


def openapi_document(routes: Iterable[Route]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of routes."""
    table = list(routes)
    types = {kind for route in table for kind in (route.request, route.answer) if _is_struct(kind)} | {Error}
    ordered = sorted(types, key=lambda kind: kind.__name__)
    schemas, components = msgspec.json.schema_components(
        ordered, schema_hook=schema_hook, ref_template=_SCHEMAS + "{name}"
    )
    by_type = dict(zip(ordered, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in table:
        operation = _operation(route, by_type, components)
        paths.setdefault(re.sub(r":\w+\}", "}", route.path), {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "nbtrack: MLflow's REST API", "version": __version__},
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "security": [{}, {"token": []}],
    }


def _operation(
    route: Route, by_type: Mapping[type, dict[str, Any]], components: Mapping[str, dict[str, Any]]
) -> dict[str, Any]:
    name = route.handler.__name__
    operation: dict[str, Any] = {
        "operationId": name if route.method == "GET" else f"{name}_{route.method.lower()}",
        "summary": (route.handler.__doc__ or "").partition("\n")[0],
        "tags": [route.handler.__module__.rpartition(".")[2]],
        "responses": {
            "200": _FILE if route.answer is Download else _response("Done", by_type.get(route.answer, _OBJECT)),
            "default": _response("Refused, or failed", by_type[Error]),
        },
    }
    schema = components[route.request.__name__]
    in_path = set(re.findall(r"\{(\w+)", route.path))
    in_query: set[str] = set() if route.has_body else schema["properties"].keys() - in_path
    parameters = [
        {
            "name": field,
            "in": "path" if field in in_path else "query",
            "required": field in in_path or field in schema.get("required", ()),
            "schema": kind,
        }
        for field, kind in schema["properties"].items()
        if field in in_path | in_query
    ]
    if parameters:
        operation["parameters"] = parameters
    if route.is_upload:
        operation["requestBody"] = {"content": _BYTES}
    if route.has_body:
        operation["requestBody"] = {"content": {"application/json": {"schema": by_type[route.request]}}}
    return operation


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct)


def _response(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
