"""The buckets, keys, domains, queues, topics, secrets and functions of a plan, with their policies and settings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from iamsim.model.account import POLICY, Change, Resource, VpcEndpoint
from iamsim.model.origin import Origin
from iamsim.sources._plan_documents import NONE, Documents, Told
from iamsim.sources._plan_functions import permission
from iamsim.sources._plan_instance import Instance
from iamsim.sources._plan_names import Names
from iamsim.sources._plan_settings import BLOCKS, flag, settings_of, stricter
from iamsim.sources._plan_values import AFTER_APPLY, Untold

BUCKET, KEY, ENDPOINT, FUNCTION = "aws_s3_bucket", "aws_kms_key", "aws_vpc_endpoint", "aws_lambda_function"

CARRIERS = {
    BUCKET: "policy",
    KEY: "policy",
    "aws_sqs_queue": "policy",
    "aws_sns_topic": "policy",
    "aws_opensearch_domain": "access_policies",
    "aws_elasticsearch_domain": "access_policies",
    "aws_secretsmanager_secret": "policy",
    FUNCTION: "",
}
"""Types of resources, and the attribute with their policy."""

_BUCKET_NAMES = {BUCKET: ("id", "bucket")}

# The attribute that names the resource, the attribute with the policy, and which attributes of which types name it.
SEPARATE: Mapping[str, tuple[str, str, Mapping[str, tuple[str, ...]]]] = {
    "aws_s3_bucket_policy": ("bucket", "policy", _BUCKET_NAMES),
    "aws_kms_key_policy": ("key_id", "policy", {KEY: ("id", "key_id", "arn")}),
    "aws_sqs_queue_policy": ("queue_url", "policy", {"aws_sqs_queue": ("id", "url")}),
    "aws_sns_topic_policy": ("arn", "policy", {"aws_sns_topic": ("arn", "id")}),
    "aws_secretsmanager_secret_policy": ("secret_arn", "policy", {"aws_secretsmanager_secret": ("arn", "id")}),
    "aws_opensearch_domain_policy": ("domain_name", "access_policies", {"aws_opensearch_domain": ("domain_name",)}),
    "aws_elasticsearch_domain_policy": (
        "domain_name",
        "access_policies",
        {"aws_elasticsearch_domain": ("domain_name",)},
    ),
    "aws_vpc_endpoint_policy": ("vpc_endpoint_id", "policy", {ENDPOINT: ("id",)}),
}

_DEFAULTS = {
    "aws_kms_key_policy": "the default one, which the key gets back",
    "aws_sns_topic_policy": "the default one, which the topic gets back",
}
"""Resources that are never without a policy. Source: Terraform AWS provider, pages of these resources."""

_QUEUE = re.compile(r"https://(?:sqs\.([\w-]+)|([\w-]+)\.queue)\.[\w.-]+/(\d{12})/([\w.-]+)", re.ASCII)


@dataclass(slots=True)
class _Carrier:
    """A resource on its way to what it will be; `told` is its policy, None where the plan does not tell it."""

    arn: str
    account: str
    origin: Origin
    instance: Instance | None = None
    told: Told | None = None
    settings: dict[str, str] = field(default_factory=dict)
    lost: bool = False

    @property
    def new(self) -> bool:
        return self.instance is not None and self.instance.new


class Resources:
    """Reads the resources of a plan."""

    def __init__(self, instances: tuple[Instance, ...], documents_: Documents, names: Names) -> None:
        self.instances = [one for one in instances if one.mode == "managed"]
        self.documents = documents_
        self.names = names
        self.miss = names.notes.miss
        self.found: dict[tuple[str, str], _Carrier] = {}
        self.by_address: dict[str, _Carrier] = {}
        self.endpoints: dict[str, dict[str, VpcEndpoint]] = {}
        self.gone: dict[str, set[str]] = {}
        self.stray: dict[str, str] = {}
        self.unset = False
        self.blocked: dict[str, dict[str, str]] = {}
        self.grouped: dict[str, list[_Carrier]] = {}
        for instance in self.instances:
            if instance.type in CARRIERS:
                self.carrier(instance)
            elif instance.type == ENDPOINT:
                self.endpoint(instance)
            elif instance.type == "aws_s3_account_public_access_block" and not instance.gone:
                own = instance.text("account_id")
                account = own if isinstance(own, str) else self.names.accounts.account(instance)
                self.blocked[account] = {name: flag(instance.told.get(name)) for name in BLOCKS}
        for instance in self.instances:
            if instance.changed and instance.before:
                self.take(replace(instance, gone=True))
        for instance in self.instances:
            if not instance.gone:
                self.give(instance)
        self.spread()

    def of_account(self, account: str) -> tuple[dict[str, Resource], dict[str, VpcEndpoint], tuple[Change, ...]]:
        """What the plan describes in an account, and what it takes from resources that it does not describe."""
        if not self.grouped:
            for (owner, _), one in sorted(self.found.items(), key=lambda item: item[0]):
                self.grouped.setdefault(owner, []).append(one)
        mine = self.grouped.get(account, [])
        restricted = self.restricted(account)
        resources, changes = {}, []
        for one in mine:
            if one.instance is None and one.lost and one.told in (None, NONE):
                changes.append(Change(one.arn, lost=(POLICY,), origin=one.origin))
                if not one.settings:
                    continue
            tags = self.names.tags(one.instance) if one.instance is not None else None
            resources[one.arn] = _resource(one, restricted, tags)
        endpoints = dict(sorted(self.endpoints.get(account, {}).items()))
        return resources, endpoints, tuple(changes)

    def restricted(self, account: str) -> Mapping[str, str]:
        """What S3 Block Public Access of the whole account says; nothing where the plan does not tell."""
        return self.blocked.get(account, {})

    def accounts(self) -> Iterator[str]:
        """The accounts in which something is described or removed."""
        yield from (owner for owner, _ in self.found)
        yield from (*self.endpoints, *self.gone)

    # ------------------------------------------------------------ what the plan describes

    def carrier(self, instance: Instance) -> None:
        arn = self.names.arn(instance)
        before = instance.text("arn") if instance.gone else _before(instance, "arn")
        account = self.names.accounts.account(instance)
        if isinstance(before, str) and (instance.gone or (before != arn and instance.new)):
            self.gone.setdefault(account, set()).add(before)
        if instance.gone:
            return
        if isinstance(arn, Untold):
            self.miss(instance.address, f"its ARN is {arn.why}")
            return
        found = _Carrier(arn, account, instance.place(), instance, self.own(instance), settings_of(instance))
        self.found[account, arn] = found
        self.by_address[instance.address] = found

    def own(self, instance: Instance) -> Told | None:
        """The policy in the resource's own attributes; None where they do not tell it."""
        attribute = CARRIERS[instance.type]
        if instance.type == FUNCTION:
            return NONE if instance.new else None
        value = instance.told.get(attribute)
        if instance.new and not self.documents.references.sets(instance, attribute) and not isinstance(value, str):
            # Source: Amazon SNS Developer Guide, "Example cases": a topic starts with a policy of its own.
            return Told(unread="the one that SNS gives a new topic") if instance.type == "aws_sns_topic" else NONE
        if value is None:
            return None
        return self.documents.read(instance, attribute, name=f"policy of {instance.shown}")

    def endpoint(self, instance: Instance) -> None:
        id_ = instance.text("id")
        account = self.names.accounts.account(instance)
        if not isinstance(id_, str):
            self.miss(instance.address, "its id is known only after apply")
        elif instance.gone:
            self.gone.setdefault(account, set()).add(id_)
        else:
            told = self.documents.read(instance, "policy", name=f"policy of {instance.shown}")
            if told.unread:
                self.miss(instance.address, f"its policy is {told.unread}")
            self.endpoints.setdefault(account, {})[id_] = VpcEndpoint(id_, told.policy, instance.place(), told.unread)

    # ------------------------------------------------------------ what stands apart

    def take(self, past: Instance) -> None:
        """Takes away the policy or the settings that a resource of their own gave until now."""
        if past.type == "aws_vpc_endpoint_policy":
            self.endpoint_policy(past)
        elif past.type in SEPARATE:
            carrier = self.whose(past)
            if carrier is not None:
                default = _DEFAULTS.get(past.type)
                carrier.told, carrier.lost = (NONE, True) if default is None else (Told(unread=default), False)
        elif past.type == "aws_s3_bucket_public_access_block":
            carrier = self.bucket(past)
            if carrier is not None:
                carrier.settings.update(dict.fromkeys(BLOCKS, "false"))
        elif past.type == "aws_s3_bucket_ownership_controls":
            carrier = self.bucket(past)
            if carrier is not None:
                # Without controls of its own a bucket has ACLs, as every bucket had before April 2023.
                carrier.settings["object_ownership"] = "ObjectWriter"
        elif past.type == "aws_lambda_permission":
            carrier = self.function(past)
            if carrier is not None:
                # What else the function's policy says stands in no plan.
                carrier.told = Told(unread=f"changed by {past.shown}")

    def give(self, instance: Instance) -> None:
        """Adds the policy or the settings that a resource of their own gives."""
        if instance.type == "aws_vpc_endpoint_policy":
            self.endpoint_policy(instance)
        elif instance.type in SEPARATE:
            carrier = self.whose(instance)
            if carrier is not None:
                carrier.told = self.documents.read(
                    instance, SEPARATE[instance.type][1], name=f"policy of {instance.shown}"
                )
                carrier.origin = instance.place()
        elif instance.type == "aws_s3_bucket_public_access_block":
            carrier = self.bucket(instance)
            if carrier is not None:
                carrier.settings.update({name: flag(instance.told.get(name)) for name in BLOCKS})
        elif instance.type == "aws_s3_bucket_ownership_controls":
            carrier = self.bucket(instance)
            rules = instance.blocks("rule")
            rule = rules[0] if isinstance(rules, tuple) and rules else {}
            if carrier is not None and isinstance(rule.get("object_ownership"), str):
                carrier.settings["object_ownership"] = rule["object_ownership"]
        elif instance.type == "aws_lambda_permission":
            self.permission(instance)

    def whose(self, instance: Instance) -> _Carrier | None:
        """The resource whose policy it is; where it is not told, any that is made by this plan may get it."""
        attribute, _, types = SEPARATE[instance.type]
        found = self.names.meant(instance, attribute, types)
        if isinstance(found, Instance):
            return self.by_address.get(found.address)
        if found is None:
            self.stray.update(dict.fromkeys(types, instance.shown))
            return None
        return self.at(instance, self.spelled(instance, found))

    def spread(self) -> None:
        """Leaves open what a policy or settings, of which it is not told whose they are, may give what is made now."""
        for carrier in self.by_address.values():
            type_ = carrier.instance.type if carrier.instance is not None else ""
            if carrier.new and type_ in self.stray:
                carrier.told = Told(unread=f"perhaps {self.stray[type_]}, of which it is not told whose it is")
            if carrier.new and type_ == BUCKET and self.unset:
                carrier.settings.update(dict.fromkeys((*BLOCKS, "object_ownership"), "unknown"))

    def bucket(self, instance: Instance) -> _Carrier | None:
        found = self.names.meant(instance, "bucket", _BUCKET_NAMES)
        if isinstance(found, Instance):
            return self.by_address.get(found.address)
        if found is None:
            self.unset = True
            return None
        return self.at(instance, f"arn:{self.names.accounts.home(instance).partition}:s3:::{found}")

    def spelled(self, instance: Instance, name: str) -> str:
        """The ARN of a resource that is named by ARN, name, id or URL."""
        if name.startswith("arn:"):
            return name
        home, account = self.names.accounts.home(instance), self.names.accounts.account(instance)
        start = f"arn:{home.partition}"
        if queue := _QUEUE.fullmatch(name):
            return f"{start}:sqs:{queue[1] or queue[2]}:{queue[3]}:{queue[4]}"
        if instance.type == "aws_s3_bucket_policy":
            return f"{start}:s3:::{name}"
        region = home.region or "*"
        if instance.type == "aws_kms_key_policy":
            return f"{start}:kms:{region}:{account}:key/{name}"
        return f"{start}:es:{region}:{account}:domain/{name}"

    def at(self, instance: Instance, arn: str) -> _Carrier | None:
        """The resource of an ARN, described by the plan or not; None where it is gone."""
        account = self.names.accounts.account(instance)
        if arn in self.gone.get(account, ()):
            return None
        if ":*:" in arn:
            self.miss(instance.address, "its region is not told")
            return None
        if (account, arn) not in self.found:
            self.found[account, arn] = _Carrier(arn, account, instance.place())
        return self.found[account, arn]

    def endpoint_policy(self, instance: Instance) -> None:
        found = self.names.meant(instance, "vpc_endpoint_id", {ENDPOINT: ("id",)})
        if not isinstance(found, str):
            return
        # Without a policy of its own an endpoint has the default one, which allows everything.
        read = self.documents.read(instance, "policy", name=f"policy of {instance.shown}")
        told = NONE if instance.gone else read
        account = self.names.accounts.account(instance)
        if found in self.gone.get(account, ()):
            return
        self.endpoints.setdefault(account, {})[found] = VpcEndpoint(found, told.policy, instance.place(), told.unread)

    # ------------------------------------------------------------ functions

    def function(self, instance: Instance) -> _Carrier | None:
        found = self.names.meant(instance, "function_name", {FUNCTION: ("function_name", "arn", "id")})
        if isinstance(found, Instance):
            return self.by_address.get(found.address)
        if found is None:
            return None
        if found.startswith("arn:"):
            return self.at(instance, ":".join(found.split(":")[:7]))
        home, account = self.names.accounts.home(instance), self.names.accounts.account(instance)
        return self.at(instance, f"arn:{home.partition}:lambda:{home.region or '*'}:{account}:function:{found}")

    def permission(self, instance: Instance) -> None:
        """Adds one statement to a function's policy."""
        carrier = self.function(instance)
        if carrier is None:
            return
        if not carrier.new:
            # The plan has some of its statements and not the others.
            if instance.changed:
                carrier.told = Told(unread=f"changed by {instance.shown}")
            return
        told = permission(instance, carrier.arn)
        if told is None:
            carrier.told = Told(unread=f"{instance.shown} is {AFTER_APPLY.why}")
        elif carrier.told is not None and not carrier.told.unread:
            statements = (*(carrier.told.policy.statements if carrier.told.policy else ()), *told.statements)
            statements = tuple(replace(one, index=index) for index, one in enumerate(statements))
            carrier.told = Told(replace(told, statements=statements))


def _resource(one: _Carrier, restricted: Mapping[str, str], tags: Mapping[str, str] | None) -> Resource:
    told = one.told or NONE
    settings = stricter(one.settings, restricted) if ":s3:::" in one.arn else dict(one.settings)
    return Resource(
        one.arn,
        told.policy,
        tags,
        settings,
        one.origin,
        unread=told.unread,
        # What the plan does not tell of a resource that is there already stays as it is.
        partial=not one.new and (one.told is None or told.policy is not None or one.instance is None),
    )


def _before(instance: Instance, name: str) -> str | None:
    value = instance.before.get(name)
    return value if isinstance(value, str) else None
