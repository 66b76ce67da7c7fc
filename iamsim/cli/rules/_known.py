"""Every rule there is, those of `lint` and those of `check`, as data and as lines."""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass

from iamsim import config, lints, redact, rules
from iamsim.errors import InputError


@dataclass(frozen=True, slots=True)
class Known:
    """One rule: `family` is that of a lint, else `server`; `audience` and `codes` are those of lints; `page` is its docstring."""

    id: str
    family: str
    severity: str
    confidence: str
    audience: str
    codes: tuple[str, ...]
    kinds: tuple[str, ...]
    cite: str
    page: str

    @property
    def title(self) -> str:
        """What it finds, in one line."""
        return self.page.partition("\n")[0].rstrip(".")


def known() -> tuple[Known, ...]:
    """Every rule, by family and id."""
    found = [
        Known(
            id_, lint.family, lint.severity, lint.confidence, lint.audience, lint.codes,
            tuple(sorted(lint.kinds)) if lint.kinds != lints.EVERY_KIND else (), lint.cite, lints.page(id_),
        )
        for id_, lint in lints.lints().items()
    ]  # fmt: skip
    for id_, rule in rules.rules().items():
        module = importlib.import_module(f"iamsim.rules.{id_.replace('-', '_')}")
        page = inspect.getdoc(module) or ""
        found.append(Known(id_, "server", rule.severity, rule.confidence, "everyone", (), (), rule.cite, page))
    return tuple(sorted(found, key=lambda each: (each.family, each.id)))


def named(word: str) -> Known:
    """The rule with this id, or the one that has this code of AWS's."""
    for each in known():
        if word == each.id or word.upper() in each.codes:
            return each
    ids = [each.id for each in known()]
    raise InputError(f"`{redact.line(word)[:80]}` is no rule", hint=config.closest(word, ids))
