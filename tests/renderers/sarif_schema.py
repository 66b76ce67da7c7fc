"""
What SARIF 2.1.0 demands of the objects that are written here, made by hand after the standard's prose.

It is a part of the official schema and stricter: an object has no members but those that the standard gives it and that
are used here. The section of the standard stands beside each object.
"""

from __future__ import annotations

from typing import Any


def _object(required: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }


def _list(items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **more}


TEXT = {"type": "string", "minLength": 1}
INDEX = {"type": "integer", "minimum": 0}
BAG = {"type": "object", "properties": {"tags": _list({"type": "string"}, uniqueItems=True)}}  # 3.8
MESSAGE = _object("text", text=TEXT)  # 3.11
HELP = _object("text", text=TEXT, markdown=TEXT)  # 3.12
ARTIFACT = _object(
    "uri", uri={"type": "string", "format": "uri-reference", "pattern": r"^[A-Za-z0-9%./:_~!$&'()*+,;=@-]+$"}
)  # 3.4
REGION = _object(  # 3.30
    "startLine", startLine={"type": "integer", "minimum": 1}, startColumn={"type": "integer", "minimum": 1}
)
PHYSICAL = _object("artifactLocation", artifactLocation=ARTIFACT, region=REGION)  # 3.29
LOGICAL = _object("fullyQualifiedName", fullyQualifiedName=TEXT, kind={"const": "resource"})  # 3.33
LOCATION = {  # 3.28
    **_object("", id=INDEX, physicalLocation=PHYSICAL, logicalLocations=_list(LOGICAL, minItems=1, uniqueItems=True)),
    "minProperties": 1,
}
RULE = _object(
    "id shortDescription", id=TEXT, shortDescription=HELP, fullDescription=HELP, help=HELP, properties=BAG
)  # 3.49
DRIVER = _object("name", name=TEXT, version=TEXT, rules=_list(RULE, uniqueItems=True))  # 3.19
NOTIFICATION = _object("message", level={"enum": ["none", "note", "warning", "error"]}, message=MESSAGE)  # 3.58
SUPPRESSION = _object(  # 3.35
    "kind",
    kind={"enum": ["inSource", "external"]},
    status={"enum": ["accepted", "underReview", "rejected"]},
    justification=TEXT,
)
INVOCATION = _object(  # 3.20
    "executionSuccessful",
    executionSuccessful={"type": "boolean"},
    exitCode={"type": "integer"},
    exitCodeDescription={"type": "string"},
    toolConfigurationNotifications=_list(NOTIFICATION, uniqueItems=True),  # 3.20.22
)
RESULT = _object(  # 3.27
    "message ruleId ruleIndex level locations partialFingerprints",
    ruleId=TEXT,
    ruleIndex=INDEX,
    level={"enum": ["none", "note", "warning", "error"]},
    message=MESSAGE,
    locations=_list(LOCATION),
    relatedLocations=_list(LOCATION, uniqueItems=True),
    partialFingerprints={"type": "object", "additionalProperties": TEXT},
    suppressions=_list(SUPPRESSION, uniqueItems=True),
    properties=BAG,
)
RUN = _object(  # 3.14
    "tool results",
    tool=_object("driver", driver=DRIVER),
    invocations=_list(INVOCATION),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    results=_list(RESULT),
    properties=BAG,
)
LOG = _object(
    "version runs", **{"$schema": {"type": "string"}}, version={"const": "2.1.0"}, runs=_list(RUN, minItems=1)
)  # 3.13
