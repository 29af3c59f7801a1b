"""Hold the modules to what the collection promises of them.

Every module documents its attributes. Every module that takes amazon.aws's connection options is in the action group
dax.cross_account.aws and says so; nothing else is in it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import yaml
from reports import ROOT

COLLECTION = "dax.cross_account"
GROUP = f"{COLLECTION}.aws"
ATTRIBUTES = ("check_mode", "diff_mode", "idempotent")


def problems(docs: dict[str, dict[str, Any]], members: list[str]) -> list[str]:
    """Return what is wrong, a line each.

    ``docs`` maps a module's short name to its ``doc`` as ansible-doc returns it, ``members`` are the short names in the
    action group.
    """
    found = []
    for name, doc in sorted(docs.items()):
        attributes = doc.get("attributes") or {}
        found += [f"{name}: attribute {key} is not documented" for key in ATTRIBUTES if key not in attributes]
        documented = GROUP in (attributes.get("action_group") or {}).get("membership", [])
        if "endpoint_url" in doc.get("options", {}):
            if name not in members:
                found.append(
                    f"{name}: takes AWS connection options, but is not in action_groups.aws of meta/runtime.yml"
                )
            if not documented:
                found.append(f"{name}: attribute action_group does not name {GROUP}")
        elif name in members or documented:
            found.append(f"{name}: has no AWS connection options and must not be in the action group {GROUP}")
    found += [f"meta/runtime.yml: action_groups.aws: {name}: no such module" for name in members if name not in docs]
    found += [f"meta/runtime.yml: action_groups.aws: {name}: twice" for name in members if members.count(name) > 1]
    return found


def main() -> int:
    names = [path.stem for path in sorted((ROOT / "plugins/modules").glob("*.py")) if path.stem != "__init__"]
    done = subprocess.run(
        ["ansible-doc", "--json", *(f"{COLLECTION}.{name}" for name in names)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    docs = {key.removeprefix(f"{COLLECTION}."): value["doc"] for key, value in json.loads(done.stdout or "{}").items()}
    runtime = yaml.safe_load((ROOT / "meta/runtime.yml").read_text(encoding="utf-8"))
    members = [entry for entry in runtime["action_groups"]["aws"] if isinstance(entry, str)]
    found = problems(docs, members) + [f"{name}: ansible-doc cannot read it" for name in names if name not in docs]
    print("\n".join(found), end="\n" if found else "")
    if done.returncode:
        print(done.stderr)
    return int(bool(found or done.returncode))


if __name__ == "__main__":
    sys.exit(main())
