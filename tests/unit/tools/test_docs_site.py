# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""tools/docs_site.py: how links of the repository become links of the site, and sections a table of contents."""

from __future__ import annotations

from pathlib import Path

import docs_site
import pytest


@pytest.fixture(autouse=True)
def _checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "checkout"
    for name in ("README.md", "docs/README.md", "docs/one.md", "roles/x/README.md", "docs/data.json", "plugins/x.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name, encoding="utf-8")
    monkeypatch.setattr(docs_site, "ROOT", root)
    monkeypatch.setattr(docs_site, "SOURCE", tmp_path / "source")
    monkeypatch.setattr(docs_site, "pages", lambda: ["README.md", "docs/README.md", "docs/one.md", "roles/x/README.md"])


@pytest.mark.parametrize(
    ("name", "at", "link", "led"),
    [
        ("README.md", "README.md", "docs/one.md#part", "docs/one.md#part"),
        ("README.md", "README.md", "docs/README.md", "index.md"),
        ("README.md", "README.md", "docs", "index.md"),
        ("docs/one.md", "docs/one.md", "README.md#x", "../index.md#x"),
        ("docs/one.md", "docs/one.md", "../roles/x", "../roles/x/README.md"),
        ("docs/README.md", "index.md", "one.md", "docs/one.md"),
        ("docs/README.md", "index.md", "../README.md#x", "README.md#x"),
        ("docs/one.md", "docs/one.md", "#here", "#here"),
        ("docs/one.md", "docs/one.md", "https://docs.aws.amazon.com/x", "https://docs.aws.amazon.com/x"),
    ],
)
def test_a_link(name: str, at: str, link: str, led: str) -> None:
    assert docs_site.with_targets(name, f"see [it]({link}).", at=at) == f"see [it]({led})."


def test_a_file_that_is_linked_comes_along() -> None:
    assert docs_site.with_targets("docs/one.md", "[it](data.json)", at="docs/one.md") == "[it](data.json)"
    assert (docs_site.SOURCE / "docs/data.json").read_text(encoding="utf-8") == "docs/data.json"


@pytest.mark.parametrize("link", ["gone.md", "../plugins", "../nowhere"])
def test_a_link_that_leads_nowhere(link: str) -> None:
    with pytest.raises(docs_site.SiteError, match=f"docs/one.md: link to {link}: there is no such page"):
        docs_site.with_targets("docs/one.md", f"[it]({link})", at="docs/one.md")


def test_code_is_left_as_it_is() -> None:
    text = "```text\n[it](gone.md)\n```\n"
    assert docs_site.with_targets("docs/one.md", text, at="docs/one.md") == text


def test_sections_are_the_table_of_contents() -> None:
    index = (
        "# All\n\n[no](one.md)\n\n## First\n\n- [a](one.md#x), [b](one.md)\n- [c](../README.md)\n\n## Empty\n\ntext\n"
    )
    shown, made = docs_site.contents(index)
    assert shown.splitlines() == ["```{toctree}", ":hidden:", ":caption: First", "", "docs/one", "README", "```"]
    assert "reference/index" in made


def test_the_dark_theme_has_colours_for_tables() -> None:
    colours = docs_site.dark_tables()
    assert colours.count("--antsibull-table-background-odd:") == 2
    assert 'body[data-theme="dark"] {' in colours
