# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""tools/site_links.py: which links of a built site it refuses, and which pages it finds unreachable."""

from __future__ import annotations

from pathlib import Path

import pytest
import site_links


def site(folder: Path, **pages: str) -> Path:
    (folder / "part").mkdir()
    (folder / "data.json").write_text("{}", encoding="utf-8")
    for name, body in pages.items():
        path = folder / f"{name.replace('__', '/')}.html"
        path.write_text(f"<html><body>{body}</body></html>", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("link", "fault"),
    [
        ("part/two.html", None),
        ("part/two.html#here", None),
        ("part/two.html#h%65re", None),
        ("part/two.html#named", None),
        ("#top", None),
        ("data.json", None),
        ("https://docs.aws.amazon.com/x", None),
        ("http://docs.aws.amazon.com/x", None),
        ("data:image/png;base64,AA", None),
        ("part/two.html#there", "the page has no anchor there"),
        ("#bottom", "the page has no anchor bottom"),
        ("part/three.html", "there is no such page or file"),
        ("part/two.md", "there is no such page or file"),
        ("../outside.html", "leads out of the site"),
        ("part", "there is no such page or file"),
        ("https://", "no host"),
        ("https://localhost/x", "no host"),
        ("https://[x/", "Invalid IPv6 URL"),
        ("javascript:alert(1)", "neither https nor inside the site: javascript"),
        ("file:///etc/passwd", "neither https nor inside the site: file"),
        ("//cdn.example.com/x.js", "neither https nor inside the site: cdn.example.com"),
    ],
)
def test_a_link(tmp_path: Path, link: str, fault: str | None) -> None:
    two = '<h1 id="here"></h1><a name="named"></a>'
    made = site(tmp_path, index=f'<p id="top"><a href="part/two.html">2</a><a href="{link}">x</a></p>', part__two=two)
    assert site_links.problems(made) == ([f"index.html: {link}: {fault}"] if fault else [])


@pytest.mark.parametrize("tag", ['<img src="gone.png">', '<link href="gone.png">', '<script src="gone.png"></script>'])
def test_what_a_page_loads_is_there(tmp_path: Path, tag: str) -> None:
    assert site_links.problems(site(tmp_path, index=tag)) == ["index.html: gone.png: there is no such page or file"]


def test_every_page_can_be_reached(tmp_path: Path) -> None:
    made = site(
        tmp_path,
        index='<a href="one.html">1</a>',
        one='<a href="part/two.html#x">2</a>',
        part__two='<i id="x"></i><a href="../index.html">0</a>',
        lost='<a href="index.html">0</a>',
        linked='<link rel="next" href="index.html">',
        search="",
    )
    wanted = [f"{name}.html: no link leads to it from index.html" for name in ("linked", "lost")]
    assert site_links.problems(made) == wanted


def test_a_site_has_a_first_page(tmp_path: Path) -> None:
    assert site_links.problems(tmp_path) == [f"{tmp_path}: has no index.html"]
