"""A snapshot that `iamsim snapshot` wrote, as docs/snapshot.md says."""

from __future__ import annotations

from pathlib import Path

from iamsim.errors import NothingToCheckError
from iamsim.garbage import seldom_collected
from iamsim.model.account import Account
from iamsim.model.report import Input
from iamsim.sources import Loaded, Options, Source
from iamsim.sources import _snapshot_reader as reader
from iamsim.sources._counting import counted
from iamsim.sources._files import one_file
from iamsim.sources._peek import names
from iamsim.sources._sessions import assumed
from iamsim.sources._snapshot_file import MARK


def load(location: str, options: Options) -> Loaded:
    """Every account of the file, as it was when the snapshot was taken."""
    options.progress(f"reading {location}")
    with seldom_collected():
        found = reader.read(one_file(Path(location), reader.MAX_CHARACTERS), location)
    accounts = found.organization.accounts
    if not accounts:
        raise NothingToCheckError(f"`{location}` holds no account", hint="take the snapshot with credentials of one")
    by = f" by iamsim {found.tool_version}" if found.tool_version else ""
    taken = f"snapshot{f' of {found.at}' if found.at else ''}{by}"
    told = "; ".join(_counted(account) for _, account in sorted(accounts.items()))
    not_seen = (Input("not seen", subject, reason) for subject, reason in found.not_seen)
    inputs = (Input("policies", location, f"{taken}: {told}"), *not_seen, *assumed(accounts.values()))
    return Loaded(found.organization, inputs)


def _counted(account: Account) -> str:
    found = (
        ("role", account.roles),
        ("user", account.users),
        ("group", account.groups),
        ("resource", account.resources),
    )
    return f"account {account.id}: {counted(*found)}"


SOURCE = Source(load=load, recognises=lambda path: MARK in names(path))
