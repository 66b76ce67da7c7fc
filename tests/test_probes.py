from __future__ import annotations

from iamsim import probes
from iamsim.model.principal import principal
from iamsim.model.report import RoleUse, Status, TokenStep
from iamsim.model.server import AssumeTemplate, Broker, Call, Parameter, Server
from iamsim.model.tool import Credential, Necessity, Requirement, Tool, Unresolved
from iamsim.tokens.claims import Built
from tests.accounts import AT, SERVER, TENANT, A, account, allow, bucket, policy, role, simulator, trust

TEMPLATE = AssumeTemplate(("role_arn",), ("sub",), "mcp-{subject}", source_identity="{subject}")
CALL = Call(TENANT, "mcp-alice", source_identity="alice")
THREE = ("sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession")


def need(action="s3:GetObject", resource="arn:aws:s3:::{bucket}/{key}", credentials=("role",), **more):
    return Requirement(action, (resource,), tuple(map(Credential, credentials)), **more)


def case(*needs, assumes=True, caller=SERVER, trusted=None, own=(), tenant=(), settings=None, server=None, **more):
    world = simulator(
        account(
            role(SERVER, policy(allow(*THREE)), *own),
            role(TENANT, *tenant, trust=trusted or trust(*THREE, to=A)),
            resources=[bucket("b")],
        )
    )
    described = server or Server(
        "s", "1", assume=TEMPLATE, parameters={"bucket": Parameter("bucket"), "key": Parameter("key")}
    )
    setup = probes.Setup(
        world,
        described,
        (Tool("s", "tool", assumes, needs, **more),),
        principal(caller) if caller else None,
        TENANT,
        Built(CALL) if described.assume else None,
        TokenStep(Status.NOT_APPLICABLE),
        {"bucket": ("b",), "key": ("k",), **(settings or {})},
        AT,
        "us-east-1",
    )
    return probes.asked(setup)


def the_tool(*args, **more):
    return case(*args, **more).tools[0]


READ = policy(allow("s3:GetObject", on="arn:aws:s3:::b/*"), name="read")


def test_a_tool_that_uses_the_role_is_asked_with_the_session():
    answer = case(need(), tenant=[READ])
    tool = answer.tools[0]
    assert (tool.role, tool.status, tool.credentials) == (RoleUse.USES, Status.ALLOWED, (Credential.ROLE,))
    own = tool.needs[-1]
    assert own.attempts[0].principal == f"arn:aws:sts::{A}:assumed-role/tenant/mcp-alice"
    assert answer.explanation(own.attempts[0].probes[0]).request.resource == "arn:aws:s3:::b/k"
    assert [n.requirement.action for n in tool.needs[:-1]] == list(THREE)
    assert tool.needs[2].status is Status.NOT_NEEDED


def test_a_tool_is_blocked_when_the_role_cannot_be_assumed_and_says_what_would_come_next():
    tool = the_tool(need(), trusted=trust("sts:AssumeRole", to=A))
    own = tool.needs[-1]
    assert tool.status is Status.BLOCKED
    assert (own.status, own.gap, own.hypothetical) == (Status.DENIED, True, True)


def test_a_tool_that_only_needs_the_role_assumable_acts_as_the_server():
    tool = the_tool(need(credentials=["server"]), own=[READ])
    assert (tool.role, tool.status, tool.credentials) == (RoleUse.GATE_ONLY, Status.ALLOWED, (Credential.SERVER,))


def test_a_tool_that_ignores_the_role_does_not_care_whether_it_can_be_assumed():
    tool = the_tool(
        need(credentials=["server"]), own=[READ], assumes=False, trusted=trust("sts:AssumeRole", to="444455556666")
    )
    assert (tool.role, tool.status) == (RoleUse.IGNORES, Status.ALLOWED)


def test_without_credentials_nothing_of_the_servers_own_is_asked():
    answer = case(need(credentials=["server"]), assumes=False, caller=None)
    assert answer.assume.status is Status.NO_CREDENTIALS
    assert answer.assume.predicted[0].text == "Unable to locate credentials"
    assert answer.tools[0].needs[0].status is Status.NO_CREDENTIALS
    assert answer.probes == {}


def test_a_refused_read_goes_on_unsigned_and_a_refused_session_goes_nowhere():
    unsigned = the_tool(need(credentials=["server", "unsigned"]), assumes=False).needs[0]
    assert [attempt.credential for attempt in unsigned.attempts] == [Credential.SERVER, Credential.UNSIGNED]
    assert [attempt.status for attempt in unsigned.attempts] == [Status.DENIED, Status.DENIED]
    broker = Server(
        "s", "1", broker=Broker("registry"), parameters={"bucket": Parameter("bucket"), "key": Parameter("key")}
    )
    handed = the_tool(need(credentials=["brokered", "server"]), assumes=False, server=broker, own=[READ]).needs[0]
    assert [attempt.credential for attempt in handed.attempts] == [Credential.BROKERED]
    assert handed.status is Status.DENIED


def test_what_iam_does_not_decide_is_said_to_be_so():
    tool = the_tool(assumes=False, credentials=(Credential.BEARER,))
    assert (tool.status, tool.credentials) == (Status.NOT_IAM, (Credential.BEARER,))


def test_a_need_counts_only_when_its_condition_holds():
    flag = {"versioned": Parameter("versioned", kind="flag")}
    wanted = need(when="versioned", necessity=Necessity.CONDITIONAL)
    asked = {
        value: the_tool(wanted, parameters=flag, settings={"versioned": (value,)} if value else {}).needs[-1]
        for value in ("true", "false", "")
    }
    assert (asked["true"].status, asked["true"].gap) == (Status.DENIED, True)
    assert (asked["false"].status, asked["false"].gap) == (Status.NOT_NEEDED, False)
    assert (asked[""].status, asked[""].gap, asked[""].unbound) == (Status.UNKNOWN, False, ("versioned",))


def test_a_need_that_may_not_apply_and_is_allowed_is_no_unknown():
    flag = {"versioned": Parameter("versioned", kind="flag")}
    assert the_tool(need(when="versioned"), parameters=flag, tenant=[READ]).needs[-1].status is Status.ALLOWED


def test_an_optional_need_is_no_gap_and_leaves_the_tool_allowed():
    tool = the_tool(need(), need("s3:GetObjectTagging", necessity=Necessity.OPTIONAL), tenant=[READ])
    assert tool.status is Status.ALLOWED
    assert (tool.needs[-1].status, tool.needs[-1].gap) == (Status.DENIED, False)


def test_an_unbound_parameter_is_unknown_where_it_matters_and_named():
    narrow = policy(allow("s3:GetObject", on="arn:aws:s3:::b/public/*"), name="narrow")
    open_ = the_tool(
        need(resource="arn:aws:s3:::{bucket}/{path}"), tenant=[narrow], parameters={"path": Parameter("path")}
    ).needs[-1]
    assert (open_.status, open_.unbound) == (Status.UNKNOWN, ("path",))
    sure = the_tool(
        need(resource="arn:aws:s3:::{bucket}/{path}"), tenant=[READ], parameters={"path": Parameter("path")}
    ).needs[-1]
    assert (sure.status, sure.unbound) == (Status.ALLOWED, ())
    none = the_tool(need(resource="arn:aws:s3:::{bucket}/{path}"), parameters={"path": Parameter("path")}).needs[-1]
    assert none.status is Status.DENIED


def test_several_resources_must_all_be_allowed():
    several = Requirement("s3:GetObject", ("arn:aws:s3:::b/1", "arn:aws:s3:::c/1"), (Credential.ROLE,))
    answer = the_tool(several, tenant=[READ]).needs[-1]
    assert len(answer.attempts[0].probes) == 2
    assert answer.status is Status.DENIED


def test_one_request_is_asked_once_however_many_tools_need_it():
    answer = case(need(), need(via="head_object"), tenant=[READ])
    assert answer.tools[0].needs[-1].attempts[0].probes == answer.tools[0].needs[-2].attempts[0].probes


def test_the_account_of_a_resource_is_that_of_whoever_acts():
    template = need("iam:GetRole", "arn:aws:iam::{account}:role/x")
    assert the_tool(template, parameters={"account": Parameter("account")}).needs[-1].resources == (
        f"arn:aws:iam::{A}:role/x",
    )


def test_a_role_that_is_no_arn_is_an_invalid_call_and_not_a_crash():
    world = simulator(account(role(SERVER, policy(allow(*THREE)))))
    server = Server("s", "1", assume=TEMPLATE)
    built = Built(Call("admin", "mcp-alice"))
    setup = probes.Setup(
        world, server, (Tool("s", "t", True, ()),), principal(SERVER), "admin", built, TokenStep(Status.ALLOWED), {}, AT
    )
    answer = probes.asked(setup)
    assert answer.assume.status is Status.INVALID
    assert answer.tools[0].status is Status.BLOCKED


# ---------------------------------------------------------------- options

GLUE = policy(allow("glue:GetTables", "glue:GetDatabases"), name="glue")
PART_OF_GLUE = policy(allow("glue:GetTables"), name="tables")
BUCKETS = policy(allow("s3:ListAllMyBuckets"), name="buckets")


def way(action, option="", **more):
    return need(action, "*", any_of="how the buckets are found", option=option, **more)


WAYS = (way("s3:ListAllMyBuckets", "s3"), way("glue:GetTables", "glue"), way("glue:GetDatabases", "glue"))


def outcome(tool):
    """Of each need of the tool itself: how it came out, whether it is a gap, and whether it counts."""
    own = tool.own_needs
    return tool.status, [(str(one.status), one.gap, one.spared) for one in own]


def test_one_option_is_enough_and_what_the_others_lack_is_no_gap():
    assert outcome(the_tool(*WAYS, tenant=[BUCKETS])) == (
        Status.ALLOWED,
        [("allowed", False, False), ("denied", False, True), ("denied", False, True)],
    )
    assert outcome(the_tool(*WAYS, tenant=[GLUE])) == (
        Status.ALLOWED,
        [("denied", False, True), ("allowed", False, False), ("allowed", False, False)],
    )


def test_half_an_option_is_none_and_the_gaps_are_those_of_the_first():
    assert outcome(the_tool(*WAYS, tenant=[PART_OF_GLUE])) == (
        Status.DENIED,
        [("denied", True, False), ("allowed", False, True), ("denied", False, True)],
    )


def test_an_option_that_is_not_known_leaves_the_tool_open_though_another_is_denied():
    wanted = (way("s3:ListAllMyBuckets"), way("s3:ListBucket", when="versioned"))
    flag = {"versioned": Parameter("versioned", kind="flag")}
    assert outcome(the_tool(*wanted, parameters=flag)) == (
        Status.UNKNOWN,
        [("denied", False, True), ("unknown", False, False)],
    )
    # One that is allowed decides, whatever the other is.
    assert the_tool(*wanted, parameters=flag, tenant=[BUCKETS]).status is Status.ALLOWED


def test_an_option_whose_condition_does_not_hold_is_no_way():
    wanted = (way("s3:ListAllMyBuckets"), way("s3:ListBucket", when="versioned"))
    flag = {"versioned": Parameter("versioned", kind="flag")}
    tool = the_tool(*wanted, parameters=flag, settings={"versioned": ("false",)})
    assert outcome(tool) == (Status.DENIED, [("denied", True, False), ("not-needed", False, False)])


def test_what_an_option_can_do_without_is_not_asked_of_it():
    wanted = (way("s3:ListAllMyBuckets", "s3"), way("s3:ListBucket", "s3", necessity=Necessity.OPTIONAL))
    assert the_tool(*wanted, tenant=[BUCKETS]).status is Status.ALLOWED


def test_options_of_one_label_do_not_stand_in_for_those_of_another_nor_for_other_needs():
    other = need("s3:ListBucket", "*", any_of="how the keys are found")
    assert the_tool(*WAYS, other, tenant=[BUCKETS]).status is Status.DENIED
    assert the_tool(*WAYS, need(), tenant=[BUCKETS]).status is Status.DENIED


def test_without_credentials_the_first_option_is_what_is_missing():
    own = [way("s3:ListAllMyBuckets", credentials=["server"]), way("glue:GetTables", credentials=["server"])]
    assert outcome(the_tool(*own, assumes=False, caller=None)) == (
        Status.NO_CREDENTIALS,
        [("no-credentials", True, False), ("no-credentials", False, True)],
    )


# ---------------------------------------------------------------- what nobody can say

OPEN = (Unresolved("a call chosen at run time", "the name comes from the argument `operation`", "server.py:1"),)


def test_a_tool_of_which_not_all_is_known_is_never_allowed():
    for needs, tenant in (((need(),), [READ]), ((), [])):
        tool = the_tool(*needs, tenant=tenant, unresolved=OPEN)
        assert (tool.status, tool.unresolved) == (Status.UNKNOWN, OPEN)
    assert the_tool(need(), unresolved=OPEN).status is Status.DENIED
    bearer = the_tool(assumes=False, credentials=(Credential.BEARER,), unresolved=OPEN)
    assert bearer.status is Status.UNKNOWN
