"""What must hold of the policies for every manifest that is shipped: enough, nothing too much, and as AWS takes them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iamsim import documents, gate, lint, lints, probes, quotas
from iamsim.check import Inputs, check
from iamsim.engine.simulator import Simulator
from iamsim.generate import Side, generate
from iamsim.model.finding import Kind, Severity
from iamsim.model.policy import Element
from iamsim.model.principal import principal
from iamsim.model.remedy import Slot
from iamsim.model.report import Status, TokenStep
from iamsim.tokens import claims
from tests.generate import asking

EVERY = [case for case in asking.manifests() if case[0] != "awslabs.dynamodb-mcp-server@2.1.8"]
"""The tools of the DynamoDB server need nothing that its manifest tells."""

OF_OTHERS = {
    ("awslabs.ecs-mcp-server@0.1.37", ""): "build_and_push_image_to_ecr may take sts:AssumeRole",
    ("opensearch-mcp-server-py@0.12.0", "iam-role"): "AddAgenticMemoriesTool and 51 more may take sts:AssumeRole",
}
"""Servers that go on to roles by themselves, and what is said of the trust that those must have in them."""


BY_TOKEN = ("example-web-identity@1",)
"""Whose trust policy names the issuer of a token: without a token every tool waits for it."""
ALIKE = ("local", "basic-auth", "no-auth", "bearer-header")
"""Modes whose needs are those of another one."""


def inputs(name, mode, organization, settings=None):
    found = asking.manifest(name, mode)
    return Inputs(
        organization,
        found.server,
        found.tools,
        principal(asking.SERVER),
        asking.AT,
        role_arn=asking.ROLE,
        claims=asking.CLAIMS,
        settings=asking.settings(found) if settings is None else settings,
        region="us-east-1",
        none_of=asking.EVERY_TYPE,
    )


@pytest.mark.parametrize(("name", "mode"), EVERY)
@pytest.mark.parametrize("optional", [False, True])
def test_a_check_of_an_account_with_them_finds_no_gap(name, mode, optional):
    made = asking.generated(name, mode, optional=optional)
    report = check(inputs(name, mode, asking.account((each.side, asking.read(each)) for each in made.policies)))
    if asking.passes_token(asking.manifest(name, mode)):
        statuses = {need.status for tool in report.tools for need in tool.needs if not need.of_call}
        assert statuses == {Status.ALLOWED}
        return
    assert not [finding.message for finding in report.findings if finding.kind is Kind.GAP]
    assert gate.exit_code(report) == 0
    assert not [finding.evidence for finding in report.findings if finding.rule == "unneeded-permissions"]
    expected = OF_OTHERS.get((name, mode))
    assert [line for line in made.open if not (expected and line.startswith(expected))] == []
    assert len(made.open) == (1 if expected else 0)


@pytest.mark.parametrize(
    ("name", "mode"), [("example-s3-iam-search@1", ""), ("quilt-mcp@0.21", "remote"), ("quilt-mcp@2026-01", "")]
)
def test_what_may_be_anything_is_let_through_whatever_it_is(name, mode):
    told = asking.settings(asking.manifest(name, mode))
    parameters = asking.manifest(name, mode).parameters
    facts = {each: values for each, values in told.items() if parameters[each].kind == "flag"}
    anything = {each: () for each in told if each not in facts}
    made = generate(asking.question(name, mode, settings=facts, anything=anything))
    assert made.open == ()
    organization = asking.account((each.side, asking.read(each)) for each in made.policies)
    for settings in (facts, told):
        report = check(inputs(name, mode, organization, settings))
        assert not [finding.message for finding in report.findings if finding.kind is Kind.GAP]
        assert gate.exit_code(report) == 0


@pytest.mark.parametrize("name", ["example-role-claim@1", "quilt-mcp@2026-01"])
def test_a_server_in_another_account_gets_the_same_and_is_trusted_there(name):
    other = principal("arn:aws:iam::444455556666:role/server")
    made, here = generate(asking.question(name, caller=other)), asking.generated(name, "")
    assert made.open == ()
    assert made.held == here.held
    (trust,) = (each.policy for each in made.policies if each.side is Side.TRUST)
    assert trust.statements[0].principal.aws == ("arn:aws:iam::444455556666:role/server",)


def asked_of(name, mode, action, organization):
    """The statuses of the needs of one action, its tools asked for nothing else; for an action of STS of the call for the role too."""
    found = asking.manifest(name, mode)
    tools = []
    for tool in found.tools:
        needs = tuple(need for need in tool.requirements if need.action.lower() == action.lower())
        if needs or (tool.assumes and action.startswith("sts:")):
            tools.append(replace(tool, requirements=needs))
    settings = asking.settings(found)
    built = claims.of_server(found.server, None, asking.CLAIMS, settings=settings, at=asking.AT, role_arn=asking.ROLE)
    setup = probes.Setup(
        Simulator(organization, at=asking.AT, region="us-east-1", none_of=asking.EVERY_TYPE),
        found.server,
        tuple(tools),
        principal(asking.SERVER),
        asking.ROLE,
        built,
        TokenStep(Status.NOT_APPLICABLE),
        settings,
        asking.AT,
        "us-east-1",
    )
    return {need.status for tool in probes.asked(setup).tools for need in tool.needs if not need.spared}


def without(policy, statement, action):
    """The policy without one action of one statement."""
    left = tuple(each for each in statement.action.values if each != action)
    kept = (
        replace(each, action=Element(left)) if each is statement else each
        for each in policy.statements
        if each is not statement or left
    )
    return replace(policy, statements=tuple(kept))


@pytest.mark.parametrize(("name", "mode"), [case for case in EVERY if case[1] not in ALIKE and case[0] not in BY_TOKEN])
def test_without_any_one_action_a_need_fails(name, mode):
    made = asking.generated(name, mode)
    whole = [(each.side, asking.read(each)) for each in made.policies]
    for number, (side, policy) in enumerate(whole):
        # The server's side stands by itself: a trust policy that names the server would let it assume the role.
        others = [each for each in whole if each[0] is not Side.TRUST or side is Side.TRUST]
        for statement in policy.statements:
            for action in statement.action.values:
                less = [*(each for each in others if each != whole[number]), (side, without(policy, statement, action))]
                organization = asking.account(less, trusted="arn:aws:iam::111122223333:root")
                assert Status.DENIED in asked_of(name, mode, action, organization), (side, statement.sid, action)


@pytest.mark.parametrize(("name", "mode"), EVERY)
def test_they_are_as_aws_takes_them(name, mode):
    for optional in (False, True):
        for each in asking.generated(name, mode, optional=optional).policies:
            assert each.slot in (Slot.INLINE, Slot.TRUST)
            kind = "trust" if each.side is Side.TRUST else "role"
            assert quotas.QUOTAS[kind].takes(documents.text(each.policy))
            sids = [statement.sid for statement in each.policy.statements]
            assert len(set(sids)) == len(sids)
            assert all(sid.isalnum() for sid in sids)


@pytest.mark.parametrize(("name", "mode"), EVERY)
def test_lint_finds_nothing_wrong_with_them(name, mode):
    made = asking.generated(name, mode, optional=True)
    organization = asking.account((each.side, asking.read(each)) for each in made.policies)
    drafts, _ = lint.drafts_of(organization)
    mine = [draft for draft in drafts if draft.of in (asking.ROLE, asking.SERVER)]
    assert mine
    found = lint.lint(mine, (), lint.Selection(frozenset(lints.lints())))
    told = [each.message for each in found.findings if each.severity.reaches(Severity.MEDIUM)]
    assert [message for message in told if "GetDocumentContent" not in message] == []


def test_of_one_action_two_of_aws_pages_differ_about_its_resource():
    # The Bedrock User Guide asks for it on the knowledge base, the Service Authorization Reference on no resource.
    (need,) = (
        need
        for tool in asking.manifest("awslabs.bedrock-kb-retrieval-mcp-server@1.1.2", "").tools
        for need in tool.requirements
        if need.action == "bedrock:GetDocumentContent"
    )
    assert "the Service Authorization Reference gives the action no resource type" in need.note
