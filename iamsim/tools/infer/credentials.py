"""Whose credentials sessions and clients have: the server's, those of a role, those that a caller gives, nobody's."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from iamsim.tools.infer.choices import joined, options
from iamsim.tools.infer.containers import field_of
from iamsim.tools.infer.frames import Frame, Given
from iamsim.tools.infer.sdk_values import SERVER, Answer, Session, Signed
from iamsim.tools.infer.values import UNKNOWN, Arg, Const, Env, Obj, Outside, Value

if TYPE_CHECKING:
    from iamsim.tools.infer.interpreter import Interpreter

ASSUMES = {
    "sts.AssumeRole": "AssumeRole",
    "sts.AssumeRoleWithWebIdentity": "AssumeRoleWithWebIdentity",
    "sts.AssumeRoleWithSAML": "AssumeRoleWithSAML",
}
"""The operations that give the credentials of a role."""

_KEY = 6
"""The place of the access key among the arguments of `client` and `resource`."""

_UNSIGNED = ("botocore.UNSIGNED", "botocore.handlers.disable_signing")


class Credentials:
    """Whose credentials the SDK's objects have, for one walk."""

    def __init__(self, walk: Interpreter) -> None:
        self.walk = walk

    def given_to(self, given: Given) -> tuple[Signed, ...]:
        """Whose credentials a session or a client may have that is made with `given`."""
        session = given.get(-1, "botocore_session")
        if session is not None:
            found = [each for option in options(session) if isinstance(option, Session) for each in self.whose(option)]
            return tuple(found) or (Signed("brokered", "where the session comes from is not followed"),)
        key = given.get(0, "aws_access_key_id")
        if key is None:
            return (Signed("server", "further settings of the session are not followed") if given.open else SERVER,)
        signed = self.signers(key)
        return tuple(dict.fromkeys((*signed, SERVER))) if "aws_access_key_id" in given.maybe else signed

    def of_client(self, session: Session, given: Given) -> tuple[Signed, ...]:
        """Whose credentials a client may have: keys given to it, the session's, or by its configuration nobody's."""
        key = given.get(_KEY, "aws_access_key_id")
        if key is not None:
            signed = self.signers(key)
            return (
                tuple(dict.fromkeys((*signed, *self.whose(session)))) if "aws_access_key_id" in given.maybe else signed
            )
        config = given.get(-1, "config")
        for option in options(config) if config is not None else ():
            version = self.walk.get(option, "signature_version") if isinstance(option, Obj) else None
            if isinstance(version, Outside) and version.name in _UNSIGNED:
                return (Signed("unsigned"),)
        return self.whose(session)

    def whose(self, session: Session) -> tuple[Signed, ...]:
        """Whose credentials a session has, those included that it was given later."""
        later = self.walk.get(Obj("sessions", (session.key,)), "credentials") if session.key else None
        return (session.signed,) if later is None else self.signers(later)

    def signers(self, key: Value) -> tuple[Signed, ...]:
        """Whose keys these may be; what is not followed counts only where nothing else is known."""
        found: dict[Signed, None] = {}
        for option in options(key):
            match option:
                case Const() | Env():
                    found[SERVER] = None
                case Answer(operation=operation, call=call) if operation in ASSUMES:
                    found[Signed("role", call=call)] = None
                case Session(signed=signed):
                    found[signed] = None
                case Arg():
                    found[Signed("brokered", f"the keys are the tool's argument {option.name}")] = None
                case _:
                    found[Signed("brokered", "where the keys come from is not followed")] = None
        told = [signed for signed in found if signed.who != "brokered"]
        return tuple(told or found)

    def replaced(self, session: Session, credentials: Value) -> None:
        """Notes that a session gets other credentials than it was made with."""
        if session.key:
            before = self.walk.heap.setdefault(Obj("sessions", (session.key,)), {})
            if before.get("credentials") != credentials:
                before["credentials"] = credentials
                self.walk.changed = True

    def refreshing(self, given: Given, frame: Frame, node: ast.AST) -> Value:
        """The credentials that are fetched again when they expire: those of what they are first, and of what fetches them."""
        found = []
        for value in (given.get(0, "metadata"), given.get(1, "refresh_using")):
            if value is None:
                continue
            for option in options(value):
                answer = option
                if isinstance(option, Obj) and option.kind == "dict":
                    answer = field_of(self.walk, option, "access_key")
                elif not isinstance(option, (Answer, Session)):
                    called = self.walk.call(option, Given(), frame, node)
                    answer = field_of(self.walk, called, "access_key") if isinstance(called, Obj) else called
                found.append(answer)
        known = [each for each in found if each != UNKNOWN]
        return (
            joined(Session(each) for each in self.signers(joined(known)))
            if known
            else Session(Signed("brokered", "where the keys come from is not followed"))
        )
