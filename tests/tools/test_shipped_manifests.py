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


def test_five_manifests_come_with_the_program():
    assert shipped() == (
        "example-role-claim@1",
        "example-s3-iam-search@1",
        "example-web-identity@1",
        "quilt-mcp@0.21",
        "quilt-mcp@2026-01",
    )


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
