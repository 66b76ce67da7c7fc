"""Files of evidence put together with what a manifest and a check say of the same tools."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from iamsim.diagnosis.scene import OWN_TESTS, Item, Scene
from iamsim.model.observation import Evidence, Outcome, Result, Subject
from iamsim.model.report import Report
from iamsim.model.server import Server
from iamsim.model.tool import Tool, Tried


def scene(
    evidence: Iterable[Evidence],
    *,
    report: Report | None = None,
    server: Server | None = None,
    tools: Iterable[Tool] = (),
) -> Scene:
    """The files of evidence put together; `server` and `tools` are those of the manifest, where one is named."""
    read = tuple(evidence)
    server = server or (report.server if report is not None else None)
    known = {tool.name: tool for tool in tools}
    expected = {one.name: one for file in read for one in file.expected}
    results = tuple(_told_once(read))
    items = tuple(item for one in results if _of_a_tool(one) for item in _items(one, known, expected, server))
    supposed, untold, assumptions = _supposed(items, read, known, server)
    return Scene(
        (*items, *supposed),
        tuple(_besides(results)),
        tuple(call for file in read for call in file.calls),
        tuple(line for file in read for line in file.lines),
        server,
        known,
        report,
        untold,
        assumptions,
    )


# ---------------------------------------------------------------- helpers


def _told_once(read: Iterable[Evidence]) -> Iterator[Result]:
    """Each result once, where two files tell the same of it: of the two the one that says more."""
    found: dict[tuple[object, ...], Result] = {}
    for one, key in (pair for file in read for pair in _keyed(file)):
        other = found.get(key)
        if other is None:
            found[key] = one
        else:
            found[key] = replace(
                other,
                tool=other.tool or one.tool,
                arguments=other.arguments if other.arguments is not None else one.arguments,
                looked_at=other.looked_at or one.looked_at,
                answer=other.answer or one.answer,
                told_error=other.told_error or one.told_error,
                seconds=other.seconds if other.seconds is not None else one.seconds,
                count=max(other.count, one.count),
            )
    yield from found.values()


def _of_a_tool(one: Result) -> bool:
    """Whether a result is of one tool; the steps of a loop are, the loop is not."""
    return one.subject in (Subject.TOOL, Subject.TEST) or (one.subject is Subject.LOOP and one.tool is not None)


def _besides(results: tuple[Result, ...]) -> Iterator[Item]:
    """Results that are of no tool: resources, and loops of which no step is told."""
    steps = {one.name.rpartition(".")[0] for one in results if one.subject is Subject.LOOP and one.tool is not None}
    for one in results:
        if not _of_a_tool(one) and not (one.subject is Subject.LOOP and one.name in steps):
            yield Item(one, one.name, count=one.count)


def _keyed(file: Evidence) -> Iterator[tuple[Result, tuple[object, ...]]]:
    """The results of one file, each with what it is told by in another; the second of two alike stays the second."""
    seen: Counter[tuple[object, ...]] = Counter()
    for one in file.results:
        key = (one.subject, one.name, one.outcome, one.error[:200])
        yield one, (*key, seen[key])
        seen[key] += 1


def _items(
    one: Result, known: Mapping[str, Tool], expected: Mapping[str, Result], server: Server | None
) -> Iterator[Item]:
    """One result as the calls that it tells of: three variations of one tool are the three tests of it, where these are known."""
    tool = _tool(one, known)
    tests = tool.tests if tool is not None else ()
    if one.count > 1 and len(tests) == one.count and one.name not in {test.name for test in tests}:
        for test in tests:
            yield _item(replace(one, name=test.name, count=1), tool, expected, test, server)
        return
    yield _item(one, tool, expected, next((test for test in tests if test.name == one.name), None), server)


def _item(
    one: Result, tool: Tool | None, expected: Mapping[str, Result], test: Tried | None, server: Server | None
) -> Item:
    suite = server.suite if server is not None else None
    configured = expected.get(one.name)
    arguments, told_by = one.arguments, ""
    if arguments is None and configured is not None:
        arguments, told_by = configured.arguments, str(configured.origin)
    if arguments is None and test is not None and test.arguments is not None and one.subject is Subject.TOOL:
        arguments, told_by = test.arguments, f"{OWN_TESTS} ({suite.source or suite.name})" if suite else ""
    looked_at = one.looked_at or (configured.looked_at if configured is not None else ())
    if not looked_at and test is not None and suite is not None and one.subject is Subject.TOOL:
        looked_at = test.looks_at or suite.looks_at
    return Item(one, one.name, tool, arguments, told_by, looked_at, count=one.count)


def _tool(one: Result, known: Mapping[str, Tool]) -> Tool | None:
    """The tool that a result is of: the one it names, else the one whose name stands in that of the test."""
    if one.tool is not None:
        return known.get(one.tool)
    if one.name in known:
        return known[one.name]
    tests = {test.name: tool for tool in known.values() for test in tool.tests}
    if one.name in tests:
        return tests[one.name]
    words = "_" + re.sub(r"[^A-Za-z0-9]+", "_", one.name[:500]) + "_"
    inside = [name for name in known if "_" + re.sub(r"[^A-Za-z0-9]+", "_", name) + "_" in words]
    return known[max(inside, key=len)] if inside else None


def _supposed(
    items: tuple[Item, ...], read: tuple[Evidence, ...], known: Mapping[str, Tool], server: Server | None
) -> tuple[tuple[Item, ...], int, tuple[str, ...]]:
    """Passes of which only the number is told: by name where the server's own tests tell which they must be, else how many."""
    stated = max((_stated(file.stated) for file in read), default=(0, 0))
    passed, total = stated
    named = sum(item.count for item in items if item.passed and item.result.subject is Subject.TOOL)
    missing = max(0, passed - named)
    if not missing:
        return (), 0, ()
    suite = server.suite if server is not None else None
    tests = {test.name: (tool, test) for tool in known.values() for test in tool.tests}
    left = {name: found for name, found in tests.items() if name not in {item.name for item in items}}
    if suite is None or len(left) != missing or (total and len(tests) != total):
        told = "1 result passed, and which it is" if missing == 1 else f"{missing} results passed, and which they are"
        return (), missing, (f"{told} is not told",)
    origin = next(file for file in read if _stated(file.stated) == stated)
    found = []
    for name, (tool, test) in left.items():
        one = Result(name, Outcome.PASSED, tool=tool.name)
        told_by = f"{OWN_TESTS} ({suite.source or suite.name})"
        found.append(Item(one, name, tool, test.arguments, told_by, test.looks_at or suite.looks_at, supposed=True))
    said = (
        f"`{origin.location}` does not tell which {missing} passed: they are taken to be the other tests of "
        f"{suite.name} ({suite.source}), which has {len(tests)}"
    )
    return tuple(found), 0, (said,)


def _stated(totals: Mapping[str, int]) -> tuple[int, int]:
    """How many tools passed, and of how many, by the totals that a file prints; zeros where it prints none."""

    def first(*names: str) -> int:
        return next((totals[name] for name in names if name in totals), 0)

    passed, failed = first("tools passed"), first("tools failed")
    return passed, first("tools total", "tools tested", "tools") or (passed + failed if failed else 0)
