"""What AWS stores is not refused: every managed policy of AWS, through every lint."""

from __future__ import annotations

import json
from itertools import islice

from iamsim import jsontext
from iamsim.catalog import managed_policies
from iamsim.drafts import Draft, PolicyKind
from iamsim.lint import Selection, lint
from iamsim.lints import Family, lints
from iamsim.model.finding import Audience

REFUSED = frozenset(name for name, each in lints().items() if each.family is Family.REFUSED)


def drafts():
    for arn in sorted(managed_policies.arns()):
        text = json.dumps(managed_policies.document(arn), indent=4)
        written = jsontext.read(text, arn)
        yield Draft(PolicyKind.IDENTITY, arn, written.value, written.origin, text, arn=arn, managed=True)


def test_no_lint_says_that_aws_refuses_what_aws_has_stored():
    found = lint(drafts(), (), Selection(REFUSED, audience=Audience.STYLE))
    assert found.policies > 1_500
    assert [(each.rule, each.message) for each in found.findings] == []


def test_no_lint_fails_on_any_of_them():
    """Every lint on every third of them: all of them take half a minute, and the test above asks them all what is refused."""
    some = islice(drafts(), 0, None, 3)
    assert lint(some, (), Selection(frozenset(lints()), audience=Audience.STYLE)).policies > 500
