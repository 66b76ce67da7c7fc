from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from iamsim.errors import InputError, NothingToCheckError
from iamsim.model.account import Workload
from iamsim.sources import Loaded, Options, load

ROOT = Path(__file__).parents[2]
MANIFESTS = ROOT / "fixtures" / "sources" / "kubernetes"
SERVER = "arn:aws:iam::111122223333:role/mcp/mcp-server"
ACCOUNT = {
    "apiVersion": "v1",
    "kind": "ServiceAccount",
    "metadata": {"name": "app", "namespace": "mcp", "annotations": {"eks.amazonaws.com/role-arn": SERVER}},
}


def written(path: Path, *documents: object) -> str:
    path.write_text("\n---\n".join(each if isinstance(each, str) else json.dumps(each) for each in documents))
    return str(path)


@pytest.fixture
def manifest(tmp_path, monkeypatch):
    """Writes manifest.yaml in a folder where the test stands, so that places are short."""
    monkeypatch.chdir(tmp_path)
    return lambda *documents: written(Path("manifest.yaml"), *documents)


def workloads(loaded: Loaded) -> list[Workload]:
    return [workload for account in loaded.organization.accounts.values() for workload in account.workloads]


def unseen(loaded: Loaded) -> dict[str, str]:
    return {told.location: told.detail for told in loaded.inputs if told.kind == "not seen"}


def told(location: str, kind: type[Exception] = InputError) -> str:
    with pytest.raises(kind) as caught:
        load(location, Options())
    text = str(caught.value)
    assert "\n" not in text
    return text


def pods(kind: str, account: str | None, name: str = "app", namespace: str | None = "mcp") -> dict[str, object]:
    spec: dict[str, object] = {} if account is None else {"serviceAccountName": account}
    template = {"spec": {"template": {"spec": spec}}}
    body = {"Pod": {"spec": spec}, "CronJob": {"spec": {"jobTemplate": template}}}.get(kind, template)
    metadata = {"name": name} | ({} if namespace is None else {"namespace": namespace})
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, **body}


# ---------------------------------------------------------------- what is read


@pytest.mark.parametrize("name", ["search-server.yaml", "stream.json", "list.json"])
def test_a_pod_runs_with_the_role_of_its_service_account_in_whatever_form_kubectl_prints_it(name):
    loaded = load(str(MANIFESTS / name), Options())
    assert [(each.name, each.runs_on, each.role, each.service_account) for each in workloads(loaded)] == [
        ("mcp/search-server", "irsa", SERVER, "mcp/search-server")
    ]
    assert unseen(loaded) == {
        "CronJob mcp/sweep": "its role: it runs as service account mcp/default, which is not in the manifest"
    }
    assert loaded.inputs[0].detail == "1 service account with a role, no policies"


def test_the_place_is_the_annotation_and_the_address_the_service_account():
    (found,) = workloads(load(str(MANIFESTS / "search-server.yaml"), Options()))
    assert str(found.origin) == f"{MANIFESTS / 'search-server.yaml'}:5:5 (service account mcp/search-server)"


def test_a_manifest_brings_workloads_and_nothing_else():
    (account,) = load(str(MANIFESTS / "search-server.yaml"), Options()).organization.accounts.values()
    assert (account.id, account.seen, account.roles, account.policies) == ("111122223333", frozenset(), {}, {})


def test_an_association_of_pod_identity_hands_out_its_role():
    (found,) = workloads(load(str(MANIFESTS / "pod-identity.yaml"), Options()))
    assert (found.name, found.runs_on, found.role) == ("mcp/search-server", "pod-identity", SERVER)
    assert found.service_account == "mcp/search-server"


def test_the_target_role_of_an_association_is_what_the_pod_gets(manifest):
    target = "arn:aws:iam::444455556666:role/target"
    spec = {"namespace": "mcp", "serviceAccount": "app", "roleARN": SERVER, "targetRoleARN": target}
    loaded = load(
        manifest({"apiVersion": "eks.services.k8s.aws/v1alpha1", "kind": "PodIdentityAssociation", "spec": spec}),
        Options(),
    )
    assert [each.role for each in workloads(loaded)] == [target]
    assert unseen(loaded) == {target: "whether the first role of mcp/app's association can assume it"}


def test_an_association_that_names_another_object_as_its_role_leaves_the_role_open(manifest):
    spec = {"namespace": "mcp", "serviceAccount": "app", "roleRef": {"from": {"name": "role"}}}
    location = manifest({"apiVersion": "eks.services.k8s.aws/v1alpha1", "kind": "PodIdentityAssociation", "spec": spec})
    loaded = load(location, Options(account="111122223333"))
    assert [(each.name, each.role) for each in workloads(loaded)] == [("mcp/app", None)]
    assert unseen(loaded) == {"mcp/app": "its association tells no role ARN, only another object's name"}
    assert workloads(load(location, Options())) == []


def test_without_pods_every_service_account_with_a_role_counts(manifest):
    other = json.loads(json.dumps(ACCOUNT).replace('"app"', '"other"'))
    assert [each.name for each in workloads(load(manifest(ACCOUNT, other), Options()))] == ["mcp/app", "mcp/other"]


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod", "ReplicaSet"])
def test_with_pods_only_the_service_accounts_that_they_run_as_count(manifest, kind):
    other = json.loads(json.dumps(ACCOUNT).replace('"app"', '"other"'))
    assert [each.name for each in workloads(load(manifest(ACCOUNT, other, pods(kind, "other")), Options()))] == [
        "mcp/other"
    ]


def test_the_service_account_of_another_namespace_is_another(manifest):
    location = manifest(ACCOUNT, pods("Pod", "app", namespace="elsewhere"))
    assert "names no role that a pod runs with" in told(location, NothingToCheckError)


def test_a_pod_of_the_default_account_without_a_role_is_said(manifest):
    default = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "mcp"}}
    loaded = load(manifest(ACCOUNT, default, pods("Pod", None, "plain"), pods("Pod", "app")), Options())
    assert unseen(loaded) == {"Pod mcp/plain": "its role: it runs as service account mcp/default, which names no role"}


def test_the_old_word_for_a_service_account_counts(manifest):
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "mcp"},
        "spec": {"serviceAccount": "app"},
    }
    assert len(workloads(load(manifest(ACCOUNT, pod), Options()))) == 1


def test_where_no_namespace_is_written_the_service_account_is_not_told(manifest):
    """`system:serviceaccount:default:app` would be a guess: kubectl and Helm take the namespace of their command line."""
    bare = {**ACCOUNT, "metadata": {**ACCOUNT["metadata"], "namespace": None}}
    loaded = load(manifest(bare, pods("Pod", "app", namespace=None)), Options())
    assert [(each.name, each.service_account) for each in workloads(loaded)] == [("app", None)]
    assert unseen(loaded) == {
        "service account app": "its namespace is not written, so which `system:serviceaccount:…` it is, is not told: write metadata.namespace"
    }


def test_a_pod_whose_namespace_is_not_written_may_run_as_an_account_of_any(manifest):
    loaded = load(manifest(ACCOUNT, pods("Pod", "app", namespace=None)), Options())
    assert [each.name for each in workloads(loaded)] == ["mcp/app"]
    assert unseen(loaded) == {}


def test_an_empty_annotation_is_none(manifest):
    empty = json.loads(json.dumps(ACCOUNT).replace(SERVER, ""))
    assert "names no role" in told(manifest(empty), NothingToCheckError)


def test_roles_of_two_accounts_are_two_accounts(manifest):
    other = json.loads(json.dumps(ACCOUNT).replace('"app"', '"other"').replace("111122223333", "444455556666"))
    assert set(load(manifest(ACCOUNT, other), Options()).organization.accounts) == {"111122223333", "444455556666"}


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_what_kubectl_prints_now_is_read(tmp_path):
    account, annotated = tmp_path / "account.yaml", tmp_path / "annotated.json"
    create = ["kubectl", "create", "serviceaccount", "search-server", "-n", "mcp", "--dry-run=client", "-o", "yaml"]
    account.write_bytes(subprocess.run(create, check=True, capture_output=True).stdout)
    annotate = [
        "kubectl",
        "annotate",
        "--local",
        "-f",
        str(account),
        f"eks.amazonaws.com/role-arn={SERVER}",
        "-o",
        "json",
    ]
    annotated.write_bytes(subprocess.run(annotate, check=True, capture_output=True).stdout)
    assert [each.role for each in workloads(load(str(annotated), Options()))] == [SERVER]


# ---------------------------------------------------------------- what is refused


def test_a_template_is_refused_with_the_way_out():
    path = MANIFESTS / "chart.yaml"
    assert told(str(path)) == (
        f"{path}:4:9: is a template, and no manifest yet: it holds `{{{{`; "
        "render it first, with `helm template` for a chart, and give what that prints"
    )


def test_a_piece_of_a_template_in_quotes_is_no_role_and_no_name(manifest):
    assert "is a template" in told(manifest(json.loads(json.dumps(ACCOUNT).replace(SERVER, "{{ .Values.role }}"))))
    assert "is a template" in told(manifest(json.loads(json.dumps(ACCOUNT).replace('"app"', '"{{ .Release.Name }}"'))))


def test_braces_elsewhere_are_nobodys_template(manifest):
    rules = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "r"},
        "data": {"alert": "{{ $labels.job }} is down"},
    }
    assert len(workloads(load(manifest(ACCOUNT, rules), Options()))) == 1


def test_a_kustomization_is_refused_with_the_way_out(manifest):
    text = told(manifest({"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": []}))
    assert text.endswith("is a kustomization, and no manifest yet (at `/`); render it first, with `kubectl kustomize`")


def test_an_annotation_that_is_no_role_is_refused_with_its_place(manifest):
    text = told(manifest(json.loads(json.dumps(ACCOUNT).replace(SERVER, "mcp-server"))))
    assert text.startswith("manifest.yaml:1:")
    assert "`mcp-server` is not the ARN of a role" in text
    assert text.endswith("it reads arn:aws:iam::ACCOUNT:role/NAME")


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("apiVersion: v1\nkind: ServiceAccount\nkind: Pod\n", "appears twice"),
        ('{"apiVersion": "v1", "kind": "Pod", "kind": "ServiceAccount"}', "appears twice"),
        ('{"apiVersion": "v1", "kind": "Pod"', "is not JSON"),
        ('{"apiVersion": "v1", "kind": "Pod", "x": ' + "[" * 5000, "nested too deeply"),
        ("apiVersion: v1\nkind: ServiceAccount\nmetadata: [1, 2", "is not YAML"),
        ("apiVersion: v1\nkind: ServiceAccount\nmetadata: text", "expected an object"),
        ("apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: [x]}", "expected text"),
        ("apiVersion: v1\nkind: ServiceAccount\nmetadata: {}", "an object without a name"),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: []", "expected an object"),
        ("apiVersion: v1\nkind: List\nitems: {}", "expected a list"),
        ("apiVersion: v1\nkind: List\nitems: [text]", "expected an object"),
        ("apiVersion: v1\nkind: 3", "expected text"),
        ("apiVersion: v1\nkind: List\nitems: [{metadata: {name: x}}]", "no object of Kubernetes"),
        ("apiVersion: v1\nkind: ServiceAccount\nx: " + "[" * 5000, "exceeded maximum nesting depth"),
        ("apiVersion: v1\nkind: ServiceAccount\nx: " + "[" * 500 + "]" * 500, "nested too deeply"),
        ("apiVersion: v1\nkind: List\na: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
            f"{chr(98 + i)}: &{chr(98 + i)} [{','.join([f'*{chr(97 + i)}'] * 10)}]\n" for i in range(9)
        ), "more than"),
    ],
)  # fmt: skip
def test_hostile_manifests_are_one_line(manifest, document, words):
    assert words in told(manifest(document))


def test_one_service_account_twice_is_refused(manifest):
    assert "service account `mcp/app` is there twice" in told(manifest(ACCOUNT, ACCOUNT))


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = tmp_path / "manifest.yaml"
    path.write_bytes(b"apiVersion: v1\nkind: ServiceAccount\nx: \xff\xfe")
    assert "is not UTF-8 text" in told(str(path))


def test_a_manifest_without_roles_is_nothing_to_check(manifest):
    text = told(manifest(pods("Pod", "app")), NothingToCheckError)
    assert text.endswith("a service account names it in the annotation eks.amazonaws.com/role-arn")
