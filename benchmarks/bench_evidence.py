"""How long it takes to read 100,000 CloudTrail events, plain and packed, and how much memory that holds."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from iamsim import evidence

EVENTS = 100_000
SECONDS = 30
MEGABYTES = 200
_TASK = "arn:aws:sts::111122223333:assumed-role/mcp-task-role/task"

# Reads a file in a process of its own and prints how many events that were and the most memory that it held.
_ALONE = """
import sys
sys.path.insert(0, sys.argv[2])
from benchmarks.timing import peak_megabytes
from iamsim import evidence
found = evidence.read(sys.argv[1])
print(found.stated["events"], peak_megabytes())
"""
_ROOT = Path(__file__).parent.parent


def _event(number: int, chance: random.Random) -> dict[str, Any]:
    """An event as those of a server that assumes a role for each user: a third of them refused, ids as AWS makes them."""
    task = f"{_TASK}-{number % 7}"
    kinds: tuple[tuple[str, str, dict[str, Any]], ...] = (
        (
            "sts.amazonaws.com",
            "AssumeRole",
            {
                "roleArn": f"arn:aws:iam::111122223333:role/tenant-{number % 40}",
                "roleSessionName": f"mcp-alice-{1_769_688_000 + number}",
                "sourceIdentity": "alice",
                "durationSeconds": 3600,
            },
        ),
        ("s3.amazonaws.com", "GetObject", {"bucketName": "data", "key": f"k/{number % 1000}"}),
        ("s3.amazonaws.com", "ListObjects", {"bucketName": "data", "prefix": f"{number % 9}/", "list-type": "2"}),
        ("ec2.amazonaws.com", "DescribeInstances", {"instancesSet": {}, "filterSet": {}}),
        ("athena.amazonaws.com", "StartQueryExecution", {"workGroup": "primary", "queryString": "HIDDEN"}),
    )
    source, name, parameters = kinds[number % 5]
    event = {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": f"AROAEXAMPLE:task-{number % 7}",
            "arn": task,
            "accountId": "111122223333",
            "accessKeyId": f"ASIAEXAMPLE{number % 50:05}",
            "sessionContext": {
                "sessionIssuer": {"type": "Role", "arn": "arn:aws:iam::111122223333:role/mcp-task-role"},
                "attributes": {"creationDate": "2026-01-29T11:00:00Z", "mfaAuthenticated": "false"},
            },
        },
        "eventTime": f"2026-01-29T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z",
        "eventSource": source,
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": f"203.0.113.{number % 200}",
        "userAgent": "[Boto3/1.40.5 md/Botocore#1.40.5 ua/2.1 os/linux#6.1 md/arch#x86_64 lang/python#3.12.3 Botocore/1.40.5]",
        "requestParameters": parameters,
        "responseElements": None,
        "additionalEventData": {
            "SignatureVersion": "SigV4",
            "AuthenticationMethod": "AuthHeader",
            "x-amz-id-2": f"{chance.getrandbits(600):x}",
        },
        "requestID": f"{chance.getrandbits(128):x}",
        "eventID": f"{chance.getrandbits(128):x}",
        "readOnly": True,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
        "tlsDetails": {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256"},
    }
    if number % 3 == 0:
        action = f"{source.partition('.')[0]}:{name}"
        event["errorCode"] = "AccessDenied"
        event["errorMessage"] = (
            f"User: {task} is not authorized to perform: {action} on resource: "
            f"arn:aws:x:us-east-1:111122223333:thing/{number % 300} because no identity-based policy allows the {action} action"
        )
    return event


@pytest.fixture(scope="module")
def trail(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trail") / "trail.json"
    chance = random.Random(1)  # noqa: S311 - only to be as hard to pack as real ids
    with path.open("w", encoding="utf-8") as out:
        out.write('{"Records":[')
        for number in range(EVENTS):
            out.write(("," if number else "") + json.dumps(_event(number, chance), separators=(",", ":")))
        out.write("]}")
    return path


@pytest.fixture(scope="module")
def packed(trail: Path) -> Path:
    path = trail.with_name("trail.json.gz")
    with trail.open("rb") as plain, gzip.open(path, "wb", compresslevel=6) as out:
        while piece := plain.read(1 << 20):
            out.write(piece)
    return path


@pytest.mark.parametrize("name", ["trail", "packed"])
def test_read_100_000_events(benchmark: BenchmarkFixture, name: str, request: pytest.FixtureRequest) -> None:
    path = request.getfixturevalue(name)
    benchmark.extra_info["megabytes"] = path.stat().st_size // 1_000_000
    start = time.process_time()
    found = benchmark.pedantic(lambda: evidence.read(str(path)), rounds=1)
    seconds = time.process_time() - start
    benchmark.extra_info["CPU seconds"] = round(seconds, 1)
    print(f"\n{name}: {path.stat().st_size // 1_000_000} MB in {seconds:.1f} s of CPU time")
    assert found.stated == {"events": EVENTS}
    assert sum(call.count for call in found.calls) == EVENTS
    assert found.malformed == 0
    assert seconds < SECONDS


@pytest.mark.parametrize("name", ["trail", "packed"])
def test_memory_does_not_grow_with_the_file(name: str, request: pytest.FixtureRequest) -> None:
    path = request.getfixturevalue(name)
    done = subprocess.run(
        [sys.executable, "-c", _ALONE, str(path), str(_ROOT)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-500:]
    events, megabytes = done.stdout.split()
    print(f"\n{name}: {float(megabytes):.0f} MB of memory")
    assert int(events) == EVENTS
    assert float(megabytes) < MEGABYTES
