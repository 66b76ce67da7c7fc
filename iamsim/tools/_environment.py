"""The environment of a program that is not to see ours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from iamsim.errors import InputError


def clean_environment(named: Iterable[str], outer: Mapping[str, str]) -> dict[str, str]:
    """
    The environment of a process that is not to see ours: what every program needs, and what is named.

    `named` are texts `NAME`, taken from `outer`, or `NAME=VALUE`. Raises `InputError` for one that is
    neither or is not set. HOME is among what every program needs: the files under it can be read.
    """
    found = {name: outer[name] for name in _EVERY if name in outer}
    for text in named:
        name, equals, value = text.partition("=")
        if not _VARIABLE.fullmatch(name) or "\0" in value:
            # Not repeated: it may be the value, with its name forgotten.
            raise InputError("an environment variable has no name", hint="write NAME or NAME=VALUE")
        if not equals and name not in outer:
            raise InputError(
                f"the environment variable `{name[:_SHOWN]}` is not set", hint=f"set it, or give {name[:_SHOWN]}=VALUE"
            )
        found[name] = value if equals else outer[name]
    return found


# ---------------------------------------------------------------- helpers

_SHOWN = 128
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_EVERY = (
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    # Without these no program starts on Windows.
    "SYSTEMROOT",
    "PATHEXT",
    "TEMP",
    "USERPROFILE",
)
