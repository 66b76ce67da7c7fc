"""One API call to be authorized, and the context AWS would see."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from iamsim.model.principal import Principal

# Both are made anew for every question, millions of times in a batch: a Struct is made in an eighth of a frozen dataclass's time.
# Neither can be part of a cycle, so the collector need not look at them.

_LONGEST_FAMILY = 300


class Context(Struct, frozen=True, gc=False):
    """
    The condition keys of one request, in three states.

    `values` maps lower-case keys to their values; a value may hold a `HOLE`, for text that is not
    told. A key that is not there is *absent* when `complete`, or when it is listed in `absent` (an
    entry ending in `/` or `:` covers the whole family); otherwise it is *unknown*.
    """

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()
    complete: bool = True

    def is_absent(self, key: str) -> bool:
        """Whether AWS would not send `key` (lower case) with this request."""
        if key in self.values:
            return False
        if self.complete or key in self.absent:
            return True
        for mark in "/:":
            at = key.find(mark)
            # No family's name is longer than a provider's URL, which has up to 255 characters.
            while 0 <= at < _LONGEST_FAMILY:
                if key[: at + 1] in self.absent:
                    return True
                at = key.find(mark, at + 1)
        return False


class Request(Struct, frozen=True, gc=False):
    """
    Who wants to do what to which resource.

    `action` is the authorization action (`s3:GetObject` for a HeadObject call). `resource` is an
    ARN, or `*` for an action that takes none; a `HOLE` in it stands for text that is not told, and
    wildcards are literal. `resource_account` owns the resource; None when that is not known.
    `unbound` names what the holes stand for.
    """

    principal: Principal
    action: str
    resource: str
    context: Context
    resource_account: str | None = None
    unbound: tuple[str, ...] = ()
