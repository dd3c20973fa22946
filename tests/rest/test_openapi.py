from __future__ import annotations

from openapi_spec_validator import OpenAPIV31SpecValidator

from nbtrack.rest import ROUTES
from tests.rest.running import API, RestServer


def test_the_server_describes_every_route_in_a_valid_document(server: RestServer) -> None:
    document = server.get("/openapi.json").json()
    OpenAPIV31SpecValidator(document).validate()
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    own = {route for route in ROUTES if not route.path.startswith("/ajax-api")}
    assert described == {(route.method, route.path.replace(":path}", "}")) for route in own}
    create = document["paths"][f"{API}/experiments/create"]["post"]
    assert create["requestBody"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/CreateExperiment"
    }
    assert document["components"]["schemas"]["CreateExperiment"]["required"] == ["name"]
