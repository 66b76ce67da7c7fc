"""The probe plan: few calls, every permission that a call can show, and no secret or guess among the arguments."""

from __future__ import annotations

from iamsim.diagnosis import diagnose
from iamsim.diagnosis.gathering import scene
from iamsim.diagnosis.plan import Candidate, cover, plan
from iamsim.model.tool import Necessity
from tests.diagnosis.cases import FIXED, NO_CREDENTIALS, QUILT, TASK_ROLE, diagnosed, evidence, report, result

SHOWS = {Necessity.REQUIRED, Necessity.CONDITIONAL, Necessity.DECIDES_RESULT}


def planned(account=FIXED, settings=None, *results):
    return plan(scene((evidence(*results),), report=report(account), server=QUILT.server, tools=QUILT.tools), settings)


def test_every_permission_that_a_call_shows_is_proven_and_every_other_has_its_reason():
    found = planned()
    proven = {each for trial in found.trials for each in trial.proves}
    assert len(proven) + len(found.unproven) == found.needs
    shown = {
        (need.requirement.action, credential)
        for tool in report(FIXED).tools
        for need in tool.needs
        if need.needed and not need.spared and need.requirement.necessity in SHOWS
        for credential in need.requirement.credentials[:1]
    }
    words = {"role": "by the role", "server": "by the server"}
    for action, credential in shown:
        assert any(each.startswith(f"{action} on ") and each.endswith(words[credential]) for each in proven), action
    assert all(
        each.endswith(("a tool goes on without it", "it is asked for after the tool has answered", "shows it"))
        for each in found.unproven
    )


def test_no_call_of_the_plan_can_be_left_out():
    found = planned()
    assert len(found.trials) <= 10
    for trial in found.trials:
        others = {each for other in found.trials if other is not trial for each in other.proves}
        assert set(trial.proves) - others, trial.tool


def candidate(tool, *proves, writes=False):
    return Candidate(tool, {}, (), frozenset((each, "*", "role") for each in proves), writes)


def test_a_call_that_later_ones_make_needless_is_left_out_again():
    most, left, right = candidate("most", *"abcd"), candidate("left", *"abe"), candidate("right", *"cdf")
    assert [each.tool for each in cover([most, left, right])] == ["left", "right"]


def test_of_calls_that_prove_as_much_the_one_that_changes_nothing_is_taken():
    assert [each.tool for each in cover([candidate("a", "x", writes=True), candidate("b", "x")])] == ["b"]


def test_the_plan_is_the_same_whatever_the_policies_say():
    assert planned(FIXED) == planned(TASK_ROLE) == planned(NO_CREDENTIALS)


def test_calls_that_change_nothing_come_first_and_the_others_are_marked():
    found = planned()
    writes = [trial.writes for trial in found.trials]
    assert writes == sorted(writes)
    marked = {trial.tool: trial.writes for trial in found.trials}
    assert marked["bucket_objects_list"] is False
    assert marked["package_delete"] is True


def test_arguments_are_what_the_settings_and_the_evidence_tell_and_the_rest_is_to_be_filled_in():
    given = {"bucket": ("notes",), "s3_uri": ("s3://notes/a.txt",), "s3_uris": ("s3://notes/a.txt",)}
    found = {trial.tool: trial for trial in planned(FIXED, given).trials}
    assert found["bucket_objects_list"].arguments == {"bucket": "notes"}
    assert found["package_update"].arguments == {"s3_uris": ["s3://notes/a.txt"]}
    assert found["package_update"].to_fill == ("package_name", "registry")
    called = result("bucket_objects_list", arguments={"bucket": "others", "prefix": "raw/"})
    found = {trial.tool: trial for trial in planned(FIXED, given, called).trials}
    assert found["bucket_objects_list"].arguments == {"bucket": "others", "prefix": "raw/"}


def test_an_argument_that_is_a_credential_is_to_be_filled_in():
    signed = "s3://notes/a.txt?X-Amz-Signature=" + "0123456789abcdef" * 4
    found = {trial.tool: trial for trial in planned(FIXED, {"s3_uri": (signed,)}).trials}
    fetch = next(trial for name, trial in found.items() if "s3_uri" in (*trial.arguments, *trial.to_fill))
    assert fetch.to_fill == ("s3_uri",)
    assert "Signature" not in repr(found)


def test_an_answer_is_to_be_looked_into_where_the_server_answers_errors():
    assert all("its answer holds no error" in trial.sees for trial in planned().trials)


def test_without_a_check_there_is_no_plan():
    assert diagnosed(result("bucket_objects_list")).plan == diagnose(()).plan
    assert diagnose(()).plan.trials == ()
