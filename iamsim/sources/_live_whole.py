"""A whole live account: everything in it that this program can judge."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeVar

from iamsim.errors import InputError
from iamsim.model.account import Account, Resource, VpcEndpoint, Workload
from iamsim.model.arn import Arn
from iamsim.model.origin import Origin
from iamsim.model.policy import PolicyType
from iamsim.sources._live import Calls, DeniedError, MissingError, Unseen, tags
from iamsim.sources._live_account import oidc, saml
from iamsim.sources._live_bucket import Buckets
from iamsim.sources._live_iam import entities
from iamsim.sources._live_organization import Membership
from iamsim.sources._live_resources import READERS, endpoint, key_without_policy, queue

Watch = Callable[[str, int, int], None]
"""Hears what is being read, how much of it is done, and how much there is; 0 of 0 where that is not known yet."""

AT_ONCE = 8
"""Calls on the way at a time; AWS slows down who asks for more, and botocore adapts to that."""

Item = TypeVar("Item")


def account(  # noqa: PLR0913 - what one account's reading needs
    calls: Calls,
    of: str,
    *,
    partition: str,
    regions: Sequence[str],
    place: Membership,
    unseen: Unseen,
    watch: Watch,
) -> Account:
    """
    The account, its IAM and in each of `regions` its resources, endpoints and workloads.

    What may not be read is said to `unseen` by the permission it takes, and stays not known. That every resource was
    seen is never claimed: other services have policies too, and other Regions.
    """
    watch(f"account {of}: IAM", 0, 0)
    found = entities(calls, unseen)
    reading = _Whole(calls, of, partition, unseen, watch)
    providers = oidc(calls, unseen), saml(calls, unseen)
    resources = {each.arn: each for each in reading.buckets()}
    endpoints: dict[str, VpcEndpoint] = {}
    workloads: list[Workload] = []
    for region in regions:
        here = _Region(reading, region)
        resources |= {each.arn: each for each in here.resources()}
        endpoints |= {each.id: each for each in here.endpoints()}
        workloads += here.workloads()
    return Account(
        id=of,
        roles=found.roles,
        users=found.users,
        groups=found.groups,
        policies=found.policies,
        resources=resources,
        endpoints=endpoints,
        workloads=tuple(workloads),
        seen=place.seen | ({PolicyType.BOUNDARY} if found.seen else frozenset()),
        scps=place.scps,
        rcps=place.rcps,
        organization=place.organization,
        management=place.management,
        origin=Origin(f"live account {of} ({partition})"),
        oidc_providers=providers[0],
        saml_providers=providers[1],
    )


class _Whole:
    """Reads the lists of one account, and each item of them."""

    def __init__(self, calls: Calls, account: str, partition: str, unseen: Unseen, watch: Watch) -> None:
        self.calls = calls
        self.account = account
        self.partition = partition
        self.unseen = unseen
        self.watch = watch

    def buckets(self) -> Iterator[Resource]:
        listed = self.listed("buckets", "s3:ListAllMyBuckets", "Buckets")
        # Asked before the buckets, which are read side by side.
        of_account = Buckets(self.calls, self.account, self.unseen).of_account() if listed else None

        def read(item: Mapping[str, Any], unseen: Unseen) -> Resource:
            arn = Arn.parse(f"arn:{self.partition}:s3:::{item['Name']}")
            region = str(item.get("BucketRegion", ""))
            asked = Buckets(self.calls, self.account, unseen, (of_account,))
            found = _read(arn, unseen, lambda: asked.bucket(arn, region))
            if found.partial or found.unread:
                found = asked.without_policy(arn, found, region)
            return replace(found, tags=asked.tags(arn, region))

        yield from self.each("buckets", listed, read)

    def listed(self, what: str, action: str, key: str, *, region: str = "", **parameters: object) -> list[Any]:
        """The items of a list; none where it may not be read, which is said."""
        try:
            return list(self.calls.many(action, key, region=region, **parameters))
        except DeniedError as error:
            self.unseen(f"{what}{_of(region)}", f"{error}, so which there are is not known")
        return []

    def each(
        self, what: str, items: Sequence[Item], read: Callable[[Item, Unseen], Resource], region: str = ""
    ) -> Iterator[Resource]:
        """
        What `read` makes of each item, in their order, however many are read at a time.

        What an item could not tell is said in that order, too, so that the same account gives the same words.
        """

        def one(item: Item) -> tuple[Resource, list[tuple[str, str]]]:
            said: list[tuple[str, str]] = []
            return read(item, lambda subject, reason: said.append((subject, reason))), said

        label = f"account {self.account}: {what}{_of(region)}"
        pool = ThreadPoolExecutor(AT_ONCE)
        try:
            for done, (found, said) in enumerate(pool.map(one, items), 1):
                for subject, reason in said:
                    self.unseen(subject, reason)
                self.watch(label, done, len(items))
                yield found
        finally:
            pool.shutdown(cancel_futures=True)


class _Region:
    """Reads what stands in one Region."""

    def __init__(self, whole: _Whole, region: str) -> None:
        self.whole = whole
        self.region = region

    def resources(self) -> Iterator[Resource]:
        """Keys, domains, queues, topics, functions, secrets and the Data Catalog, each with its policy."""
        yield from self.each("keys", "kms", (item["KeyArn"] for item in self.items("keys", "kms:ListKeys", "Keys")))
        yield from self.each("domains", "es", map(self.domain, self.domains()))
        yield from self.queues()
        topics = self.items("topics", "sns:ListTopics", "Topics")
        yield from self.each("topics", "sns", (item["TopicArn"] for item in topics))
        yield from self.each("functions", "lambda", (item["FunctionArn"] for item in self.functions))
        yield from self.secrets()
        yield from self.each("catalogs", "glue", [f"arn:{self.place('glue')}:catalog"])

    def endpoints(self) -> Iterator[VpcEndpoint]:
        """Every VPC endpoint."""
        for item in self.items("VPC endpoints", "ec2:DescribeVpcEndpoints", "VpcEndpoints"):
            yield endpoint(item, self.whole.unseen)

    def workloads(self) -> Iterator[Workload]:
        """
        Functions, and of each family of ECS task definitions the latest revision that is active.

        A task definition without a task role hands its containers none. Source: Amazon ECS API Reference,
        DescribeTaskDefinition.
        """
        for item in self.functions:
            arn = str(item["FunctionArn"])
            yield Workload(arn, "lambda", item.get("Role"), origin=Origin(f"lambda:ListFunctions {arn}"))
        action = "ecs:DescribeTaskDefinition"
        for family in sorted(
            self.items("task definitions", "ecs:ListTaskDefinitionFamilies", "families", status="ACTIVE")
        ):
            try:
                answer = self.whole.calls.one(action, region=self.region, taskDefinition=family)["taskDefinition"]
            except (DeniedError, MissingError) as error:
                subject = f"task definition {family}{_of(self.region)}"
                self.whole.unseen(subject, f"{error}, so which role it runs with is not known")
                yield Workload(str(family), "ecs-task", None, origin=Origin(f"ecs:ListTaskDefinitionFamilies {family}"))
            else:
                name, role = str(answer["taskDefinitionArn"]), str(answer.get("taskRoleArn", ""))
                yield Workload(name, "ecs-task", role, origin=Origin(f"{action} {name}"))

    # ------------------------------------------------------------ helpers

    def place(self, service: str) -> str:
        """The part of an ARN between `arn:` and what names the resource."""
        return f"{self.whole.partition}:{service}:{self.region}:{self.whole.account}"

    def items(self, what: str, action: str, key: str, **parameters: object) -> list[Any]:
        return self.whole.listed(what, action, key, region=self.region, **parameters)

    @cached_property
    def functions(self) -> list[Any]:
        return self.items("functions", "lambda:ListFunctions", "Functions")

    def domains(self) -> list[Any]:
        try:
            answer = self.whole.calls.one("es:ListDomainNames", region=self.region)
        except DeniedError as error:
            self.whole.unseen(f"domains{_of(self.region)}", f"{error}, so which there are is not known")
            return []
        found: list[Any] = answer["DomainNames"]
        return found

    def domain(self, item: Mapping[str, str]) -> str:
        return f"arn:{self.place('es')}:domain/{item['DomainName']}"

    def each(self, what: str, service: str, arns: Iterator[str] | Sequence[str]) -> Iterator[Resource]:
        """The resources with these ARNs, by the reader of their service."""
        calls = self.whole.calls

        def read(arn: Arn, unseen: Unseen) -> Resource:
            found = _read(arn, unseen, lambda: READERS[service](calls, arn, unseen))
            if service == "kms" and (found.partial or found.unread):
                found = key_without_policy(calls, arn, unseen, found)
            return found

        yield from self.whole.each(what, [Arn.parse(arn) for arn in arns], read, self.region)

    def queues(self) -> Iterator[Resource]:
        """A queue's name is the last part of its URL (Amazon SQS Developer Guide, "Queue and message identifiers")."""

        def read(url: str, unseen: Unseen) -> Resource:
            arn = Arn.parse(f"arn:{self.place('sqs')}:{url.rsplit('/', 1)[-1]}")
            return _read(arn, unseen, lambda: queue(self.whole.calls, arn, url))

        urls = self.items("queues", "sqs:ListQueues", "QueueUrls")
        yield from self.whole.each("queues", urls, read, self.region)

    def secrets(self) -> Iterator[Resource]:
        listed = self.items("secrets", "secretsmanager:ListSecrets", "SecretList")
        found = self.each("secrets", "secretsmanager", [item["ARN"] for item in listed])
        for item, secret in zip(listed, found, strict=True):
            yield replace(secret, tags=tags(item.get("Tags", ())))


def _read(arn: Arn, unseen: Unseen, ask: Callable[[], Resource]) -> Resource:
    """The resource; one whose policy may not be read is known to be there, and no more."""
    try:
        return ask()
    except (DeniedError, MissingError) as error:
        unseen(str(arn), f"{error}, so its policy is not known")
        return Resource(str(arn), partial=True, origin=Origin(str(arn)))
    except InputError as error:
        unseen(str(arn), f"its policy is not readable: {error.message}")
        return Resource(str(arn), origin=Origin(str(arn)), unread=error.message)


def _of(region: str) -> str:
    return f" of {region}" if region else ""
