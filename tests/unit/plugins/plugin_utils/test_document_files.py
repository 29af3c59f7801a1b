# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.dax.cross_account.plugins.plugin_utils import document_files
from ansible_collections.dax.cross_account.plugins.plugin_utils.document_files import (
    DocumentFileError,
    check_path,
    given_document,
    write_document,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build

VARIABLE = "dax_account_a_document_path"


def test_a_document_is_given_as_a_dictionary_or_as_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cluster.yml").write_text(yaml.safe_dump(build.cluster_document()))
    monkeypatch.setenv("HOME", str(tmp_path))
    for given in (build.cluster_document(), str(tmp_path / "cluster.yml"), "~/cluster.yml"):
        assert given_document(given) == build.cluster_document()
    assert given_document(str(tmp_path / "nowhere.yml")) is None


@pytest.mark.parametrize("name", ["document.yml", "document.json", "document"])
def test_a_document_is_written_once_and_read_as_it_was(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    document = build.cluster_document(external_id="a" * 200)
    assert write_document(VARIABLE, str(path), document) is True
    written = path.read_text(encoding="utf-8")
    assert given_document(str(path)) == document
    assert (json.loads if name.endswith("json") else yaml.safe_load)(written) == document
    assert write_document(VARIABLE, str(path), document) is False
    assert write_document(VARIABLE, str(path), {**document, "region": "eu-west-1"}) is True
    assert os.listdir(tmp_path) == [name]


def test_a_path_that_cannot_be_written_names_the_variable(tmp_path: Path) -> None:
    for path, says in ((tmp_path / "no" / "x.yml", "there is no directory"), (tmp_path, "is a directory or no file")):
        with pytest.raises(DocumentFileError, match=f"{VARIABLE}: .*{says}"):
            check_path(VARIABLE, str(path))
    check_path(VARIABLE, str(tmp_path / "x.yml"))
    check_path(VARIABLE, "")


def test_a_full_disk_leaves_the_old_document_and_names_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.yml"
    write_document(VARIABLE, str(path), build.consumer())
    before = path.read_text(encoding="utf-8")

    def full(*_arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(document_files.os, "replace", full)
    with pytest.raises(DocumentFileError, match=f"{VARIABLE}: .*x.yml cannot be written: No space left"):
        write_document(VARIABLE, str(path), build.consumer(name="other"))
    assert path.read_text(encoding="utf-8") == before
    assert os.listdir(tmp_path) == ["x.yml"]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x", encoding="utf-8")
    secret.chmod(0o600)
    (tmp_path / "link.yml").symlink_to(secret)
    for use in (check_path, lambda variable, path: write_document(variable, path, build.consumer())):
        with pytest.raises(DocumentFileError, match=f"{VARIABLE}: .*is a symbolic link"):
            use(VARIABLE, str(tmp_path / "link.yml"))
    assert (secret.read_text(encoding="utf-8"), secret.stat().st_mode & 0o777) == ("x", 0o600)


@pytest.mark.parametrize(("external_id", "mode"), [(None, 0o644), ("s3cret", 0o600)])
def test_a_document_with_an_external_id_is_for_its_owner_only(
    tmp_path: Path, external_id: str | None, mode: int
) -> None:
    path = tmp_path / "x.yml"
    document = build.cluster_document(external_id=external_id)
    write_document(VARIABLE, str(path), document)
    assert path.stat().st_mode & 0o777 == mode
    path.chmod(0o666)
    assert write_document(VARIABLE, str(path), document) is True
    assert path.stat().st_mode & 0o777 == mode


GOOD = yaml.safe_dump(build.cluster_document())
BAD_FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "got nothing"),
    "a list": (b"- a", "got list"),
    "a text": (b"dear colleague", "got str"),
    "no text": (b"\xff\xfe\xff", "no text in UTF-8"),
    "UTF-16": (GOOD.encode("utf-16"), "no text in UTF-8"),
    "latin 1": ("kind: \xe4".encode("latin-1"), "no text in UTF-8"),
    "nul": (b"kind: \x00", "cannot be read"),
    "escape": (b"kind: \x1b[2J", "cannot be read"),
    "broken": (b"a:\n  - [", "line 2"),
    "a tab": (b"a:\n\t- b", "line 2"),
    "billion laughs": (b"a: &a [x]\nb: [*a, *a]", "line 1: aliases and anchors"),
    "an alias to itself": (b"&a [*a]", "aliases and anchors"),
    "a merge": (b"a: &a {x: 1}\nb:\n  <<: *a", "aliases and anchors"),
    "twice": (b"kind: x\nregion: a\nregion: b", "line 3: the key 'region' is there twice"),
    "twice in JSON": (b'{"kind": "x", "kind": "y"}', "the key 'kind' is there twice"),
    "twice, deep": (b"endpoint:\n  port: 1\n  port: 2", "line 3: the key 'port' is there twice"),
    "two documents": (b"a: 1\n---\na: 2", "line 2: a second document"),
    "a tag": (b"a: !!python/object/apply:os.system [x]", "line 1: the tag"),
    "an unsafe tag": (b"a: !unsafe x", "line 1: the tag"),
    "a number's tag": (b"a: !!int abc", "line 1: the tag"),
    "binary": (b"a: !!binary x", "line 1: the tag"),
    "a vault": (b"a: !vault |\n  x", "line 1: the tag"),
    "a complex key": (b"? [a]\n: b", "line 1: a key that is no text"),
    "deep": (b"a:\n" + b"".join(b" " * level + b"- \n" for level in range(1, 200)), "levels"),
    "deep flow": (b"a: " + b"[" * 5000, "levels"),
    "deep JSON": (b'{"a": ' + b"[" * 30000, "cannot be read"),
    "wide": (b"a:\n" + b"- 1\n" * 10_000, "levels or entries"),
    "large": (b"# " + b"x" * 70_000, "more than 65536 bytes"),
    "a long number": (b"a: " + b"9" * 5000, "cannot be read"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_is_no_plain_document_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    content, says = BAD_FILES[name]
    path = tmp_path / "document.yml"
    path.write_bytes(content)
    began = time.monotonic()
    line = given_document(str(path))
    assert time.monotonic() - began < 2
    assert isinstance(line, str) and line.isprintable() and len(line) < 500
    assert str(path) in line
    assert says in line


def test_what_is_no_file_is_said(tmp_path: Path) -> None:
    assert "is no file" in given_document(str(tmp_path))
    assert "is no file" in given_document("/dev/zero")


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff" + GOOD,
        GOOD.replace("\n", "\r\n"),
        json.dumps(build.cluster_document()),
        json.dumps(build.cluster_document(), indent="\t"),
        "{kind: dax.cross_account/cluster}",
    ],
    ids=["BOM", "CRLF", "JSON", "JSON with tabs", "flow mapping"],
)
def test_other_ways_to_write_the_same_are_taken(tmp_path: Path, content: str) -> None:
    path = tmp_path / "document"
    path.write_text(content, encoding="utf-8", newline="")
    assert given_document(str(path))["kind"] == "dax.cross_account/cluster"


def test_a_date_and_a_fraction_stay_text(tmp_path: Path) -> None:
    path = tmp_path / "document.yml"
    path.write_text("a: 2001-99-99\nb: 1.5\nc: 7\nd: no\ne: ~\n", encoding="utf-8")
    assert given_document(str(path)) == {"a": "2001-99-99", "b": "1.5", "c": 7, "d": False, "e": None}
