"""A manifest that is written and read again is the same manifest."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsim.model.finding import Confidence
from iamsim.model.origin import NOWHERE
from iamsim.model.server import WEB_IDENTITY, AssumeTemplate, Broker, Parameter, Provenance, Server, Suite, TokenProfile
from iamsim.model.tool import Credential, Necessity, Requirement, Tool, Tried, Unresolved
from iamsim.tools.manifest import Manifest, Mode, manifest, named, shipped
from iamsim.tools.servers import FAILURES, REFUSALS
from iamsim.tools.written import WIDTH, toml


def again(text: str) -> Manifest:
    return manifest(text, document="again.toml")


def placeless(one: Manifest) -> Manifest:
    return replace(one, server=replace(one.server, origin=NOWHERE))


# ---------------------------------------------------------------- everything a file can say

TEXT = st.text(st.characters(exclude_categories=["C", "Z"], include_characters=" \"'\\[]{}#,="), max_size=12)
WORDS = TEXT.filter(bool)
PLAIN = st.text(
    st.characters(exclude_categories=["C", "Z"], include_characters=" \"'\\", exclude_characters="{}"), max_size=8
)
NAME = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,5}", fullmatch=True).filter(lambda n: n not in ("true", "false", "set"))
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
ERRORS = st.sampled_from(["", "answered", "flagged"])
ARGUMENTS = st.dictionaries(
    TEXT,
    st.recursive(
        TEXT | st.booleans() | st.integers(-9, 10**12) | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
        max_leaves=4,
    ),
    max_size=2,
)
CREDENTIALS = st.lists(st.sampled_from(Credential), min_size=1, max_size=3).map(tuple)


def described(draw, name, known, *, flags):
    """A parameter of any kind, with a default that it can have."""
    kind = draw(st.sampled_from(["text", "flag", "s3-uri", "arn", "number"]))
    defaults = {
        "flag": ["true", "false", *([""] if flags else [])],
        "arn": ["", "arn:aws:kms:us-east-1:111122223333:key/k"],
        "number": ["", "10", "-1.5e3"],
        "text": ["", "a=b", 'it\'s "so"', "true"],
        "s3-uri": ["", "s3://b/k"],
    }[kind]
    choices = [None, *defaults, *(f"{{{other}}}" for other in known)]
    return Parameter(name, draw(TEXT), draw(st.sampled_from(choices)), kind, draw(st.sampled_from(["", "s3://"])))


@st.composite
def servers(draw):
    names = draw(st.lists(NAME, max_size=4, unique=True))
    modes = tuple(draw(st.lists(WORDS, max_size=2, unique=True)))
    template = st.sampled_from(["{subject}", "mcp-{subject}-{unix_time}", "it's"])
    assume = st.builds(
        AssumeTemplate,
        TEXTS,
        TEXTS,
        template,
        st.sampled_from(["", "[^A-Z]"]),
        TEXT,
        st.integers(0, 64),
        st.none() | template,
        TEXTS,
        TEXTS,
        st.none() | template,
        TEXT,
        *([st.integers(0, 43200)] * 3),
        st.dictionaries(st.sampled_from(FAILURES), TEXT),
        TEXT,
        st.sampled_from(["AssumeRole", WEB_IDENTITY]),
        TEXT,
        st.sampled_from(
            ["", '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}']
        ),
    )
    messages = st.dictionaries(st.sampled_from(REFUSALS), TEXT)
    day = st.sampled_from(["", "2026-01-31"])
    how = st.sampled_from(["written", "inferred", "recorded", "declared"])
    return Server(
        name=draw(WORDS),
        version=draw(WORDS),
        title=draw(TEXT),
        base=draw(TEXT),
        token=draw(st.none() | st.builds(TokenProfile, TEXTS, TEXTS, TEXT, TEXT, st.booleans(), messages)),
        assume=draw(st.none() | assume),
        broker=draw(st.none() | st.builds(Broker, WORDS, TEXT, TEXT)),
        parameters={name: described(draw, name, names, flags=False) for name in names},
        context=draw(st.dictionaries(TEXT.map(str.lower).filter(lambda k: k == k.lower()), TEXTS, max_size=2)),
        modes=modes,
        notes=draw(TEXTS),
        source=draw(TEXT),
        provenance=draw(st.none() | st.builds(Provenance, how, TEXT, day, day, TEXTS)),
        bearer=draw(TEXT),
        errors=draw(ERRORS),
        suite=draw(st.none() | st.builds(Suite, WORDS, TEXTS, TEXT)),
    )


@st.composite
def needs(draw, known):
    alone = [f"{{{name}}}" for name, one in known.items() if one.kind == "arn"]
    inside = [f"arn:aws:s3:::{{{name}}}" for name in known]
    resource = st.sampled_from(["*", "arn:aws:s3:::b/*", *alone, *inside])
    flags = [name for name, one in known.items() if one.kind == "flag"]
    conditions = ["", *flags, *(f"set({name}) and {name} != 'it'" for name in known)]
    necessity, when, condition = draw(st.sampled_from(Necessity)), draw(st.sampled_from(conditions)), draw(TEXT)
    label = draw(TEXT)
    return Requirement(
        action=draw(st.sampled_from(["s3:GetObject", "kms:Decrypt"])),
        resources=tuple(draw(st.lists(resource, min_size=1, max_size=2))),
        credentials=draw(CREDENTIALS),
        necessity=necessity,
        when=when,
        condition=condition or ("" if when or necessity is not Necessity.CONDITIONAL else "sometimes"),
        context=draw(st.dictionaries(TEXT, st.lists(PLAIN, max_size=2).map(tuple), max_size=2)),
        absent=draw(TEXTS),
        via=draw(TEXT),
        source=draw(TEXT),
        note=draw(TEXT),
        any_of=label,
        option=draw(TEXT) if label else "",
        operation=draw(st.sampled_from(["", "s3.GetObject"])),
        confidence=draw(st.sampled_from([Confidence.CERTAIN, Confidence.LIKELY])),
    )


@st.composite
def tools(draw, server, name):
    own = {}
    for argument in draw(st.lists(st.sampled_from([*server.parameters, "own", "other"]), max_size=3, unique=True)):
        shared = server.parameters.get(argument)
        as_shared = shared is not None and draw(st.booleans())
        own[argument] = shared if as_shared else described(draw, argument, server.parameters, flags=True)
    required = tuple(draw(st.lists(needs({**server.parameters, **own}), max_size=3)))
    stated = draw(CREDENTIALS | st.just(()))
    modes = draw(st.lists(st.sampled_from(server.modes), unique=True)) if server.modes else ()
    return Tool(
        server=server.name,
        name=name,
        assumes=draw(st.booleans()),
        requirements=required,
        description=draw(TEXT),
        credentials=tuple(dict.fromkeys((*stated, *(one for need in required for one in need.credentials)))),
        parameters=own,
        modes=tuple(modes),
        on_failure=draw(TEXT),
        notes=draw(TEXTS),
        source=draw(TEXT),
        unresolved=tuple(draw(st.lists(st.builds(Unresolved, WORDS, WORDS, TEXT), max_size=2))),
        errors=draw(ERRORS),
        lookups=draw(st.none() | st.integers(0, 9)),
        tests=tuple(draw(st.lists(st.builds(Tried, WORDS, st.none() | ARGUMENTS, TEXTS), max_size=2))),
    )


@st.composite
def manifests(draw):
    server = draw(servers())
    names = draw(st.lists(WORDS, max_size=2, unique=True))
    fixed = st.dictionaries(st.sampled_from([*server.parameters]), TEXT) if server.parameters else st.just({})
    mode = st.builds(Mode, st.dictionaries(st.sampled_from(Credential), st.sampled_from(Credential)), fixed)
    modes = st.dictionaries(st.sampled_from(server.modes), mode) if server.modes else st.just({})
    return Manifest(server, tuple(draw(tools(server, name)) for name in names), draw(modes))


@given(manifests())
@settings(max_examples=300, deadline=None)
def test_what_is_written_is_read_as_the_same_manifest(one):
    text = toml(one)
    found = again(text)
    assert placeless(found) == one
    assert toml(found) == text


@pytest.mark.parametrize("name", shipped())
def test_a_manifest_that_comes_with_the_program_survives_being_written(name):
    one = named(name)
    assert placeless(again(toml(one))) == placeless(one)


# ---------------------------------------------------------------- how it looks

NEED = Requirement(
    "s3:GetObject",
    ("arn:aws:s3:::{bucket}/*",),
    (Credential.ROLE,),
    any_of="how",
    option="s3",
    operation="s3.GetObject",
    confidence=Confidence.LIKELY,
    source="server.py:12",
)
SMALL = Manifest(
    Server("small", "1", parameters={"bucket": Parameter("bucket", "The bucket")}),
    (
        Tool(
            "small",
            "get",
            assumes=True,
            requirements=(
                NEED,
                replace(NEED, action="kms:Decrypt", resources=("*",), credentials=(Credential.SERVER,)),
            ),
            credentials=(Credential.ROLE, Credential.SERVER),
            parameters={
                "bucket": Parameter("bucket", "The bucket"),
                "deep": Parameter("deep", default="false", kind="flag"),
                "format": Parameter("format", 'csv or "json"', "csv"),
            },
            source="server.py:12",
            unresolved=(Unresolved("a call", "its name is an argument"),),
        ),
    ),
)


def test_a_file_looks_as_one_written_by_hand():
    assert (
        toml(SMALL)
        == """schema = 1

[server]
name = "small"
version = "1"

[parameters]
bucket = "The bucket"

[[tool]]
name = "get"
assumes = true
arguments = ["bucket", "deep=false", { name = "format", default = "csv", description = 'csv or "json"' }]
credentials = ["role"]
source = "server.py:12"
[[tool.needs]]
action = "s3:GetObject"
operation = "s3.GetObject"
resource = "arn:aws:s3:::{bucket}/*"
any_of = "how"
option = "s3"
confidence = "likely"
[[tool.needs]]
action = "kms:Decrypt"
operation = "s3.GetObject"
resource = "*"
credentials = ["server"]
any_of = "how"
option = "s3"
confidence = "likely"
[[tool.unresolved]]
what = "a call"
why = "its name is an argument"
"""
    )
    assert placeless(again(toml(SMALL))) == SMALL


def test_a_need_that_stands_at_no_place_does_not_take_that_of_its_tool():
    one = replace(SMALL.tools[0], requirements=(replace(NEED, source=""),), credentials=(Credential.ROLE,))
    text = toml(replace(SMALL, tools=(one,)))
    assert 'source = ""' in text
    assert again(text).tools[0].requirements[0].source == ""


def test_a_long_list_goes_over_several_lines_and_a_short_one_does_not():
    notes = tuple(f"a note that is not very short, number {n}" for n in range(4))
    text = toml(replace(SMALL, server=replace(SMALL.server, notes=notes, modes=("a", "b"))))
    assert 'modes = ["a", "b"]\n' in text
    assert 'notes = [\n  "a note that is not very short, number 0",\n' in text
    assert max(map(len, text.splitlines())) <= WIDTH


def test_what_facts_imply_is_written_out():
    text = """schema = 1
[server]
name = "s"
version = "1"
[parameters]
bucket = "The bucket"
[[tool]]
name = "get"
credentials = ["role"]
[[tool.needs]]
action = "s3:GetObject"
resource = "arn:aws:s3:::{bucket}/*"
implies = ["encrypted", "missing", "versioned"]
"""
    one = again(text)
    assert "implies" not in toml(one)
    assert 'kms_key = { description = "The KMS key that encrypts' in toml(one)
    assert again(toml(one)) == one
