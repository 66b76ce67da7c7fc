"""What bash, zsh and fish are offered for the word that is being typed."""

from __future__ import annotations

import shlex
import shutil
import subprocess

import pytest

from iamsim import renderers
from iamsim.cli import _completing, _linted
from tests.cli.running import copied, run
from tests.pipelines import IAMSIM, every_command, program

MANIFEST = "quilt-mcp@2026-01"


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """What is offered at the end of a line, as zsh asks for it; without what the shell itself adds."""

    def offered(line, folder=tmp_path):
        words = shlex.split(line)
        monkeypatch.setenv("_IAMSIM_COMPLETE", "zsh_complete")
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(len(words) - (not line.endswith(" "))))
        ran = run(folder)
        assert (ran.code, ran.err) == (0, "")
        lines = ran.out.strip("\n").splitlines()
        return [value if type_ == "plain" else type_ for type_, value in zip(lines[::3], lines[1::3], strict=True)]

    return offered


@pytest.mark.parametrize(
    ("line", "among"),
    [
        ("iamsim ", {"check", "lint", "completion", "tools"}),
        ("iamsim too", {"tools"}),
        ("iamsim tools s", {"show"}),
        ("iamsim check --too", {"--tools"}),
        ("iamsim check --tools quilt", {MANIFEST, "file"}),
        (f"iamsim check --tools={MANIFEST[:-1]}", {MANIFEST}),
        (f"iamsim tools show {MANIFEST} athena_query_e", {"athena_query_execute"}),
        (f"iamsim check --tools {MANIFEST} --set bucket_v", {"bucket_versioned="}),
        ("iamsim rules show passes-any", {"passes-any-role"}),
        ("iamsim rules show assume-d", {"assume-denied"}),
        ("iamsim lint --select passes-any", {"passes-any-role"}),
        ("iamsim simulate --action s", {"s3:", "sts:"}),
        ("iamsim simulate --action S3:getobjectta", {"s3:GetObjectTagging"}),
        ("iamsim explain --action sts:AssumeRoleWithS", {"sts:AssumeRoleWithSAML"}),
        ("iamsim catalog lambda:InvokeF", {"lambda:InvokeFunction"}),
        ("iamsim check --context aws:SourceI", {"aws:SourceIdentity=", "aws:SourceIp="}),
        ("iamsim simulate --absent s3:x-amz-acl", {"s3:x-amz-acl"}),
        ("iamsim check --assume aws:RequestT", {"aws:RequestTag/"}),
        ("iamsim check --assume-none scp,r", {"scp,rcp", "scp,resource"}),
        ("iamsim check --fail-on hazard:h", {"hazard:high"}),
        ("iamsim check --runs-on e", {"ecs-task", "ec2"}),
        ("iamsim check --policies a", {"aws", "file"}),
        ("iamsim check --baseline x", {"file"}),
        ("iamsim check --format sarif=x", {"file"}),
        ("iamsim tools discover --directory x", {"dir"}),
        ("iamsim completion ", {"bash", "zsh", "fish"}),
        ("iamsim fix --form ", {"cli", "cloudformation", "diff", "json-patch", "terraform"}),
        ("iamsim fix --out ", {"dir"}),
    ],
)
def test_what_is_offered_is_what_the_command_takes(asked, line, among):
    assert among <= set(asked(line))


def test_formats_are_those_of_the_command(asked):
    assert set(asked("iamsim check --format ")) == set(renderers.names())
    assert set(asked("iamsim lint --format ")) == set(_linted.FORMATS)
    assert "csv" not in asked("iamsim diff --format ")


def test_a_manifest_of_the_settings_tells_the_parameters(asked, tmp_path):
    assert "workgroup=" in asked("iamsim check --set work", copied("quilt-fixed", tmp_path))


def test_a_manifest_puts_nothing_into_the_line_that_a_shell_would_run(asked, tmp_path):
    tools = "".join(f'[[tool]]\nname = "{name}"\n' for name in ("list_all", "list $(id)", "list;id", "list`id`"))
    text = f'schema = 1\n[server]\nname = "mine"\nversion = "1"\n{tools}'
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    assert asked("iamsim tools show mine.toml list") == ["list_all"]


@pytest.mark.parametrize(
    "line",
    [
        "iamsim check --role-arn ",
        "iamsim simulate --action nothing:Get",
        "iamsim check --fail-on x",
        "iamsim rules new a",
    ],
)
def test_nothing_is_offered_where_only_the_user_knows(asked, line):
    assert asked(line) == []


@pytest.mark.parametrize("instruction", ["zsh_complete", "bash_complete", "tcsh_complete", "zsh_complete_", "x"])
@pytest.mark.parametrize("line", ["iamsim check --set b", "iamsim nowhere --x "])
def test_what_fails_is_silent(tmp_path, monkeypatch, instruction, line):
    (tmp_path / "iamsim.toml").write_text("tools = 1\n", encoding="utf-8")
    monkeypatch.setenv("_IAMSIM_COMPLETE", instruction)
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", "3")
    ran = run(tmp_path)
    assert (ran.code, ran.out, ran.err) == (1, "", "")


def test_every_word_for_a_value_that_is_completed_is_one_of_some_option():
    parameters = [each for _, command in every_command() for each in command.params]
    used = {offer for each in parameters if (offer := _completing.offer_of(each))}
    assert used == {*_completing.BY_METAVAR.values(), *_completing.BY_NAME.values()}


LINES = {
    "iamsim simulate --action s3:GetObjectTo": ["GetObjectTorrent"],
    "iamsim simulate --action=s3:GetObjectTo": ["GetObjectTorrent"],
    f"iamsim check --tools {MANIFEST[:-2]}": [MANIFEST.partition("@")[2]],
    "iamsim check --context aws:SourceIp": ["SourceIp="],
}


def test_bash_itself_completes_words_that_it_would_take_apart(tmp_path):
    program(tmp_path / "bin", "iamsim", IAMSIM)
    script = ['eval "$(iamsim completion bash)"', "complete -p iamsim"]
    for line in LINES:
        script.append(f"COMP_LINE={shlex.quote(line + ' left')}; COMP_POINT={len(line)}; _iamsim_completion iamsim")
        script.append('printf "%s " "${COMPREPLY[@]}"; echo')
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", "\n".join(script)],
        env={"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    registered, *told = done.stdout.splitlines()
    assert registered.split() == ["complete", "-o", "nosort", "-F", "_iamsim_completion", "iamsim"]
    assert [each.split() for each in told] == list(LINES.values())
    assert done.stderr == ""


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_scripts_of_the_other_shells_are_what_they_read(tmp_path, shell):
    ran = run(tmp_path, "completion", shell)
    assert (ran.code, ran.err) == (0, "")
    assert f"_IAMSIM_COMPLETE={shell}_complete" in ran.out
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here to read it")
    done = subprocess.run([shell, "-n"], input=ran.out, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_fish_itself_completes(tmp_path):
    fish = shutil.which("fish")
    if fish is None:
        pytest.skip("there is no fish here")
    program(tmp_path / "bin", "iamsim", IAMSIM)
    script = "iamsim completion fish | source; complete -C 'iamsim simulate --action s3:GetObjectTo'"
    done = subprocess.run(
        [fish, "--no-config", "-c", script],
        env={"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["s3:GetObjectTorrent"]
