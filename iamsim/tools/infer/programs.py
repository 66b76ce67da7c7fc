"""What leaves the source: other programs, HTTP requests, code that is made at run time."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from iamsim.tools.infer.choices import options, text
from iamsim.tools.infer.containers import items
from iamsim.tools.infer.frames import Frame, Given
from iamsim.tools.infer.sdk_values import Answer, Session
from iamsim.tools.infer.syntax import names_of
from iamsim.tools.infer.values import UNKNOWN, Obj, Seq, Text, Value

if TYPE_CHECKING:
    from iamsim.tools.infer.libraries import Library


_PROGRAMS = frozenset({
    "aws", "cdk", "sam", "terraform", "tofu", "eksctl", "copilot", "kubectl", "helm", "pulumi", "serverless", "sls", "aws-vault", "docker", "podman",
})  # fmt: skip
_SHELLS = frozenset(
    {"bash", "sh", "zsh", "dash", "cmd", "powershell", "pwsh", "env", "sudo", "xargs", "timeout", "nohup"}
)


def program(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """Another program is run, which may be AWS's command line, by itself or through a shell."""
    command = given.get(0, "args", "cmd", "program", "command") or UNKNOWN
    environment = given.get(-1, "env")
    for option in options(environment) if environment is not None else ():
        values = library.walk.heap.get(option, {}).values() if isinstance(option, Obj) else ()
        if any(isinstance(each, (Session, Answer)) for value in values for each in options(value)):
            what = "what another program does with the credentials it is given"
            library.walk.unresolved(what, "it is not in this source", frame, node)
    words: list[Value] = [each for option in options(command) for each in _words(library, option, frame, node)]
    words += given.args[1:] if given.args else []
    told = [word for each in words for word in _told(each)]
    first = told[0] if told and _told(words[0]) else ""
    named = [word.rpartition("/")[2] for word in told]
    shell = first.rpartition("/")[2] in _SHELLS or given.get(-1, "shell") is not None
    known = [word for word in (named if shell else named[:1]) if word in _PROGRAMS]
    if not first or (shell and not known and any(not _told(each) or isinstance(each, Text) for each in words)):
        library.walk.unresolved("another program", "which program is run is decided at run time", frame, node)
    for word in dict.fromkeys(known):
        library.walk.unresolved(f"the program {word}", "what it asks AWS for is not in this source", frame, node)
    return UNKNOWN


def executed(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """Code that is a text: nobody reads it."""
    del given
    library.walk.unresolved("code that is made at run time", "what it does is not in the source", frame, node)
    return UNKNOWN


def requested(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """An HTTP request; one to AWS itself is a call that nobody can name."""
    for value in given.all():
        for option in options(value):
            parts = option.parts if isinstance(option, Text) else (text(option),)
            if any(isinstance(part, str) and ("amazonaws.com" in part or "api.aws" in part) for part in parts):
                why = "which action it needs is not told by the source"
                library.walk.unresolved("an HTTP request to AWS", why, frame, node)
    library.callbacks(
        Given(given.args, {name: value for name, value in given.keywords.items() if name != "auth"}), frame, node
    )
    auth = given.get(-1, "auth")
    if auth is not None and isinstance(node, ast.Call):
        return library.signing.sent(auth, (names_of(node.func) or ["get"])[-1], given, frame, node)
    return UNKNOWN


def _words(library: Library, command: Value, frame: Frame, node: ast.AST) -> list[Value]:
    return items(library.walk, command, frame, node) if isinstance(command, (Seq, Obj)) else [command]


def _told(value: Value) -> list[str]:
    """The words that a part of a command line begins with, as far as the source tells them; variables before it left out."""
    written = value.parts[0] if isinstance(value, Text) and isinstance(value.parts[0], str) else text(value)
    found = re.split(r"[\s;&|()`$]+", written) if written else []
    return [word for word in found if word and not re.fullmatch(r"\w+=.*", word)]
