"""A probe plan as a configuration of mcp-test, or as requests of MCP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from iamsim import redact, yamltext
from iamsim.errors import InputError
from iamsim.model.diagnosis import Plan, Trial

_NO_ERROR = {
    "type": "object",
    "properties": {
        "content": {
            "type": "array",
            "items": {"properties": {"text": {"not": {"pattern": '"error"\\s*:|validation error'}}}},
        },
        "isError": {"not": {"const": True}},
    },
    "required": ["content"],
}
"""What the answer of a tool must look like, so that one that failed inside does not pass."""


def must_be_known(file: str | None) -> None:
    """Refuses a file whose ending tells no form of a plan, before anything is read."""
    if file is not None and not file.lower().endswith((".yaml", ".yml", ".json")):
        raise InputError(
            f"`{redact.line(file)[:200]}` tells no form of a plan",
            hint="end it in .yaml for mcp-test, in .json for MCP requests",
        )


def written(plan: Plan, file: str) -> str:
    """The plan in the form that the ending of the file tells."""
    made = _requests(plan) if file.lower().endswith(".json") else _configuration(plan)
    text = json.dumps(made, indent=2, ensure_ascii=False)
    return f"{text}\n" if file.lower().endswith(".json") else _head(plan) + yamltext.dumped(json.loads(text))


# ---------------------------------------------------------------- helpers


def _head(plan: Plan) -> str:
    told = [
        "# The fewest calls found that prove the permissions a check asks about; made by iamsim diagnose --plan.",
        "# A call with effect `update` changes something: look at it before it runs.",
    ]
    told += [
        f"# fill in: {redact.line(trial.tool)}: {', '.join(map(redact.line, trial.to_fill))}"
        for trial in plan.trials
        if trial.to_fill
    ]
    return "".join(f"{line}\n" for line in told)


def _configuration(plan: Plan) -> Mapping[str, Any]:
    return {
        "test_tools": {
            trial.tool: {
                "description": f"proves {len(trial.proves)} permissions; {trial.sees}",
                "effect": "update" if trial.writes else "none",
                "arguments": _filled(trial),
                "response_schema": _NO_ERROR,
                "proves": list(trial.proves),
            }
            for trial in plan.trials
        },
        "test_resources": {},
    }


def _requests(plan: Plan) -> list[Mapping[str, Any]]:
    return [
        {
            "jsonrpc": "2.0",
            "id": number,
            "method": "tools/call",
            "params": {
                "name": trial.tool,
                "arguments": _filled(trial),
                "_meta": {
                    "iamsim/proves": list(trial.proves),
                    "iamsim/writes": trial.writes,
                    "iamsim/fill": list(trial.to_fill),
                    "iamsim/sees": trial.sees,
                },
            },
        }
        for number, trial in enumerate(plan.trials, 1)
    ]


def _filled(trial: Trial) -> Mapping[str, Any]:
    """The arguments; one that nothing tells is null, which no tool takes for a value."""
    return {**trial.arguments, **dict.fromkeys(trial.to_fill)}
