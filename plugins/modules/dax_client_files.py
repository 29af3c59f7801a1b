#!/usr/bin/python
# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dax_client_files
version_added: 1.0.0
short_description: A set of rendered files that never overwrites what a person changed
description:
  - Writes any number of files under one directory in one task, and keeps their checksums in a manifest beside them.
  - A file that still is as this module wrote it is updated. A file that a person changed, or that was there before, is
    not. The module then fails before it writes anything and names the file, or keeps a copy of it with O(backup).
  - Files that are no longer listed stay where they are.
author:
  - dax.cross_account contributors (!UNKNOWN)
options:
  dest:
    description: The directory. It is made if need be, with the directories above it.
    type: path
    required: true
  files:
    description: The files.
    type: list
    elements: dict
    required: true
    suboptions:
      path:
        description: The path of the file, relative to O(dest).
        type: str
        required: true
      content:
        description: The text of the file.
        type: str
        required: true
      mode:
        description: The permissions of the file, as an octal string.
        type: str
        default: "0644"
  backup:
    description:
      - Whether a file that a person changed is replaced, after a copy with the time in its name was made beside it.
    type: bool
    default: false
  owner:
    description: The user who owns the files and the directories that this module makes. By default the one in effect.
    type: str
  group:
    description: The group of the files and the directories that this module makes. By default the one in effect.
    type: str
  directory_mode:
    description: The permissions of the directories that this module makes, as an octal string.
    type: str
    default: "0755"
extends_documentation_fragment:
  - dax.cross_account.attributes
seealso:
  - module: ansible.builtin.copy
  - module: ansible.builtin.template
"""

EXAMPLES = r"""
- name: Put a program and its build file
  dax.cross_account.dax_client_files:
    dest: /opt/dax-client
    files:
      - path: python/dax_client.py
        content: "{{ lookup('ansible.builtin.template', 'dax_client.py.j2') }}"
        mode: "0755"
      - path: python/requirements.txt
        content: "{{ lookup('ansible.builtin.file', 'requirements.txt') }}\n"
"""

RETURN = r"""
dest:
  description: The directory, with a leading C(~) resolved.
  returned: success
  type: str
  sample: /opt/dax-client
files:
  description: What became of each file, in the order of O(files).
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The path of the file, relative to O(dest).
      type: str
      returned: always
      sample: python/dax_client.py
    action:
      description: What was done, or would be in check mode. One of V(created), V(updated), V(mode), V(unchanged).
      type: str
      returned: always
      sample: updated
    backup:
      description: The copy of the file as a person had changed it.
      type: str
      returned: when a copy was made
      sample: /opt/dax-client/python/dax_client.py.2026-01-01@10:00:00~
"""

import hashlib
import json
import os
import posixpath
import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule

MANIFEST = ".dax_client_files.json"


class Refusal(Exception):
    """Something in the way; the message is one line that names it and says what to do."""


def checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def nearest_directory(path: str) -> str:
    """Return the path itself, or the nearest directory above it that exists."""
    while not os.path.lexists(path):
        path = os.path.dirname(path)
    return path


def read(path: str) -> bytes | None:
    """Return the content of a file, None if it is not there."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


class Files:
    """The listed files and the manifest under one directory."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.params: dict[str, Any] = module.params
        self.dest: str = os.path.abspath(self.params["dest"])
        self.manifest_path = os.path.join(self.dest, MANIFEST)
        self.manifest = self._load()

    def plan(self) -> list[dict[str, Any]]:
        """Return what has to be done for each file. Refuses what must not be done; nothing is written yet."""
        nearest = nearest_directory(self.dest)
        if not os.path.isdir(nearest):
            raise Refusal(f"dest (dax_client_dest) {self.dest}: {nearest} is not a directory; choose another directory")
        if not os.access(nearest, os.W_OK | os.X_OK):
            raise Refusal(
                f"dest (dax_client_dest) {self.dest}: {nearest} is not writable for the user in effect; "
                "choose another directory, or become a user who may write there"
            )
        steps = [self._step(entry) for entry in self.params["files"]]
        changed = [step["path"] for step in steps if step["foreign"]]
        if changed and not self.params["backup"]:
            raise Refusal(
                f"dest (dax_client_dest) {self.dest}: changed by hand: {', '.join(changed)}; set backup "
                "(dax_client_backup) to true to replace it and keep a copy beside it, or move your version away"
            )
        return steps

    def _step(self, entry: dict[str, Any]) -> dict[str, Any]:
        relative = posixpath.normpath(entry["path"])
        if relative.startswith(("/", "..")) or relative in (".", MANIFEST):
            raise Refusal(f"files: path '{entry['path']}' does not lie under dest")
        path = os.path.join(self.dest, relative)
        content = entry["content"].encode()
        try:
            present = read(path)
        except OSError as error:
            raise Refusal(f"dest {self.dest}: cannot read {relative}: {error.strerror}") from error
        mode = int(entry["mode"], 8)
        if present is None:
            action = "created"
        elif present != content:
            action = "updated"
        elif os.stat(path).st_mode & 0o7777 != mode:
            action = "mode"
        else:
            action = "unchanged"
        return {
            "path": relative,
            "file": path,
            "content": content,
            "present": present,
            "mode": mode,
            "action": action,
            "foreign": action == "updated" and self.manifest.get(relative) != checksum(present or b""),
        }

    def apply(self, steps: list[dict[str, Any]]) -> bool:
        """Write what differs and the manifest. Return whether owner or group changed."""
        ownership = False
        for step in steps:
            if step["action"] in ("created", "updated"):
                self._directories(os.path.dirname(step["file"]))
                if step["foreign"]:
                    step["backup"] = f"{step['file']}.{time.strftime('%Y-%m-%d@%H:%M:%S')}~"
                    self.module.preserved_copy(step["file"], step["backup"])
                self._write(step["file"], step["content"])
            os.chmod(step["file"], step["mode"])
            ownership |= self._own(step["file"])
        wanted = {**self.manifest, **{step["path"]: checksum(step["content"]) for step in steps}}
        if wanted != self.manifest:
            self._write(
                self.manifest_path, json.dumps({"version": 1, "files": wanted}, indent=2, sort_keys=True).encode()
            )
            self._own(self.manifest_path)
        return ownership

    def _load(self) -> dict[str, str]:
        text = read(self.manifest_path) if os.path.isdir(self.dest) and os.access(self.dest, os.X_OK) else None
        if text is None:
            return {}
        try:
            files: dict[str, str] = json.loads(text)["files"]
        except (ValueError, KeyError, TypeError) as error:
            raise Refusal(f"{self.manifest_path}: not readable as JSON; restore it, or remove it") from error
        return files

    def _directories(self, path: str) -> None:
        missing = []
        while not os.path.isdir(path):
            missing.append(path)
            path = os.path.dirname(path)
        for each in reversed(missing):
            os.mkdir(each)
            os.chmod(each, int(self.params["directory_mode"], 8))
            self._own(each)

    def _write(self, path: str, content: bytes) -> None:
        temporary = os.path.join(self.module.tmpdir, "dax_client_file")
        with open(temporary, "wb") as file:
            file.write(content)
        self.module.atomic_move(temporary, path)

    def _own(self, path: str) -> bool:
        changed: bool = self.module.set_owner_if_different(path, self.params["owner"], False)
        return bool(self.module.set_group_if_different(path, self.params["group"], changed))


def difference(step: dict[str, Any]) -> dict[str, Any]:
    """Return the difference of one file as Ansible shows it."""
    if step["action"] == "mode":
        before = f"mode: {os.stat(step['file']).st_mode & 0o7777:04o}\n"
        return {"before_header": step["file"], "after_header": step["file"], "before": before,
                "after": f"mode: {step['mode']:04o}\n"}  # fmt: skip
    return {
        "before_header": step["file"],
        "after_header": step["file"],
        "before": (step["present"] or b"").decode(errors="replace"),
        "after": step["content"].decode(),
    }


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "dest": {"type": "path", "required": True},
            "files": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": {
                    "path": {"type": "str", "required": True},
                    "content": {"type": "str", "required": True},
                    "mode": {"type": "str", "default": "0644"},
                },
            },
            "backup": {"type": "bool", "default": False},
            "owner": {"type": "str"},
            "group": {"type": "str"},
            "directory_mode": {"type": "str", "default": "0755"},
        },
        supports_check_mode=True,
    )
    try:
        files = Files(module)
        steps = files.plan()
        diff = [difference(step) for step in steps if step["action"] != "unchanged"]
        changed = bool(diff)
        if not module.check_mode:
            changed |= files.apply(steps)
    except Refusal as refusal:
        module.fail_json(msg=str(refusal))
    except OSError as error:
        where = f"dest (dax_client_dest) {module.params['dest']}"
        module.fail_json(msg=f"{where}: {error.strerror}: {error.filename}; choose another directory")
    shown = [{key: step[key] for key in ("path", "action", "backup") if key in step} for step in steps]
    module.exit_json(changed=changed, dest=files.dest, files=shown, diff=diff)


if __name__ == "__main__":
    main()
