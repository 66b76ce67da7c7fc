"""The words AWS answers with, written and parsed by one grammar."""

from __future__ import annotations

from iamsim.sts.messages._clients import CLIENTS, Reply
from iamsim.sts.messages._codes import STATUS, denies, of_credentials
from iamsim.sts.messages._decoded import decoded
from iamsim.sts.messages._denials import Denial, hints, parse, written
from iamsim.sts.messages._faults import FAULTS, Fault, fault, worded
from iamsim.sts.messages._fields import ROLE_TRUST, DenialType, Kind
from iamsim.sts.messages._forms import Form
from iamsim.sts.messages._predicted import denial, others, shown
from iamsim.sts.messages._sentences import FRAMES, SENTENCES

__all__ = [
    "CLIENTS",
    "FAULTS",
    "FRAMES",
    "ROLE_TRUST",
    "SENTENCES",
    "STATUS",
    "Denial",
    "DenialType",
    "Fault",
    "Form",
    "Kind",
    "Reply",
    "decoded",
    "denial",
    "denies",
    "fault",
    "hints",
    "of_credentials",
    "others",
    "parse",
    "shown",
    "worded",
    "written",
]
