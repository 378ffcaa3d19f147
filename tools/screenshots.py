"""``make screenshots``: every page of an ordinary morning's office, at a telephone's width and a desk's, as PNG.

The office is the one of the page's tests (`tests/webui/office.py`), the page its own process, the browser the system's
Chromium. Looked at by people: what is ugly or cut off no test finds.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.webui.office import PASSWORD, Office, seed_office
from tests.webui.wire import page_process
from webui.words import LANGUAGES

CHROMIUM = "/usr/bin/chromium"
WIDTHS = {"phone": 390, "desk": 1280}
PAGES = (
    "/",
    "/messages",
    "/messages?show=deleted",
    "/calls",
    "/calls?period=week",
    "/calls/1",
    "/calls/5",
    "/contacts",
    "/contacts/new",
    "/contacts/1",
    "/assistant",
    "/users",
    "/settings",
    "/health",
    "/help",
    "/account",
    "/more",
    "/parts",
    "/nothing",
)


def take(folder: Path, language: str, dark: bool) -> int:
    """Writes the pictures into ``folder`` and returns how many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    with tempfile.TemporaryDirectory(prefix="frontdesk-shots-") as home:
        office = Office(Path(home))
        office.start()
        try:
            office.user()
            seed_office(office)
            with page_process(office.home) as (_, port), sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
                for name, width in WIDTHS.items():
                    page = browser.new_page(
                        ignore_https_errors=True,
                        base_url=f"https://localhost:{port}",
                        viewport={"width": width, "height": 900},
                        locale=language,
                        color_scheme="dark" if dark else "light",
                        reduced_motion="reduce",
                    )
                    page.goto("/login")
                    _picture(page, folder, name, "/login")
                    _log_in(page)
                    for path in PAGES:
                        page.goto(path)
                        _picture(page, folder, name, path)
                    count += len(PAGES) + 1
                browser.close()
        finally:
            office.stop()
    return count


def _log_in(page: Page) -> None:
    page.locator("[name=name]").fill("anna")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator(".door button").click()
    page.wait_for_url("**/")


def _picture(page: Page, folder: Path, width: str, path: str) -> None:
    name = re.sub(r"[^a-z0-9]+", "-", path).strip("-") or "home"
    page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tools.screenshots", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("build/screenshots"), help="where they go")
    parser.add_argument("--language", choices=LANGUAGES, default="en")
    parser.add_argument("--dark", action="store_true", help="as in a browser that prefers dark pages")
    asked = parser.parse_args()
    print(f"{take(asked.folder, asked.language, asked.dark)} pictures in {asked.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
