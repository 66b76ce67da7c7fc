"""Needs that follow from another need and a fact of the account: `implies` of a manifest, written out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from iamsim.model.server import Parameter, Server
from iamsim.model.tool import Necessity, Requirement
from iamsim.tools import expressions, templates
from iamsim.tools.servers import NAME
from iamsim.tools.tables import Table, near

FACTS: Mapping[str, tuple[str, ...]] = {
    "encrypted": ("kms_key", "region"),
    "missing": ("key_missing",),
    "versioned": ("bucket_versioned",),
}
"""The facts that `implies` knows, each with the parameters that its needs name."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One entry of `implies`: the fact, and for each of its parameters the name that it has in this manifest."""

    name: str
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Key:
    """
    What a service asks of the KMS key of an encrypted thing, in the name of whoever calls it.

    `by` is the service in words, `thing` what is encrypted, `source` AWS's page.
    """

    actions: tuple[str, ...]
    by: str
    thing: str
    source: str


def facts(need: Table) -> tuple[Fact, ...]:
    """The entries of the `implies` of a need; raises `InputError` for what is none."""
    value = need.values.get("implies", [])
    found = []
    for item in value if isinstance(value, list) else [value]:
        inner = replace(need, values={"fact": item} if isinstance(item, str) else item)
        if not isinstance(item, str | dict):
            raise need.error("`implies` is not a list of facts", "implies", f"known are {', '.join(FACTS)}")
        inner.only("fact", "with")
        name = inner.text("fact")
        if name not in FACTS:
            raise need.error(f"unknown fact `{name[:60]}`", "implies", near(name, FACTS))
        given = inner.table("with")
        given.only(*FACTS[name])
        names = {own: given.text(own, own) for own in FACTS[name]}
        for new in names.values():
            if not NAME.fullmatch(new):
                raise need.error(f"`{new[:60]}` cannot be the name of a parameter", "implies")
        found.append(Fact(name, names))
    return tuple(found)


def declared(server: Server, file: Table) -> Server:
    """`server` with the parameters that the facts of `file`, a whole manifest, name and that it does not declare."""
    new = {
        name: Parameter(name, *_DECLARED[own])
        for own, name in _named(file)
        if name not in server.parameters and NAME.fullmatch(name) and name not in ("true", "false")
    }
    return replace(server, parameters={**server.parameters, **new}) if new else server


def needs(base: Requirement, fact: Fact, place: Table, names: Mapping[str, str]) -> Iterator[Requirement]:
    """
    What `base`, written at `place`, needs as well where `fact` holds; `names` are those that the user of a group gives.

    Raises `InputError` for a fact that means nothing for the action.
    """
    if base.any_of and not base.option:
        hint = "give the need an option, which those that it implies then share"
        raise place.error("`implies` stands beside `any_of` without an `option`", "implies", hint)
    found = list(_FOLLOWS[fact.name](base, {own: names.get(name, name) for own, name in fact.names.items()}))
    if not found:
        asked, known = base.action, f"for {', '.join(_KNOWN[fact.name])}"
        if fact.name == "encrypted" and base.operation in _DECRYPT_NOTHING:
            asked = base.operation
        elif base.action in _KNOWN[fact.name]:
            asked, known = f"{base.action} on {', '.join(base.resources)[:120]}", "on an object of a bucket"
        hint = f"it is known {known}; leave it out, or write the need out"
        raise place.error(f"`{fact.name}` means nothing for {asked}", "implies", hint)
    yield from found


@dataclass(frozen=True, slots=True)
class Implied:
    """What one fact adds to a need, with the parameters that it names."""

    needs: tuple[Requirement, ...]
    parameters: tuple[Parameter, ...]


def of(base: Requirement) -> Iterator[Implied]:
    """
    What `base` needs as well where the data are encrypted or the key is missing, for whoever writes needs by program.

    A key for each service, since not all data of a server are under one. A version is not asked for here: only the
    call's own parameters tell that.
    """
    service = base.action.partition(":")[0]
    for fact in ("encrypted", "missing"):
        names = {own: own for own in FACTS[fact]}
        if "kms_key" in names and service != "s3":
            names["kms_key"] = f"{service}_kms_key"
        found = tuple(_FOLLOWS[fact](base, names))
        if found:
            yield Implied(found, tuple(Parameter(name, *_DECLARED[own]) for own, name in names.items()))


# ---------------------------------------------------------------- the facts

_S3_KMS = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html"
_S3_ACTIONS = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html"
_S3_GET = "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html"
_SQS_KMS = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html"
_SNS_KMS = "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html"
_SECRETS = "https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html"
_UPLOAD = "https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html"

_DECRYPT, _GENERATE = "kms:Decrypt", "kms:GenerateDataKey"
_OBJECT = "the object is encrypted under a KMS key"

KEYS: Mapping[str, Key] = {
    "s3:GetObject": Key((_DECRYPT,), "S3", _OBJECT, _S3_KMS),
    "s3:GetObjectVersion": Key((_DECRYPT,), "S3", _OBJECT, _S3_KMS),
    "s3:PutObject": Key((_GENERATE,), "S3", "the object is written under a KMS key", _S3_KMS),
    "s3:ListMultipartUploadParts": Key((_DECRYPT,), "S3", "the upload is under a KMS key", _S3_ACTIONS),
    "sqs:SendMessage": Key((_GENERATE, _DECRYPT), "SQS", "the queue is encrypted under a KMS key", _SQS_KMS),
    "sqs:ReceiveMessage": Key((_DECRYPT,), "SQS", "the queue is encrypted under a KMS key", _SQS_KMS),
    "sns:Publish": Key((_GENERATE, _DECRYPT), "SNS", "the topic is encrypted under a KMS key", _SNS_KMS),
    "secretsmanager:GetSecretValue": Key(
        (_DECRYPT,), "Secrets Manager", "the secret is encrypted under a customer managed key", _SECRETS
    ),
}
"""By action what `encrypted` means for it; the rows of the catalog of operations say the same, operation by operation."""

OPERATIONS: Mapping[str, Key] = {
    name: Key(actions, "S3", "the upload is under a KMS key", page)
    for name, actions, page in (
        ("s3.CreateMultipartUpload", (_GENERATE, _DECRYPT), _UPLOAD),
        ("s3.UploadPart", (_GENERATE, _DECRYPT), _UPLOAD),
        ("s3.UploadPartCopy", (_GENERATE, _DECRYPT), _UPLOAD),
        ("s3.CompleteMultipartUpload", (_DECRYPT,), _S3_ACTIONS),
    )
}
"""The operations behind s3:PutObject for which `encrypted` means something else than for the action."""

# A HEAD reads no data; only with ChecksumMode, which few callers send, S3 asks for kms:Decrypt.
_DECRYPT_NOTHING = frozenset({"s3.HeadObject"})

VERSIONS: Mapping[str, str] = {
    "s3:GetObject": "s3:GetObjectVersion",
    "s3:GetObjectAcl": "s3:GetObjectVersionAcl",
    "s3:GetObjectAttributes": "s3:GetObjectVersionAttributes",
    "s3:GetObjectTagging": "s3:GetObjectVersionTagging",
}
"""The action that S3 asks for in the place of another when a version is named."""

_MISSING = ("s3:GetObject", "s3:GetObjectVersion")

_KNOWN: Mapping[str, tuple[str, ...]] = {"encrypted": tuple(KEYS), "missing": _MISSING, "versioned": tuple(VERSIONS)}

_DECLARED: Mapping[str, tuple[str, str | None, str]] = {
    "kms_key": ("The KMS key that encrypts what is read and written; empty where none does", None, "arn"),
    "region": ("The region of the call", None, "text"),
    "key_missing": ("The object asked for does not exist (S3 says so only to those who may list)", None, "flag"),
    "bucket_versioned": ("The bucket asked for is versioned", None, "flag"),
}

_BUCKET = re.compile(r"(arn:[^:]+:s3:::[^/*]+|arn:[^:]+:s3:[^:]+:[^:]+:accesspoint/[^/*]+)/.+")
"""An object of a bucket, or of an access point of one."""


def _encrypted(base: Requirement, names: Mapping[str, str]) -> Iterator[Requirement]:
    if base.operation in _DECRYPT_NOTHING:
        return
    key = KEYS.get(base.action)
    if base.action == "s3:PutObject":
        key = OPERATIONS.get(base.operation, key)
    if key is None:
        return
    service = base.action.partition(":")[0]
    own = {"kms:ViaService": (templates.renamed(f"{service}.{{region}}.amazonaws.com", dict(names)),)}
    for action in key.actions:
        yield replace(
            _following(base, expressions.renamed("set(kms_key)", dict(names)), key.thing),
            action=action,
            resources=(templates.renamed("{kms_key}", dict(names)),),
            # What the whole call carries (aws:CalledVia) goes with it; what S3 is asked for does not.
            context={**{name: value for name, value in base.context.items() if name.lower().startswith("aws:")}, **own},
            absent=(),
            via=f"by {key.by} for the caller",
            note=key.source,
        )


def _missing(base: Requirement, names: Mapping[str, str]) -> Iterator[Requirement]:
    buckets = [match[1] if (match := _BUCKET.fullmatch(text)) else "" for text in base.resources]
    if base.action in _MISSING and buckets and all(buckets):
        condition = "the key is absent: S3 answers 404 only with ListBucket, else 403"
        yield replace(
            _following(base, names["key_missing"], condition),
            action="s3:ListBucket",
            resources=tuple(dict.fromkeys(buckets)),
            necessity=Necessity.OPTIONAL,
            absent=tuple(dict.fromkeys((*base.absent, "s3:prefix"))),
            via="implied by HEAD or GET of a missing key",
            note=_S3_GET,
        )


def _versioned(base: Requirement, names: Mapping[str, str]) -> Iterator[Requirement]:
    if base.action in VERSIONS:
        yield replace(
            _following(base, names["bucket_versioned"], "the bucket is versioned"),
            action=VERSIONS[base.action],
            note=_S3_ACTIONS,
        )


_FOLLOWS = {"encrypted": _encrypted, "missing": _missing, "versioned": _versioned}


def _following(base: Requirement, when: str, condition: str) -> Requirement:
    """`base` on one more condition; what follows from a need that may fail may fail as well."""
    conditional = base.necessity in (Necessity.REQUIRED, Necessity.CONDITIONAL)
    both = expressions.both(base.when, "" if when == "true" else when)
    return replace(
        base,
        necessity=Necessity.CONDITIONAL if conditional else base.necessity,
        when=both,
        condition="; ".join(dict.fromkeys(text for text in (base.condition, condition) if text)),
    )


# ---------------------------------------------------------------- the parameters


def _named(file: Table) -> Iterator[tuple[str, str]]:
    """
    Each parameter of a fact with the name it has here, wherever the manifest writes `implies`.

    Read before anything is checked: whatever is not what it should be is skipped, and refused later.
    """
    groups = _mapping(file.values.get("groups"))
    for tool in map(_mapping, _listed(file.values.get("tool"))):
        for need in _listed(tool.get("needs")):
            yield from _of_need(need, {})
        for use in _listed(tool.get("uses")):
            name = _mapping(use).get("group", use)
            shared = _mapping(groups.get(name)) if isinstance(name, str) else {}
            for need in _listed(shared.get("needs")):
                yield from _of_need(need, _mapping(_mapping(use).get("with")))


def _of_need(need: object, renamed: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    implies = _mapping(need).get("implies")
    for item in [implies] if isinstance(implies, str) else _listed(implies):
        fact = _mapping(item).get("fact", item)
        given = _mapping(_mapping(item).get("with"))
        for own in FACTS.get(fact, ()) if isinstance(fact, str) else ():
            name = given.get(own, own)
            name = renamed.get(name, name) if isinstance(name, str) else name
            if isinstance(name, str):
                yield own, name


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []
