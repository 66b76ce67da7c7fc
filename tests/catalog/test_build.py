from __future__ import annotations

import json
import zlib

from iamsim.catalog import _build, actions

MOTO = '''aws_managed_policies_data = """
{"Mine": {"Path": "/service-role/", "UpdateDate": "2026-01-02T00:00:00+00:00", "Document": {"Version": "2012-10-17"}}}
"""
'''


def test_the_index_holds_every_action_one_service_a_line(monkeypatch, tmp_path):
    monkeypatch.setattr(_build, "DATA", tmp_path)
    _build.action_names()
    text = (tmp_path / "action_names.json").read_text("utf-8")
    names = json.loads(text)["actions"]
    assert sorted(f"{service}:{name}" for service in names for name in names[service]) == list(actions.expand("*"))
    assert len(text.splitlines()) < len(names) + 12


def test_operations_are_listed_where_an_action_has_their_name(monkeypatch, tmp_path):
    monkeypatch.setattr(_build, "DATA", tmp_path)
    _build.operation_names()
    names = json.loads((tmp_path / "operation_names.json").read_text("utf-8"))["operations"]
    assert "GetRole" in names["iam"]
    assert "PassRole" not in names["iam"]
    assert "GetBucketCORS" in names["s3"]
    assert "GetObjectTorrent" not in names["s3"]
    assert "lambda" not in names


def test_managed_policies_are_keyed_by_arn(monkeypatch, tmp_path):
    (tmp_path / "iam").mkdir()
    (tmp_path / "iam" / "aws_managed_policies.py").write_text(MOTO, "utf-8")
    monkeypatch.setattr(_build, "DATA", tmp_path)
    monkeypatch.setattr("iamsim.catalog._build._folder", lambda _: tmp_path)
    monkeypatch.setattr(_build, "installed", lambda _: "5.2.5")
    _build.managed_policies()
    content = json.loads(zlib.decompress((tmp_path / "managed_policies.json.z").read_bytes()))
    assert content["policies"] == {"arn:aws:iam::aws:policy/service-role/Mine": {"Version": "2012-10-17"}}
    assert (content["date"], content["moto"]) == ("2026-01-02", "5.2.5")
