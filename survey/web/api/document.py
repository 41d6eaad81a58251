"""The API described for programs: OpenAPI 3.1, checked by the suite against what it answers."""

from __future__ import annotations

from typing import Any

from reports.figures import Audience, Status
from survey.campaigns.models import OpeningKind, RoundState
from survey.rectification.states import State

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": ["number", "null"]}
COUNT: Schema = {"type": ["integer", "null"]}
WHOLE: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}
TIME: Schema = {"type": "string", "format": "date-time"}
DAY: Schema = {"type": "string", "format": "date"}
DIGEST: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}


def openapi(base_url: str) -> dict[str, Any]:
    """Return the document for a platform at `base_url`."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Pingyi 评议",
            "version": "1",
            "description": "Read-only. A token reads what its account may read. While a box is "
            "closed participation is told in steps and no score at all; figures are those of "
            "`flask results export`, after disclosure control; null where hidden.",
        },
        "servers": [{"url": f"{base_url}/api/v1"}],
        "security": [{"token": []}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": _schemas(),
        },
    }


def _paths() -> dict[str, Any]:
    code = _parameter("code", "path", TEXT, "code of the round")
    return {
        "/": _get("whom the token stands for", "Who"),
        "/rounds": _get("all rounds, the latest first", "Rounds"),
        "/rounds/{code}": _get("one round", "Round", code),
        "/rounds/{code}/participation": _get("who took part, in steps", "Participation", code),
        "/rounds/{code}/results": _get(
            "figures after disclosure control",
            "Results",
            code,
            _parameter("questionnaire", "query", TEXT, "of one questionnaire alone"),
            _parameter("audience", "query", _enum(Audience), "default: internal"),
        ),
        "/releases": _get("editions that everybody may read", "Releases"),
        "/items": _get(
            "rectification items, the most pressing first",
            "Items",
            _parameter("state", "query", _enum(State), "in this state alone"),
            _parameter("org", "query", TEXT, "of this organisation alone"),
            _parameter("unit", "query", TEXT, "below this unit alone"),
            _parameter("overdue", "query", FLAG, "late ones, or the others"),
            _parameter("page", "query", {"type": "integer", "minimum": 1}, "from 1"),
        ),
        "/openapi.json": {
            "get": {
                "summary": "this document",
                "security": [],
                "responses": {"200": _response("this document", {"type": "object"})},
            }
        },
    }


def _schemas() -> dict[str, Schema]:
    role = _object({"role": TEXT, "org": TEXT})
    return {
        "Error": _object({"error": _object({"code": TEXT, "zh": TEXT, "en": TEXT})}),
        "Who": _object({"account": TEXT, "display_name": TEXT, "roles": _list(role)}),
        "Round": _object(
            {
                "code": TEXT,
                "title": TEXT,
                "state": _enum(RoundState),
                "opening": _enum(OpeningKind),
                "opens_at": TIME,
                "closes_at": TIME,
                "questionnaires": _list(TEXT),
                "has_figures": FLAG,
            }
        ),
        "Rounds": _object({"rounds": _list(_ref("Round"))}),
        "Participation": _object(
            {"round": TEXT, "covered_from": WHOLE, "objects": _list(_taken_part())}
        ),
        "Figures": _figures(),
        "Results": _object(
            {
                "round": TEXT,
                "audience": _enum(Audience),
                "release": {**DIGEST, "type": ["string", "null"]},
                "figures": _list(_ref("Figures")),
            }
        ),
        "Releases": _object({"releases": _list(_release())}),
        "Items": _object({"items": _list(_item()), "total": WHOLE, "page": WHOLE, "pages": WHOLE}),
    }


def _taken_part() -> Schema:
    return _object(
        {
            "org": TEXT,
            "name": TEXT,
            "unit": TEXT,
            "sector": TEXT,
            "questionnaire": TEXT,
            "answers": TEXT,
            "is_covered": FLAG,
        }
    )


def _figures() -> Schema:
    """Return what `flask results export --format json` writes for each object, less the release."""
    told = {
        "round": TEXT,
        "org": TEXT,
        "level": TEXT,
        "questionnaire": TEXT,
        "status": _enum(Status),
        "n": COUNT,
        "received": COUNT,
        "excluded": COUNT,
        "void": COUNT,
        "issued": COUNT,
        "items": {"type": "object"},
        "overall": {"type": ["object", "null"]},
        "dimensions": {"type": "object"},
        "csi": NUMBER,
        "mass": NUMBER,
        "rank": {"type": ["object", "null"]},
    }
    return {**_object(told), "additionalProperties": True}


def _release() -> Schema:
    return _object(
        {
            "round": TEXT,
            "edition": WHOLE,
            "state": TEXT,
            "digest": DIGEST,
            "rules_digest": TEXT,
            "released_at": TIME,
            "url": TEXT,
        }
    )


def _item() -> Schema:
    return _object(
        {
            "number": TEXT,
            "problem": TEXT,
            "source": TEXT,
            "org": TEXT,
            "org_name": TEXT,
            "unit_name": TEXT,
            "state": _enum(State),
            "state_name": TEXT,
            "is_late": FLAG,
            "registered_on": DAY,
            "due_on": DAY,
            "extensions": WHOLE,
            "reopened": WHOLE,
        }
    )


def _get(summary: str, schema: str, *parameters: Schema) -> dict[str, Any]:
    refused = _response("refused: a stable code and a sentence to act on", _ref("Error"))
    return {
        "get": {
            "summary": summary,
            "parameters": list(parameters),
            "responses": {"200": _response(summary, _ref(schema)), "default": refused},
        }
    }


def _response(description: str, schema: Schema) -> Schema:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _parameter(name: str, place: str, schema: Schema, description: str) -> Schema:
    return {
        "name": name,
        "in": place,
        "required": place == "path",
        "schema": schema,
        "description": description,
    }


def _object(properties: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(properties),
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _enum(kind: Any) -> Schema:
    return {"type": "string", "enum": [each.value for each in kind]}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}
