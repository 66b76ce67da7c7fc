"""
The configuration of mcp-test: what will be tested and what each test looks at, and what came out when it was generated.

Source: quiltdata/quilt-mcp-server, `scripts/tests/mcp-test.yaml` and `src/quilt_mcp/testing/discovery.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from iamsim import yamltext
from iamsim.errors import InputError
from iamsim.evidence import Format
from iamsim.evidence._keeping import Kept, answer, arguments, error_of, line, moment, says_timeout, seconds, shown
from iamsim.evidence._reading import Opened
from iamsim.evidence._running import ANSWERED, ERROR_FIELD, SCHEMA
from iamsim.jsontext import Number, Pointer, Written, written
from iamsim.model.observation import Evidence, Outcome, Result, Subject
from iamsim.model.origin import Origin

EXPECTED_ERROR = "expected-error"
_SECTION = re.compile(r"^(?:\{?\s{0,4}[\"'])?(?:test_tools|test_resources|tool_loops)[\"']?\s{0,8}:", re.MULTILINE)
_OUTCOMES = {
    "passed": Outcome.PASSED,
    "success": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "error": Outcome.FAILED,
    "skipped": Outcome.SKIPPED,
}


def likeness(opened: Opened) -> int:
    """Sure where one of the sections stands at the margin; the first of them may follow a long environment."""
    return 95 if _SECTION.search(opened.head) else 0


def read(opened: Opened) -> Evidence:
    """What will be tested as `expected`, and the results of discovery as results."""
    config = _Config(Kept(opened, "mcp_test_config"))
    try:
        documents = yamltext.read(opened.text(), opened.location)
    except InputError as error:
        raise InputError(line(error.message), hint=error.hint, origin=error.origin) from None
    for document in documents:
        config.document(document)
    return config.finished()


class _Config:
    def __init__(self, kept: Kept) -> None:
        self.kept = kept
        self.written: Written
        self.looks_inside = False

    def document(self, document: Written) -> None:
        self.written, whole = document, document.value
        if not isinstance(whole, Mapping):
            return
        tools = list(self.entries(whole, "test_tools"))
        # The version that can run loops is the one that looks for an error inside an answer.
        self.looks_inside = "tool_loops" in whole or any("category" in tool or "discovery" in tool for _, tool in tools)
        for name, tool in tools:
            self.tool(name, tool)
        for uri, resource in self.entries(whole, "test_resources"):
            self.resource(uri, resource)
        for name, loop in self.entries(whole, "tool_loops"):
            self.loop(name, loop)

    def entries(self, whole: Mapping[str, Any], section: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The entries of a section that can be read; the others are counted."""
        entries = whole.get(section)
        if entries is not None and not isinstance(entries, Mapping):
            self.kept.malformed += 1
            self.kept.note(f"`{section}` is no mapping of names")
            return
        for name, entry in (entries or {}).items():
            if isinstance(entry, Mapping):
                yield name, entry
            else:
                self.kept.malformed += 1

    # ---------------------------------------------------------------- what is in it

    def tool(self, name: str, entry: Mapping[str, Any]) -> None:
        tool = entry.get("tool")
        expected = Result(
            line(name),
            Outcome.UNKNOWN,
            tool=line(tool) if isinstance(tool, str) and tool else line(name),
            arguments=self.given(entry, "arguments"),
            looked_at=self.looked_at(entry),
            origin=self.place(("test_tools", name)),
            effect=_word(entry.get("effect")),
        )
        self.kept.expect(expected)
        discovery = entry.get("discovery")
        if isinstance(discovery, Mapping):
            self.discovered(expected, discovery, ("test_tools", name, "discovery"))

    def discovered(self, expected: Result, told: Mapping[str, Any], at: Pointer) -> None:
        outcome = _OUTCOMES.get(_word(told.get("status")).lower())
        if outcome is None:
            self.kept.malformed += 1
            return
        example = _data(told.get("response_example"))
        error = shown(told["error"]) if isinstance(told.get("error"), str) else ""
        took = seconds(told.get("duration_ms"))
        self.kept.add(
            Result(
                expected.name,
                outcome,
                tool=expected.tool,
                arguments=expected.arguments,
                error=error,
                error_type=_word(told.get("error_category")),
                timed_out=outcome is Outcome.FAILED
                and (says_timeout(error) or _word(told.get("error_category")) == "timeout"),
                # Discovery calls a tool passed that raises nothing.
                looked_at=(ANSWERED,) if outcome is not Outcome.SKIPPED else (),
                answer="" if example is None else answer(example),
                told_error=shown(error_of(example)) if outcome is Outcome.PASSED else "",
                seconds=None if took is None or outcome is Outcome.SKIPPED else took / 1000,
                at=moment(told.get("discovered_at")),
                origin=self.place(at),
                effect=expected.effect,
            )
        )

    def resource(self, uri: str, entry: Mapping[str, Any]) -> None:
        validation = entry.get("content_validation")
        schema = isinstance(validation, Mapping) and bool(validation.get("schema"))
        self.kept.expect(
            Result(
                line(uri),
                Outcome.UNKNOWN,
                Subject.RESOURCE,
                arguments=self.given(entry, "uri_variables"),
                looked_at=(ANSWERED, *([SCHEMA] if schema else [])),
                origin=self.place(("test_resources", uri)),
                effect=_word(entry.get("effect")),
            )
        )

    def loop(self, name: str, entry: Mapping[str, Any]) -> None:
        steps = entry.get("steps")
        if not isinstance(steps, list):
            self.kept.malformed += 1
            return
        at: Pointer = ("tool_loops", name)
        self.kept.expect(
            Result(
                line(name),
                Outcome.UNKNOWN,
                Subject.LOOP,
                looked_at=(ERROR_FIELD,),
                origin=self.place(at),
            )
        )
        for index, step in enumerate(steps):
            tool = step.get("tool") if isinstance(step, Mapping) else None
            if not isinstance(tool, str):
                self.kept.malformed += 1
                continue
            self.kept.expect(
                Result(
                    f"{line(name)}.{index + 1}",
                    Outcome.UNKNOWN,
                    Subject.LOOP,
                    tool=line(tool),
                    arguments=self.given(step, "args"),
                    looked_at=(EXPECTED_ERROR,) if step.get("expect_success") is False else (ERROR_FIELD,),
                    origin=self.place((*at, "steps", index)),
                )
            )

    # ---------------------------------------------------------------- helpers

    def place(self, pointer: Pointer) -> Origin:
        """Where a part stands; a name on the way there may be anything."""
        names = tuple(part if isinstance(part, int) else line(part) for part in pointer)
        return replace(self.written.origin(pointer), pointer=written(names))

    def given(self, entry: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
        """The arguments, of which those that are left out are none; None for what are none at all."""
        told = _data(entry.get(name))
        if told is None:
            return {}
        if not isinstance(told, Mapping):
            self.kept.malformed += 1
        return arguments(told)

    def looked_at(self, entry: Mapping[str, Any]) -> tuple[str, ...]:
        found = [ANSWERED]
        if entry.get("response_schema"):
            found.append(SCHEMA)
        validation = entry.get("validation")
        if isinstance(validation, Mapping):
            least = seconds(validation.get("min_results"))
            shape = validation.get("result_shape")
            found.extend(["min-results"] if least else [])
            found.extend(["content"] if validation.get("must_contain") else [])
            found.extend(["result-shape"] if isinstance(shape, Mapping) and shape.get("required_fields") else [])
        return (*found, *([ERROR_FIELD] if self.looks_inside else []))

    def finished(self) -> Evidence:
        if self.kept.nothing():
            self.kept.refuse("holds no configuration of mcp-test", "give a file with `test_tools` or `tool_loops`")
        if self.kept.results:
            self.kept.note(
                "the results are those of discovery, which called the tools when the file was generated: "
                "in the process and with the credentials of whoever did that"
            )
        return self.kept.evidence()


def _word(value: Any) -> str:  # noqa: ANN401 - YAML is any of six types
    return line(value, 100) if isinstance(value, str) else ""


def _data(value: Any) -> Any:  # noqa: ANN401 - YAML is any of six types
    """The same with numbers as numbers."""
    if isinstance(value, Number):
        try:
            return int(value) if value.lstrip("-").isdigit() else float(value)
        except ValueError:  # more digits than are converted
            return str(value)
    if isinstance(value, Mapping):
        return {name: _data(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_data(item) for item in value]
    return value


EVIDENCE = Format("mcp-test configuration", likeness, read)
