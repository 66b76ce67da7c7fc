"""A file is taken for what it is, whatever other formats there are."""

from __future__ import annotations

import json

import pytest

from iamsim import evidence
from tests.evidence.files import FOLDER

FILES = sorted(FOLDER.glob("*/*"))
EVENT = json.loads((FOLDER / "cloudtrail" / "trail.json").read_text(encoding="utf-8"))["Records"][1]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_file_is_recognised_as_what_its_folder_says(path):
    assert evidence.read(str(path)).format == path.parent.name


def test_a_transcript_with_an_event_in_an_answer_is_a_transcript(read):
    content = [{"type": "text", "text": json.dumps({"Records": [EVENT]})}]
    messages = [
        {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "lookup_events", "arguments": {}}},
        {"jsonrpc": "2.0", "id": 1, "result": {"content": content, "structuredContent": EVENT}},
    ]
    found = read("\n".join(map(json.dumps, messages)))
    assert (found.format, [result.tool for result in found.results]) == ("mcp_transcript", ["lookup_events"])


def test_a_report_of_tests_with_an_answer_of_aws_in_it_is_a_report(read):
    text = "An error occurred (AccessDenied) when calling the GetObject operation: Access Denied"
    found = read(f'<testsuite><testcase name="a"><failure message="{text}"/></testcase></testsuite>')
    assert found.format == "junit_xml"
