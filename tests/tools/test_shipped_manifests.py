from __future__ import annotations

import pytest

from iamsim.model.tool import Credential, Necessity, Tool
from iamsim.tools.bindings import Bindings
from iamsim.tools.manifest import Manifest, named, shipped

STS = 3
"""sts:AssumeRole, sts:SetSourceIdentity and sts:TagSession, which every tool that assumes the role needs beside its own."""

ROLE, SERVER, BROKERED, BEARER, UNSIGNED, NONE = Credential


@pytest.fixture(scope="module")
def january() -> Manifest:
    return named("quilt-mcp@2026-01")


@pytest.fixture(scope="module")
def february() -> Manifest:
    return named("quilt-mcp@0.21")


def tool(manifest: Manifest, name: str) -> Tool:
    return next(tool for tool in manifest.tools if tool.name == name)


def needs(manifest: Manifest, name: str, action: str):
    return [need for need in tool(manifest, name).requirements if need.action == action]


def test_eighteen_manifests_come_with_the_program():
    assert shipped() == (
        "awslabs.amazon-kendra-index-mcp-server@1.1.1",
        "awslabs.amazon-sns-sqs-mcp-server@2.1.1",
        "awslabs.bedrock-kb-retrieval-mcp-server@1.1.2",
        "awslabs.cloudtrail-mcp-server@0.1.1",
        "awslabs.cloudwatch-mcp-server@0.3.1",
        "awslabs.cost-explorer-mcp-server@0.0.21",
        "awslabs.dynamodb-mcp-server@2.1.8",
        "awslabs.ecs-mcp-server@0.1.37",
        "awslabs.iam-mcp-server@1.1.2",
        "awslabs.lambda-tool-mcp-server@2.1.1",
        "awslabs.s3-tables-mcp-server@0.1.1",
        "awslabs.stepfunctions-tool-mcp-server@0.2.1",
        "example-role-claim@1",
        "example-s3-iam-search@1",
        "example-web-identity@1",
        "opensearch-mcp-server-py@0.12.0",
        "quilt-mcp@0.21",
        "quilt-mcp@2026-01",
    )


INFERRED = tuple(name for name in shipped() if name.startswith(("awslabs.", "opensearch-")))
"""Servers that others publish, described by what was inferred from their source."""


@pytest.mark.parametrize("name", INFERRED)
def test_what_was_inferred_says_from_which_version_and_that_it_was_reviewed(name: str):
    provenance = named(name).server.provenance
    assert provenance is not None
    assert provenance.how == "inferred"
    assert provenance.subject.startswith(name.replace("@", " "))
    assert str(provenance.reviewed) == "2026-11-25"


@pytest.mark.parametrize(
    ("name", "tools", "written"),
    [
        ("awslabs.amazon-kendra-index-mcp-server@1.1.1", 2, 2),
        ("awslabs.amazon-sns-sqs-mcp-server@2.1.1", 47, 82),
        ("awslabs.bedrock-kb-retrieval-mcp-server@1.1.2", 3, 10),
        ("awslabs.cloudtrail-mcp-server@0.1.1", 5, 13),
        ("awslabs.cloudwatch-mcp-server@0.3.1", 19, 35),
        ("awslabs.cost-explorer-mcp-server@0.0.21", 7, 14),
        ("awslabs.dynamodb-mcp-server@2.1.8", 8, 5),
        ("awslabs.ecs-mcp-server@0.1.37", 10, 168),
        ("awslabs.iam-mcp-server@1.1.2", 29, 49),
        ("awslabs.lambda-tool-mcp-server@2.1.1", 1, 5),
        ("awslabs.s3-tables-mcp-server@0.1.1", 16, 52),
        ("awslabs.stepfunctions-tool-mcp-server@0.2.1", 1, 9),
        ("opensearch-mcp-server-py@0.12.0", 53, 191),
    ],
)
def test_how_many_tools_and_needs_an_inferred_manifest_has(name: str, tools: int, written: int):
    manifest = named(name)
    assert (len(manifest.tools), sum(len(tool.requirements) for tool in manifest.tools)) == (tools, written)


@pytest.mark.parametrize("name", shipped())
def test_the_name_of_a_file_is_what_its_server_says(name: str):
    server = named(name).server
    assert f"{server.name}@{server.version}" == name


def test_january_has_53_tools_and_214_needs(january: Manifest):
    assumes = sum(tool.assumes for tool in january.tools)
    written = sum(len(tool.requirements) for tool in january.tools)
    assert (len(january.tools), assumes, written) == (53, 9, 187)
    assert written + assumes * STS == 214


def test_january_has_6_tools_that_use_the_role_3_that_only_need_it_and_44_that_ignore_it(january: Manifest):
    uses = {tool.name for tool in january.tools if ROLE in tool.credentials}
    gates = {tool.name for tool in january.tools if tool.assumes} - uses
    assert uses == {
        "bucket_objects_list",
        "bucket_object_info",
        "bucket_object_text",
        "bucket_object_fetch",
        "bucket_object_link",
        "bucket_objects_put",
    }
    assert gates == {"package_create", "package_update", "package_delete"}
    assert len(january.tools) - len(uses) - len(gates) == 44


@pytest.mark.parametrize(("mode", "tools"), [("local", 46), ("remote", 46), ("legacy", 51)])
def test_february_has_46_tools_and_5_more_in_legacy_mode(february: Manifest, mode: str, tools: int):
    assert len(february.deployed(mode).tools) == tools


def test_february_has_51_tools_and_163_needs_in_all(february: Manifest):
    assert len(february.tools) == 51
    assert sum(len(tool.requirements) for tool in february.tools) == 163
    assert not any(tool.assumes for tool in february.tools)
    assert february.server.assume is None


def test_february_is_local_unless_another_mode_is_asked_for(february: Manifest):
    assert february.deployed().server.parameters["QUILT_DEPLOYMENT"].default == "local"
    assert february.deployed("remote").server.parameters["QUILT_DEPLOYMENT"].default == "remote"


def test_in_legacy_mode_the_server_acts_where_the_catalog_role_would(february: Manifest):
    legacy = february.deployed("legacy")
    assert [need.credentials for need in needs(february, "athena_tables_list", "glue:GetTables")] == [
        (BROKERED, SERVER)
    ]
    assert [need.credentials for need in needs(legacy, "athena_tables_list", "glue:GetTables")] == [(SERVER,)]
    assert not any(BROKERED in tool.credentials for tool in legacy.tools)


@pytest.mark.parametrize(
    ("mode", "needed"),
    [("local", {"registry:packageConstruct"}), ("legacy", {"s3:GetObject", "s3:PutObject", "s3:ListBucket"})],
)
def test_who_writes_a_package_depends_on_the_mode(february: Manifest, mode: str, needed: set[str]):
    deployed = february.deployed(mode)
    writing = tool(deployed, "package_create_from_s3")
    bindings = Bindings({}, {**deployed.server.parameters, **writing.parameters})
    asked = [need for need in writing.requirements if "dry_run" in need.when]
    assert {need.action for need in asked if bindings.needed(need)} == needed


@pytest.mark.parametrize("name", shipped())
def test_every_tool_says_with_whose_authority_it_acts(name: str):
    manifest = named(name)
    assert [tool.name for tool in manifest.tools if not tool.credentials] == []
    assert [
        tool.name for tool in manifest.tools if not tool.description or not (tool.source or tool.requirements)
    ] == []


@pytest.mark.parametrize("name", shipped())
def test_every_need_names_its_credentials_its_source_and_how_it_is_used(name: str):
    for tool in named(name).tools:
        for need in tool.requirements:
            assert need.credentials, (tool.name, need.action)
            assert need.source, (tool.name, need.action)
            assert need.via, (tool.name, need.action)
            if need.necessity is Necessity.CONDITIONAL or need.when:
                assert need.condition, (tool.name, need.action)


@pytest.mark.parametrize("name", shipped())
def test_every_placeholder_is_described(name: str):
    manifest = named(name)
    undescribed = [one.name for one in manifest.server.parameters.values() if not one.description]
    assert undescribed == []


def test_the_presigned_links_of_a_listing_are_signed_by_the_server(january: Manifest):
    (link,) = needs(january, "bucket_objects_list", "s3:GetObject")
    assert (link.credentials, link.necessity) == ((SERVER,), Necessity.DEFERRED)
    (listing,) = needs(january, "bucket_objects_list", "s3:ListBucket")
    assert (listing.credentials, listing.absent) == ((ROLE,), ("s3:delimiter",))


@pytest.mark.parametrize("name", ["package_browse", "package_diff"])
def test_quilt3_reads_packages_unsigned_when_the_server_is_refused(january: Manifest, name: str):
    reads = [need for need in tool(january, name).requirements if ".quilt/" in need.resources[0]]
    assert {need.credentials for need in reads} == {(SERVER, UNSIGNED)}


@pytest.mark.parametrize("name", ["package_create", "package_update", "package_delete", "package_create_from_s3"])
def test_nothing_is_written_unsigned(january: Manifest, name: str):
    writes = [need for need in tool(january, name).requirements if ":Put" in need.action or ":Delete" in need.action]
    assert writes
    assert {need.credentials for need in writes} == {(SERVER,)}


def test_a_push_needs_the_list_permission_without_a_prefix(january: Manifest):
    listing = [need for need in needs(january, "package_create", "s3:ListBucket") if "config.yml" in need.via]
    assert [(need.necessity, need.when, need.absent) for need in listing] == [
        (Necessity.REQUIRED, "not workflow_config", ("s3:prefix",))
    ]


def test_a_versioned_source_needs_the_version_permission(january: Manifest):
    (version,) = needs(january, "package_create", "s3:GetObjectVersion")
    assert version.when == "source_versioned"
    assert version.resources == ("arn:aws:s3:::{s3_uris.bucket}/{s3_uris.key}",)


def test_athena_reads_tables_on_behalf_of_the_server(january: Manifest):
    (database,) = needs(january, "athena_query_execute", "glue:GetDatabase")
    assert database.credentials == (SERVER,)
    assert database.context["aws:CalledVia"] == ("athena.amazonaws.com",)
    assert database.resources[2] == "arn:aws:glue:{athena_region}:{account}:database/default"


def test_show_tables_always_needs_the_tables_and_never_the_data(january: Manifest):
    listing = tool(january, "athena_tables_list")
    bindings = Bindings({}, {**january.server.parameters, **listing.parameters})
    asked = {
        need.action: bindings.needed(need)
        for need in listing.requirements
        if need.context and "location" not in need.via
    }
    assert asked["glue:GetTables"] is True
    assert asked["glue:GetTable"] is False
    scan = [need for need in listing.requirements if "table_location" in need.resources[0]]
    assert [bindings.needed(need) for need in scan] == [False, False]


def test_discover_permissions_is_about_the_server_and_waits_for_the_metadata_address(january: Manifest):
    discover = tool(january, "discover_permissions")
    assert (discover.assumes, discover.credentials) == (False, (SERVER,))
    assert any("server's principal and never about the role" in note for note in discover.notes)
    assert any("169.254.169.254: 10.2 s measured, over the 10 s" in note for note in discover.notes)
    (probe,) = needs(january, "discover_permissions", "s3:ListBucket")
    assert probe.necessity is Necessity.DECIDES_RESULT


@pytest.mark.parametrize("name", ["quilt-mcp@2026-01", "quilt-mcp@0.21"])
def test_search_catalog_is_not_decided_by_iam(name: str):
    search = tool(named(name), "search_catalog")
    assert (search.requirements, search.credentials) == ((), (BEARER,))
    assert any("not decided by IAM" in note for note in search.notes)


def test_athena_falls_back_silently_to_the_server_in_february(february: Manifest):
    (start,) = needs(february, "athena_query_execute", "athena:StartQueryExecution")
    assert start.credentials == (BROKERED, SERVER)
    (listing,) = needs(february, "bucket_objects_list", "s3:ListBucket")
    assert listing.credentials == (BROKERED,)


@pytest.mark.parametrize("name", ["quilt-mcp@2026-01", "quilt-mcp@0.21"])
def test_a_tool_without_permissions_acts_with_a_bearer_token_or_with_nothing(name: str):
    without = [tool for tool in named(name).tools if not tool.requirements and tool.name != "get_resource"]
    assert {tool.credentials for tool in without} == {(BEARER,), (NONE,)}
    assert {tool.credentials for tool in without if tool.name.startswith("admin_")} == {(BEARER,)}


def test_the_call_that_january_builds_from_a_token(january: Manifest):
    assume = january.server.assume
    assert assume is not None
    assert assume.role_claims == ("role_arn", "roleArn", "aws_role_arn", "awsRoleArn")
    assert (assume.session_name, assume.session_name_replace, assume.session_name_length) == (
        "mcp-{subject}-{unix_time}",
        "[^a-zA-Z0-9+=,.@-]",
        64,
    )
    assert (assume.source_identity, assume.external_id) == ("{subject}", None)
    assert (assume.duration_default, assume.duration_min, assume.duration_max) == (3600, 900, 43200)
    assert assume.messages["no_credentials"] == "Unable to locate credentials"


def test_which_tokens_january_accepts(january: Manifest):
    token = january.server.token
    assert token is not None
    assert (token.algorithms, token.required_claims, token.verifies) == (("HS256",), ("exp",), True)
    assert "token_expired" in token.messages["expired"]


def test_february_takes_any_token_and_asks_the_registry(february: Manifest):
    assert february.server.token is not None
    assert february.server.token.verifies is False
    assert february.server.broker is not None
    assert "/api/auth/get_credentials" in february.server.broker.description


def test_the_example_uses_only_the_role():
    assert {tool.credentials for tool in named("example-s3-iam-search@1").tools} == {(ROLE,)}


def test_kendra_queries_the_index_of_the_call_else_of_the_environment():
    (query,) = needs(named("awslabs.amazon-kendra-index-mcp-server@1.1.1"), "KendraQueryTool", "kendra:Query")
    assert query.resources == ("arn:aws:kendra:{region|AWS_REGION}:{account}:index/{indexId|KENDRA_INDEX_ID}",)
    assert query.credentials == (SERVER,)


def test_queues_and_topics_are_made_only_where_the_server_allows_it():
    manifest = named("awslabs.amazon-sns-sqs-mcp-server@2.1.1")
    making = {"create_topic", "delete_topic", "create_queue", "delete_queue"}
    assert making.isdisjoint(tool.name for tool in manifest.deployed().tools)
    assert making <= {tool.name for tool in manifest.deployed("resource-creation").tools}


def test_a_message_is_sent_only_to_a_queue_whose_tags_may_be_read():
    manifest = named("awslabs.amazon-sns-sqs-mcp-server@2.1.1")
    actions = [need.action for need in tool(manifest, "send_message").requirements]
    assert actions == ["sqs:ListQueueTags", "sqs:SendMessage", "kms:GenerateDataKey", "kms:Decrypt"]
    assert tool(manifest, "start_message_move_task").requirements == ()


def test_every_knowledge_base_of_the_account_is_described_to_list_those_with_the_tag():
    manifest = named("awslabs.bedrock-kb-retrieval-mcp-server@1.1.2")
    (described,) = needs(manifest, "ListKnowledgeBases", "bedrock:GetKnowledgeBase")
    assert described.resources == ("arn:aws:bedrock:{region}:{account}:knowledge-base/*",)
    assert described.necessity is Necessity.REQUIRED
    (typed,) = needs(manifest, "QueryKnowledgeBases", "bedrock:GetKnowledgeBase")
    assert typed.necessity is Necessity.OPTIONAL


def test_cloudtrail_reads_the_result_of_a_query_only_where_it_waits():
    manifest = named("awslabs.cloudtrail-mcp-server@0.1.1")
    (results,) = needs(manifest, "lake_query", "cloudtrail:GetQueryResults")
    assert (results.necessity, results.when) == (Necessity.CONDITIONAL, "wait_for_completion")
    (status,) = needs(manifest, "lake_query", "cloudtrail:DescribeQuery")
    assert status.necessity is Necessity.REQUIRED


def test_promql_asks_for_metrics_with_requests_that_the_server_signs_itself():
    manifest = named("awslabs.cloudwatch-mcp-server@0.3.1")
    asked = {need.action: need.operation for need in tool(manifest, "execute_promql_query").requirements}
    assert asked == {"cloudwatch:GetMetricData": "", "cloudwatch:ListMetrics": ""}


def test_field_index_policies_of_the_account_take_two_permissions():
    manifest = named("awslabs.cloudwatch-mcp-server@0.3.1")
    optional = [
        need.action
        for need in tool(manifest, "recommend_indexes_account").requirements
        if need.necessity is Necessity.OPTIONAL
    ]
    assert optional == ["logs:DescribeAccountPolicies", "logs:DescribeIndexPolicies"]


def test_a_filter_of_costs_is_looked_up_before_it_is_used():
    manifest = named("awslabs.cost-explorer-mcp-server@0.0.21")
    (tags,) = needs(manifest, "get_cost_forecast", "ce:GetTags")
    assert (tags.necessity, tags.when) == (Necessity.CONDITIONAL, "set(filter_expression) and filter_names_tags")
    assert tool(manifest, "get_today_date").credentials == (NONE,)


def test_the_dynamodb_server_needs_no_action_of_dynamodb():
    manifest = named("awslabs.dynamodb-mcp-server@2.1.8")
    assert {need.action for tool in manifest.tools for need in tool.requirements} == {
        "rds-data:ExecuteStatement",
        "secretsmanager:GetSecretValue",
        "kms:Decrypt",
    }
    assert {tool.name for tool in manifest.tools if tool.requirements} == {"source_db_analyzer"}


def test_an_image_is_pushed_with_the_role_that_its_own_stack_made():
    manifest = named("awslabs.ecs-mcp-server@0.1.37")
    pushed = needs(manifest, "build_and_push_image_to_ecr", "ecr:PutImage")
    assert [need.credentials for need in pushed] == [(ROLE,)]
    (assumed, *_) = needs(manifest, "build_and_push_image_to_ecr", "sts:AssumeRole")
    assert assumed.resources == ("arn:aws:iam::{account}:role/{app_name}-ecr-role",)


def test_what_the_ecs_server_is_told_to_do_decides_what_it_needs():
    manifest = named("awslabs.ecs-mcp-server@0.1.37")
    (stop,) = needs(manifest, "ecs_resource_management", "ecs:StopTask")
    assert stop.when == "ALLOW_WRITE and api_operation == 'StopTask'"
    assert not needs(manifest, "ecs_troubleshooting_tool", "ecs:ListServices")


def test_a_user_is_emptied_only_by_force():
    manifest = named("awslabs.iam-mcp-server@1.1.2")
    (keys,) = needs(manifest, "delete_user", "iam:DeleteAccessKey")
    assert keys.when == "allow_write and force and user_has_access_keys"
    (gone,) = needs(manifest, "delete_user", "iam:DeleteUser")
    assert gone.when == "allow_write"


def test_a_tool_of_a_lambda_function_is_there_only_where_functions_may_be_listed():
    manifest = named("awslabs.lambda-tool-mcp-server@2.1.1")
    required = [need.action for need in manifest.tools[0].requirements if need.necessity is Necessity.REQUIRED]
    assert required == ["lambda:InvokeFunction", "lambda:ListFunctions"]


def test_the_type_of_a_state_machine_decides_how_it_is_run():
    manifest = named("awslabs.stepfunctions-tool-mcp-server@0.2.1")
    runs = {need.action: need.when for need in manifest.tools[0].requirements if "Start" in need.action}
    assert runs == {
        "states:StartExecution": "state_machine_type != 'EXPRESS'",
        "states:StartSyncExecution": "state_machine_type == 'EXPRESS'",
    }


def test_rows_are_appended_through_the_iceberg_catalog_of_the_table_bucket():
    manifest = named("awslabs.s3-tables-mcp-server@0.1.1")
    append = tool(manifest, "append_rows_to_table")
    assert {need.when for need in append.requirements if need.action.startswith("s3tables:")} == {"allow_write"}
    assert {need.action for need in append.requirements} == {
        "s3tables:GetTableBucket",
        "s3tables:GetTableMetadataLocation",
        "s3tables:GetTableData",
        "s3tables:PutTableData",
        "s3tables:UpdateTableMetadataLocation",
        "kms:Decrypt",
        "kms:GenerateDataKey",
    }


@pytest.mark.parametrize(
    ("mode", "signer"),
    [("aws-credentials", SERVER), ("iam-role", ROLE), ("basic-auth", BEARER), ("aws-keys-header", BROKERED)],
)
def test_the_mode_of_the_opensearch_server_says_who_signs_a_search(mode: str, signer: Credential):
    deployed = named("opensearch-mcp-server-py@0.12.0").deployed(mode)
    (search,) = needs(deployed, "SearchIndexTool", "es:ESHttpPost")
    assert search.resources == ("arn:aws:es:{region}:{account}:domain/{domain}/{index}/_search",)
    assert search.credentials == (signer,)


def test_a_query_set_is_put_and_deleted_through_the_search_relevance_plugin():
    manifest = named("opensearch-mcp-server-py@0.12.0")
    (put,) = needs(manifest, "CreateQuerySetTool", "es:ESHttpPut")
    assert put.resources == ("arn:aws:es:{region}:{account}:domain/{domain}/_plugins/_search_relevance/query_sets",)
    assert len(needs(manifest, "DeleteQuerySetTool", "es:ESHttpDelete")) == 1
