"""`iamsim init`: settings from what lies in the folder, over nothing that is there."""

from __future__ import annotations

import re
import shutil
import tomllib

import pytest

from iamsim import config
from tests.cli.running import ACCOUNTS, ROLE, ROOT, TASK, run


def written(folder) -> dict[str, object]:
    ran = run(folder, "init")
    assert (ran.code, ran.out, ran.err.splitlines()[-1]) == (0, "", "wrote iamsim.toml")
    return tomllib.loads((folder / "iamsim.toml").read_text(encoding="utf-8"))


def test_what_is_found_is_written_what_will_be_over_what_is(tmp_path):
    made = ROOT / "fixtures/sources/one-account"
    plans = sorted((made / "terraform").rglob("*.json"))
    shutil.copytree(made / "folder", tmp_path / "zz" / "accounts")
    shutil.copytree(made / "snapshot", tmp_path / "now")
    shutil.copy(plans[0], tmp_path / "a-plan.json")
    shutil.copy(next((ROOT / "iamsim/tools/manifests").glob("quilt-mcp@*.toml")), tmp_path / "mine.toml")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n', encoding="utf-8")
    (tmp_path / "package.json").write_text("{}", encoding="utf-8")
    found = written(tmp_path)
    assert found == {
        "policies": ["now/snapshot.json", "zz", "a-plan.json"],
        "tools": "mine.toml",
    }


def test_the_settings_do_for_a_check(tmp_path):
    shutil.copytree(
        ACCOUNTS / "quilt-fixed", tmp_path / "policies", ignore=shutil.ignore_patterns("iamsim.toml", "*.jwt")
    )
    assert written(tmp_path) == {"policies": ["policies"]}
    ran = run(tmp_path, "check", "--tools", "quilt-mcp@2026-01", "--role-arn", ROLE, "--server-principal", TASK)
    assert ran.code in (0, 1, 4)
    assert "policies: policies (account 111122223333" in ran.words


def test_an_empty_folder_gets_settings_in_comments_that_hold_once_they_are_taken_out(tmp_path):
    assert written(tmp_path) == {}
    assert config.find(tmp_path).policies == ()
    text = (tmp_path / "iamsim.toml").read_text(encoding="utf-8")
    taken_out = re.sub(r"^# (?=\[|\w+ = )", "", text, flags=re.MULTILINE)
    (tmp_path / "iamsim.toml").write_text(taken_out, encoding="utf-8")
    found = config.find(tmp_path)
    assert (found.policies, found.fail_on) == ((str(tmp_path / "policies"),), ("high",))
    assert found.waivers is not None


@pytest.mark.parametrize("there", ["file", "folder", "dangling link"])
def test_nothing_that_is_there_is_overwritten(tmp_path, there):
    path = tmp_path / "iamsim.toml"
    if there == "file":
        path.write_text('mode = "mine"\n', encoding="utf-8")
    elif there == "folder":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "elsewhere.toml")
    ran = run(tmp_path, "init")
    assert ran.code == 2
    assert ran.error == "`iamsim.toml` is there already; edit it, or begin in another folder"
    assert not (tmp_path / "elsewhere.toml").exists()
    assert there != "file" or path.read_text(encoding="utf-8") == 'mode = "mine"\n'


def test_settings_in_pyproject_are_not_put_out_of_force(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.iamsim]\nmode = "x"\n', encoding="utf-8")
    assert run(tmp_path, "init").code == 2
    assert not (tmp_path / "iamsim.toml").exists()


def test_settings_above_are_named(tmp_path):
    (tmp_path / "iamsim.toml").write_text('region = "us-east-1"\n', encoding="utf-8")
    below = tmp_path / "below"
    below.mkdir()
    assert "it stands over ../iamsim.toml" in run(below, "init").err


def test_names_cannot_write_settings_of_their_own(tmp_path):
    account = ROOT / "fixtures/sources/one-account/snapshot/snapshot.json"
    for name in ('a"]\nmode = "x', 'b"] #', "c\\d", "e\x7f", "link"):
        (tmp_path / name).mkdir()
        shutil.copy(account, tmp_path / name / "s.json")
    (tmp_path / "link2").symlink_to(tmp_path / "link")
    (tmp_path / ".hidden").mkdir()
    shutil.copy(account, tmp_path / ".hidden" / "s.json")
    assert written(tmp_path) == {"policies": ['b"] #/s.json', "c\\d/s.json", "link/s.json"]}


def test_several_manifests_are_left_to_choose_from(tmp_path):
    for path in sorted((ROOT / "iamsim/tools/manifests").glob("*.toml"))[:2]:
        shutil.copy(path, tmp_path)
    assert written(tmp_path) == {}
    assert (tmp_path / "iamsim.toml").read_text(encoding="utf-8").count("# tools = ") == 2
