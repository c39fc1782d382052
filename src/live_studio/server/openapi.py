"""`GET openapi.json`: every route in the form that other programs read.

The table is kept by hand, because the doors and the words are decisions; a test compares it with
the routes that are registered.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from jupyter_server.auth.decorator import authorized
from tornado import web

from .. import __version__, parcels
from ..bands import KINDS as BANDS
from ..smoothing import KINDS
from .bundle_views import KIND as FILE_KIND
from .views import ViewHandler

Door = Literal["producer", "viewer", "open"]
Schema = dict[str, Any]

WHOLE: Schema = {"type": "integer", "minimum": 0, "maximum": 999_999_999_999_999}
NUMBER: Schema = {"type": "number"}
TEXT: Schema = {"type": "string"}
NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 500}
SHA: Schema = {"type": "string", "pattern": "^[0-9a-fA-F]{40}$"}
IN_PATH: dict[str, Schema] = {
    "id": WHOLE,
    "token": {"type": "string", "pattern": "^[0-9a-f]{12}$"},
    "project": {"type": "string", "pattern": "^[0-9a-f]{12}$"},
    "digest": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "name": TEXT,
}


def _object(required: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {})},
    }


_FILES: Schema = {"type": "object", "additionalProperties": {"type": "object"}}
_WHO = {
    "repo_url": {"type": "string", "minLength": 1, "maxLength": 2000},
    "baseline_sha": SHA,
    "name": NAME,
    "client": NAME,
}
_POINT: Schema = {
    "type": "object",
    "required": ["step"],
    "properties": {"step": {"type": "integer"}, "timestamp": {"type": ["string", "number"]}},
    "additionalProperties": {"type": ["number", "string", "null"]},
}
_PLOT = _object({}, {"data": {"type": "array", "items": _POINT}, "image": TEXT})
EVENT: Schema = {
    "oneOf": [
        _object(
            {"type": {"const": "start"}, **_WHO},
            {"params": _FILES, "message": TEXT, "subdir": TEXT},
        ),
        _object(
            {"type": {"const": "data"}, **_WHO, "step": {"type": "integer"}},
            {
                "params": _FILES,
                "metrics": _FILES,
                "plots": {"type": "object", "additionalProperties": _PLOT},
            },
        ),
        _object({"type": {"const": "done"}, **_WHO}, {"metrics": _FILES, "experiment_rev": SHA}),
    ]
}
_REFS: Schema = {"type": "array", "items": TEXT}
PUSHES = _object(
    {"repo_url": TEXT, "refs": _object({}, {"pushed": _REFS, "removed": _REFS})}, {"client": TEXT}
)


@dataclass(frozen=True)
class Operation:
    """One method of one route."""

    method: str
    path: str
    """Below `live-studio/`."""
    door: Door
    summary: str
    query: tuple[tuple[str, Schema], ...] = ()
    required: tuple[str, ...] = ()
    body: Schema | None = None
    answers: str = "application/json"
    also: tuple[str, ...] = ()
    """Other content types of the body."""

    @property
    def said(self) -> Schema:
        """The operation as OpenAPI says it."""
        names = [part[1:-1] for part in self.path.split("/") if part.startswith("{")]
        parameters: list[Schema] = [
            {"name": name, "in": "path", "required": True, "schema": IN_PATH[name]}
            for name in names
        ]
        parameters += [
            {"name": name, "in": "query", "required": name in self.required, "schema": schema}
            for name, schema in self.query
        ]
        said: Schema = {
            "summary": self.summary,
            "security": {
                "producer": [{"producer": []}],
                "viewer": [{"viewer": []}],
                "open": [],
            }[self.door],
            "responses": {
                "200": {"description": "done", "content": {self.answers: {}}},
                "default": {
                    "description": "what was wrong, and what to do",
                    "content": {"application/json": {"schema": _object({"detail": TEXT})}},
                },
            },
        }
        if parameters:
            said["parameters"] = parameters
        if self.body is not None:
            content = {"application/json": {"schema": self.body}}
            said["requestBody"] = {
                "required": True,
                "content": content | {k: {} for k in self.also},
            }
        return said


_LINES: tuple[tuple[str, Schema], ...] = (
    ("points", WHOLE),
    ("x", {"type": "string", "pattern": "^(step|time|relative|metric:.+)$"}),
    ("x0", NUMBER),
    ("x1", NUMBER),
    ("since", WHOLE),
    ("time", {"enum": ["0", "1"]}),
    ("smooth", NUMBER),
    ("smoothing", {"enum": list(KINDS)}),
    ("log", {"enum": ["0", "1"]}),
    ("generation", WHOLE),
)
_GROUPS: tuple[tuple[str, Schema], ...] = (
    ("group", {"type": "array", "items": {"type": "string", "pattern": r"^\d+(,\d+)*$"}}),
    ("band", {"enum": list(BANDS)}),
)
_LIMITS: tuple[tuple[str, Schema], ...] = (
    ("older", {"type": "string", "pattern": r"^\d{1,5}d?$"}),
    ("keep", {"type": "string", "pattern": r"^\d{1,7}$"}),
    ("max_size", {"type": "string", "pattern": r"^\d{1,6}(\.\d{1,3})?[kmgtKMGT]?[bB]?$"}),
    ("project", TEXT),
    ("also", {"type": "array", "items": {"enum": ["running", "pushed"]}}),
)
_ANY: Schema = {"type": "object"}

OPERATIONS = (
    Operation("get", "api/live", "open", "Says what the address is for: always 405"),
    Operation(
        "post", "api/live", "producer", "Record one event", body=EVENT, also=(parcels.TYPE, parcels.RESUME_TYPE)
    ),
    Operation("get", "webhook/dvc", "open", "Says what the address is for: always 405"),
    Operation("post", "webhook/dvc", "producer", "Mark what DVC has pushed", body=PUSHES),
    Operation("get", "api/device-login", "open", "Says what the address is for: always 405"),
    Operation(
        "post", "api/device-login", "open", "Begin a login",
        body=_object({"client_name": TEXT}, {"token_name": TEXT}),
    ),
    Operation("get", "api/device-login/token", "open", "Says what the address is for: always 405"),
    Operation(
        "post", "api/device-login/token", "open", "Ask whether it is approved",
        body=_object({"code": TEXT}),
    ),
    Operation("get", "device", "viewer", "The page that approves a login", answers="text/html"),
    Operation("post", "device", "viewer", "Approve or deny a login", answers="text/html"),
    Operation("get", "api/changes", "viewer", "What changed", query=(("since", WHOLE),)),
    Operation("get", "api/stream", "viewer", "The same over a WebSocket", query=(("since", WHOLE),)),
    Operation(
        "get", "api/series", "viewer", "A metric of some experiments",
        query=(("metric", TEXT), ("experiment", {"type": "array", "items": WHOLE}), *_LINES, *_GROUPS),
        required=("metric",),
    ),
    Operation(
        "get", "api/experiments/{id}/series", "viewer", "One series",
        query=(("path", TEXT), *_LINES), required=("path",),
    ),
    Operation(
        "get", "api/experiments/{id}/images/{digest}", "viewer", "A picture", answers="image/*"
    ),
    Operation("get", "api/experiments/{id}/plots/{digest}", "viewer", "The rows of a plot"),
    Operation(
        "get", "api/experiments/{id}", "viewer", "One experiment and every start of it",
        query=(("generation", WHOLE), ("whole", {"enum": ["0", "1"]})),
    ),
    Operation("delete", "api/experiments/{id}", "viewer", "Take it out of every table"),
    Operation("post", "api/experiments/{id}/restore", "viewer", "Take that back"),
    Operation("post", "api/experiments/{id}/stop", "viewer", "Ask its producer to stop"),
    Operation("post", "api/experiments/{id}/mark-stopped", "viewer", "Say that it has stopped"),
    Operation("delete", "api/experiments/{id}/mark-stopped", "viewer", "Take that back"),
    Operation("delete", "api/experiments", "viewer", "Delete several at once", body=_ANY),
    Operation("get", "api/trash", "viewer", "What was deleted"),
    Operation("post", "api/trash", "viewer", "Bring several back", body=_ANY),
    Operation("delete", "api/trash", "viewer", "Take what is in it out of the file, for good"),
    Operation("get", "api/retention", "viewer", "What would go by these limits; nothing does", query=_LIMITS),
    Operation("get", "api/projects", "viewer", "Every project"),
    Operation("post", "api/projects", "viewer", "Make a project", body=_ANY),
    Operation("get", "api/projects/{project}", "viewer", "One project"),
    Operation("patch", "api/projects/{project}", "viewer", "Change a project", body=_ANY),
    Operation("delete", "api/projects/{project}", "viewer", "Take it out of the list"),
    Operation("post", "api/projects/{project}/restore", "viewer", "Take that back"),
    Operation("post", "api/projects/{project}/reload", "viewer", "Fetch its clone's remotes"),
    Operation("get", "api/projects/{project}/export", "viewer", "The project as one file", answers=FILE_KIND),
    Operation(
        "post", "api/import", "viewer", "Take in such a file: it is the body", body=_ANY, also=(FILE_KIND,)
    ),
    Operation("get", "api/tokens", "viewer", "Every token, without its secret"),
    Operation("post", "api/tokens", "viewer", "Make a token; its secret is in this answer only", body=_ANY),
    Operation("delete", "api/tokens", "viewer", "Revoke all of them"),
    Operation("get", "api/tokens/{token}", "viewer", "One token"),
    Operation("delete", "api/tokens/{token}", "viewer", "Revoke it"),
    Operation("post", "api/tokens/{token}/regenerate", "viewer", "Give it another secret"),
    Operation("get", "openapi.json", "viewer", "This"),
    Operation("get", "", "viewer", "The dashboard's page", answers="text/html"),
    Operation("get", "api/health", "open", "Which live_studio and which store answer here"),
    Operation(
        "get", "static/{name}", "open", "The dashboard's files", answers="text/javascript"
    ),
)  # fmt: skip


def document(base_url: str) -> Schema:
    """The whole description, for a server at `base_url`."""
    paths: dict[str, Schema] = {}
    for operation in OPERATIONS:
        paths.setdefault("/" + operation.path, {})[operation.method] = operation.said
    header = {"type": "apiKey", "in": "header", "name": "Authorization"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "live_studio", "version": __version__},
        "servers": [{"url": f"{base_url}live-studio"}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "producer": header | {"description": "`token <a token of live_studio>`"},
                "viewer": header | {"description": "as for every page of this Jupyter server"},
            }
        },
    }


class OpenApiHandler(ViewHandler):
    """`GET openapi.json`."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """The description of every route."""
        self.answer(json.dumps(document(self.base_url)))
