"""What must never be shown: tokens, keys, presigned URLs, in any text."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any

MAX_DEPTH = 32
"""How deep a JSON tree is followed; what lies deeper is not shown."""


def text(words: str) -> str:
    """
    `words` with every credential in it replaced; applied twice it changes nothing more.

    Recognised: JSON Web Tokens, AWS access key ids, session tokens and secret access keys (quoted, behind
    an access key id or behind a name that says so), private keys, the signed parts of presigned URLs,
    Authorization headers, passwords in URLs, tokens whose prefix says what they are (`ghp_…`), and values
    assigned to names such as `api_key`. The time it takes grows linearly with the text.
    """
    if len(words) < _SHORT and words.isalnum():
        # Nothing that is recognised is one word of this length.
        return words
    # A second look is needed only where one replacement made room for another, as in `Bearer secret=…`.
    for _ in range(_LOOKS):
        before = words
        for pattern, replace in _RULES:
            words = pattern.sub(replace, words)
        words = _without_assigned(words)
        if words == before:
            break
    return words


def line(words: str) -> str:
    """`text(words)` on one line: control characters, which could also steer a terminal, become `\ufffd`."""
    return _CONTROL.sub("\ufffd", text(words))


def value(name: str, value: Any) -> Any:  # noqa: ANN401 - JSON is any of six types
    """
    A claim, tag or JSON tree as it may be shown, the same shape with its credentials replaced.

    A value that is itself a credential, or whose name holds the word token, secret, password,
    passwd, key or credential, becomes `redacted (N characters)`; everything below such a name
    does. Names of lists of tag keys (`transitive_tag_keys`) do not count, and neither does the
    `Key` of a `{"Key": …, "Value": …}` pair, whose value is judged by that key.
    """
    return _tree(value, is_secret_name(name), MAX_DEPTH)


def setting(name: str, value: str) -> str:
    """As `value`, for a parameter that a manifest declares: one that is called a key (of an object, in KMS) is no secret."""
    plain = re.sub(r"(?i)keys?", "", name)
    return _shown(value, secret=is_secret_name(plain))


def arguments(value: Mapping[str, Any]) -> dict[str, Any]:
    """As `value`, for the arguments of a tool call: the key of an object, or of KMS, is no secret there; `api_key` is."""
    found: dict[str, Any] = _tree(value, False, MAX_DEPTH, _is_secret_argument)
    return found


def is_secret_name(name: str) -> bool:
    """Whether a value of this name is a credential, going by the words of the name."""
    words = [word.lower() for word in _WORD.findall(name)]
    if _NAMED.search("".join(words)):
        return True
    return any(
        (word in ("key", "keys") and (index == 0 or words[index - 1] not in _KEYED)) or word.endswith(_COMPOUND)
        for index, word in enumerate(words)
    )


def _is_secret_argument(name: str) -> bool:
    words = {word.lower() for word in _WORD.findall(name) if not word.isdigit()}
    return not (words & {"key", "keys"} and words <= _OF_OBJECTS) and is_secret_name(name)


def _tree(
    value: Any,  # noqa: ANN401 - JSON is any of six types
    secret: bool,  # noqa: FBT001 - internal
    depth: int,
    judge: Callable[[str], bool] = is_secret_name,
) -> Any:  # noqa: ANN401 - as `value`
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _shown(value, secret=secret)
    if isinstance(value, (int, float)):
        return _mark(str(value)) if secret else value
    if depth <= 0:
        return "redacted (nested too deep)"
    if isinstance(value, Mapping):
        pair = _pair(value)
        return {
            text(str(name)): _tree(
                item,
                secret or (judge(pair[1]) if pair and name == pair[0] else not pair and judge(str(name))),
                depth - 1,
                judge,
            )
            for name, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_tree(item, secret, depth - 1, judge) for item in value]
    return _shown(str(value), secret=secret)


def _pair(value: Mapping[Any, Any]) -> tuple[str, str] | None:
    """The name of the value member of an AWS tag, and the tag's key."""
    names = {str(name).lower(): str(name) for name in value}
    key = value.get(names.get("key"))
    if set(names) == {"key", "value"} and isinstance(key, str):
        return names["value"], key
    return None


def _shown(words: str, *, secret: bool) -> str:
    if _MARK.fullmatch(words):
        return words
    return _mark(words) if secret or _is_secret_key(words) else text(words)


def _is_secret_key(words: str) -> bool:
    # An AWS secret access key has no prefix to know it by: 40 characters of base64. A hex digest has no capitals.
    return _FORTY.fullmatch(words) is not None and _mixed(words)


def _mixed(words: str) -> bool:
    return all(re.search(kind, words) for kind in ("[a-z]", "[A-Z]", "[0-9]"))


def _mark(words: str) -> str:
    return words if _MARK.fullmatch(words) else f"redacted ({len(words)} characters)"


def _whole(match: re.Match[str]) -> str:
    return _mark(match.group())


def _second(match: re.Match[str]) -> str:
    """Keeps group 1 and hides group 2."""
    return match[1] + (match[2] if match[2] == "redacted" else _mark(match[2]))


def _secret_key(match: re.Match[str]) -> str:
    return match[1] + (_mark(match[2]) if _mixed(match[2]) else match[2])


def _parameter(match: re.Match[str]) -> str:
    """Keeps the name and hides the value, in a form that leaves the URL whole."""
    return f"{match[1]}redacted"


def _token(match: re.Match[str]) -> str:
    """Hides a JSON Web Token in a run of base64url segments and dots, wherever in the run it begins."""
    run = match.group()
    for begin in _OPENING.finditer(run):
        if _opens_object(begin[1]):
            start = begin.start()
            rest = run[start:].rstrip(".=")
            if "." in rest or len(rest) >= _LONE_SEGMENT:
                return run[:start] + _mark(rest) + run[start + len(rest) :]
    return run


def _opens_object(segment: str) -> bool:
    """Whether base64url text is the beginning of a JSON object."""
    return _OBJECT.match(base64.urlsafe_b64decode(segment[: len(segment) // 4 * 4])) is not None


def _bearer(match: re.Match[str]) -> str:
    # "Provide Authorization: Bearer header." is advice and not a credential.
    credential = match[2]
    looks_secret = len(credential) >= _SHORT or any(letter.isdigit() for letter in credential)
    return _second(match) if looks_secret else match.group()


def _without_assigned(words: str) -> str:
    """Hides the value of `name=value`, `"name": "value"`, and of `name: value` where the value looks random."""
    shown: list[str] = []
    done = 0
    while assignment := _ASSIGNMENT.search(words, done):
        start = assignment.end()
        shown.append(words[done:start])
        done = start
        if _is_secret_variable(assignment["name"]):
            quote = assignment["quote"]
            found = (_VALUES[quote[-1:]]).match(words, start)
            if found and _is_assigned(assignment, found.group(), quoted=quote != ""):
                shown.append(_mark(found.group()))
                done = found.end()
    shown.append(words[done:])
    return "".join(shown)


def _is_assigned(assignment: re.Match[str], hidden: str, *, quoted: bool) -> bool:
    if hidden == "redacted" or hidden.startswith(("arn:", "…")):
        return False
    if "=" in assignment["sign"]:
        return True
    # A condition key (`aws:TokenIssueTime`) or the end of a path before a colon is no variable.
    before = assignment.string[assignment.start() - 1 : assignment.start()]
    return before not in (":", "/") and (quoted or (_RANDOM.fullmatch(hidden) is not None and _mixed(hidden)))


def _is_secret_variable(name: str) -> bool:
    # Reports speak of credentials ("credential": "role") and of a finding's key, and show neither's content.
    words = [word.lower() for word in _WORD.findall(name)]
    if words == ["key"] or (words and words[-1] in _ABOUT):
        return False
    return is_secret_name("_".join(word for word in words if not word.startswith("credential")))


_LOOKS = 8
_SHORT = 16
_LONE_SEGMENT = 40
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_]+")
_NAMED = re.compile(r"token|secret|password|passwd|credential|passphrase")
_KEYED = ("tag", "tags", "condition", "context", "max")
_COMPOUND = ("apikey", "accesskey", "secretkey", "privatekey", "signingkey", "apikeys", "accesskeys")
# `s3_key` is three words: s, 3 and key.
_OF_OBJECTS = frozenset(
    ("key", "keys", "s", "object", "kms", "source", "src", "dest", "destination", "target", "copy", "id", "ids", "arn")
)
_ABOUT = ("file", "path", "name", "arn", "type", "use", "url")
_RANDOM = re.compile(r"[A-Za-z0-9/+=_-]{20,}")
_FORTY = re.compile(r"[A-Za-z0-9/+]{40}")
_MARK = re.compile(r"redacted \((?:\d+ characters|nested too deep)\)")
_OPENING = re.compile(r"(?=(e[yw][\w-]{2,22}))", re.ASCII)
_OBJECT = re.compile(rb'\{\s*"')
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")

# Every quantifier below runs over one character class and is followed by something outside that class, or begins
# where the class has just ended (look-behind): a failed match is never tried again from inside the same run.
_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (
        re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|\Z)"),
        _whole,
    ),
    (re.compile(r"(?<![\w.=-])[\w.=-]{16,}", re.ASCII), _token),
    (
        re.compile(
            r"((?<![\w-])(?:X-Amz-(?:Signature|Credential|Security-Token)|Signature|AWSAccessKeyId|Credential)(?:=|%3D))"
            r"[^\s&\"'<>\\,;]+",
            re.IGNORECASE,
        ),
        _parameter,
    ),
    # A secret access key has no prefix: it is known by the id before it, as in the file that IAM offers, or by its quotes.
    (
        re.compile(
            r"((?:(?:AKIA|ASIA)(?:[A-Z0-9]{16}|\*{4,16})[\s,:;|\"']{1,4}|(?<![A-Za-z0-9/+])[\"'](?=[A-Za-z0-9/+]{40}[\"'])))"
            r"([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])"
        ),
        _secret_key,
    ),
    (re.compile(r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}"), _whole),
    # Tokens of GitHub, GitLab, Slack, npm, PyPI and of the makers of models, each by the prefix that its maker gives it.
    (
        re.compile(
            r"(?<![A-Za-z0-9_-])(?:gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|npm_|pypi-|sk-)[A-Za-z0-9_-]{20,}",
            re.ASCII,
        ),
        _whole,
    ),
    # What the session tokens of STS begin with; they run to hundreds of characters.
    (re.compile(r"(?:IQoJ|FwoG|FQoG|AQoD)[A-Za-z0-9+/=%]{80,}"), _whole),
    (re.compile(r"(\b(?:bearer|basic)\s+)([A-Za-z0-9._~+/=-]+)", re.IGNORECASE), _bearer),
    (re.compile(r"(://[^\s/:@]{0,256}:)([^\s/@]{1,1024})(?=@)"), _second),
)
_ASSIGNMENT = re.compile(
    r"(?<![\w.-])(?P<name>[\w.-]{3,100}+)(?P<sign>(?:\\?[\"'])?\s{0,8}(?:=\s{0,8}|:\s{1,8})|\\?[\"']:)(?P<quote>(?:\\?[\"'])?)"
)
_VALUES = {
    '"': re.compile(r'(?:[^"\\\n]|\\.)+'),
    "'": re.compile(r"(?:[^'\\\n]|\\.)+"),
    "": re.compile(r"[^\s\"'&,;<>]+"),
}
