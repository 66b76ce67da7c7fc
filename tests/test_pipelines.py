"""What is ready for pipelines works as it is given: the action, the hooks, the template, the image, the rules for make."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml  # noqa: TID253 - a test may pay for the import
from jsonschema import Draft202012Validator

from tests.cli.running import copied, run
from tests.cli.test_lint import GOOD, PASSES, write
from tests.pipelines import ROOT, Runner, example, options_of, program, read
from tests.renderers.sarif_schema import LOG

RUN, COMMENT, END = "Run iamsim", "Comment on the pull request", "End with the exit code"
STEPS = [each for each in read("action.yml")["runs"]["steps"] if "run" in each]
AT = "--at=2026-01-30T12:00:00Z"


def runner(tmp_path, work, **inputs):
    return Runner(tmp_path / "temp", work, {name.replace("_", "-"): value for name, value in inputs.items()})


def quick(tmp_path, code=0, **inputs):
    """A runner whose iamsim notes its arguments, writes what it is asked for, and ends with this code."""
    made = runner(tmp_path, tmp_path, **inputs)
    made.iamsim(
        '#!/bin/bash\nprintf "%s\\n" "$@" > "${0%/*}/arguments"\n'
        'for each; do case "$each" in markdown=*|sarif=*|github=*) echo "::error::of $each" > "${each#*=}";; esac; done\n'
        f'echo "::set-env name=PATH::/evil"\nexit {code}\n'
    )
    return made


# ---------------------------------------------------------------- the action


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step["name"])
def test_no_script_of_the_action_holds_what_somebody_else_may_fill(step):
    assert "${{" not in step["run"]
    assert step["shell"] == "bash"
    done = subprocess.run(["bash", "-n"], input=step["run"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    # Without -I the folder of the pull request stands first on Python's path.
    assert re.findall(r"\bpython (?!-I )", step["run"]) == []


def test_the_action_takes_others_by_version_and_every_input_is_used_and_told():
    action = read("action.yml")
    for each in action["runs"]["steps"]:
        assert "uses" not in each or re.fullmatch(r"(actions|github)/[\w/-]+@v\d+", each["uses"])
    text = json.dumps(action["runs"])
    page = (ROOT / "docs/pipelines.md").read_text(encoding="utf-8")
    for name in action["inputs"]:
        assert f"inputs.{name} " in text or f"inputs.{name}}}" in text.replace(" }}", "}}")
        assert f"| `{name}` |" in page
    (job,) = yaml.safe_load(example("github"))["jobs"].values()
    used = [each["with"] for each in job["steps"] if "iamsim" in each["uses"]]
    assert [each["command"] for each in used] == ["lint", "check"]
    for each in used:
        assert set(each) <= set(action["inputs"])
        options = {line.partition("=")[0] for line in each["arguments"].split() if line.startswith("-")}
        assert options <= options_of(each["command"])


def test_a_gap_fails_the_job_after_everything_is_written(tmp_path):
    machine = runner(tmp_path, copied("quilt-session-tags", tmp_path), arguments=f"{AT}\n")
    assert machine.step(RUN) == 0, machine.log
    assert machine.outputs["exit-code"] == "1"
    comment = Path(machine.outputs["markdown"]).read_text(encoding="utf-8")
    assert "### ✗ iamsim check: The server cannot assume the role; 1 gap" in comment
    assert (machine.temp / "summary.md").read_text(encoding="utf-8") == comment
    Draft202012Validator(LOG).validate(json.loads(Path(machine.outputs["sarif"]).read_text(encoding="utf-8")))
    assert "✗ The server cannot assume the role; 1 gap" in machine.log
    assert machine.step(END) == 1


def test_what_is_unknown_fails_unless_it_may_pass(tmp_path):
    account = copied("quilt-fixed", tmp_path)
    (account / "account.toml").write_text('id = "111122223333"\nseen = ["scp"]\n', encoding="utf-8")
    machine = runner(tmp_path, account, arguments=AT)
    assert machine.step(RUN) == 0, machine.log
    assert machine.outputs["exit-code"] == "4"
    assert machine.step(END) == 4
    machine.inputs["allow-unknown"] = "true"
    assert machine.step(END) == 0
    assert "::warning::something is unknown" in machine.log


def test_lint_annotates_the_lines_where_nothing_is_uploaded(tmp_path):
    write(str(tmp_path / "work/policies/one.json"), PASSES)
    lines = "policies\n  --select=passes-any-role\r\n\n"
    machine = runner(tmp_path, tmp_path / "work", command="lint", arguments=lines, upload_sarif="false")
    assert machine.step(RUN) == 0, machine.log
    assert re.search(r"^::error .*file=policies/one\.json", machine.log, re.MULTILINE)
    assert machine.step(END) == 1


@pytest.mark.parametrize("code", [1, 2, 3, 5, 130])
def test_only_an_unknown_may_pass(tmp_path, code):
    machine = quick(tmp_path, code, allow_unknown="true")
    assert machine.step(RUN) == 0
    assert machine.step(END) == code


def test_without_an_exit_code_the_job_fails(tmp_path):
    machine = quick(tmp_path)
    assert machine.step(END) == 5


@pytest.mark.parametrize(
    ("inputs", "words"),
    [({"command": "check; id"}, "check or lint"), ({"name": "../x"}, "letters"), ({"name": ""}, "letters")],
)
def test_wrong_inputs_stop_before_anything_runs(tmp_path, inputs, words):
    machine = quick(tmp_path, **inputs)
    assert machine.step(RUN) == 2
    assert words in machine.log
    assert not (machine.bin / "arguments").exists()
    assert machine.step(END) == 5


def test_an_input_is_no_shell_text_and_output_is_no_command_to_the_runner(tmp_path):
    machine = quick(tmp_path, arguments="--region=$(touch hacked)\n--set=a='b c'; id\n`id`", upload_sarif="true")
    assert machine.step(RUN) == 0
    given = (machine.bin / "arguments").read_text(encoding="utf-8").splitlines()
    assert given[:4] == ["check", "--region=$(touch hacked)", "--set=a='b c'; id", "`id`"]
    assert not (tmp_path / "hacked").exists()
    # Between the two marks, which nobody can guess, the runner takes no command.
    lines = machine.log.splitlines()
    mark = re.fullmatch(r"::stop-commands::([0-9a-f]{32})", lines[0])[1]
    assert lines[1:] == ["::set-env name=PATH::/evil", f"::{mark}::"]


@pytest.mark.parametrize("words", ["--help", "--fix\n--diff"])
def test_what_judges_nothing_is_no_pass(tmp_path, words):
    write(str(tmp_path / "work/one.json"), GOOD)
    machine = runner(tmp_path, tmp_path / "work", command="lint", arguments=f".\n{words}")
    assert machine.step(RUN) == 0, machine.log
    assert machine.step(END) == 2
    assert "no verdict" in Path(machine.outputs["markdown"]).read_text(encoding="utf-8")


GH = """#!/bin/bash
echo "$*" >> "${0%/*}/calls"
case "$*" in
  *--paginate*) ANSWER ;;
  *) for each; do case "$each" in body=@*) cp "${each#body=@}" "${0%/*}/body";; esac; done; END ;;
esac
"""


def commented(tmp_path, answer, end="exit 0"):
    machine = quick(tmp_path, name="check")
    program(machine.bin, "gh", GH.replace("ANSWER", answer).replace("END", end))
    assert machine.step(RUN) == 0
    assert machine.step(COMMENT) == 0
    return machine, (machine.bin / "calls").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(("answer", "method"), [("true", "POST"), ("printf '41\\n42\\n'", "PATCH")])
def test_one_comment_is_written_and_then_written_anew(tmp_path, answer, method):
    machine, calls = commented(tmp_path, answer)
    listed, wrote = calls
    assert listed.startswith("api --paginate repos/example/servers/issues/7/comments --jq ")
    where = "issues/7/comments" if method == "POST" else "issues/comments/41"
    assert wrote.startswith(f"api --method {method} repos/example/servers/{where} --field body=@")
    body = (machine.bin / "body").read_text(encoding="utf-8").splitlines()
    assert body[0] == "<!-- iamsim action: check -->"
    assert len(body) > 1
    # Only its own comments: anybody may write one that begins with the mark.
    assert (
        'select(.user.login == "github-actions[bot]" and (.body | startswith("<!-- iamsim action: check -->")))'
        in listed
    )
    assert machine.token not in "".join(calls)


@pytest.mark.parametrize(("answer", "end"), [("exit 1", "exit 0"), ("true", "exit 1")])
def test_a_comment_that_cannot_be_written_is_a_warning(tmp_path, answer, end):
    machine, _ = commented(tmp_path, answer, end)
    assert "::warning::no comment was written" in machine.log


# ---------------------------------------------------------------- pre-commit


def test_the_hooks_run_as_they_are_declared(tmp_path):
    hooks = {each["id"]: each for each in read(".pre-commit-hooks.yaml")}
    known = {"id", "name", "description", "entry", "language", "types", "files", "require_serial"}
    for each in hooks.values():
        assert {"id", "name", "entry", "language"} <= set(each) <= known | {"pass_filenames", "always_run"}
        assert each["language"] == "python"
    assert set(hooks) == {"iamsim-lint", "iamsim-check"}
    wanted = {each["id"]: each for each in yaml.safe_load(example("pre-commit"))["repos"][0]["hooks"]}
    assert set(wanted) == set(hooks)

    write(str(tmp_path / "policies/a.json"), PASSES)
    lint = [*shlex.split(hooks["iamsim-lint"]["entry"])[1:], *wanted["iamsim-lint"]["args"], "policies/a.json"]
    ran = run(tmp_path, *lint)
    assert ran.code == 1
    assert "policies/a.json" in ran.out
    files = re.compile(hooks["iamsim-lint"]["files"])
    assert [bool(files.search(each)) for each in ("policies/a.json", "iam/policy.json", "package.json")] == [
        True,
        True,
        False,
    ]
    assert re.search(wanted["iamsim-lint"]["files"], "policies/a.json")

    check = [*shlex.split(hooks["iamsim-check"]["entry"])[1:], *wanted["iamsim-check"]["args"], AT]
    ran = run(copied("quilt-session-tags", tmp_path), *check)
    assert (ran.code, ran.out) == (1, "✗ The server cannot assume the role; 1 gap\n")
    assert hooks["iamsim-check"]["pass_filenames"] is False


# ---------------------------------------------------------------- GitLab


@pytest.mark.parametrize("job", ["iamsim-check", "iamsim-lint"])
def test_the_jobs_for_gitlab_leave_both_reports(tmp_path, job):
    template = read("templates/gitlab/iamsim.yml")
    given = yaml.safe_load(example("gitlab"))
    assert set(given) - {"include", "variables"} == set(template) - {".iamsim"}
    variables = template[".iamsim"]["variables"] | template[job].get("variables", {}) | given[job]["variables"]
    (line,) = template[job]["script"]
    filled = re.sub(r"\$(\w+)", lambda found: variables[found[1]], line)
    words = shlex.split(filled)
    assert words[0] == "iamsim"
    assert {word for word in words if word.startswith("--")} <= options_of(words[1])
    if job == "iamsim-check":
        folder = copied("quilt-session-tags", tmp_path)
    else:
        folder = tmp_path
        for each in variables["IAMSIM_PATHS"].split():
            write(str(folder / each / "one.json"), PASSES)
    assert run(folder, *words[1:]).code == 1
    reports = template[job]["artifacts"]["reports"]
    assert json.loads((folder / reports["codequality"]).read_text(encoding="utf-8"))[0]["fingerprint"]
    assert (folder / reports["junit"]).read_text(encoding="utf-8").startswith("<?xml")
    assert template[job]["artifacts"]["when"] == "always", "a job that fails has to show why"
    assert given["iamsim-check"]["allow_failure"] == {"exit_codes": [4]}


# ---------------------------------------------------------------- make


def test_the_rules_for_make_run_what_they_say(tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    account = copied("quilt-session-tags", tmp_path).rename(folder / "policies")
    settings = (account / "iamsim.toml").read_text(encoding="utf-8")
    (account / "iamsim.toml").unlink()
    (folder / "iamsim.toml").write_text(settings.replace('["."]', '["policies"]'), encoding="utf-8")
    (folder / "Makefile").write_text(example("make"), encoding="utf-8")

    def commands(*words):
        done = subprocess.run(["make", "--just-print", *words], cwd=folder, capture_output=True, text=True, check=True)
        return [shlex.split(line.partition(";")[0])[1:] for line in done.stdout.splitlines()]

    lint, check = commands("iam")
    (known,) = commands("iam-known")
    assert run(folder, *lint).code in (0, 1)
    assert run(folder, *check, AT).code == 1
    assert (folder / "build/iam.html").is_file()
    assert run(folder, *known, AT).code == 1
    assert run(folder, *check, AT, "--baseline", "iamsim-baseline.json").code == 0

    def ends(target, code):
        command = ["make", "--silent", target, f"IAMSIM=sh -c 'exit {code}'"]
        return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode

    assert [ends("iam", code) for code in (0, 1, 4)] == [0, 2, 2]
    assert [ends("iam-known", code) for code in (0, 1, 4, 2, 5)] == [0, 0, 0, 2, 2]


# ---------------------------------------------------------------- the image


def instructions():
    text = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def test_the_image_is_small_of_no_root_and_from_locked_requirements():
    found = instructions()
    stages = [index for index, (name, _) in enumerate(found) if name == "FROM"]
    assert [found[each][1] for each in stages] == ["python:3.13-slim AS build", "python:3.13-slim"]
    last = found[stages[-1] :]
    users = [words for name, words in last if name == "USER"]
    assert users
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", users[-1])
    assert all(name not in ("RUN", "ADD", "EXPOSE", "VOLUME") for name, _ in last)
    assert json.loads(dict(last)["ENTRYPOINT"]) == ["iamsim"]
    assert "PYTHONDONTWRITEBYTECODE=1" in dict(last)["ENV"]
    installs = [words for name, words in found if name == "RUN" and "pip install" in words]
    assert "--require-hashes" in installs[0]
    assert "--requirement requirements/run.txt" in installs[0]
    assert "--no-deps ." in installs[1]


def test_the_builder_is_given_what_the_image_copies_and_nothing_else():
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    given = {line[1:] for line in ignored if line.startswith("!")}
    copied_ = {
        source
        for name, words in instructions()
        if name == "COPY" and not words.startswith("--from")
        for source in words.split()[:-1]
    }
    assert copied_ == given
    assert all((ROOT / each).exists() for each in given)
    assert ignored.index("*") < min(map(ignored.index, (f"!{each}" for each in given)))
    assert any(fnmatch("iamsim/cli/__pycache__", each) for each in ignored if "pycache" in each)


def _whole_image():
    """Why the image cannot be built here; empty where it can."""
    if shutil.which("docker") is None:
        return "there is no docker"
    for words, why in (("info", "no daemon answers docker"), ("image inspect python:3.13-slim", "no python:3.13-slim")):
        if subprocess.run(["docker", *words.split()], capture_output=True, check=False, timeout=20).returncode:
            return why
    return ""


def test_the_image_runs_read_only_and_without_a_network(tmp_path):
    if why := _whole_image():
        pytest.skip(why)
    account = copied("quilt-session-tags", tmp_path)
    subprocess.run(["docker", "build", "--quiet", "--tag", "iamsim-test", str(ROOT)], check=True)
    flags = ["--rm", "--read-only", "--network", "none", "--cap-drop", "ALL", "--volume", f"{account}:/repo:ro"]
    done = subprocess.run(
        ["docker", "run", *flags, "iamsim-test", "check", AT, "-q"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "✗ The server cannot assume the role; 1 gap\n")


WATCHED = """
import os, sys
def refused(event, arguments):
    if event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        if arguments[0] != os.devnull:
            raise SystemExit(f"wrote {arguments[0]}")
    if event in ("socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "os.mkdir"):
        raise SystemExit(f"{event} {arguments}")
sys.dont_write_bytecode = True
sys.addaudithook(refused)
from iamsim.cli import main
main(sys.argv[1:])
"""


def test_a_check_of_files_writes_nothing_and_calls_nobody(tmp_path):
    """As the command of the page says it, without its container."""
    line = example("docker").replace("\\\n", " ").splitlines()[-1]
    words = shlex.split(line.partition(">")[0])
    command = words[words.index("iamsim") + 1 :]
    assert "--read-only" in words
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, *command],
        cwd=copied("quilt-session-tags", tmp_path),
        env={"PYTHONPATH": str(ROOT), "HOME": "/nonexistent", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert json.loads(done.stdout)["version"] == "2.1.0"
