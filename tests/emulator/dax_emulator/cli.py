# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dax-emulator: start, stop and look at the emulator."""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from dax_emulator import __version__

START_SECONDS = 90
STOP_SECONDS = 20
SERVICES = "dax,dynamodb,ec2,iam,route53,service-quotas,ssm,sts"
HOST = "127.0.0.1"


def main(arguments: list[str] | None = None) -> int:
    """Run a command; the exit code is 0 when the emulator is in the state that was asked for."""
    parser = argparse.ArgumentParser(prog="dax-emulator", description="LocalStack with DAX, on loopback.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (
        ("start", "start it in the background and wait until it answers"),
        ("stop", "stop it and remove its files"),
        ("status", "say whether it runs (exit code 1 if not)"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("--port", type=_port, default=4566, help="TCP port on 127.0.0.1 (default 4566)")
        if name != "status":
            command.add_argument("--state", type=Path, required=True, help="directory for its files, one per emulator")
        if name == "start":
            command.add_argument("--preset", help="settings to run with: fast (what a new one has) or realistic")
    options = parser.parse_args(arguments)
    if options.command == "status":
        return _status(options.port)
    state = options.state.resolve()
    if options.command == "stop":
        return _stop(options.port, state)
    return _start(options.port, state) or (_set(options.port, options.preset) if options.preset else 0)


def _port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: use a number from 1 to 65535")
    return int(text)


def _start(port: int, state: Path) -> int:
    if running := _ask(port):
        print(f"already running on {HOST}:{port} (pid {running['pid']})")
        return 0
    if _in_use(port):
        return _fail(f"port {port} is used by another program: choose another one with --port")
    state.mkdir(parents=True, exist_ok=True)
    log = state / "emulator.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "localstack.runtime.main"],
            env=_environment(port, state),
            cwd=state,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _pid_file(state).write_text(f"{process.pid}\n")
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            return _fail(f"it ended at once with exit code {process.returncode}; the end of {log}:", log)
        if _ask(port):
            print(f"running on {HOST}:{port} (pid {process.pid}, log {log})")
            return 0
        time.sleep(0.1)
    process.kill()
    process.wait()
    return _fail(f"it did not answer within {START_SECONDS} s; the end of {log}:", log)


def _environment(port: int, state: Path) -> dict[str, str]:
    """LocalStack's settings; nothing of the caller's AWS or LocalStack settings gets in."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "LOCALSTACK_", "MOTO_", "PROVIDER_OVERRIDE_"))
    }
    return kept | {
        "GATEWAY_LISTEN": f"{HOST}:{port}",
        "FILESYSTEM_ROOT": str(state / "filesystem"),
        "DAX_EMULATOR_STATE": str(state),
        "DNS_ADDRESS": "0",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        # One for all emulators of the machine is read by one while another writes it.
        "CUSTOM_SSL_CERT_PATH": str(state / "localstack.pem"),
        "DISABLE_EVENTS": "1",
        "SERVICES": SERVICES,
        "STRICT_SERVICE_LOADING": "1",
        "EAGER_SERVICE_LOADING": "0",
        "PROVIDER_OVERRIDE_DYNAMODB": "moto",
        "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",  # hundreds for each account; ec2/images.py has those that matter
        "PARITY_AWS_ACCESS_KEY_ID": "1",
        "DEBUG": "0",
        "PYTHONUNBUFFERED": "1",
    }


def _set(port: int, preset: str) -> int:
    """Give the emulator a preset, a running one too."""
    answer = _exchange(port, "PUT", "/_emulator/settings", {"preset": preset})
    if answer is None or "error" in answer:
        return _fail(f"--preset {preset}: {answer['error'] if answer else 'the emulator does not answer'}")
    return 0


def _stop(port: int, state: Path) -> int:
    running = _ask(port)
    pid = int(running["pid"]) if running else _recorded_pid(state)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        if not _wait_for_end(pid, STOP_SECONDS):
            os.kill(pid, signal.SIGKILL)
            _wait_for_end(pid, STOP_SECONDS)
    print("stopped" if pid is not None else "not running")
    shutil.rmtree(state / "filesystem", ignore_errors=True)
    _pid_file(state).unlink(missing_ok=True)
    return 0


def _status(port: int) -> int:
    running = _ask(port)
    if running:
        print(
            f"running on {HOST}:{port} (pid {running['pid']}, version {running['version']}, preset {running['preset']})"
        )
        return 0
    print(f"not running on {HOST}:{port}" + (": another program uses this port" if _in_use(port) else ""))
    return 1


def _ask(port: int) -> dict[str, Any] | None:
    """What the emulator on this port says of itself; None if there is none."""
    found = _exchange(port, "GET", "/_emulator/status")
    return found if found is not None and found.get("name") == "dax-emulator" else None


def _exchange(port: int, method: str, path: str, body: Any = None) -> dict[str, Any] | None:
    """The JSON object that the port answers; None for any other answer, and for none."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request(method, path, None if body is None else json.dumps(body))
        found = json.loads(connection.getresponse().read())
    except (OSError, ValueError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return found if isinstance(found, dict) else None


def _in_use(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((HOST, port)) == 0


def _pid_file(state: Path) -> Path:
    return state / "emulator.pid"


def _recorded_pid(state: Path) -> int | None:
    """The process started for this state directory, if it still is that process."""
    try:
        pid = int(_pid_file(state).read_text())
    except (OSError, ValueError):
        return None
    shown = subprocess.run(["ps", "-p", str(pid), "-o", "args="], capture_output=True, text=True, check=False)
    return pid if "localstack.runtime.main" in shown.stdout else None


def _wait_for_end(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)  # a child of this very process would stay as a zombie
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def _fail(message: str, log: Path | None = None) -> int:
    print(f"dax-emulator: {message}", file=sys.stderr)
    if log is not None:
        sys.stderr.write("".join(log.read_text(errors="replace").splitlines(keepends=True)[-25:]))
    return 1


if __name__ == "__main__":
    sys.exit(main())
