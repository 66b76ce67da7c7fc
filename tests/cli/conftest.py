"""Accounts to run the command line in, and tokens made while the tests run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jwt  # noqa: TID253 - a test may pay for the import
import pytest

from tests.cli.running import ROLE, copied

SECRET = "a-secret-of-the-tests-that-is-long-enough"
LATER = 4102444800  # the year 2100


@pytest.fixture
def fixed(tmp_path: Path) -> Path:
    """The account in which nothing stands in the way, its settings naming a role and stating claims."""
    return copied("quilt-fixed", tmp_path)


@pytest.fixture
def open_account(tmp_path: Path) -> Path:
    """The same account, its settings naming no role and stating no claim: both are the token's."""
    return copied("quilt-fixed", tmp_path / "open", without=("role_arn", "[claim]", "sub =", "session_tags ="))


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    path = tmp_path / "mcp.secret"
    path.write_text(SECRET + "\n", encoding="utf-8")
    return path


@pytest.fixture
def token_file(tmp_path: Path) -> Any:
    """Writes a token with these claims, over those of a token that the server accepts, and gives its path."""

    def written(*, secret: str | None = SECRET, algorithm: str = "HS256", **claims: Any) -> Path:
        path = tmp_path / "token.jwt"
        known = {"sub": "test-user", "role_arn": ROLE, "exp": LATER, **claims}
        path.write_text(jwt.encode(known, secret, algorithm=algorithm), encoding="utf-8")  # type: ignore[arg-type]
        return path

    return written
