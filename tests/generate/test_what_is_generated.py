"""Which permissions a policy gets for which need, how they are put together, and where it is cut."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from iamsim import documents, quotas
from iamsim.errors import InputError
from iamsim.generate import STAR, Side, generate
from iamsim.model.principal import principal
from iamsim.model.remedy import Slot
from iamsim.model.tool import Credential, Necessity, Requirement, Tool, Unresolved
from tests.generate import asking

BUCKET = "arn:aws:s3:::example-data"
CALLED_BY_ATHENA = {"aws:CalledVia": ("athena.amazonaws.com",), "aws:ViaAWSService": ("true",)}


def need(action, *resources, credentials=(Credential.ROLE,), **more):
    return Requirement(action, resources or (f"{BUCKET}/*",), credentials, **more)


def tool(name, *needs):
    return Tool("example", name, assumes=True, requirements=needs)


def asked(*tools, **changes):
    base = asking.question("example-role-claim@1", settings={})
    return generate(replace(base, tools=tools, **changes))


def statements(found, side=Side.ROLE):
    (made,) = (each for each in found.policies if each.side is side)
    return documents.document(made.policy)["Statement"]


def pairs(found, side=Side.ROLE):
    """What the statements of a side allow, as (action, resource)."""
    return {
        (action, resource)
        for made in found.policies
        if made.side is side
        for statement in made.policy.statements
        for action in statement.action.values
        for resource in statement.resource.values
    }


# ---------------------------------------------------------------- put together


def test_actions_that_share_their_resources_share_a_statement():
    both = asked(tool("get", need("s3:GetObject")), tool("put", need("s3:PutObject"), need("s3:ListBucket", BUCKET)))
    assert statements(both) == [
        {
            "Sid": "S3ForGetAnd1More",
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": f"{BUCKET}/*",
        },
        {"Sid": "S3ForPut", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": BUCKET},
    ]


def test_one_action_written_in_two_ways_is_one():
    (found,) = statements(asked(tool("get", need("s3:GetObject"), need("s3:getobject"))))
    assert found["Action"] == "s3:GetObject"


def test_the_order_of_tools_and_needs_does_not_count():
    tools = (
        tool("get", need("s3:GetObject"), need("s3:GetObject", f"{BUCKET}-2/*"), need("s3:ListBucket", BUCKET)),
        tool("put", need("s3:PutObject"), need("s3:PutObject", f"{BUCKET}-2/*"), need("sqs:SendMessage", "*")),
    )
    turned = tuple(replace(each, requirements=each.requirements[::-1]) for each in tools[::-1])
    assert statements(asked(*tools)) == statements(asked(*turned))


def test_a_resource_that_another_one_names_is_left_out():
    found = asked(tool("get", need("s3:GetObject", f"{BUCKET}/raw/a"), need("s3:GetObject")), tool("all", need("s3:GetObject", f"{BUCKET}/raw/*")))  # fmt: skip
    assert pairs(found) == {("s3:GetObject", f"{BUCKET}/*")}


def test_a_condition_stands_where_every_call_has_it():
    (found,) = statements(asked(tool("query", need("s3:GetObject", context=CALLED_BY_ATHENA))))
    assert found["Condition"] == {"ForAnyValue:StringEquals": {"aws:CalledVia": "athena.amazonaws.com"}}


def test_a_permission_without_a_condition_makes_the_one_with_it_needless():
    direct, by_athena = need("s3:GetObject"), need("s3:GetObject", f"{BUCKET}/out/*", context=CALLED_BY_ATHENA)
    (found,) = statements(asked(tool("query", by_athena, direct)))
    assert "Condition" not in found
    assert found["Resource"] == f"{BUCKET}/*"


def test_what_a_caller_chooses_is_no_condition():
    parameters = asking.manifest("quilt-mcp@0.21", "local").tools
    listing = next(each for each in parameters if each.name == "bucket_objects_list")
    (context,) = (each.context for each in listing.requirements if each.action == "s3:ListBucket")
    assert set(context) == {"s3:prefix", "s3:max-keys"}
    made = asking.generated("quilt-mcp@0.21", "local")
    text = json.dumps([documents.document(each.policy) for each in made.policies])
    assert "s3:max-keys" not in text
    assert "s3:prefix" not in text


@pytest.mark.parametrize(
    ("settings", "anything", "condition"),
    [
        ({}, {}, None),
        ({"kind": ("STANDARD",)}, {}, {"StringEquals": {"s3:x-amz-storage-class": "STANDARD"}}),
        ({"kind": ("${aws:username}",)}, {}, {"StringEquals": {"s3:x-amz-storage-class": "${$}{aws:username}"}}),
        ({"kind": ("STANDARD", "GLACIER")}, {}, None),
        ({}, {"kind": (f"S{STAR}",)}, None),
    ],
    ids=["its default", "set", "set to what looks like a variable", "set to two", "a pattern"],
)
def test_a_value_of_a_parameter_is_a_condition_only_where_one_is_set(settings, anything, condition):
    kind = replace(asking.manifest("example-role-claim@1", "").parameters["key"], name="kind", default="STANDARD")
    one = tool("put", need("s3:PutObject", context={"s3:x-amz-storage-class": ("{kind}",)}))
    (found,) = statements(asked(replace(one, parameters={"kind": kind}), settings=settings, anything=anything))
    assert found.get("Condition") == condition


# ---------------------------------------------------------------- which needs, and whose


def test_the_first_credential_that_a_policy_can_serve_gets_the_permission():
    found = asked(
        tool("falls_back", need("s3:GetObject", credentials=(Credential.BROKERED, Credential.SERVER))),
        tool("unsigned", need("s3:PutObject", credentials=(Credential.UNSIGNED, Credential.SERVER))),
        tool("bearer", need("s3:DeleteObject", credentials=(Credential.BEARER, Credential.ROLE))),
    )
    assert pairs(found) == {("s3:GetObject", f"{BUCKET}/*")}
    assert ("s3:PutObject", f"{BUCKET}/*") in pairs(found, Side.SERVER)
    assert not [action for action, _ in pairs(found) | pairs(found, Side.SERVER) if action == "s3:DeleteObject"]
    assert found.open == ()


def test_what_only_an_unsigned_request_asks_for_no_policy_here_gives():
    found = asked(tool("get", need("s3:GetObject")), tool("public", need("s3:PutObject", credentials=(Credential.UNSIGNED,))))  # fmt: skip
    assert found.open == ("s3:PutObject cannot be given by a policy of the role or the server: it is not signed",)


@pytest.mark.parametrize("optional", [False, True])
def test_what_tools_can_do_without_is_taken_in_when_asked_for(optional):
    one = tool("get", need("s3:GetObject"), need("s3:ListBucket", BUCKET, necessity=Necessity.OPTIONAL))
    assert (("s3:ListBucket", BUCKET) in pairs(asked(one, optional=optional))) == optional


def test_of_two_ways_the_first_is_given_and_one_that_needs_nothing_before_it():
    first = need("s3:GetObject", any_of="how", option="first")
    second = need("s3:ListBucket", BUCKET, any_of="how", option="second")
    assert pairs(asked(tool("either", second, first))) == {("s3:ListBucket", BUCKET)}
    free = need("s3:PutObject", credentials=(Credential.BEARER,), any_of="how", option="third")
    assert pairs(asked(tool("either", second, first, free), tool("get", need("s3:GetObject")))) == {
        ("s3:GetObject", f"{BUCKET}/*")
    }


def test_what_aws_asks_nobody_for_is_in_no_policy():
    found = asked(tool("who", need("sts:GetCallerIdentity", "*"), need("s3:GetObject")))
    assert pairs(found) == {("s3:GetObject", f"{BUCKET}/*")}


def test_the_server_may_set_a_source_identity_only_where_it_sends_one():
    sends = asking.generated("quilt-mcp@2026-01", "")
    plain = asking.generated("example-role-claim@1", "")
    for side in (Side.TRUST, Side.SERVER):
        action = {"sts:SetSourceIdentity"}
        named = [
            {name for made in each.policies if made.side is side for s in made.policy.statements for name in s.action.values}
            for each in (sends, plain)
        ]  # fmt: skip
        assert (action <= named[0], action <= named[1]) == (True, False)


def test_an_external_id_that_the_server_sends_is_asked_for():
    base = asking.question("example-role-claim@1")
    server = replace(base.server, assume=replace(base.server.assume, external_id="example-tenant"))
    (trust,) = statements(generate(replace(base, server=server)), Side.TRUST)
    assert trust["Condition"] == {"StringEquals": {"sts:ExternalId": "example-tenant"}}


def test_a_session_policy_that_the_server_passes_is_named_where_it_forbids():
    base = asking.question("example-role-claim@1")
    policy = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}]}'
    server = replace(base.server, assume=replace(base.server.assume, session_policy=policy))
    (line,) = generate(replace(base, server=server)).open
    assert line.startswith("object_get may take s3:GetObject on arn:aws:s3:::example-bucket/example-key only if ")
    assert line.endswith("the session policy that the server passes allows it too")


def test_resources_of_another_account_are_said_to_need_policies_of_their_own():
    queue = "arn:aws:sqs:us-east-1:444455556666:jobs"
    found = asked(tool("send", need("sqs:SendMessage", queue)))
    assert "resources of account 444455556666 are named: their own policies have to allow the role's calls too" in found.notes  # fmt: skip
    assert found.open == (f"send may take sqs:SendMessage on {queue} only if its own policy allows it too",)


def test_a_tool_of_which_not_all_is_known_leaves_it_open_whether_that_is_enough():
    one = tool("get", need("s3:GetObject"))
    open_ = (Unresolved("calls what a plug-in brings", "nobody knows the plug-in"),)
    found = asked(replace(one, unresolved=open_), replace(one, name="put", unresolved=open_))
    assert found.open == ("what get and 1 more may need is not all known: calls what a plug-in brings",)


def test_a_session_does_not_tell_the_path_of_its_role_and_that_is_said():
    session = principal("arn:aws:sts::111122223333:assumed-role/server/run-1")
    found = asked(tool("get", need("s3:GetObject")), caller=session)
    (trust,) = statements(found, Side.TRUST)
    assert trust["Principal"] == {"AWS": asking.SERVER}
    assert f"the role of {session.arn} is taken to be {asking.SERVER}: give its own ARN where it has a path" in found.notes  # fmt: skip


def test_a_server_that_runs_as_the_role_itself_gets_one_policy():
    needs = need("s3:GetObject"), need("s3:PutObject", credentials=(Credential.SERVER,))
    found = asked(tool("both", *needs), caller=principal(asking.ROLE))
    assert [each.name for each in found.policies] == ["role", "trust"]
    assert {("s3:GetObject", f"{BUCKET}/*"), ("s3:PutObject", f"{BUCKET}/*")} < pairs(found)
    assert found.held == 3
    alone = asked(tool("both", *needs), caller=principal(asking.ROLE), sides=frozenset({Side.SERVER}))
    assert [each.name for each in alone.policies] == ["server"]
    # What the session of the role carries into its own call nobody tells; whatever else it needs it has.
    assert {line.split()[1] for line in (*found.open, *alone.open)} == {"sts:SetSourceIdentity", "sts:TagSession"}


def test_a_user_that_runs_the_server_gets_a_policy_of_a_users_length():
    user = "arn:aws:iam::111122223333:user/server"
    buckets = tuple(f"{BUCKET}-{number:03}/*" for number in range(60))
    found = asked(tool("get", need("s3:GetObject", *buckets, credentials=(Credential.SERVER,))), caller=principal(user))
    mine = [each for each in found.policies if each.side is Side.SERVER]
    assert {(each.slot, each.owner) for each in mine} == {(Slot.MANAGED, user)}
    assert f"the permissions are longer than inline policies of {user} may be: 1 managed policy to" in found.notes[0]


# ---------------------------------------------------------------- patterns


def test_a_pattern_is_compared_with_nothing_it_may_or_may_not_be():
    one = tool("get", need("s3:GetObject", f"{BUCKET}/{{kind}}/*", when="kind == 'raw'"))
    for default in (None, "cooked"):
        kind = replace(asking.manifest("example-role-claim@1", "").parameters["key"], name="kind", default=default)
        one = replace(one, parameters={"kind": kind})
        either = asked(one, anything={"kind": (f"r{STAR}",)})
        assert pairs(either) == {("s3:GetObject", f"{BUCKET}/r*/*")}
    assert pairs(asked(one, settings={"kind": ("raw",)})) == {("s3:GetObject", f"{BUCKET}/raw/*")}


def test_what_may_be_anything_does_not_have_its_default():
    manifest = asking.manifest("quilt-mcp@0.21", "local")
    (one,) = (each for each in manifest.tools if each.name == "athena_query_execute")
    assert one.parameters["database_name"].default == "default"
    base = asking.question("quilt-mcp@0.21", "local", tools=(one,))
    assert any(":table/default/" in resource for _, resource in pairs(generate(base)))
    wide = pairs(generate(replace(base, anything={"database_name": ()})))
    assert any(":table/*/" in resource for _, resource in wide)
    assert not any(":table/default/" in resource for _, resource in wide)


@pytest.mark.parametrize(("anything", "told"), [(("team",), False), (("team", "stage"), True)])
def test_a_default_made_of_others_may_be_anything_where_all_of_them_may(anything, told):
    plain = asking.manifest("example-role-claim@1", "").parameters["key"]
    one = replace(
        tool("get", need("s3:GetObject", f"{BUCKET}/{{key}}")),
        parameters={
            "key": replace(plain, default="{team}/{stage}/x"),
            "team": replace(plain, name="team"),
            "stage": replace(plain, name="stage"),
        },
    )
    given = dict.fromkeys(anything, ())
    if told:
        assert pairs(asked(one, anything=given)) == {("s3:GetObject", f"{BUCKET}/*/*/x")}
    else:
        with pytest.raises(InputError, match="1 parameter is not told: `key`"):
            asked(one, anything=given)


# ---------------------------------------------------------------- sizes


def many(number):
    """Permissions on so many buckets, of which some fourteen fill a managed policy."""
    resources = tuple(f"arn:aws:s3:::example-data-{each:03}/{'a' * 380}" for each in range(number))
    return asked(tool("get", need("s3:GetObject", *resources), need("s3:ListAllMyBuckets", "*"))), resources


def test_what_is_too_long_for_inline_policies_is_cut_into_managed_ones_that_allow_the_same():
    found, resources = many(50)
    mine = [each for each in found.policies if each.side is Side.ROLE]
    assert [each.name for each in mine] == ["role-1", "role-2", "role-3", "role-4"]
    assert {each.slot for each in mine} == {Slot.MANAGED}
    assert len({each.policy.arn for each in mine}) == 4
    for each in mine:
        assert quotas.QUOTAS["managed"].takes(documents.text(each.policy))
        sids = [statement.sid for statement in each.policy.statements]
        assert len(set(sids)) == len(sids)
    assert pairs(found) == {*(("s3:GetObject", each) for each in resources), ("s3:ListAllMyBuckets", "*")}
    assert found.notes == (
        f"the permissions are longer than inline policies of {asking.ROLE} may be: 4 managed policies to attach to it",
    )


def test_more_than_ten_managed_policies_are_said_to_need_a_raised_quota():
    found, _ = many(150)
    assert len([each for each in found.policies if each.side is Side.ROLE]) > 10
    assert found.notes[0].endswith("managed policies to attach to it, for which its quota of 10 has to be raised")


def test_more_than_aws_attaches_is_an_error_that_says_so():
    with pytest.raises(InputError, match=r"take \d+ managed policies, and AWS attaches at most 20"):
        many(300)


def test_one_statement_that_no_policy_holds_is_an_error():
    with pytest.raises(InputError, match=r"one statement for .* is longer than a managed policy can be"):
        asked(tool("get", need("s3:GetObject", f"{BUCKET}/{'a' * 12_000}")))
