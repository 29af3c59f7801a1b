"""Check a built site: every link inside it leads to a page and an anchor that are there, every page can be reached.

External links are checked for their form only, so that nothing depends on the internet: https, and a host.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# Sphinx makes them for its script and for people who look for them; no text links to them.
UNLINKED = {"search.html", "genindex.html", "py-modindex.html", "404.html"}
ATTRIBUTES = {"a": "href", "link": "href", "img": "src", "script": "src", "source": "src", "iframe": "src"}


@dataclass
class Page:
    """What other pages can link to, and what it links to."""

    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    # What a reader can follow, of these.
    followed: list[str] = field(default_factory=list)


class Reader(HTMLParser):
    """Reads the links and anchors of one page."""

    def __init__(self) -> None:
        super().__init__()
        self.page = Page()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value for name, value in attrs if value is not None}
        self.page.anchors.update(given[name] for name in ("id", "name") if name in given)
        target = given.get(ATTRIBUTES.get(tag, ""))
        if target is not None:
            self.page.links.append(target)
            if tag == "a":
                self.page.followed.append(target)


def read(path: Path) -> Page:
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader.page


def problems(site: Path) -> list[str]:
    """Return a line for each link that leads nowhere and each page that no link leads to."""
    pages = {path.resolve(): read(path) for path in sorted(site.rglob("*.html"))}
    start = (site / "index.html").resolve()
    if start not in pages:
        return [f"{site}: has no index.html"]
    found = [
        f"{path.relative_to(site.resolve())}: {link}: {fault}"
        for path, page in pages.items()
        for link in dict.fromkeys(page.links)
        if (fault := wrong(path, link, pages, site.resolve()))
    ]
    missed = sorted(pages.keys() - reached(start, pages))
    lost = [name for path in missed if (name := str(path.relative_to(site.resolve()))) not in UNLINKED]
    return found + [f"{name}: no link leads to it from index.html" for name in lost]


def wrong(path: Path, link: str, pages: dict[Path, Page], site: Path) -> str | None:
    """Say what is wrong with a link of a page, if anything is."""
    try:
        parts = urlsplit(link)
    except ValueError as error:
        return str(error)
    if parts.scheme in ("http", "https"):
        return None if parts.hostname and "." in parts.hostname else "no host"
    if parts.scheme == "data":
        return None
    if parts.scheme or parts.netloc:
        return f"neither https nor inside the site: {parts.scheme or parts.netloc}"
    target = inside(path, link)
    if not target.is_relative_to(site):
        return "leads out of the site"
    if target not in pages:
        return None if target.is_file() else "there is no such page or file"
    anchor = unquote(parts.fragment)
    return None if not anchor or anchor in pages[target].anchors else f"the page has no anchor {anchor}"


def is_inside(link: str) -> bool:
    """Tell whether a link leads to a page or file of the site, there or not."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return not parts.scheme and not parts.netloc


def inside(path: Path, link: str) -> Path:
    """Return the file that a link inside of the site names."""
    name = unquote(urlsplit(link).path)
    return (path.parent / name).resolve() if name else path


def reached(start: Path, pages: dict[Path, Page]) -> set[Path]:
    """Return the pages that a reader comes to from the first one."""
    seen = {start}
    open_ends = [start]
    while open_ends:
        path = open_ends.pop()
        following = {inside(path, link) for link in pages[path].followed if is_inside(link)}
        new = (following & pages.keys()) - seen
        seen |= new
        open_ends += new
    return seen
