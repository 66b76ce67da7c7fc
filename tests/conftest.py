"""What every test may ask for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.browser import NoBrowserError, PageLog, launched, offline_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# How long one example takes says more about the machine than about the code.
settings.register_profile("untimed", parent=settings(), deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def bare_environment() -> Iterator[None]:
    """Nothing of the caller's AWS, tokens or proxies reaches a test, nor a process that it starts."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith(("AWS_", "IAMSIM_")) or name.lower().endswith("_proxy"):
                patch.delenv(name)
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield


# Not for the whole session: while Playwright runs, no test on its thread can start an event loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless browser."""
    try:
        with launched() as running:
            yield running
    except NoBrowserError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def page_log() -> PageLog:
    """What `page` asked for besides itself, and the errors on its console."""
    return PageLog()


@pytest.fixture
def page(browser: Browser, page_log: PageLog) -> Iterator[Page]:
    """A page with no network; `page.goto(path.as_uri())` opens a file."""
    with offline_page(browser, page_log) as opened:
        yield opened
