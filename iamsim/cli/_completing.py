"""What a shell is offered for the word that is being typed."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
    shell_complete,
    split_arg_string,
)
from click.types import StringParamType

if TYPE_CHECKING:
    from iamsim.tools.manifest import Manifest

PROGRAM, VARIABLE = "iamsim", "_IAMSIM_COMPLETE"
SHELLS = ("bash", "zsh", "fish")

Items = Iterator["CompletionItem[str]"]
Offer = Callable[[click.Context, str], Items]


class Bash(BashComplete):
    """
    Completion in bash 4.4 or newer, which takes `:`, `@` and `=` for the ends of words: `s3:GetObject` is three of them.

    So the line is read as it stands, and what is offered begins where bash's own last word does.
    """

    source_template = """\
%(complete_func)s() {
    local type value
    COMPREPLY=()
    while IFS=, read -r type value; do
        case "$type" in
            dir) compopt -o dirnames 2>/dev/null ;;
            file) compopt -o default 2>/dev/null ;;
            plain)
                COMPREPLY+=("$value")
                if [[ $value == *[:=] ]]; then compopt -o nospace 2>/dev/null; fi
                ;;
        esac
    done < <(COMP_WORDS="${COMP_LINE:0:COMP_POINT}" COMP_WORDBREAKS="$COMP_WORDBREAKS" \\
        %(complete_var)s=bash_complete "$1" 2>/dev/null)
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""

    def source(self) -> str:
        """The script; click would start a bash to ask for its version."""
        return ShellComplete.source(self)

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the one that is being typed, and that one."""
        line = os.environ["COMP_WORDS"]
        words = split_arg_string(line)[1:]
        return words, words.pop() if words and not line[-1].isspace() else ""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        """What is offered, without what of the word stands before bash's own."""
        value = incomplete.partition("=")[2] if incomplete.startswith("--") else incomplete
        breaks = set(os.environ.get("COMP_WORDBREAKS", "")) & set(":@=")
        begins = max((value.rfind(each) + 1 for each in breaks), default=0)
        return [
            CompletionItem(each.value[begins:] if each.type == "plain" else each.value, each.type)
            for each in super().get_completions(args, incomplete)
        ]


_BY_SHELL: dict[str, type[ShellComplete]] = {"bash": Bash, "zsh": ZshComplete, "fish": FishComplete}


def source(root: click.Command, shell: str) -> str:
    """The script that makes `shell` ask for completions."""
    return _BY_SHELL[shell](root, {}, PROGRAM, VARIABLE).source()


def complete(root: click.Group, instruction: str) -> int:
    """Answers a shell on standard output, and says nothing where there is nothing to say; the exit code."""
    add_completion_class(Bash)
    shell = _BY_SHELL.get(instruction.partition("_")[0])
    if shell is None:
        return 1
    try:
        words, _ = shell(root, {}, PROGRAM, VARIABLE).get_completion_args()
        _equip(root, words)
        return shell_complete(root, {}, PROGRAM, VARIABLE, instruction)
    except Exception:  # noqa: BLE001 - whatever fails, a line that is being typed is no place to say so
        return 1


# ---------------------------------------------------------------- what a parameter takes


class _Text(StringParamType):
    """Any text, of which some is offered."""

    def __init__(self, offer: Offer) -> None:
        self._offer = offer

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
        """What is offered for `incomplete`."""
        del param
        return list(self._offer(ctx, incomplete))


def _equip(root: click.Group, words: Iterable[str]) -> None:
    """Gives the command that is being typed parameters that know what to offer."""
    command: click.Command | None = root
    context = click.Context(root, info_name=PROGRAM)
    for word in words:
        if not isinstance(command, click.Group):
            break
        if not word.startswith("-"):
            command = command.get_command(context, word)
    for parameter in command.params if command is not None else ():
        offer = offer_of(parameter)
        if offer is not None and isinstance(parameter.type, StringParamType):
            parameter.type = _Text(offer)


def offer_of(parameter: click.Parameter) -> Offer | None:
    """What a parameter offers, by its name or by what help says of its value; None for what only the user knows."""
    told = (parameter.metavar or "").removesuffix("…")
    if told.startswith("[") and told.endswith("]"):
        told = told[1:-1]
    return BY_METAVAR.get(told) or next((BY_NAME[each] for each in parameter.opts if each in BY_NAME), None)


# ---------------------------------------------------------------- what is offered


def _among(names: Iterable[str], incomplete: str) -> Items:
    """Those that begin like what is typed, whatever its case; a shell may take what it puts in for more than a name."""
    typed = incomplete.casefold()
    return (CompletionItem(each) for each in names if each.casefold().startswith(typed) and _NAME.fullmatch(each))


_NAME = re.compile(r"[\w.:@/=,+-]+", re.ASCII)


def _file(_: click.Context, incomplete: str) -> Items:
    yield CompletionItem(incomplete, type="file")


def _folder(_: click.Context, incomplete: str) -> Items:
    yield CompletionItem(incomplete, type="dir")


def _policies(context: click.Context, incomplete: str) -> Items:
    yield from _file(context, incomplete)
    yield from _among(("aws",) if incomplete else (), incomplete)


def _manifests(context: click.Context, incomplete: str) -> Items:
    from iamsim.tools.manifest import shipped  # noqa: PLC0415 - a key is pressed: only what is asked for is imported

    yield from _file(context, incomplete)
    yield from _among(shipped(), incomplete)


def _tools(context: click.Context, incomplete: str) -> Items:
    return _among((tool.name for tool in _manifest(context).tools), incomplete)


def _modes(context: click.Context, incomplete: str) -> Items:
    return _among(_manifest(context).modes, incomplete)


def _parameters(context: click.Context, incomplete: str) -> Items:
    manifest = _manifest(context)
    names = {*manifest.server.parameters, *(name for tool in manifest.tools for name in tool.parameters)}
    return _among((f"{name}=" for name in sorted(names)), incomplete)


def _manifest(context: click.Context) -> Manifest:
    """The manifest that the line names, or the settings."""
    from iamsim import config  # noqa: PLC0415 - as above
    from iamsim.tools.manifest import named  # noqa: PLC0415 - as above

    given = context.params
    return named(given.get("manifest") or given.get("tools") or config.find(Path()).tools or "")


def _formats(context: click.Context, incomplete: str) -> Items:
    if "=" in incomplete:
        yield from _file(context, incomplete.partition("=")[2])
    elif context.command.name == "lint":
        from iamsim.cli._linted import FORMATS  # noqa: PLC0415 - as above

        yield from _among(FORMATS, incomplete)
    elif context.command.name == "diff":
        from iamsim.cli.diff import FORMS  # noqa: PLC0415 - as above

        yield from _among(FORMS, incomplete)
    elif context.command.name == "check":
        from iamsim.renderers import names  # noqa: PLC0415 - as above

        yield from _among(names(), incomplete)


def _forms(_: click.Context, incomplete: str) -> Items:
    from iamsim import fix  # noqa: PLC0415 - as above

    return _among((name.replace("_", "-") for name in fix.names()), incomplete)


def _rules(context: click.Context, incomplete: str) -> Items:
    from iamsim import lints, plugins, rules  # noqa: PLC0415 - as above

    of_check = plugins.modules(rules) if context.command.name == "show" else ()
    modules = (*plugins.modules(lints), *of_check)
    return _among(sorted(each.replace("_", "-") for each in modules), incomplete)


def _actions(_: click.Context, incomplete: str) -> Items:
    from iamsim.catalog import actions  # noqa: PLC0415 - as above

    service, colon, _name = incomplete.partition(":")
    if not colon:
        return _among((f"{each}:" for each in sorted(actions.services())), incomplete)
    service = service.lower()
    return _among((f"{service}:{each}" for each in sorted(actions.names(service))), incomplete)


def _services(_: click.Context, incomplete: str) -> Items:
    from iamsim.catalog import actions  # noqa: PLC0415 - as above

    return _among(sorted(actions.services()), incomplete)


def _stated(_: click.Context, incomplete: str) -> Items:
    return _keys(incomplete, "=") if "=" not in incomplete else iter(())


def _absent(_: click.Context, incomplete: str) -> Items:
    return _keys(incomplete, "")


def _keys(incomplete: str, end: str) -> Items:
    """Condition keys with `end` behind each: the global ones, and those of the service that is typed."""
    from iamsim.catalog import actions, condition_keys  # noqa: PLC0415 - as above

    service, colon, _name = incomplete.partition(":")
    found = {each.key for each in condition_keys.global_keys()}
    if colon:
        found.update(actions.key_names(service.lower()).values())
    # A key with a part to fill in, such as `aws:RequestTag/tag-key`, ends where that begins.
    begun = {f"{each.partition('/')[0]}/" if "/" in each else f"{each}{end}" for each in found}
    return _among(sorted(begun), incomplete)


def _types(_: click.Context, incomplete: str) -> Items:
    from iamsim.config import POLICY_TYPES  # noqa: PLC0415 - as above

    before, comma, _typed = incomplete.rpartition(",")
    left = (each for each in POLICY_TYPES if each not in before.split(","))
    return _among((f"{before}{comma}{each}" for each in left), incomplete)


BY_METAVAR: dict[str, Offer] = {
    "FILE": _file,
    "FILE|-": _file,
    "PATH": _file,
    "PATH|-": _file,
    "REPORT.json": _file,
    "SOURCE": _file,
    "DIR": _folder,
    "FOLDER": _folder,
    "[KIND:]PATH|aws": _policies,
    "NAME@VERSION|FILE": _manifests,
    "TOOL": _tools,
    "FORMAT[=FILE]": _formats,
    "FORM": _forms,
    "ID|CODE": _rules,
    "KEY=VALUE": _stated,
    "KEY": _absent,
    "TYPES": _types,
}
"""By the word for a value in help, without what says that it is optional or repeated."""

BY_NAME: dict[str, Offer] = {
    "--action": _actions,
    "--mode": _modes,
    "--service": _services,
    "--set": _parameters,
    "before": _policies,
    "after": _policies,
    "name": _actions,
}
