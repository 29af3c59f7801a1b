# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line."""

from __future__ import annotations

import http.server
import os
import socket
import sys
import threading
from pathlib import Path

import pytest
from conftest import Control

from dax_emulator import cli


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_running_emulator_is_left_alone(control: Control, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["start", "--port", str(control.port), "--state", str(tmp_path)]) == 0
    assert "already running" in capsys.readouterr().out
    assert cli.main(["status", "--port", str(control.port)]) == 0
    assert str(control.port) in capsys.readouterr().out


def test_a_preset_is_set_and_shown(control: Control, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start = ["start", "--port", str(control.port), "--state", str(tmp_path)]
    assert cli.main([*start, "--preset", "realistic"]) == 0
    assert control("GET", "settings")["replica_seconds"] > 0
    assert cli.main(start) == 0  # leaves it as it is
    assert cli.main(["status", "--port", str(control.port)]) == 0
    assert "preset realistic" in capsys.readouterr().out
    assert cli.main([*start, "--preset", "slow"]) == 1
    assert "--preset slow: preset must be one of fast, realistic" in capsys.readouterr().err
    assert control("GET", "status")["preset"] == "realistic"


def test_it_listens_on_loopback_only(control: Control) -> None:
    listening = {
        line.split()[1]
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if line.split()[3] == "0A" and int(line.split()[1].split(":")[1], 16) == control.port
    }
    assert listening == {f"0100007F:{control.port:04X}"}


def test_nothing_to_stop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    port = str(free_port())
    (tmp_path / "emulator.pid").write_text(f"{os.getpid()}\n")  # of another program
    assert cli.main(["stop", "--port", port, "--state", str(tmp_path)]) == 0
    assert "not running" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
    assert cli.main(["status", "--port", port]) == 1


def test_a_port_in_use_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        port = str(other.server_address[1])
        assert cli.main(["start", "--port", port, "--state", str(tmp_path)]) == 1
        assert f"port {port} is used by another program" in capsys.readouterr().err
        assert cli.main(["status", "--port", port]) == 1
        assert "another program" in capsys.readouterr().out
        other.shutdown()


def test_a_failed_start_shows_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'no module named localstack'\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    assert cli.main(["start", "--port", str(free_port()), "--state", str(tmp_path / "state")]) == 1
    shown = capsys.readouterr().err
    assert "exit code 3" in shown
    assert "no module named localstack" in shown


def test_bad_options(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["start", "--port", "0", "--state", "x"], ["start"], ["dance"]):
        with pytest.raises(SystemExit):
            cli.main(arguments)
    assert "is not a port" in capsys.readouterr().err
