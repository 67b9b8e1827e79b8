"""A site of two notebooks, opened from the disk.

``site.open("11_ct")`` gives a playwright page; ``width``, ``scheme`` (light or dark) and other
options of a browser context may follow. At the end of a test ``site.outside`` (requests to
anywhere but the site's files) and ``site.errors`` (of its pages) must be empty.
"""

from pathlib import Path

import pytest

from medkit import site as builder

NOTEBOOKS = ("11_ct", "36_pairs")


class Site:
    """The folder, and the pages that a test has opened."""

    def __init__(self, folder: Path, browser):
        self.folder, self.browser = folder, browser
        self.contexts, self.outside, self.errors, self.loaded = [], [], [], []

    def open(self, name: str, *, width: int = 1280, scheme: str = "light", **more):
        """Open a page of the site in a browser that knows nothing of the last one."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, **more
        )
        self.contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: self._note(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        page.goto(f"{self.folder.as_uri()}/{name}.html")
        return page

    def _note(self, url: str) -> None:
        inside = url.startswith((self.folder.as_uri(), "data:"))
        (self.loaded if inside else self.outside).append(url)


@pytest.fixture(scope="session")
def _site_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site").resolve()
    builder.build(folder, NOTEBOOKS, processes=2)
    return folder


@pytest.fixture
def site(_site_folder, browser):
    """The site, from the disk; a test fails on any request to elsewhere and any page error."""
    opened = Site(_site_folder, browser)
    yield opened
    for context in opened.contexts:
        context.close()
    assert opened.outside == []
    assert opened.errors == []
