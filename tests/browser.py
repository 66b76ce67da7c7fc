"""The browser that the machine has, and a page in it that can reach nothing but files."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request, Route

NAMES = ("chromium", "google-chrome")

# Without the last five Chromium calls home at every start.
FLAGS = (
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
)


class NoBrowserError(Exception):
    """No browser can be had; the message says how to get one."""


@dataclass(frozen=True, slots=True)
class PageLog:
    """What a page did: addresses it asked for besides its own, and errors on its console, each in order."""

    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def browser_path() -> str:
    """
    Where the browser is: `$CHROMIUM`, else `chromium` or `google-chrome` on the PATH, else Debian's, installed as root.

    Raises `NoBrowserError` where there is none.
    """
    named = os.environ.get("CHROMIUM")
    if named:
        found = shutil.which(named)
        if found is None:
            raise NoBrowserError(f"$CHROMIUM names no program: `{named}`")
        return found
    found = _on_path()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        _apt_get("update")
        _apt_get("install", "--yes", "--no-install-recommends", "chromium")
        found = _on_path()
    if found is None:
        raise NoBrowserError("no browser: install chromium or google-chrome, or name one in $CHROMIUM")
    return found


@contextmanager
def launched() -> Iterator[Browser]:
    """The browser, running without a window."""
    from playwright.sync_api import sync_playwright

    # Chromium refuses to build its sandbox as root, and nobody else should go without it.
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else [*FLAGS]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=flags)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def offline_page(browser: Browser, log: PageLog) -> Iterator[Page]:
    """A page with no network, and all that it asks for written to `log`, whether or not it was a file."""

    def requested(request: Request) -> None:
        if not (request.is_navigation_request() and request.url.startswith("file:")):
            log.requests.append(request.url)

    def answered(route: Route) -> None:
        if urlsplit(route.request.url).scheme == "file":
            route.continue_()
        else:
            route.abort()

    context = browser.new_context(offline=True, service_workers="block")
    try:
        context.route("**/*", answered)
        page = context.new_page()
        page.on("request", requested)
        page.on("websocket", lambda socket: log.requests.append(socket.url))
        page.on("pageerror", lambda error: log.errors.append(str(error)))
        page.on("console", lambda message: log.errors.append(message.text) if message.type == "error" else None)
        yield page
    finally:
        context.close()


def _on_path() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


def _apt_get(*arguments: str) -> None:
    command = ["apt-get", "--quiet", *arguments]
    done = subprocess.run(
        command, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = (done.stderr.strip() or "no message").splitlines()[-1]
        raise NoBrowserError(f"no browser, and `{' '.join(command)}` failed: {last}")
