"""The workloads of the benchmarks are read whole, and the table says what was measured."""

from __future__ import annotations

import gzip
import json
import re

import pytest

from benchmarks import loader, ours, table, written
from iamsim.batch import Batch
from tests import reference


@pytest.mark.parametrize(("name", "decisions", "sets"), [("a", 1, 1), ("b", 100, 2), ("c", 18_000, 5_100)])
def test_a_workload_is_read_whole_and_equal_policies_share_a_set(name, decisions, sets):
    work = loader.load(name)

    assert (work.decisions, work.distinct_sets) == (decisions, sets)
    assert table.COUNTS[name] == decisions


@pytest.mark.parametrize("name", written.NAMES)
def test_a_workload_is_packed_without_a_moment_and_names_example_accounts_only(name):
    packed = (written.FOLDER / f"{name}.json.gz").read_bytes()

    # RFC 1952: bytes 4 to 7 are the time of the file.
    assert packed[4:8] == bytes(4)
    accounts = set(re.findall(r"(?<=:)[0-9]{12}(?=[:\"])|\"[0-9]{12}\"", gzip.decompress(packed).decode()))
    assert {account.strip('"') for account in accounts} <= {"111122223333", "444455556666", "123456789012"}


def test_the_first_callers_of_workload_c_get_the_answers_of_the_reference():
    work = loader.load("c", callers=3)
    layers = [each for row in work.layers for each in row]

    asked = list(zip(layers, ours.requests(work), strict=True))

    assert [policies.decide(request) for _, (policies, request) in asked] == [
        reference.decide(each, request).decision for each, (_, request) in asked
    ]


def test_a_pass_builds_every_request_from_texts_that_no_earlier_pass_has_seen():
    work = loader.load("b")
    (_, _, first), (_, _, second) = (*loader.rows(work), *loader.rows(work))

    for (_, _, resource, values, _), (_, _, again, anew, _) in zip(first, second, strict=True):
        assert (resource, values) == (again, anew)
        assert resource is not again
        assert values is not anew


def test_a_stride_reaches_every_request_of_workload_c():
    work = loader.load("c", callers=30)

    def asked(stride):
        return {(call[1], call[2]) for _, _, calls in loader.rows(work, stride=stride) for call in calls}

    assert asked(stride=7) == asked(stride=1)


def test_the_lines_of_a_batch_are_answered_as_the_engine_decides():
    workload = written.read("b")

    lines = list(loader.stream(workload))
    said = [json.loads(line) for line in Batch().answers(lines)]

    assert ours.letters(answer["decision"] for answer in said) == ours.answers(loader.compiled(workload))
    assert [answer["id"] for answer in said] == [f"0/{j}" for j in range(100)]
    assert sum(line.startswith(b'{"define"') for line in lines) == 11


def test_a_small_run_gives_a_row_with_speed_memory_and_the_peers_that_are_missing(tmp_path):
    programs = [program for program in table.PROGRAMS if program.way in ("decide", "explain", "inner")]

    results = table.measure(programs, ["a"], seconds=0.01, node_modules=tmp_path)
    text = table.text(results, {("others", "0"): {"best": 50_000, "median": 40_000, "compile": 0.001, "memory": 20}})

    row = r"\| iamsim `decide` \| \*\*[0-9,]+\*\* \([0-9,]+\) \| - \| - \| [0-9.]+, -, - \| [0-9]+, -, - \|"
    assert re.search(row, text)
    assert "| iamsim `explain` | 1 | - | - |" in text
    assert re.search(r"\| iam-simulate `authorize`, policies loaded once \| not installed \| - \|", text)
    assert "of 1 decisions 1 are those of the naive reference" in text
    assert "| 0 | 50,000 (40,000) | 20.0 | 1.0 | 20 |" in text


def test_the_table_is_written_between_its_marks_and_nowhere_else():
    page = f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n"

    assert table.written(page, "new\n") == f"before\n{table.BEGIN}\n\nnew\n\n{table.END}\nafter\n"
    with pytest.raises(SystemExit, match="no place for the table"):
        table.written("before\nafter\n", "new\n")


def test_the_page_of_the_benchmarks_has_a_place_for_the_table():
    page = (table.ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")

    assert f"{table.BEGIN}\n\nnew\n\n{table.END}" in table.written(page, "new\n")


def test_who_answers_otherwise_is_counted():
    ours_said = {"best": 1, "median": 1, "memory": 1, "answers": "1010", "compile": 0, "sets": 1, "first": 0}
    measures = {
        ("decide", "b"): {**ours_said, "compared": 4, "same": 4},
        ("moto", "b"): {**ours_said, "answers": "1110", "version": "5"},
    }

    assert "| moto, policies read once | - | 3 | - |" in table.text(measures, {})
