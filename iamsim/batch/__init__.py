"""Requests by the line: JSON Lines in, JSON Lines out, each line with every policy that applies to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BufferedIOBase
from typing import Any

import msgspec

from iamsim import documents, jsontext, redact
from iamsim.batch import strict, usual
from iamsim.batch.answers import Places, judged, told
from iamsim.batch.strict import refuse
from iamsim.engine import policyset
from iamsim.engine.context import derived
from iamsim.engine.policyset import PolicySet
from iamsim.errors import InputError
from iamsim.model.origin import Origin
from iamsim.model.policy import Layers, Policy

VERSION = 1
"""The version of the line format, described in docs/batch.md."""

MAX_REFS = 100_000
"""Policies that one stream can define."""

_MAX_BYTES = 4 * jsontext.MAX_CHARACTERS
_CHUNK = 65_536
_KEPT_BYTES = 4_000_000
_SETS = 8192
_ASKED = 50_000
_MAX_NAME = 1_000
_MEMBERS = {
    "id", "principal", "principal_account", "action", "resource", "resource_account", "context", "unknown_context",
    "policies", "settings",
}  # fmt: skip
_POLICIES = {"identity", "boundary", "session", "resource", "scps", "rcps", "vpc_endpoint"}
_FACTS = {"s3_block_public_access", "s3_bucket_abac"}
_SETTINGS = {*_FACTS, "principal_unique_id"}


@dataclass(slots=True)
class _Known:
    """The policies of a line, compiled; `keys` counts those in the text that they were written in."""

    policies: PolicySet
    keys: int = 0
    places: Places = field(init=False)

    def __post_init__(self) -> None:
        self.places = Places(self.policies.layers)


class Batch:
    """
    One stream of lines.

    `answers` gives one line out for each request, in order; a line that cannot be read is answered
    in its place. `failed` tells whether there was one. Policies that lines define are kept for the
    rest of the stream; so are the last sets compiled, for lines that repeat the policies of another.
    """

    def __init__(self, *, explain: bool = False) -> None:
        self.failed = False
        self._explain = explain
        self._defined: dict[str, Policy] = {}
        self._known: dict[bytes, _Known] = {}
        self._known_bytes = 0
        self._asked = 0

    def answers(self, lines: Iterable[bytes]) -> Iterator[str]:
        """One JSON text for each line (UTF-8) that asks something; blank lines and definitions give none."""
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            answer = self._answer(line.rstrip(b"\r\n"), number)
            if answer is not None:
                yield _written(answer)

    def _answer(self, line: bytes, number: int) -> dict[str, Any] | None:
        name: object = None
        try:
            found = usual.line(line)
            known = None if found is None else self._known.get(found.policies) or self._learnt(found.policies)
            if found is not None and known is not None and found.keys == known.keys:
                name = found.members["id"]
                return self._counted(found.members, known)
            value = jsontext.load(strict.decoded(line), f"line {number}")
            if not isinstance(value, dict):
                refuse("a line is a JSON object", "", 'write {"id": …, "principal": …}')
            name = value.get("id")
            if set(value) == {"define"}:
                self._define(value["define"])
                return None
            strict.only(value, _MEMBERS, "")
            if not strict.is_text(name):
                refuse("`id` is a string, unique in the stream", "/id", "name the line")
            return self._decided(value, self._read(value))
        except InputError as error:
            self.failed = True
            pointer = error.origin.pointer if error.origin is not None else ""
            hint = f"; {error.hint}" if error.hint else ""
            failure = {"message": redact.line(error.message + hint), "line": number, "pointer": redact.line(pointer)}
            return {"id": name if strict.is_text(name) else None, "error": failure}

    def _counted(self, value: Mapping[str, Any], known: _Known) -> dict[str, Any]:
        """The answer by known policies, which remember each action they are asked for: all of them together not too many."""
        before = known.policies.remembered
        answer = self._decided(value, known)
        self._asked += known.policies.remembered - before
        if self._asked > _ASKED:
            self._forget()
        return answer

    def _forget(self) -> None:
        self._known.clear()
        self._known_bytes = self._asked = 0

    def _decided(self, value: Mapping[str, Any], known: _Known) -> dict[str, Any]:
        request = derived(strict.request(value))
        found = None if self._explain else known.policies.judge(request)
        if found is not None:
            return judged(value["id"], found, known.places)
        return told(value["id"], known.policies.explain(request), known.places, explain=self._explain)

    # ------------------------------------------------------------ policies

    def _define(self, named: object) -> None:
        if not isinstance(named, Mapping):
            refuse("`define` is an object of names and documents", "/define", 'write {"define": {"name": {…}}}')
        if len(self._defined) + len(named) > MAX_REFS:
            refuse(f"more than {MAX_REFS:,} policies are defined", "/define", "split the stream")
        for name, document in named.items():
            if len(name) > _MAX_NAME:
                refuse(f"a policy's name is longer than {_MAX_NAME:,} characters", "/define", "give it a shorter one")
            pointer = "/define" + jsontext.written((name,))
            if name in self._defined:
                refuse("the name is defined twice", pointer, "give each policy a name of its own")
            self._defined[name] = documents.policy_of(document, origin=Origin("", pointer), name=name)

    def _learnt(self, written: bytes) -> _Known | None:
        """
        The policies in this text, kept in bounded memory; names that are defined mean the same ever after.

        None where something is wrong with them: the line read strictly tells what.
        """
        try:
            known = self._read({"policies": jsontext.load(strict.decoded(written), "policies")})
        except InputError:
            return None
        known.keys = usual.keys(written)
        if len(self._known) >= _SETS or self._known_bytes + len(written) > _KEPT_BYTES:
            self._forget()
        if len(written) <= _KEPT_BYTES:
            self._known[written] = known
            self._known_bytes += len(written)
        return known

    def _read(self, value: Mapping[str, Any]) -> _Known:
        given = value.get("policies", {})
        if not isinstance(given, Mapping):
            refuse("`policies` is an object", "/policies", 'write {"identity": […], …}')
        strict.only(given, _POLICIES, "/policies")
        settings = {} if value.get("settings") is None else value["settings"]
        if not isinstance(settings, Mapping):
            refuse("`settings` is an object", "/settings", "leave it out")
        strict.only(settings, _SETTINGS, "/settings")
        session = self._many(given, "session")
        layers = Layers(
            identity=self._many(given, "identity"),
            resource=self._one(given, "resource"),
            boundary=self._one(given, "boundary"),
            # `[]` means that no session policy was passed.
            session=session or None,
            scps=self._levels(given, "scps"),
            rcps=self._levels(given, "rcps"),
            vpc_endpoint=self._one(given, "vpc_endpoint"),
            settings={
                name: strict.text(found, f"/settings/{name}")
                for name, found in settings.items()
                if found is not None and name in _FACTS
            },
        )
        return _Known(policyset.compile(layers))

    def _many(self, given: Mapping[str, Any], name: str) -> tuple[Policy, ...]:
        return self._list([] if given.get(name) is None else given[name], f"/policies/{name}")

    def _levels(self, given: Mapping[str, Any], name: str) -> tuple[tuple[Policy, ...], ...]:
        levels = [] if given.get(name) is None else given[name]
        if not isinstance(levels, list):
            refuse(f"`{name}` is a list of levels", f"/policies/{name}", "the organization's root comes first")
        return tuple(self._list(level, f"/policies/{name}/{i}") for i, level in enumerate(levels))

    def _list(self, found: object, pointer: str) -> tuple[Policy, ...]:
        if not isinstance(found, list):
            refuse("expected a list of policies", pointer, "write [{…}]")
        return tuple([self._ref(item) or self._policy(item, f"{pointer}/{i}") for i, item in enumerate(found)])

    def _one(self, given: Mapping[str, Any], name: str) -> Policy | None:
        found = given.get(name)
        return None if found is None else self._ref(found) or self._policy(found, f"/policies/{name}")

    def _ref(self, value: object) -> Policy | None:
        """The policy that a reference names; None for anything else."""
        if isinstance(value, dict) and len(value) == 1:
            name = value.get("ref")
            return self._defined.get(name) if isinstance(name, str) else None
        return None

    def _policy(self, value: object, pointer: str) -> Policy:
        if isinstance(value, dict) and set(value) == {"ref"}:
            refuse(
                f"no policy is defined as `{str(value['ref'])[:60]}`", f"{pointer}/ref", "define it on an earlier line"
            )
        return documents.policy_of(value, origin=Origin("", pointer), name=pointer.removeprefix("/policies/"))


def lines(stream: BufferedIOBase, idle: Callable[[], None] = lambda: None) -> Iterator[bytes]:
    """
    The lines of a stream; of one longer than any that is read the beginning, which is then refused.

    `idle` is called before more of the stream is waited for: whoever writes it may wait for answers.
    """
    rest, beheaded = b"", False
    while True:
        idle()
        chunk = stream.read1(_CHUNK)
        if not chunk:
            break
        *whole, tail = chunk.split(b"\n")
        for piece in whole:
            if not beheaded:
                yield rest + piece
            rest, beheaded = b"", False
        if not beheaded:
            rest += tail
        if len(rest) > _MAX_BYTES:
            yield rest
            rest, beheaded = b"", True
    if rest:
        yield rest


def _written(answer: dict[str, Any]) -> str:
    try:
        return msgspec.json.encode(answer).decode()
    except UnicodeEncodeError:
        # Half of a surrogate pair, which JSON can write and UTF-8 cannot.
        return json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
