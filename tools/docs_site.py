"""Build the site of the documentation into .cache/docs/html, and check all of its links.

Its pages are all Markdown files that git tracks, where they are in the repository, and the pages of modules, filters
and roles that antsibull-docs makes of their documentation. The first page is docs/README.md, whose sections are the
table of contents. Nothing is fetched: external links are checked for their form only. Warnings are errors.
"""

from __future__ import annotations

import os
import posixpath
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files

import collection_copy
import site_links
import yaml
from reports import ROOT

WORK = ROOT / ".cache" / "docs"
SOURCE = WORK / "source"
HTML = WORK / "html"
# Where the pages that antsibull-docs makes are on the site.
REFERENCE = "reference"
INDEX = "docs/README.md"
# Forms that a code host shows by itself.
LEFT_OUT = (".github/",)

LINK = re.compile(r"(?P<head>\]\()(?P<path>[^)\s#:]+)(?P<anchor>#[^)\s]*)?(?P<tail>\))")
CODE = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
# The theme shows a page's contents beside it, and refuses them in the text.
CONTENTS = re.compile(r"^\.\. contents::.*\n(?: +:.*\n)*", re.MULTILINE)
SECTION = re.compile(r"^## (?P<title>.+)\n(?P<text>(?:(?!^## ).*\n?)*)", re.MULTILINE)


class SiteError(Exception):
    """Holds what keeps the site from being built."""


def pages() -> list[str]:
    """Return the paths of all pages in the repository."""
    names = (name for name in collection_copy.tracked() if not name.startswith(LEFT_OUT))
    return [name for name in names if name.endswith(".md") or name == "CHANGELOG.rst"]


def main() -> int:
    try:
        shutil.rmtree(HTML, ignore_errors=True)
        shutil.rmtree(SOURCE, ignore_errors=True)
        lay_out()
        reference()
        sphinx()
    except SiteError as error:
        print(error, file=sys.stderr)
        return 1
    found = site_links.problems(HTML)
    for line in found:
        print(line, file=sys.stderr)
    if found:
        return 1
    print(f"docs: {len(list(HTML.rglob('*.html')))} pages, all links checked: {HTML.relative_to(ROOT)}/index.html")
    return 0


def lay_out() -> None:
    """Put all pages, and the files that they link to, into the source of the site."""
    for name in pages():
        text = (ROOT / name).read_text(encoding="utf-8")
        if name == INDEX:
            put("index.md", "\n".join([with_targets(name, text, at="index.md"), *contents(text)]))
        else:
            put(name, with_targets(name, text, at=name) if name.endswith(".md") else CONTENTS.sub("", text))
    put("conf.py", (ROOT / "tools/docs_conf.py").read_text(encoding="utf-8"))
    put("_static/site.css", (ROOT / "tools/docs_site.css").read_text(encoding="utf-8") + dark_tables())


def put(name: str, text: str) -> None:
    path = SOURCE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def dark_tables() -> str:
    """Return antsibull-docs' dark colours for its tables, where the theme is dark, by system or switch."""
    sheet = files("sphinx_antsibull_ext").joinpath("colors-default-dark.css").read_text(encoding="utf-8")
    found = re.search(r":root\s*{(?P<colors>[^}]*)}", sheet)
    if found is None:
        raise SiteError("sphinx_antsibull_ext: colors-default-dark.css holds no colours any more")
    by_system = "@media (prefers-color-scheme: dark)"
    return (
        f'body[data-theme="dark"] {{{found["colors"]}}}\n'
        f'{by_system} {{body:not([data-theme="light"]) {{{found["colors"]}}}}}\n'
    )


def with_targets(name: str, text: str, *, at: str) -> str:
    """Return a page with links that work on the site, and copy the files that it links to.

    A folder is its README, and the README of docs/ the first page.

    :param at: where the page is on the site, relative to its root.
    :raises SiteError: a link leads nowhere.
    """

    def lead(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), link["path"]))
        if (ROOT / target).is_dir():
            target = f"{target}/README.md"
        if not (ROOT / target).is_file():
            raise SiteError(f"{name}: link to {link['path']}: there is no such page or file, or no README.md in it")
        if target not in pages():
            (SOURCE / target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / target, SOURCE / target)
        target = "index.md" if target == INDEX else target
        path = posixpath.relpath(target, posixpath.dirname(at) or ".")
        return f"{link['head']}{path}{link['anchor'] or ''}{link['tail']}"

    return "".join(part if part.startswith("```") else LINK.sub(lead, part) for part in CODE.split(text))


def contents(index: str) -> Iterator[str]:
    """Yield a hidden table of contents for each section of the first page, which the sidebar shows."""
    for section in SECTION.finditer(index):
        targets = dict.fromkeys(link["path"] for link in LINK.finditer(section["text"]))
        inside = [posixpath.normpath(posixpath.join(posixpath.dirname(INDEX), path)) for path in targets]
        listed = [posixpath.splitext(path)[0] for path in inside if path in pages()]
        if listed:
            yield "\n".join([f"```{{toctree}}\n:hidden:\n:caption: {section['title']}\n", *listed, "```\n"])
    made = f"{REFERENCE}/index\n{REFERENCE}/environment_variables"
    yield f"```{{toctree}}\n:hidden:\n:caption: Modules, filters, roles\n\n{made}\n```\n"


def reference() -> None:
    """Let antsibull-docs make the pages of modules, filters and roles."""
    collection_copy.copy("docs")
    (SOURCE / REFERENCE).mkdir()
    command = ["antsibull-docs", "collection", "--use-current", "--fail-on-error", "--squash-hierarchy"]
    run([*command, "--no-add-antsibull-docs-version", "--dest-dir", str(SOURCE / REFERENCE), "dax.cross_account"])
    for page in (SOURCE / REFERENCE).rglob("*.rst"):
        page.write_text(CONTENTS.sub("", page.read_text(encoding="utf-8")), encoding="utf-8")


def sphinx() -> None:
    run([sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet", str(SOURCE), str(HTML)])


def run(command: list[str]) -> None:
    """Run a command on the copy of the collection; raise SiteError with all that it says if it fails."""
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(WORK), "DAX_DOCS_VERSION": version, "NO_COLOR": "1"}
    # git ignores where amazon.aws is: with the ceiling it finds no repository there, and all files count.
    environment["GIT_CEILING_DIRECTORIES"] = str(ROOT / ".venv")
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        raise SiteError(f"{command[0]} failed:\n{done.stdout}")


if __name__ == "__main__":
    sys.exit(main())
