"""`./start` on machines of several kinds.

The script runs for real in a small checkout; the programs that would change the machine
(apt-get, sudo) and the environment's Python are stand-ins that write down how they were called.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a script for Linux")

ROOT = Path(__file__).parents[2]


class Machine:
    """A checkout and a PATH made for one test."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "the checkout"
        self.programs = folder / "bin"
        self.log = folder / "calls"
        self.home = folder / "home"
        for path in (self.checkout / "packaging", self.programs, self.home):
            path.mkdir(parents=True)
        for name in ("start", "pyproject.toml", "constraints.txt"):
            shutil.copy(ROOT / name, self.checkout / name)
        shutil.copytree(ROOT / "packaging" / "setup", self.checkout / "packaging" / "setup")
        for name in ("bash", "env", "cat", "sha256sum", "readlink", "flock", "rm", "mkdir"):
            found = shutil.which(name)
            assert found is not None
            (self.programs / name).symlink_to(found)
        self.program("id", "echo 0")

    def program(self, name: str, script: str = "") -> None:
        """A stand-in that writes down its arguments, then runs `script`."""
        self._write(self.programs / name, f'echo "{name} $*" >>"{self.log}"\n{script}')

    def environment(self, script: str = "") -> None:
        """A virtual environment whose Python writes down its arguments."""
        folder = self.checkout / ".venv" / "bin"
        folder.mkdir(parents=True)
        (self.checkout / ".venv" / "lib" / "python3.11" / "site-packages").mkdir(parents=True)
        self._write(
            folder / "python",
            f'echo "python $(printf "[%s]" "$@")" >>"{self.log}"\n{script}',
        )

    @staticmethod
    def _write(path: Path, script: str) -> None:
        path.write_text(f"#!/bin/bash\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def command(self) -> list[str]:
        return [str(self.checkout / "start")]

    def start(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.command(), *arguments],
            check=False,
            cwd="/",
            env=self.variables(),
            capture_output=True,
            text=True,
            timeout=20,
        )

    def variables(self) -> dict[str, str]:
        return {"PATH": str(self.programs), "HOME": str(self.home), "LANG": "C.UTF-8"}

    def calls(self) -> list[str]:
        return self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []

    def is_ready(self) -> None:
        """As after a set-up that found everything."""
        self.program("dpkg-query", "exit 0")
        self.program("apt-get", "exit 0")
        assert self.start("first").returncode == 0
        self.log.unlink()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_prepared_start_only_hands_over(machine: Machine) -> None:
    """Arguments arrive as they are; no package manager is asked, nothing is written."""
    machine.environment()
    machine.is_ready()
    result = machine.start("transcribe", "two words.mp3", "")
    assert result.returncode == 0
    assert result.stderr == ""
    assert machine.calls() == ["python [-P][-m][desktop][transcribe][two words.mp3][]"]
    assert list(machine.home.iterdir()) == []


def test_the_exit_code_is_the_programs(machine: Machine) -> None:
    machine.environment('case "$*" in *desktop*) exit 4;; esac')
    machine.program("dpkg-query", "exit 0")
    machine.program("apt-get", "exit 0")
    assert machine.start().returncode == 4


def test_a_changed_pin_is_installed_again(machine: Machine) -> None:
    machine.environment()
    machine.is_ready()
    with open(machine.checkout / "constraints.txt", "a", encoding="utf-8") as file:
        file.write("# newer\n")
    assert machine.start("--version").returncode == 0
    installs = [call for call in machine.calls() if "[install]" in call]
    assert installs
    assert machine.calls()[-1] == "python [-P][-m][desktop][--version]"


def test_a_failed_download_says_what_to_do_and_leaves_no_stamp(machine: Machine) -> None:
    machine.environment('case "$*" in *install*) echo "no network" >&2; exit 1;; esac')
    machine.program("dpkg-query", "exit 0")
    machine.program("apt-get", "exit 0")
    result = machine.start()
    assert result.returncode == 1
    assert "network connection" in result.stderr
    assert not (machine.checkout / ".venv" / ".packages-run").exists()


def test_without_a_network_an_older_set_of_packages_still_starts(machine: Machine) -> None:
    machine.environment('case "$*" in *install*) test ! -e "$0.offline" || exit 1;; esac')
    machine.is_ready()
    (machine.checkout / ".venv" / "bin" / "python.offline").touch()
    with open(machine.checkout / "constraints.txt", "a", encoding="utf-8") as file:
        file.write("# newer\n")
    result = machine.start("--version")
    assert result.returncode == 0
    assert "going on with those from before" in result.stderr
    assert machine.calls()[-1] == "python [-P][-m][desktop][--version]"


def test_missing_libraries_are_installed_where_that_is_allowed(machine: Machine) -> None:
    machine.environment()
    machine.program("dpkg-query", 'printf "installed=libegl1 installed=libglib2.0-0t64 "')
    machine.program("apt-get", "exit 0")
    assert machine.start().returncode == 0
    (install,) = [call for call in machine.calls() if call.startswith("apt-get")]
    assert "--no-remove" in install
    assert "libportaudio2" in install
    assert "libegl1 " not in install
    assert "libglib2.0-0" not in install, "newer releases name it with t64"


def test_without_rights_the_line_to_run_is_printed_and_the_start_goes_on(machine: Machine) -> None:
    machine.environment()
    machine.program("id", "echo 1000")
    machine.program("sudo", "exit 1")
    machine.program("dpkg-query", "exit 0")
    machine.program("apt-get", "exit 0")
    result = machine.start("doctor")
    assert result.returncode == 0
    line = next(line for line in result.stderr.splitlines() if "sudo apt-get install" in line)
    assert "libxcb-cursor0" in line
    assert not [call for call in machine.calls() if call.startswith("apt-get")]
    assert machine.calls()[-1].endswith("[doctor]")
    assert "sudo apt-get install" in machine.start("doctor").stderr, "asked until it is there"


def test_no_python_at_all(machine: Machine) -> None:
    result = machine.start()
    assert result.returncode == 1
    assert "Python 3.11 or newer was not found" in result.stderr
    assert "sudo apt-get install python3" in result.stderr


def test_two_starts_at_once_prepare_once(machine: Machine) -> None:
    machine.environment('case "$*" in *install*) /bin/sleep 0.5;; esac')
    machine.program("dpkg-query", "exit 0")
    machine.program("apt-get", "exit 0")
    starts = [
        subprocess.Popen(
            machine.command(),
            env=machine.variables(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=20)[1] for process in starts]
    assert [process.returncode for process in starts] == [0, 0]
    assert sum("installing Python packages" in output for output in outputs) == 1
    assert sum("waiting for it" in output for output in outputs) <= 1


@pytest.mark.skipif(
    not (ROOT / ".venv" / ".packages-run").exists(),
    reason="this checkout was not set up by ./start",
)
def test_the_real_one_works_from_any_directory(tmp_path: Path) -> None:
    """A folder named like the package, or a link to the script, must not confuse it."""
    (tmp_path / "desktop").mkdir()
    (tmp_path / "desktop" / "__init__.py").write_text("raise SystemExit('the wrong one')")
    (tmp_path / "link").symlink_to(ROOT / "start")
    result = subprocess.run(
        [str(tmp_path / "link"), "--version"],
        check=False,
        cwd=tmp_path,
        env={**os.environ, "MALGEUL_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("malgeul ")
