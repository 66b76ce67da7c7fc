"""A Kubernetes manifest: which pods run with which role, by their service accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from iamsim import jsontext, yamltext
from iamsim.errors import InputError, NothingToCheckError
from iamsim.jsontext import clipped
from iamsim.model.account import Account, Organization, Workload
from iamsim.model.arn import Arn, is_role
from iamsim.model.origin import Origin
from iamsim.model.report import Input
from iamsim.sources import Loaded, Options, Source
from iamsim.sources._files import one_file
from iamsim.sources._node import Node
from iamsim.sources._peek import names

MAX_BYTES = 4 * yamltext.MAX_CHARACTERS
"""Largest manifest that is read; a character of UTF-8 has at most four bytes."""

ANNOTATION = "eks.amazonaws.com/role-arn"
"""Source: Amazon EKS User Guide, "Assign IAM roles to Kubernetes service accounts"."""

_ASSOCIATION = "PodIdentityAssociation"

# Where a kind keeps the specification of its pods. Source: Kubernetes API reference, "Workload Resources".
_PODS = {
    "Pod": ("spec",),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    **dict.fromkeys(
        ("Deployment", "StatefulSet", "DaemonSet", "Job", "ReplicaSet", "ReplicationController"),
        ("spec", "template", "spec"),
    ),
}


def load(location: str, options: Options) -> Loaded:
    """The workloads of the manifest at `location`; it brings no policies."""
    text = one_file(Path(location), MAX_BYTES)
    try:
        found = _Found(location)
        for written in _documents(text, location):
            for node in _objects(Node(written.value, written.origin)):
                found.add(node)
        workloads = tuple(found.workloads())
    except InputError as error:
        raise _template(text, location, error) from None
    if not workloads:
        raise NothingToCheckError(
            f"`{location}` names no role that a pod runs with",
            hint=f"a service account names it in the annotation {ANNOTATION}",
        )
    accounts: dict[str, list[Workload]] = {}
    for workload in workloads:
        account = Arn.parse(workload.role).account if workload.role else options.account
        if account is None:
            found.unseen(workload.name, "the manifest does not tell its role, nor which account it is in")
        else:
            accounts.setdefault(account, []).append(workload)
    summary = (
        f"{len(workloads)} {'service accounts' if len(workloads) > 1 else 'service account'} with a role, no policies"
    )
    loaded = {id_: Account(id_, workloads=tuple(each), origin=Origin(location)) for id_, each in accounts.items()}
    return Loaded(Organization(loaded), (Input("policies", location, summary), *found.inputs))


SOURCE = Source(load, recognises=lambda path: names(path) >= {"apiVersion", "kind"})


def _documents(text: str, location: str) -> tuple[jsontext.Written, ...]:
    if not text.lstrip().startswith("{") or _MARK.search(text):
        return yamltext.read(text, location)
    # Several objects that are no list kubectl prints one behind the other; YAML has a mark that may stand between them.
    between, count = _BETWEEN.subn(r"}\1--- {", text)
    return yamltext.read(between, location) if count else (jsontext.read(text, location, yamltext.MAX_CHARACTERS),)


_MARK = re.compile(r"^---\s", re.MULTILINE)
_BETWEEN = re.compile(r"^\}([ \t]*\r?\n)\{", re.MULTILINE)


def _objects(node: Node) -> Iterator[Node]:
    """The objects of a document: itself, or the items of a list such as `kubectl get` prints."""
    kind = node.get("kind").text()
    if kind is None or node.get("apiVersion").text() is None:
        node.fail("no object of Kubernetes: it has no `apiVersion` or no `kind`", "keep other documents in other files")
    if kind.endswith("List") and node.has("items"):
        # The items of a `DeploymentList` leave out what all of them are.
        left_out = {} if kind == "List" else {"kind": kind.removesuffix("List"), "apiVersion": "v1"}
        for item in node.get("items").each():
            value = {**left_out, **item.value} if isinstance(item.value, dict) else item.value
            yield from _objects(Node(value, item.place, item.at))
    else:
        yield node


def _template(text: str, location: str, error: InputError) -> InputError:
    """The error itself, or what it comes from: a template that nobody has filled in."""
    at = text.find("{{")
    if at < 0:
        return error
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    return InputError(
        "is a template, and no manifest yet: it holds `{{`",
        hint="render it first, with `helm template` for a chart, and give what that prints",
        origin=Origin(location, "", line, column),
    )


# ---------------------------------------------------------------- what a manifest says of pods


@dataclass(frozen=True, slots=True)
class _Named:
    """The name of a service account in a namespace; empty where no namespace is written."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    def may_be(self, other: _Named) -> bool:
        """Whether both may be the same one: a namespace that is not written may be any."""
        return self.name == other.name and (
            self.namespace == other.namespace or not self.namespace or not other.namespace
        )


@dataclass(slots=True)
class _Found:
    """Collects the objects of a manifest; `inputs` says what could not be told."""

    location: str
    accounts: dict[_Named, Workload | None] = field(default_factory=dict)
    associated: dict[_Named, Workload] = field(default_factory=dict)
    pods: list[tuple[str, _Named]] = field(default_factory=list)
    inputs: list[Input] = field(default_factory=list)

    def unseen(self, subject: str, reason: str) -> None:
        self.inputs.append(Input("not seen", subject, reason))

    def add(self, node: Node) -> None:
        kind = node.get("kind").text() or ""
        if kind == "ServiceAccount":
            self._service_account(node)
        elif kind == _ASSOCIATION and (node.get("apiVersion").text() or "").startswith("eks.services.k8s.aws/"):
            self._association(node)
        elif kind == "Kustomization":
            node.fail("is a kustomization, and no manifest yet", "render it first, with `kubectl kustomize`")
        elif kind in _PODS:
            named = _named(node)
            pod = node.get(*_PODS[kind])
            # `serviceAccount` is the old word (Kubernetes API reference, PodSpec); without either it is `default`.
            account = pod.get("serviceAccountName").text() or pod.get("serviceAccount").text() or "default"
            self.pods.append((f"{kind} {named}", _Named(named.namespace, _plain(account, pod))))

    def _service_account(self, node: Node) -> None:
        named = _named(node)
        if named in self.accounts:
            node.fail(f"service account `{named}` is there twice", "keep one of them")
        role = node.get("metadata", "annotations", ANNOTATION)
        arn = _role(role)
        self.accounts[named] = None if arn is None else self._workload(named, "irsa", arn, role)

    def _association(self, node: Node) -> None:
        """
        An association of EKS Pod Identity. A target role is the one that pods get; the first role assumes it.

        Source: AWS Controllers for Kubernetes, API reference, PodIdentityAssociation; Amazon EKS User Guide, "Access
        AWS resources using EKS Pod Identity target IAM roles".
        """
        spec = node.get("spec")
        namespace, name = spec.get("namespace").text(), spec.get("serviceAccount").text()
        if not namespace or not name:
            spec.fail("an association names no pods", "it has `namespace` and `serviceAccount`")
        named = _Named(_plain(namespace, spec), _plain(name, spec))
        first, target = spec.get("roleARN"), spec.get("targetRoleARN")
        arn = _role(target) or _role(first)
        if arn is None:
            self.unseen(str(named), "its association tells no role ARN, only another object's name")
        elif _role(target) is not None:
            self.unseen(arn, f"whether the first role of {named}'s association can assume it")
        if named in self.associated:
            node.fail(f"service account `{named}` has two associations", "a service account has one in a cluster")
        self.associated[named] = self._workload(named, "pod-identity", arn, target if _role(target) else first)

    def _workload(self, named: _Named, runs_on: str, arn: str | None, node: Node) -> Workload:
        origin = replace(node.origin, address=f"service account {named}")
        if not named.namespace:
            self.unseen(
                f"service account {named}",
                "its namespace is not written, so which `system:serviceaccount:…` it is, is not told: write metadata.namespace",
            )
        return Workload(str(named), runs_on, arn, str(named) if named.namespace else None, origin)

    def workloads(self) -> Iterator[Workload]:
        """What runs with a role: where the manifest has pods, the service accounts that one of them may use."""
        with_role = [
            (named, found)
            for named in dict.fromkeys((*self.accounts, *self.associated))
            for found in (self.accounts.get(named), self.associated.get(named))
            if found is not None
        ]
        for named, found in with_role:
            if not self.pods or any(named.may_be(account) for _, account in self.pods):
                yield found
        for pod, account in self.pods:
            if not any(named.may_be(account) for named, _ in with_role):
                there = any(named.may_be(account) for named in self.accounts)
                told = "which names no role" if there else "which is not in the manifest"
                self.unseen(pod, f"its role: it runs as service account {account}, {told}")


def _named(node: Node) -> _Named:
    metadata = node.get("metadata")
    name = metadata.get("name").text() or metadata.get("generateName").text()
    if not name:
        metadata.fail("an object without a name", "write metadata.name")
    return _Named(_plain(metadata.get("namespace").text() or "", metadata), _plain(name, metadata))


def _plain(name: str, node: Node) -> str:
    if "{{" in name:
        node.fail(f"`{clipped(name)}` is a piece of a template", "render the template first")
    return name


def _role(node: Node) -> str | None:
    """The role ARN; None where none is written, or an empty one, which counts as none."""
    text = node.text()
    if not text:
        return None
    if not is_role(text):
        node.fail(f"`{clipped(text)}` is not the ARN of a role", "it reads arn:aws:iam::ACCOUNT:role/NAME")
    return text
