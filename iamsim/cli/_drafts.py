"""The policies to lint: files and folders as they are written, and whatever a source reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from iamsim import jsontext, redact, sources
from iamsim.cli._loading import Loading
from iamsim.cli._outputs import warning
from iamsim.drafts import Draft, PolicyKind
from iamsim.drafts.recognised import is_policy, kind_of
from iamsim.drafts.world import World
from iamsim.errors import IamsimError, InputError, NothingToCheckError
from iamsim.lint import drafts_of
from iamsim.model.origin import Origin
from iamsim.model.report import Input
from iamsim.sources import json_folder
from iamsim.sources._files import Files, one_file

_MOST = 4 * 1024 * 1024
"""Largest file of one policy that is read; AWS stores none of more than 131,072 characters."""
_NO_POLICIES = frozenset({"kubernetes"})
"""Sources that tell no policy."""


@dataclass(frozen=True, slots=True)
class Read:
    """What was read: the drafts, the worlds that some of them stand in, and where from."""

    drafts: tuple[Draft, ...]
    worlds: tuple[World, ...]
    inputs: tuple[Input, ...]


def read(locations: tuple[str, ...], loading: Loading, kind: PolicyKind | None, service: str | None) -> Read:
    """
    The policies at `locations`: files and folders of policies, account folders, and what else a source reads.

    `kind` and `service` say what policies are whose text and name do not tell. Raises `InputError`, and
    `NothingToCheckError` where there is no policy at all.
    """
    drafts: list[Draft] = []
    worlds: list[World] = []
    inputs: list[Input] = []
    for location in locations:
        path = Path(location)
        if not sources.is_live(location) and path.is_dir():
            found = _folder(path, loading, kind, service)
        elif not sources.is_live(location) and path.is_file() and (own := _file(path, kind, service, named=True)):
            found = Read((own,), (), (Input("policies", location, f"one {own.kind} policy"),))
        else:
            found = _source(location, loading)
        drafts += found.drafts
        worlds += found.worlds
        inputs += found.inputs
    if not drafts:
        raise NothingToCheckError(
            f"{redact.line(', '.join(locations))[:200]} holds no policy", hint="name a file, or a folder with policies"
        )
    return Read(tuple(drafts), tuple(worlds), tuple(inputs))


def rewritten(draft: Draft, text: str) -> Draft:
    """The draft of the same policy with another text."""
    written = jsontext.read(text, draft.origin(()).document, most=_MOST)
    return replace(draft, value=written.value, origin=written.origin, text=text, world=None)


# ---------------------------------------------------------------- files and folders


def _file(path: Path, kind: PolicyKind | None, service: str | None, *, named: bool) -> Draft | None:
    """The policy in a file as it is written; None for a file that holds none. `named`: the user pointed at this very file."""
    text = one_file(path, _MOST) if named else _text(path)
    if text is None or (path.suffix != ".json" and not text.lstrip().startswith("{")):
        return None
    try:
        written = jsontext.read(text, str(path), most=_MOST)
    except InputError as error:
        # A file that was meant to be a policy is one that AWS refuses; any other is no business of ours.
        if '"Statement"' not in text:
            return None
        known = kind or kind_of(None, str(path))[0]
        place = error.origin or Origin(str(path))
        return Draft(known, _name(path), None, lambda _: place, text, service or "", broken=error)
    if not (is_policy(written.value) or (named and kind is not None)):
        return None
    told, of_service = kind_of(written.value, str(path))
    return Draft(kind or told, _name(path), written.value, written.origin, text, service or of_service)


def _text(path: Path) -> str | None:
    try:
        return one_file(path, _MOST)
    except IamsimError:
        return None


def _name(path: Path) -> str:
    return path.name.removesuffix(".json")


def _folder(path: Path, loading: Loading, kind: PolicyKind | None, service: str | None) -> Read:
    if json_folder.is_account(path):
        return _account(path, loading, kind, service)
    drafts: list[Draft] = []
    worlds: list[World] = []
    inputs: list[Input] = []
    for file in _walked(Files(path), path):
        own = _file(file, kind, service, named=False)
        if own is not None:
            drafts.append(own)
            continue
        name = sources.recognised(file)
        if name is not None and name not in _NO_POLICIES and file.suffix in (".json", ".yaml", ".yml", ".template"):
            found = _source(f"{name.replace('_', '-')}:{file}", loading)
            drafts += found.drafts
            worlds += found.worlds
            inputs += found.inputs
    count = len(drafts)
    told = Input("policies", str(path), f"{count} {'policy' if count == 1 else 'policies'}")
    return Read(tuple(drafts), tuple(worlds), (told, *inputs))


def _walked(files: Files, folder: Path) -> Iterator[Path]:
    for path in files.entries(folder):
        if path.is_dir():
            yield from _walked(files, path)
        elif path.is_file():
            yield path


def _account(path: Path, loading: Loading, kind: PolicyKind | None, service: str | None) -> Read:
    """
    The policies of account folders, each as it is written, in the world that they make together.

    Where one of them is refused there is no world: each is then judged alone, and that is said.
    """
    try:
        found = _source(f"json-folder:{path}", loading)
    except NothingToCheckError:
        raise
    except InputError as error:
        warning(f"the account is not judged as a whole, its files are judged one by one: {error}")
        alone = (_file(file, kind, service, named=False) for file in _walked(Files(path), path))
        drafts = tuple(_of_place(draft) for draft in alone if draft is not None)
        return Read(drafts, (), (Input("policies", str(path), f"{len(drafts)} policies, judged one by one"),))
    return Read(tuple(_as_written(draft) for draft in found.drafts), found.worlds, found.inputs)


def _as_written(draft: Draft) -> Draft:
    """A draft of an account folder with the text of its file, so that ways of writing are judged and can be edited."""
    document = draft.origin(()).document
    path = Path(document)
    text = _text(path) if document.endswith(".json") and path.is_file() else None
    if text is None:
        return draft
    written = jsontext.read(text, document)
    found = replace(draft, value=written.value, origin=written.origin, text=text)
    # The very policy of the world, whose statements the engine's answers name.
    found.__dict__["_read"] = draft.policy
    return found


def _of_place(draft: Draft) -> Draft:
    """A draft whose kind the layout of account folders tells."""
    parts = Path(draft.origin(()).document).parts
    by_name = {"trust.json": PolicyKind.TRUST, "boundary.json": PolicyKind.BOUNDARY}
    if parts[-1] in by_name:
        return replace(draft, kind=by_name[parts[-1]])
    return replace(draft, kind=PolicyKind.RESOURCE) if "resources" in parts else draft


def _source(location: str, loading: Loading) -> Read:
    loaded = loading.load(location)
    drafts, world = drafts_of(loaded.organization)
    return Read(drafts, (world,), loaded.inputs)
