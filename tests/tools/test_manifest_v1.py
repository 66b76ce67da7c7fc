"""What manifests can say besides actions and resources: where they are from, other ways, what is not known."""

from __future__ import annotations

import pytest

from iamsim.errors import InputError
from iamsim.model.finding import Confidence
from iamsim.model.principal import HOLE
from iamsim.model.server import Parameter, Provenance
from iamsim.model.tool import Unresolved
from iamsim.tools.bindings import Bindings, settings
from iamsim.tools.manifest import Manifest, manifest

HEAD = """schema = 1
[server]
name = "small"
version = "1"
"""

PARAMETERS = """[parameters]
bucket = "The bucket"
topic = { description = "The topic", kind = "arn" }
limit = { description = "How many", kind = "number", default = "10" }
flag = { description = "A flag", kind = "flag" }
"""

TOOL = """[[tool]]
name = "find"
arguments = ["prefix="]
credentials = ["role"]
[[tool.needs]]
action = "s3:ListAllMyBuckets"
resource = "*"
operation = "s3.ListBuckets"
any_of = "how the buckets are found"
option = "s3"
confidence = "likely"
[[tool.needs]]
action = "sns:Publish"
resource = "{topic}"
any_of = "how the buckets are found"
[[tool.unresolved]]
what = "a call of an operation chosen at run time"
why = "the name of the method comes from the argument `operation`"
source = "server.py:120"
"""

ALL = HEAD + PARAMETERS + TOOL


def read(text: str) -> Manifest:
    return manifest(text, document="small.toml")


def error(text: str) -> str:
    with pytest.raises(InputError) as caught:
        read(text)
    return str(caught.value)


# ---------------------------------------------------------------- provenance


def test_a_manifest_says_how_it_came_to_be():
    made = '[provenance]\nhow = "inferred"\nsubject = "small 1.0.9 (PyPI)"\nmade = "2026-11-25"\nuncertain = ["one", "two"]\n'
    assert read(HEAD + made).server.provenance == Provenance(
        "inferred", "small 1.0.9 (PyPI)", "2026-11-25", "", ("one", "two")
    )
    assert read(HEAD).server.provenance is None


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ('subject = "x"', "small.toml:5: `how` is missing in `provenance`; one of written, inferred, recorded, declared"),
        ('how = "infered"', "small.toml:6: unknown how `infered` in `provenance`; did you mean `inferred`?"),
        ('how = "written"\nmade = 2026-11-25', 'small.toml:7: `made` is not a text in `provenance`; write made = "2026-11-25"'),
        ('how = "written"\nreviewed = "2026-02-30"', "small.toml:7: `2026-02-30` is no day in `provenance`; write year, month and day"),
        ('how = "written"\nmade = "20261125"', "small.toml:7: `20261125` is no day"),
        ('how = "written"\nuncertain = [1]', "small.toml:7: `uncertain` is not a list of texts"),
        ('how = "written"\nby = "me"', "small.toml:7: unknown key `by` in `provenance`"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_provenance_is_told_with_its_line(said: str, expected: str):
    assert error(f"{HEAD}[provenance]\n{said}\n").startswith(expected)


# ---------------------------------------------------------------- needs


def test_a_need_says_which_call_it_is_of_how_sure_that_is_and_what_would_do_instead():
    listed, published = read(ALL).tools[0].requirements
    assert (listed.operation, listed.confidence) == ("s3.ListBuckets", Confidence.LIKELY)
    assert (listed.any_of, listed.option) == ("how the buckets are found", "s3")
    assert (published.operation, published.confidence) == ("", Confidence.CERTAIN)
    assert (published.any_of, published.option) == ("how the buckets are found", "")


def test_the_needs_of_a_group_say_the_same():
    group = TOOL.partition("[[tool.needs]]\n")[2].partition("[[tool.needs]]")[0]
    text = f'{HEAD}{PARAMETERS}[groups.find]\ncredentials = ["server"]\n[[groups.find.needs]]\n{group}[[tool]]\nname = "t"\nuses = ["find"]\n'
    (need,) = read(text).tools[0].requirements
    assert (need.operation, need.confidence, need.option) == ("s3.ListBuckets", Confidence.LIKELY, "s3")


def test_what_nobody_can_say_is_kept_with_its_reason_and_its_place():
    assert read(ALL).tools[0].unresolved == (
        Unresolved(
            "a call of an operation chosen at run time",
            "the name of the method comes from the argument `operation`",
            "server.py:120",
        ),
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('"s3.ListBuckets"', '"list_buckets"', "small.toml:17: `list_buckets` is no operation in tool `find`, need 1; write service.Operation, as in s3.GetObject"),
        ('"likely"', '"uncertain"', "small.toml:20: unknown confidence `uncertain` in tool `find`, need 1; did you mean `certain`?"),
        ('any_of = "how the buckets are found"\noption', "option", "small.toml:18: `any_of` is missing in tool `find`, need 1; an option is one of those"),
        ('"{topic}"', '"{bucket}"', 'small.toml:23: the resource of need 2 of tool `find` is `{bucket}`, which is no ARN; write arn:PARTITION:SERVICE:REGION:ACCOUNT:NAME, or *, or declare `bucket` with kind = "arn"'),
        ('"{topic}"', '"{topic?}"', "small.toml:23: the resource of need 2 of tool `find` is `{topic?}`, which is no ARN"),
        ('"{topic}"', '"{topic|bucket}"', "small.toml:23: the resource of need 2 of tool `find` is `{topic|bucket}`, which is no ARN"),
        ('"{topic}"', '"{topics}"', "small.toml:21: unknown parameter `topics` in tool `find`, need 2; did you mean `topic`?"),
        ('what = "a call of an operation chosen at run time"\n', "", "small.toml:25: `what` is missing in tool `find`, unresolved 1"),
        ('why = "the name of the method comes from the argument `operation`"\n', "", "small.toml:25: `why` is missing in tool `find`, unresolved 1"),
        ('source = "server.py:120"', "line = 120", "small.toml:28: unknown key `line` in tool `find`, unresolved 1"),
    ],
)  # fmt: skip
def test_a_mistake_in_what_a_tool_needs_is_told_with_its_line(old: str, new: str, expected: str):
    assert old in TOOL
    text = HEAD + PARAMETERS + TOOL.replace(old, new)
    assert error(text).startswith(expected)


def test_what_is_left_open_is_a_list():
    text = HEAD + '[[tool]]\nname = "find"\nunresolved = "all"\n'
    assert error(text) == "small.toml:7: `unresolved` is not a list of tables in tool `find`"


def test_what_is_left_open_is_told_at_the_tool_that_it_is_of():
    text = ALL + '[[tool]]\nname = "second"\n[[tool.unresolved]]\nwhat = "x"\n'
    assert error(text).startswith("small.toml:31: `why` is missing in tool `second`, unresolved 1")


def test_a_need_of_a_group_that_nobody_uses_is_checked_too():
    text = HEAD + PARAMETERS + '[groups.find]\n[[groups.find.needs]]\naction = "s3:ListAllMyBuckets"\n'
    assert error(text).startswith("small.toml:11: `resource` is missing in group find, need 1")


# ---------------------------------------------------------------- parameters


def test_an_argument_is_a_text_or_a_table_that_says_more():
    text = ALL.replace(
        '["prefix="]',
        '["prefix=", { name = "bucket", description = "Its own" }, { name = "max", kind = "number", default = "5" }, { name = "on", default = "true" }]',
    )
    assert tuple(read(text).tools[0].parameters.values()) == (
        Parameter("prefix", default=""),
        Parameter("bucket", "Its own"),
        Parameter("max", default="5", kind="number"),
        Parameter("on", default="true", kind="flag"),
    )


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('{ description = "x" }', "small.toml:10: `name` is missing in an argument of tool `find`"),
        ('{ name = "x", type = "text" }', "small.toml:10: unknown key `type` in an argument of tool `find`"),
        ('{ name = "x", kind = "list" }', "small.toml:10: unknown kind `list` in an argument of tool `find`"),
        ('{ name = "x", default = "{nothing}" }', "small.toml:10: unknown default `nothing` in an argument of tool `find`"),
        ('"x={"', "small.toml:12: `{` has a brace that is no placeholder in tool `find`"),
        ('"limit=many"', "small.toml:12: the default of the number `limit` is no number in tool `find`"),
        ('"topic=news"', "small.toml:12: the default of the arn `topic` is no ARN in tool `find`"),
        ("7", "small.toml:12: `arguments` is not a list of texts and tables in tool `find`"),
    ],
)  # fmt: skip
def test_a_mistake_in_an_argument_is_told(written: str, expected: str):
    assert error(ALL.replace('"prefix="', written)).startswith(expected)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ('x = { kind = "arn", default = "topic" }', "small.toml:5: the default of the arn `x` is no ARN in `x`"),
        ('x = { kind = "number", default = "ten" }', "small.toml:5: the default of the number `x` is no number in `x`"),
        ('x = { default = "{" }', "small.toml:5: `{` has a brace that is no placeholder in `x`; write {name}"),
        ('x = { kind = "float" }', "small.toml:5: unknown kind `float` in `x`"),
    ],
)
def test_a_mistake_in_a_parameter_is_told(said: str, expected: str):
    assert error(f"{HEAD}[parameters]\n{said}\n").startswith(expected)


ARN = "arn:aws:sns:us-east-1:111122223333:news"


def test_an_arn_is_set_whole_or_to_nothing_and_a_number_is_one():
    known = read(ALL).parameters
    assert settings([f"topic={ARN}", "topic=", "limit=-2.5e3"], known) == {"topic": (ARN, ""), "limit": ("-2.5e3",)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("topic=news", "`news` is no ARN, which `topic` must be; write --set topic=arn:PARTITION:SERVICE:REGION:ACCOUNT:NAME, or nothing where there is none"),
        ("topic=arn:aws:sns", "`arn:aws:sns` is no ARN, which `topic` must be"),
        ("topic=arn:aws:sns:us-east-1:111122223333:two words", "`arn:aws:sns:us-east-1:111122223333:two words` is no ARN"),
        ("limit=", "`` is no number, which `limit` must be; write --set limit=10"),
        ("limit=1.", "`1.` is no number, which `limit` must be"),
        ("limit=٣", "`٣` is no number, which `limit` must be"),
    ],
)  # fmt: skip
def test_what_is_set_is_held_against_the_kind(text: str, said: str):
    with pytest.raises(InputError) as caught:
        settings([text], read(ALL).parameters)
    assert str(caught.value).startswith(said)


def bound(need, **values):
    given = {name: (value,) for name, value in values.items()}
    return Bindings(given, read(ALL).parameters).resources(need)


def test_a_whole_arn_is_what_it_is_set_to_and_else_some_arn_of_the_service():
    need = read(ALL).tools[0].requirements[1]
    assert bound(need, topic=ARN) == ((ARN,), ())
    assert bound(need) == ((f"arn:{HOLE}:sns:{HOLE}:{HOLE}:{HOLE}",), ("topic",))
