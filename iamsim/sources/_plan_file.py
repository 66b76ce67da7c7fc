"""The JSON of a Terraform plan: what every resource will be, and what its configuration says of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from iamsim import jsontext
from iamsim.jsontext import Number, Pointer, clipped, short, written
from iamsim.model.origin import Origin
from iamsim.sources._files import one_file
from iamsim.sources._plan_instance import Instance, refuse, wrong
from iamsim.sources._plan_values import masked

MAX_BYTES = 32 * 1024 * 1024
"""Largest plan that is read; one with 2,000 resources has about 10 MB."""

MAX_RESOURCES = 50_000
"""Most resources of a plan; a Terraform state of that size is not planned in an hour."""

MAX_STEPS = 30
"""Deepest nesting of modules that is followed."""


@dataclass(frozen=True, slots=True)
class Module:
    """What the configuration says of one module: its resources by name, its calls, outputs, and its own place."""

    resources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    calls: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    outputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """
    A plan as read.

    `instances` are the resources and data sources by address, `modules` the configuration by the names of
    modules on the way. `providers` are the provider configurations, `variables` the root module's values,
    None where they are sensitive. `incomplete` says in words why it does not tell all that will be.
    """

    document: str
    instances: tuple[Instance, ...]
    modules: Mapping[tuple[str, ...], Module]
    providers: Mapping[str, Mapping[str, Any]]
    variables: Mapping[str, Any]
    deferred: tuple[str, ...] = ()
    incomplete: str = ""


def read(location: str) -> Plan:
    """The plan in a file; raises `InputError` for anything that `terraform show -json` would not write."""
    text = one_file(Path(location), MAX_BYTES)
    value = jsontext.load(text, location, MAX_BYTES)
    root = _Reader(location).mapping(value, ())
    version = root.get("format_version")
    if not isinstance(version, str) or re.match(r"1(\.|$)", version) is None:
        # JSON Output Format: reject any input which reports an unsupported major version.
        refuse(
            f"is not a plan of format 1.x ({_word(version)})",
            "write it with `terraform show -json PLAN > plan.json`",
            Origin(location, "/format_version"),
        )
    if "planned_values" not in root and "resource_changes" not in root:
        what = "is the JSON of a state" if "values" in root else "holds no plan"
        refuse(
            what,
            "make a plan with `terraform plan -out PLAN`, and write it with `terraform show -json PLAN`",
            Origin(location),
        )
    if root.get("errored") is True:
        refuse(
            "is of a run that failed: it does not tell what will be",
            "make the plan again",
            Origin(location, "/errored"),
        )
    return _Reader(location).plan(root)


def _word(value: object) -> str:
    return f"`{clipped(value)}`" if isinstance(value, str) else "none is told"


_STEP = re.compile(r"""module\.[^.\[\]"]+(?:\[(?:\d+|"(?:[^"\\]|\\.)*+")\])?(?:\.|$)""")


class _Reader:
    """Reads the parts of one plan; what has another shape than the documented one is refused with its place."""

    def __init__(self, document: str) -> None:
        self.document = document

    def fail(self, message: str, pointer: Pointer) -> NoReturn:
        wrong(message, Origin(self.document, written(short(pointer))))

    def mapping(self, value: object, pointer: Pointer) -> Mapping[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self.fail("is no object", pointer)
        return value

    def listed(self, value: object, pointer: Pointer) -> Iterator[tuple[Mapping[str, Any], Pointer]]:
        """The objects of a list; null is an empty one."""
        if value is None:
            return
        if not isinstance(value, list):
            self.fail("is no list", pointer)
        for index, item in enumerate(value):
            if not isinstance(item, Mapping):
                self.fail("is no object", (*pointer, index))
            yield item, (*pointer, index)

    def word(self, value: Mapping[str, Any], name: str, pointer: Pointer) -> str:
        found = value.get(name)
        if not isinstance(found, str) or isinstance(found, Number) or not found:
            self.fail(f"has no `{name}`", pointer)
        return found

    def plan(self, root: Mapping[str, Any]) -> Plan:
        changes = list(self.changes(root))
        described = {instance.address for instance in changes}
        # What a plan with -target leaves alone stands in the state only; data sources that were read do so, too.
        left = [one for one in self.state(root) if one.address not in described]
        if not changes and _has_resources(root.get("planned_values")):
            self.fail("has `planned_values` and no `resource_changes`", ())
        if len(changes) + len(left) > MAX_RESOURCES:
            refuse(f"holds more than {MAX_RESOURCES:,} resources", "plan a part of it", Origin(self.document))
        configuration = self.mapping(root.get("configuration"), ("configuration",))
        pointer: Pointer = ("configuration", "provider_config")
        providers = {
            name: self.mapping(found, (*pointer, name))
            for name, found in self.mapping(configuration.get("provider_config"), pointer).items()
        }
        deferred = tuple(
            self.word(
                self.mapping(item.get("resource_change"), (*at, "resource_change")), "address", (*at, "resource_change")
            )
            for item, at in self.listed(root.get("deferred_changes"), ("deferred_changes",))
        )
        return Plan(
            self.document,
            tuple(sorted((*changes, *left), key=lambda one: (one.address, one.origin.pointer))),
            dict(self.modules(configuration)),
            providers,
            self.variables(root),
            deferred,
            "a part of the configuration was not planned" if root.get("complete") is False else "",
        )

    def changes(self, root: Mapping[str, Any]) -> Iterator[Instance]:
        seen: set[str] = set()
        for item, pointer in self.listed(root.get("resource_changes"), ("resource_changes",)):
            change = self.mapping(item.get("change"), (*pointer, "change"))
            actions = change.get("actions")
            found = _ACTIONS.get(tuple(map(str, actions))) if isinstance(actions, list) else None
            if found is None:
                self.fail("has no actions that are known", (*pointer, "change", "actions"))
            mode = self.word(item, "mode", pointer)
            before = self.side(change, "before", pointer)
            after = self.side(change, "after", pointer)
            forgotten = found == "forget"
            if item.get("deposed") is not None:
                # The object that an earlier run should have deleted; the resource itself has an entry of its own.
                if found == "gone" and before:
                    yield self.instance(item, pointer, mode, before, {}, "gone", deposed=True)
                continue
            instance = self.instance(item, pointer, mode, before, before if forgotten else after, found)
            if instance.address in seen:
                self.fail(f"the address `{clipped(instance.address)}` appears twice", pointer)
            seen.add(instance.address)
            yield instance

    def side(self, change: Mapping[str, Any], name: str, pointer: Pointer) -> Mapping[str, Any]:
        """One side of a change: its attributes, with what is not told marked."""
        value = change.get(name)
        unknown = change.get("after_unknown") if name == "after" else None
        found = masked(self.mapping(value, (*pointer, "change", name)), unknown, change.get(f"{name}_sensitive"))
        if not isinstance(found, Mapping):
            self.fail(f"is {found.why} as a whole", (*pointer, "change", name))
        return found

    def instance(  # noqa: PLR0913, PLR0917 - the sides of one entry
        self,
        item: Mapping[str, Any],
        pointer: Pointer,
        mode: str,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        found: str,
        *,
        deposed: bool = False,
    ) -> Instance:
        address = self.word(item, "address", pointer)
        at = (*pointer, "change") if "change" in item else pointer
        return Instance(
            f"{address} (deposed)" if deposed else address,
            mode,
            self.word(item, "type", pointer),
            self.word(item, "name", pointer),
            _key(item.get("index")),
            self.steps(item.get("module_address"), (*pointer, "module_address")),
            before,
            after,
            Origin(self.document, written(at), address=clipped(address)),
            new=found == "new",
            gone=found == "gone",
            deferred=found == "read",
            changed=found != "same",
        )

    def steps(self, address: object, pointer: Pointer) -> tuple[str, ...]:
        """The steps of a module's address."""
        if address is None or address == "":
            return ()
        steps: list[str] = []
        end = 0
        for match in _STEP.finditer(address) if isinstance(address, str) else ():
            if match.start() != end or len(steps) == MAX_STEPS:
                break
            steps.append(match[0].removesuffix("."))
            end = match.end()
        if not isinstance(address, str) or end != len(address) or not steps:
            self.fail("is no address of a module", pointer)
        return tuple(steps)

    def state(self, root: Mapping[str, Any]) -> Iterator[Instance]:
        """What the state holds: resources that the plan says nothing of, and data sources that were read."""
        prior = self.mapping(root.get("prior_state"), ("prior_state",))
        values = self.mapping(prior.get("values"), ("prior_state", "values"))
        pending: list[tuple[object, Pointer, int]] = [
            (values.get("root_module"), ("prior_state", "values", "root_module"), 0)
        ]
        while pending:
            found, pointer, depth = pending.pop()
            module = self.mapping(found, pointer)
            for item, at in self.listed(module.get("resources"), (*pointer, "resources")):
                attributes = self.mapping(item.get("values"), (*at, "values"))
                told = masked(attributes, None, item.get("sensitive_values"))
                if not isinstance(told, Mapping):
                    self.fail(f"is {told.why} as a whole", (*at, "values"))
                entry = {**item, "module_address": module.get("address")}
                yield self.instance(entry, at, self.word(item, "mode", at), told, told, "same")
            for child, at in self.listed(module.get("child_modules"), (*pointer, "child_modules")):
                if depth == MAX_STEPS:
                    self.fail("modules are nested too deeply", at)
                pending.append((child, at, depth + 1))

    def modules(self, configuration: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Module]]:
        pending: list[tuple[tuple[str, ...], object, Pointer]] = [
            ((), configuration.get("root_module"), ("configuration", "root_module"))
        ]
        while pending:
            path, found, pointer = pending.pop()
            module = self.mapping(found, pointer)
            resources = {}
            for item, at in self.listed(module.get("resources"), (*pointer, "resources")):
                resources[self.word(item, "address", at)] = item
            calls = {
                name: self.mapping(call, (*pointer, "module_calls", name))
                for name, call in self.mapping(module.get("module_calls"), (*pointer, "module_calls")).items()
            }
            outputs = {
                name: self.mapping(output, (*pointer, "outputs", name))
                for name, output in self.mapping(module.get("outputs"), (*pointer, "outputs")).items()
            }
            yield path, Module(resources, calls, outputs)
            if len(path) == MAX_STEPS and calls:
                self.fail("modules are nested too deeply", pointer)
            pending += [
                ((*path, name), call.get("module"), (*pointer, "module_calls", name, "module"))
                for name, call in calls.items()
            ]

    def variables(self, root: Mapping[str, Any]) -> Mapping[str, Any]:
        """The values of the root module's variables; those that are declared sensitive stay out."""
        configuration = self.mapping(root.get("configuration"), ("configuration",))
        module = self.mapping(configuration.get("root_module"), ("configuration", "root_module"))
        declared = self.mapping(module.get("variables"), ("configuration", "root_module", "variables"))
        found = {}
        for name, variable in self.mapping(root.get("variables"), ("variables",)).items():
            value = self.mapping(variable, ("variables", name)).get("value")
            secret = isinstance(declared.get(name), Mapping) and declared[name].get("sensitive") is True
            found[name] = None if secret else value
        return found


# Source: Terraform, JSON Output Format, "Change Representation"; `forget` came with Terraform 1.7.
_ACTIONS = {
    ("no-op",): "same",
    ("create",): "new",
    ("update",): "changed",
    ("read",): "read",
    ("delete",): "gone",
    ("forget",): "forget",
    ("delete", "create"): "new",
    ("create", "delete"): "new",
    ("create", "forget"): "new",
}


def _key(index: object) -> str:
    """An index as it stands in an address."""
    if isinstance(index, Number):
        return f"[{index}]"
    if isinstance(index, str):
        escaped = index.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
        return f'["{escaped}"]'
    return ""


def _has_resources(planned: object) -> bool:
    root = planned.get("root_module") if isinstance(planned, Mapping) else None
    return isinstance(root, Mapping) and bool(root.get("resources") or root.get("child_modules"))
