"""Commands of the AWS CLI: one that shows what is there, then those that change it."""

from __future__ import annotations

import shlex

from iamsim.fix import Block, Form, _documents
from iamsim.fix._addresses import address, logical_id
from iamsim.fix._blocks import block, by_hand, shared, unknown, what
from iamsim.fix._commands import COMMANDS, WHOLE, Asked, Command, Commands, permissions
from iamsim.fix._targets import target
from iamsim.model.principal import HOLE
from iamsim.model.remedy import Edit


def write(edits: tuple[Edit, ...]) -> tuple[Block, ...]:
    """For each edit the commands, the first of which changes nothing."""
    return tuple(map(_block, edits))


def _block(edit: Edit) -> Block:
    found = target(edit)
    if found is None:
        return by_hand(edit, "no command is known here for a policy of this name or kind")
    notes = (*shared(edit, found), *_elsewhere(edit))
    if found.kind == "function":
        commands = permissions(found, edit.before, edit.after)
        if commands is None:
            return by_hand(edit, "no permissions of the function make this policy")
    else:
        policy = _documents.text(_documents.value(edit.after))
        commands = COMMANDS[found.kind](Asked(found, policy, is_new=edit.before is None))
    if found.kind == "managed":
        notes += ("a managed policy keeps at most five versions: delete one first where there are five",)
    if found.kind in WHOLE and edit.before is None:
        notes += ("a policy that the resource has by now is replaced whole: see what the first command shows",)
    verb = "add" if edit.before is None else "set" if found.kind == "boundary" else "change"
    return _script(f"{verb} {what(found)}", commands, notes)


def _script(title: str, commands: Commands, notes: tuple[str, ...]) -> Block:
    show, changes = commands
    variables: list[str] = []
    shown = ["# Shows what is there now, and changes nothing.", _line(show, variables)]
    lines = [line for change in changes for line in ("", _line(change, variables))]
    text = "\n".join((*shown, *lines, ""))
    return block(title, text, "shell", "", (*notes, *unknown(len(variables), "$UNKNOWN_1")))


def _line(command: Command, variables: list[str]) -> str:
    """One command line; a value that begins like an option is joined to its own."""
    found = [f"aws {command.service} {command.operation}"]
    for name, value in command.options:
        if value is None:
            found.append(name)
        else:
            found.append(f"{name}{'=' if value.startswith('-') else ' '}{_quoted(value, variables)}")
    return (" " if len(found) <= _SHORT else " \\\n  ").join(found)


def _quoted(value: str, variables: list[str]) -> str:
    """A value as a shell reads it whole; a hole is a variable without which the command does not run."""
    first, *rest = value.split(HOLE)
    parts = [shlex.quote(first)] if first or not rest else []
    for part in rest:
        variables.append(f"UNKNOWN_{len(variables) + 1}")
        parts.append(f'"${{{variables[-1]}:?what the inputs do not tell}}"')
        parts += [shlex.quote(part)] if part else []
    return "".join(parts)


def _elsewhere(edit: Edit) -> tuple[str, ...]:
    """What to know where something else than a person makes the policy."""
    places = [edit.origin, *([edit.before.origin] if edit.before is not None else [])]
    if any(address(place) is not None for place in places):
        return ("Terraform takes the change back at the next apply: change its configuration too",)
    if any(map(logical_id, places)):
        return (
            "the stack may take the change back at its next update: change its template too",
            "names that CloudFormation makes may be other ones: see what the first command shows",
        )
    return ()


_SHORT = 3


def _fits(edit: Edit) -> bool:
    origin = edit.origin if edit.before is None else edit.before.origin
    # A live account's places are the calls that told them.
    return not origin.pointer and origin.line is None and " arn:" in origin.document


FORM = Form("AWS CLI", ".sh", write, _fits)
