"""The parts of README.md and docs/ that the program itself tells; run as a script, it writes them anew."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from iamsim import cli, gate
from iamsim.cli.rules._known import Known, known
from iamsim.lints import MEANING, Family, lints
from iamsim.model.finding import Audience, Severity
from iamsim.rules import rules

ROOT = Path(__file__).resolve().parent.parent
PAGES = (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md")))

_WIDTH = 100
_BLOCK = re.compile(r"(<!-- ([a-z-]+):begin -->\n).*?(<!-- \2:end -->)", re.DOTALL)


def rewritten(text: str) -> str:
    """The page with every marked block as the program tells it now; `KeyError` for a block that nothing makes."""
    return _BLOCK.sub(lambda match: f"{match[1]}{BLOCKS[match[2]]()}\n{match[3]}", text)


def marked(text: str) -> list[str]:
    """The names of the marked blocks of a page."""
    return [match[2] for match in _BLOCK.finditer(text)]


def first_sentence(path: Path) -> str:
    """The first paragraph of a module's docstring, on one line."""
    docstring = ast.get_docstring(ast.parse(path.read_bytes()))
    assert docstring is not None, f"{path} has no docstring"
    return " ".join(docstring.partition("\n\n")[0].split())


# ---------------------------------------------------------------- blocks


def _help(name: str) -> str:
    parent = cli.command.make_context("iamsim", [], resilient_parsing=True, terminal_width=_WIDTH)
    command = cli.command.get_command(parent, name)
    assert command is not None, f"no command {name}"
    told = command.get_help(command.make_context(name, [], parent=parent, resilient_parsing=True))
    return _fenced(told)


def _exit_codes() -> str:
    return _table(("code", "meaning"), ((f"`{code}`", meaning) for code, meaning in gate.MEANING.items()))


def _rules() -> str:
    folder = ROOT / "iamsim" / "rules"
    rows = (
        (f"`{name}`", str(rule.kind), str(rule.severity), first_sentence(folder / f"{name.replace('-', '_')}.py"))
        for name, rule in sorted(rules().items())
    )
    return _table(("rule", "kind", "severity", "what it finds"), rows)


def _map() -> str:
    """Every module with its sentence; helpers (a leading underscore) and the rules, which have their table, are left out."""
    rows = list(_modules(ROOT / "iamsim", 0))
    # Padded folder by folder, so that a long name moves no line of another.
    widths: dict[Path, int] = {}
    for folder, name, _ in rows:
        widths[folder] = max(widths.get(folder, 0), len(name) + 2)
    return _fenced("\n".join(f"{name:<{widths[folder]}}{sentence}" for folder, name, sentence in rows))


def _modules(folder: Path, depth: int) -> Iterator[tuple[Path, str, str]]:
    """The folder that holds a module, the module's name as the map shows it, and its sentence."""
    yield folder.parent, f"{'  ' * depth}{folder.name}/", first_sentence(folder / "__init__.py")
    if folder.name == "rules":
        return
    inside = "  " * (depth + 1)
    for path in sorted(folder.iterdir()):
        if path.name.startswith("_"):
            continue
        if (path / "__init__.py").is_file():
            yield from _modules(path, depth + 1)
        elif path.suffix == ".py":
            yield folder, f"{inside}{path.name}", first_sentence(path)


def _layers(name: str) -> str:
    """One contract of import-linter, highest layer first; the parentheses of layers that need not exist are taken away."""
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    contract = next(contract for contract in linter["contracts"] if contract["name"] == name)
    return _fenced("\n".join(re.sub(r"[()]", "", layer) for layer in contract["layers"]))


def _fenced(text: str) -> str:
    return f"```text\n{text}\n```"


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _lint_families() -> str:
    rows = (
        (str(family), meaning, f"{sum(1 for each in known() if each.family == family)}")
        for family, meaning in (*MEANING.items(), ("server", "what `iamsim check` judges a server by"))
    )
    return _table(("family", "what is wrong", "rules"), rows)


def _lint_rules() -> str:
    rows = (
        (
            f"[`{each.id}`](rules/{each.id}.md)",
            each.family,
            each.severity,
            each.title,
            ", ".join(f"`{c}`" for c in each.codes),
        )
        for each in known()
    )
    return _table(("rule", "family", "severity", "what it finds", "AWS's codes"), rows)


RULE_PAGES = ROOT / "docs" / "rules"


def rule_pages() -> Mapping[str, str]:
    """The page of every rule, by the name of its file: its docstring, and what it declares."""
    return {f"{each.id}.md": _rule_page(each) for each in known()}


def _rule_page(rule: Known) -> str:
    lines = [f"# {rule.id}", ""]
    code = False
    for line in rule.page.splitlines():
        if code and line and not line.startswith("    "):
            lines[-1:] = ["```", ""]
            code = False
        if line in ("Avoid:", "Prefer:"):
            lines.append(f"## {line[:-1]}")
        elif line.startswith("    ") and not code:
            lines += ["```json", line[4:]]
            code = True
        else:
            lines.append(line[4:] if code else line)
    if code:
        lines.append("```")
    facts = {
        "family": rule.family,
        "severity": rule.severity,
        "confidence": rule.confidence,
        "audience": rule.audience,
        "policies": ", ".join(rule.kinds) or "every kind",
        "AWS's codes": ", ".join(f"`{code}`" for code in rule.codes) or "none",
        "source": rule.cite,
    }
    lines += [
        "",
        _table(("", ""), iter(facts.items())),
        "",
        f"`iamsim rules show {rule.id}` says the same. All rules: [lint](../lint.md).",
        "",
    ]
    return "\n".join(lines)


SERIOUS = ROOT / "iamsim" / "lints" / "_serious.py"


def serious() -> str:
    """The module that names the lints a check asks, so that it need not import all of them to know."""
    found = sorted(
        id_
        for id_, lint in lints().items()
        if lint.severity in (Severity.CRITICAL, Severity.HIGH)
        and lint.audience is Audience.EVERYONE
        # What a source has read, AWS would not have refused.
        and lint.family is not Family.REFUSED
    )
    names = "".join(f'        "{id_}",\n' for id_ in found)
    return (
        '"""The lints of high severity or worse, for everyone: those that a check asks; written by `make readme`."""\n\n'
        "from __future__ import annotations\n\n"
        f"SERIOUS = frozenset(\n    {{\n{names}    }}\n)\n"
    )


BLOCKS: Mapping[str, Callable[[], str]] = {
    "help-check": lambda: _help("check"),
    "help-report": lambda: _help("report"),
    "help-explain": lambda: _help("explain"),
    "help-simulate": lambda: _help("simulate"),
    "help-trust": lambda: _help("trust"),
    "help-graph": lambda: _help("graph"),
    "help-lint": lambda: _help("lint"),
    "exit-codes": _exit_codes,
    "lint-families": _lint_families,
    "lint-rules": _lint_rules,
    "rules": _rules,
    "map": _map,
    "layers": lambda: _layers("imports point downwards"),
    "engine-layers": lambda: _layers("the engine's own layers"),
}


if __name__ == "__main__":
    SERIOUS.write_text(serious(), encoding="utf-8")
    RULE_PAGES.mkdir(exist_ok=True)
    for old in RULE_PAGES.glob("*.md"):
        old.unlink()
    for name, text in rule_pages().items():
        (RULE_PAGES / name).write_text(text, encoding="utf-8")
    for page in PAGES:
        page.write_text(rewritten(page.read_text(encoding="utf-8")), encoding="utf-8")
