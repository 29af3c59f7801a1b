# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""tools/check_strings.py: what it refuses and what it lets be."""

from __future__ import annotations

from pathlib import Path

import check_strings
import pytest


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("--index-url https://pypi.org/simple", "host of a package registry: pypi.org"),
        ('"resolved": "https://registry.npmjs.org/x"', "host of a package registry: registry.npmjs.org"),
        ("GOPROXY=https://proxy.golang.org", "host of a package registry: proxy.golang.org"),
        ("<url>https://repo.maven.apache.org/maven2</url>", "host of a package registry: repo.maven.apache.org"),
        ("cd /root/project", "path of one machine: /root/"),
        ("dir: '/work/main'", "path of one machine: /work/"),
        ("see /home/jane/notes", "path of one machine: /home/jane/"),
    ],
)
def test_forbidden(tmp_path: Path, text: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "file"
    path.write_text(f"first\n{text}\n", encoding="utf-8")
    assert check_strings.main([str(path)]) == 1
    assert capsys.readouterr().out == f"{path}:2: {told}\n"


@pytest.mark.parametrize(
    "text", ["roles/work/main.yml", "~/work/x", "https://docs.ansible.com/root/x", "../../work/x", "/tmp/x"]
)
def test_allowed(tmp_path: Path, text: str) -> None:
    path = tmp_path / "file"
    path.write_text(text, encoding="utf-8")
    assert check_strings.main([str(path)]) == 0


def test_a_binary_file_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\xff\xfe/root/")
    assert check_strings.findings(path) == []
