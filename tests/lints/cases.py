"""What a lint is to find and to leave alone: `fixtures/lints/<id>.toml`, read and run."""

from __future__ import annotations

import copy
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iamsim import jsontext
from iamsim.drafts import Draft, PolicyKind
from iamsim.drafts.recognised import kind_of
from iamsim.errors import InputError
from iamsim.lint import Selection, drafts_of, lint
from iamsim.lints import lints
from iamsim.model.finding import Audience, Finding
from iamsim.sources import Options, load

FOLDER = Path(__file__).parents[2] / "fixtures" / "lints"
ONE = "111122223333"
SEEN = 'seen = ["scp", "rcp", "boundary", "resource", "vpc-endpoint"]\n'


@dataclass(frozen=True)
class Case:
    """One policy, or the files of one account, and what the lint is to say of it."""

    lint: str
    group: str
    number: int
    table: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.lint} {self.group} {self.number}: {self.table.get('why', '')}"


def table(id: str) -> Mapping[str, Any]:
    return tomllib.loads((FOLDER / f"{id}.toml").read_text(encoding="utf-8"))


def cases(*groups: str) -> list[Case]:
    return [
        Case(path.stem, group, number, each)
        for path in sorted(FOLDER.glob("*.toml"))
        for group in groups
        for number, each in enumerate(table(path.stem).get(group, ()), 1)
    ]


def findings(case: Case, folder: Path, *, every: bool = False) -> tuple[Finding, ...]:
    """What the lint (or every one) finds in the case; `folder` is an empty folder for its files."""
    return judged(case.table, folder, None if every else case.lint)


def judged(case: Mapping[str, Any], folder: Path, id: str | None) -> tuple[Finding, ...]:
    ids = frozenset(lints()) if id is None else frozenset({id})
    selection = Selection(ids, audience=Audience.STYLE)
    if "files" in case:
        # The files of one account, or those of several in a folder each.
        several = any(name.endswith("/account.toml") for name in case["files"])
        own = {} if several else {"account.toml": f'id = "{ONE}"\n{SEEN}'}
        for name, text in {**own, **case["files"]}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        drafts, world = drafts_of(load(str(folder), Options()).organization)
        return lint(drafts, (world,), selection).findings
    return lint((draft(case),), (), selection).findings


def draft(case: Mapping[str, Any]) -> Draft:
    text, name = case["policy"].strip() + "\n", case.get("name", "policy")
    try:
        written = jsontext.read(text, "policy.json")
    except InputError as error:
        place = error.origin
        return Draft(PolicyKind(case.get("kind", "identity")), name, None, lambda _: place, text, broken=error)
    told, service = kind_of(written.value, name)
    return Draft(
        PolicyKind(case.get("kind", told)),
        name,
        written.value,
        written.origin,
        text,
        case.get("service", service),
        of=case.get("of", ""),
        managed=case.get("managed"),
    )


def patched(policy: str, planted: Mapping[str, Any]) -> str:
    """The text of a policy with a bug planted: an RFC 6902 patch (add, remove, replace), one piece of text exchanged, or its end cut off."""
    if "cut" in planted:
        return policy.strip()[: planted["cut"]]
    if "text" in planted:
        before, after = planted["text"]
        assert before in policy
        return policy.replace(before, after, 1)
    value = copy.deepcopy(json.loads(policy))
    for change in planted["patch"]:
        *path, last = [part.replace("~1", "/").replace("~0", "~") for part in change["path"].split("/")[1:]]
        at = value
        for part in path:
            at = at[int(part)] if isinstance(at, list) else at[part]
        key = (len(at) if last == "-" else int(last)) if isinstance(at, list) else last
        if change["op"] == "remove":
            del at[key]
        elif change["op"] == "add" and isinstance(at, list):
            at.insert(key, change["value"])
        else:
            at[key] = change["value"]
    return json.dumps(value, indent=2)
