"""
moto's policy engine over a workload, asked as moto asks it of an identity's policies.

`python -m benchmarks.peers.moto_policies WAY WORKLOAD SECONDS` prints one measurement as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from importlib import metadata
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult

from benchmarks import timing, written

Rows = list[tuple[list[Any], list[tuple[str, str]]]]


def measured(name: str, seconds: float, *, read_once: bool) -> dict[str, Any]:
    """
    Decisions from policies that moto has read once, or reads for every request as its server does.

    moto knows the identity's policies only, and is told of no context, so that it goes past their conditions;
    boundaries, SCPs and resource policies are not asked.
    """
    workload = written.read(name)
    texts = {json.dumps(document) for entity in workload["principals"] for document in entity["identity_policies"]}
    start = time.process_time()
    policies = {text: IAMPolicy(text) if read_once else text for text in texts}
    compile_seconds = time.process_time() - start
    callers = [
        [policies[json.dumps(each)] for each in entity["identity_policies"]] for entity in workload["principals"]
    ]
    asked = json.dumps([(request["action"], request["resource"]) for request in workload["requests"]])
    said = permits([(own, json.loads(asked)) for own in callers])

    def prepared(repeats: int) -> Rows:
        calls = json.loads(asked) * repeats
        return [(own, calls) for own in callers]

    speed = timing.speed(prepared, permits, len(said), seconds=seconds)
    return {
        "best": speed.best,
        "median": speed.median,
        "passes": speed.passes,
        "memory": timing.peak_megabytes(),
        "answers": "".join("1" if permitted else "0" for permitted in said),
        "compile": compile_seconds,
        "version": metadata.version("moto"),
    }


def permits(rows: Rows) -> list[bool]:
    """Whether each call is permitted: by one policy at least, and denied by none."""
    denied, permitted = PermissionResult.DENIED, PermissionResult.PERMITTED
    found = []
    for policies, calls in rows:
        for action, resource in calls:
            good = False
            for each in policies:
                policy = IAMPolicy(each) if isinstance(each, str) else each
                result = policy.is_action_permitted(action, resource)
                if result is denied:
                    good = False
                    break
                if result is permitted:
                    good = True
            found.append(good)
    return found


if __name__ == "__main__":
    way, name, seconds = sys.argv[1:]
    print(json.dumps(measured(name, float(seconds), read_once=way == "moto")))
