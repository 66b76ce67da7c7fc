"""Whatever its size, an input is answered or refused: nothing hangs, and nothing but an InputError comes out."""

from __future__ import annotations

import json
import resource
import select
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from iamsim import batch, documents
from iamsim.engine import policyset
from iamsim.errors import InputError
from iamsim.model.policy import Layers
from iamsim.model.principal import HOLE, principal
from iamsim.model.request import Context, Request

ROOT = Path(__file__).parents[2]
PATIENCE = 20
"""Seconds until a case counts as hung; none is meant to need one."""
MEMORY = 2**31
"""Bytes of address space that the process of the cases may take."""

NUMBER = "1" * 900_000

MEGA = 900_000
"""Nearly the longest text that is read."""

USER = "arn:aws:iam::111122223333:user/a"
BUCKET = "arn:aws:s3:::b/"
Values = tuple[str, ...]


def asked(
    *statements: Mapping[str, object],
    context: Mapping[str, Values] | None = None,
    target: str = BUCKET + "a",
    complete: bool = True,
    kind: str = "identity",
) -> str:
    """What both doors of the engine answer to a policy of these statements, or in which words it is refused."""
    usual = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    whole = [{k: v for k, v in {**usual, **members}.items() if v is not None} for members in statements]
    if kind == "resource":
        whole = [{"Principal": "*", **members} for members in whole]
    text = json.dumps({"Version": "2012-10-17", "Statement": whole}).replace(f'"{NUMBER}"', NUMBER)
    try:
        policy = documents.policy(text, document="p.json")
    except InputError as error:
        return f"refused: {error}"
    layers = Layers(resource=policy) if kind == "resource" else Layers(identity=(policy,))
    policies = policyset.compile(layers)
    known = Context(context or {}, frozenset({"x:none/"}), complete)
    request = Request(principal(USER), "s3:GetObject", target, known, "111122223333")
    decided = policies.decide(request)
    explained = policies.explain(request)
    if explained.decision is not decided:
        return f"decide says {decided}, explain says {explained.decision}"
    return str(decided)


def condition(operator: str, written: object, *known: str, key: str = "k:s") -> str:
    return asked({"Condition": {operator: {key: written}}}, context={key: known})


def batched(*lines: object) -> str:
    """The decisions, or the errors, that a batch of these lines gives."""
    stream = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    told = [json.loads(answer) for answer in batch.Batch().answers(stream)]
    return "; ".join(answer.get("decision") or f"refused: {answer['error']['message']}" for answer in told)


def line(**members: object) -> dict[str, object]:
    policy = {"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
    asks = {
        "id": "1",
        "principal": USER,
        "action": "s3:GetObject",
        "resource": BUCKET + "a",
        "resource_account": "111122223333",
    }
    return {**asks, "policies": {"identity": [policy]}, **members}


Cases = dict[str, Callable[[], str]]

STARS = "*a" * 5000
MARKS = "?" * 5000
LETTERS = "a" * MEGA
IDS = [f"value{i}" for i in range(100_000)]
A_STATEMENT = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}


def any_of(operator: str, written: list[str], known: list[str]) -> str:
    return asked({"Condition": {f"ForAnyValue:{operator}": {"k:s": written}}}, context={"k:s": tuple(known)})


REFUSED: Cases = {
    "a policy of 10 MB": lambda: asked({"Sid": "a" * 10_000_000}),
    "a Sid of 1 MB": lambda: asked({"Sid": "s" * MEGA}),
    "an element of 1 MB": lambda: asked({"E" * MEGA: "v"}),
    "an action of 1 MB": lambda: asked({"Action": "s3:" + "*a" * (MEGA // 2)}),
    "a resource pattern of 1 MB": lambda: asked({"Resource": BUCKET + "*a" * (MEGA // 2)}),
    "a principal of 1 MB": lambda: asked({"Principal": {"AWS": "u" * MEGA}}, kind="resource"),
    "an operator of 1 MB": lambda: asked({"Condition": {"S" * MEGA: {"k": "v"}}}),
    "an operator of 500,000 characters over 30,000 keys": lambda: asked(
        {"Condition": {"S" * 500_000: dict.fromkeys(map(str, range(30_000)), "v")}}
    ),
    "a condition key of 1 MB": lambda: asked({"Condition": {"Bool": {"k/" * (MEGA // 2): "v"}}}),
    "a condition value of 1 MB": lambda: condition("StringLike", "a" * MEGA, "a"),
    "a number of 1 MB": lambda: asked({"Condition": {"NumericEquals": {"k:s": NUMBER}}}),
    "100,000 brackets": lambda: batched(b"[" * 100_000),
    "100,000 brackets within a policy": lambda: batched(b'{"policies":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "a line of 10 MB": lambda: batched(b'{"id": "' + b"a" * 10_000_000 + b'"}'),
    "a line that holds a key twice, behind 400,000 values": lambda: batched(
        b'{"id": [' + b"1," * 400_000 + b'{"a": 1, "a": 2}]}'
    ),
    "a name of 500,000 characters for 10,000 statements": lambda: batched(
        {"define": {"n" * 500_000: {"Statement": [{"Effect": "Allow", "Action": "*"}] * 10_000}}}
    ),
}

ALLOWED: Cases = {
    # policies
    "10,000 statements of which the last allows": lambda: asked(
        *[{"Resource": f"{BUCKET}{i}"} for i in range(9_000)], {}
    ),
    "10,000 Deny statements that do not apply": lambda: asked(
        *[{"Effect": "Deny", "Resource": f"{BUCKET}{i}"} for i in range(9_000)], {}
    ),
    "50,000 actions": lambda: asked({"Action": [*(f"s3:A{i}" for i in range(50_000)), "s3:GetObject"]}),
    "40,000 starred actions": lambda: asked({"Action": [*(f"s3:*{i}*x" for i in range(40_000)), "s3:GetObject"]}),
    "5,000 stars in Action": lambda: asked({"Action": "s3:" + "*" * 5000}),
    "5,000 stars in Resource": lambda: asked({"Resource": BUCKET + "*" * 5000}),
    "5,000 starred letters in Resource": lambda: asked({"Resource": BUCKET + STARS}, target=BUCKET + LETTERS),
    # variables
    "a variable with 1 MB": lambda: asked(
        {"Resource": BUCKET + "${k:s}"}, context={"k:s": (LETTERS,)}, target=BUCKET + LETTERS
    ),
    "5,000 variables that take it in turn": lambda: asked(
        {"Resource": BUCKET + "${k:s}" * 5000}, context={"k:s": ("a",)}, target=BUCKET + "a" * 5000
    ),
    # values
    "a context value of 1 MB": lambda: condition("StringLike", "*a*", LETTERS),
    "50,000 texts against as many values": lambda: any_of("StringEquals", IDS[:50_000], [*IDS[50_000:], IDS[0]]),
    # lines
    "a context value of 1 MB in a line": lambda: batched(line(context={"aws:UserAgent": LETTERS})),
    "a resource of 1 MB in a line": lambda: batched(line(resource=BUCKET + LETTERS)),
    "a principal of 1 MB in a line": lambda: batched(line(principal=f"{USER}/{LETTERS}")),
    "an id of 1 MB": lambda: batched(line(id=LETTERS)),
    "8,000 statements in a line": lambda: batched(line(policies={"identity": [{"Statement": [A_STATEMENT] * 8_000}]})),
    "8,000 policies in a line": lambda: batched(line(policies={"identity": [{"Statement": A_STATEMENT}] * 8_000})),
}

NOT_ALLOWED: Cases = {
    # policies
    "10,000 statements that do not name the action": lambda: asked(*[{"Action": f"s3:A{i}"} for i in range(10_000)]),
    "60,000 condition keys": lambda: asked({"Condition": {"StringEquals": {f"k{i}": "" for i in range(60_000)}}}),
    "7,000 statements that search 10,000 characters": lambda: asked(
        *[{"Condition": {"StringLike": {"k:s": f"*{i}*"}}} for i in range(7_000)], context={"k:s": ("a" * 10_000,)}
    ),
    "condition keys of 10,000 slashes": lambda: asked(
        {"Condition": {"Bool": {"/" * (9_990 - i): "true" for i in range(90)}}}, complete=False
    ),
    "5,000 starred letters in Action": lambda: asked({"Action": "s3:" + STARS}),
    # resources
    "5,000 starred letters in every field": lambda: asked(
        {"Resource": ":".join(["arn", *[STARS[:6000]] * 5])}, target=BUCKET + LETTERS
    ),
    "5,000 marks between stars": lambda: asked({"Resource": f"{BUCKET}*{MARKS}b*"}, target=BUCKET + LETTERS),
    "5,000 starred marks": lambda: asked({"Resource": BUCKET + "*?" * 5000 + "b"}, target=BUCKET + LETTERS),
    "10,000 starred resources": lambda: asked(
        {"Resource": [f"{BUCKET}*{i}*" for i in range(10_000)]}, target=BUCKET + "a" * 2000
    ),
    "10,000 starred resources that a Deny does not name": lambda: asked(
        {}, {"Effect": "Deny", "NotResource": [f"{BUCKET}*{i}*" for i in range(10_000)], "Resource": None}
    ),
    "a resource of 1 MB": lambda: asked({"Resource": BUCKET + "*a*"}, target=BUCKET + "b" * MEGA),
    "a resource of 1 MB of colons": lambda: asked({"Resource": "arn:*:*:*:*:*:x"}, target="arn" + ":" * MEGA),
    # holes
    "holes against 5,000 starred letters": lambda: asked(
        {"Resource": BUCKET + STARS + "b"}, target=BUCKET + ("a" + HOLE) * 5000
    ),
    "holes against 5,000 starred marks": lambda: asked(
        {"Resource": BUCKET + "*?" * 5000 + "b"}, target=BUCKET + ("a" + HOLE) * 5000
    ),
    "a hole before 1 MB": lambda: asked({"Resource": BUCKET + STARS + "b"}, target=BUCKET + HOLE + LETTERS),
    "a hole against 10,000 starred resources": lambda: asked(
        {"Resource": [f"{BUCKET}*a{i}*" for i in range(10_000)]}, target=BUCKET + HOLE + "a" * 1000
    ),
    "100,000 values with a hole against 1,000 patterns": lambda: any_of(
        "StringLike", [f"*x{i}*y*" for i in range(1000)], [f"{name}{HOLE}" for name in IDS]
    ),
    # principals
    "15,000 principals": lambda: asked(
        {"Principal": {"AWS": [f"arn:aws:iam::111122223333:user/{i}" for i in range(15_000)]}}, kind="resource"
    ),
    "a principal of 30,000 colons": lambda: asked({"Principal": {"AWS": ":" * 30_000}}, kind="resource"),
    # variables
    "a variable with 1 MB of stars": lambda: asked(
        {"Resource": BUCKET + "${k:s}"}, context={"k:s": ("*a" * (MEGA // 2),)}, target=BUCKET + "a" * 1000
    ),
    "5,000 variables with 1 MB": lambda: asked({"Resource": BUCKET + "${k:s}" * 5000}, context={"k:s": (LETTERS,)}),
    "100 entries of 1,000 variables with 1 MB": lambda: asked(
        {"Resource": [f"{BUCKET}{i}" + "${k:s}" * 1000 for i in range(100)]},
        context={"k:s": (LETTERS,)},
        target=BUCKET + HOLE,
    ),
    "4,000 variables that are unknown": lambda: asked(
        {"Resource": BUCKET + "a${k:s}" * 4000 + "b"}, complete=False, target=BUCKET + "a" * 5000
    ),
    "a variable with 10,000 defaults": lambda: asked({"Resource": BUCKET + "${k:s" + ", '" * 10_000 + "}"}),
    "5,000 entries with a variable": lambda: asked(
        {"Resource": [f"{BUCKET}${{k:s}}{i}*" for i in range(5_000)]}, context={"k:s": ("a" * 1000,)}
    ),
    "10,000 entries with a variable and 1 MB": lambda: asked(
        {"Resource": [f"{BUCKET}${{k:s}}{i}*" for i in range(10_000)]}, context={"k:s": (LETTERS,)}
    ),
    # many against many
    "1,000 patterns against 100,000 values": lambda: any_of("StringLike", [f"*x{i}*" for i in range(1000)], IDS),
    "80,000 patterns against 1 MB": lambda: any_of("StringLike", [f"*b{i}" for i in range(80_000)], [LETTERS]),
    "80,000 texts without case against 100,000 values": lambda: any_of(
        "StringEqualsIgnoreCase", [f"x{i}" for i in range(80_000)], IDS
    ),
    "80,000 numbers against 100,000 values": lambda: any_of(
        "NumericEquals", [f"1{i}" for i in range(80_000)], [f"2.{i}5" for i in range(100_000)]
    ),
    "40,000 ranges against 65,536 addresses": lambda: any_of(
        "IpAddress",
        [f"10.{i // 256}.{i % 256}.0/24" for i in range(40_000)],
        [f"192.168.{i // 256}.{i % 256}" for i in range(65_536)],
    ),
    "30,000 ARNs against 30,000 ARNs": lambda: any_of(
        "ArnLike",
        [f"arn:aws:sns:*:*:a{i}*" for i in range(30_000)],
        [f"arn:aws:sns:::b{i}" for i in range(30_000)],
    ),
    # lines
    "a context key of 1 MB of slashes in a line": lambda: batched(
        line(context={"/" * MEGA: "v"}, unknown_context="unknown", policies={})
    ),
    "an action of 1 MB in a line": lambda: batched(line(action="ec2:" + LETTERS)),
    "8,000 levels in a line": lambda: batched(
        line(policies={"scps": [[{"Statement": {**A_STATEMENT, "Effect": "Deny"}}]] * 8_000})
    ),
    "8,000 statements that deny in a line": lambda: batched(
        line(policies={"identity": [{"Statement": [{**A_STATEMENT, "Effect": "Deny"}] * 8_000}]})
    ),
}

ORDERS = ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"]
FAMILIES = {
    "String": ["Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase", "Like", "NotLike"],
    "Arn": ["Equals", "NotEquals", "Like", "NotLike"],
    "Numeric": ORDERS,
    "Date": ORDERS,
    "": ["Bool", "BinaryEquals", "IpAddress", "NotIpAddress", "Null"],
}
OPERATORS = [family + name for family, names in FAMILIES.items() for name in names]
WRITTEN = {
    "letters": ("", "a"),
    "digits": ("", "1"),
    "dots": ("", "1."),
    "colons": ("", ":"),
    "base64": ("", "QUFB"),
    "stars": ("", "*"),
    "starred letters": ("", "*a"),
    "marks": ("", "?"),
    "starred marks": ("", "*?"),
    "braces": ("", "${"),
    "closed braces": ("", "${a}"),
    "defaults": ("", "${k:s, 'a'}"),
    "open defaults": ("${k:s", ", '"),
    "folded letters": ("", "\N{LATIN SMALL LETTER SHARP S}"),
    "the folders of an ARN": ("arn:aws:s3:::", "b/"),
    "the stars of an ARN": ("arn:aws:s3:::", "*a"),
    "the variables of an ARN": ("arn:aws:s3:::", "${k:s}"),
    "the fraction of a date": ("2024-05-01T00:00:00.", "0"),
    "the zeros of an address": ("2001:db8::", "0"),
    "the fraction of a number": ("1.", "0"),
}


def every_operator(head: str, unit: str) -> str:
    """The answers of every operator to a long value of this against a much longer one, in short."""
    written, known = [(head + unit * size)[:size] for size in (3_000, 150_000)]
    told = {condition(operator, [written, written + "b"], known) for operator in OPERATORS}
    return " ".join(sorted(told | {condition(f"ForAnyValue:{operator}", written, known) for operator in OPERATORS[:6]}))


ANSWERED: Cases = {
    f"{what} against every operator": lambda head=head, unit=unit: every_operator(head, unit)
    for what, (head, unit) in WRITTEN.items()
}

CASES = REFUSED | ALLOWED | NOT_ALLOWED | ANSWERED


def serve() -> None:
    """One line in, a case's name; one line out, its answer."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for name in sys.stdin:
        try:
            answer = CASES[name.strip()]()
        except BaseException as error:  # noqa: BLE001 - whatever comes out is told to the test
            answer = f"crashed: {type(error).__name__} {error}"
        sys.stdout.write(answer[:300].replace("\n", " ") + "\n")
        sys.stdout.flush()


class Server:
    """The process in which the cases run, so that one that hangs or takes all memory can be ended."""

    def __init__(self) -> None:
        self.process = self.started()

    def started(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.engine.test_hostile_sizes"]
        return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def answer(self, name: str) -> str:
        self.process.stdin.write(name + "\n")
        self.process.stdin.flush()
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        told = self.process.stdout.readline().strip() if ready else f"hung for {PATIENCE} s"
        if not ready or not told:
            self.end()
            self.process = self.started()
        return told or "its process died"

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.end()


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_policy_can_hold_is_refused_in_one_line(server, name):
    assert server.answer(name).startswith("refused: ")


@pytest.mark.parametrize("name", ALLOWED)
def test_what_is_large_is_not_denied_for_it(server, name):
    assert server.answer(name) in ("allowed", "unknown")


@pytest.mark.parametrize("name", NOT_ALLOWED)
def test_what_is_large_is_not_allowed_for_it(server, name):
    assert server.answer(name) in ("implicitDeny", "explicitDeny", "unknown")


@pytest.mark.parametrize("name", ANSWERED)
def test_every_operator_answers_texts_of_any_size(server, name):
    assert set(server.answer(name).split()) <= {"allowed", "implicitDeny", "unknown"}


def test_a_case_that_never_ends_and_one_that_takes_all_memory_are_told(server, monkeypatch):
    monkeypatch.setattr(f"{__name__}.PATIENCE", 1)
    assert server.answer("forever") == "hung for 1 s"
    assert server.answer("memory").startswith("crashed: MemoryError")


if __name__ == "__main__":
    CASES |= {"forever": lambda: str(max(iter(int, 1))), "memory": lambda: "a" * MEMORY}
    serve()
