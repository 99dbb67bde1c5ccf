"""What `init` prints: the file of the shell, and before it what the settings change."""

import os
import shutil
from pathlib import Path

import pytest
from cli.real_shells import SHELLS, run_script
from stage import AWSENV, BIN, environment_of, run

import awsenv
from awsenv.demo.household import Household
from awsenv.model import Dialect
from awsenv.shells.preamble import DEFAULTS, render_preamble
from awsenv.shells.scripts import load_script

SETTINGS = """
renew_margin = "1m"
[prompt]
enabled = false
format = "{role}"
colours = { expired = "bold red" }
[guard]
mode = "warn"
commands = ["aws", "terraform", "it's"]
"""
EXPECTED = {
    "margin": "60",
    "guard": "warn",
    "guard_commands": "aws terraform it's",
    "prompt": "off",
    "colours": "32 33 1;31 35",
}


def configure(household: Household, text: str) -> None:
    """Write the settings."""
    path = household.home / ".config" / "awsenv" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text)


def without_program(printed: bytes, shell: Dialect) -> bytes:
    """Return what is printed without the two lines that name the interpreter and its file; they must be there."""
    values = {"python": str(BIN / "python"), "stub": str(Path(awsenv.__file__).with_name("__main__.py"))}
    named = render_preamble(DEFAULTS | values, shell)
    assert printed.count(named) == 1
    return printed.replace(named, b"")


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("settings", [None, "", 'renew_margin = "5m"\nguard.mode = "ask"\nprompt.enabled = true\n'])
def test_with_the_defaults_it_is_the_file_byte_for_byte(
    household: Household, shell: Dialect, settings: str | None
) -> None:
    """Sourcing the file and evaluating `init` are the same thing for who has set nothing."""
    if settings is not None:
        configure(household, settings)

    finished = run([AWSENV, "init", shell], environment_of(household))

    assert (finished.returncode, finished.stderr) == (0, b"")
    assert without_program(finished.stdout, shell) == load_script(shell)


@pytest.mark.parametrize("shell", SHELLS)
def test_settings_arrive_in_the_shell_as_they_are(household: Household, shell: Dialect) -> None:
    """What differs from the defaults is assigned before the file, quoted by the shell's own rule, and not exported."""
    configure(household, SETTINGS)
    printed = without_program(run([AWSENV, "init", shell], environment_of(household)).stdout, shell)
    script = load_script(shell)
    assert printed.endswith(script)

    preamble = printed.removesuffix(script).decode()
    asked = "".join(f'printf "%s\\n" "$__awsenv_{name}"; ' for name in EXPECTED)
    finished = run_script(shell, f"{preamble}{asked}env", environment_of(household))

    lines = finished.stdout.decode().splitlines()
    assert finished.stderr == b""
    assert lines[: len(EXPECTED)] == list(EXPECTED.values())
    assert not [line for line in lines[len(EXPECTED) :] if line.startswith("__awsenv")]
    assert preamble.count("\n") == len(EXPECTED)


@pytest.mark.parametrize("shell", SHELLS)
def test_no_prompt_leaves_the_prompt_alone(household: Household, shell: Dialect) -> None:
    """--no-prompt is one assignment before the file."""
    printed = without_program(run([AWSENV, "init", "--no-prompt", shell], environment_of(household)).stdout, shell)

    script = load_script(shell)
    assert printed.removesuffix(script).count(b"\n") == 1
    assert b"__awsenv_prompt" in printed.removesuffix(script)


@pytest.mark.parametrize("shell", SHELLS)
def test_broken_settings_do_not_take_the_hook_away(household: Household, shell: Dialect) -> None:
    """A typo in the settings is told at the start of the shell, which has the hook with its defaults."""
    configure(household, 'guard.mod = "off"')

    finished = run([AWSENV, "init", shell], environment_of(household))

    assert (finished.returncode, without_program(finished.stdout, shell)) == (0, load_script(shell))
    assert b'unknown key "mod"\nhint: did you mean "mode"?\n' in finished.stderr


def _status(shell: str) -> str:
    return "$status" if shell == "fish" else "$?"


@pytest.mark.parametrize("shell", SHELLS)
def test_the_function_asks_nobody_for_the_program(household: Household, shell: Dialect, tmp_path: Path) -> None:
    """No shim on the PATH, and no PYTHON variable of a project, comes between the function and its program."""
    environment = environment_of(household)
    hook = run([AWSENV, "init", shell], environment).stdout.decode()
    (tmp_path / "awsenv").write_text("#!/bin/sh\necho a shim >&2; exit 1\n")
    (tmp_path / "awsenv").chmod(0o755)
    (tmp_path / "click.py").write_text("raise SystemExit('of the project')\n")
    hostile = environment | {"PATH": f"{tmp_path}:/usr/bin:/bin", "PYTHONPATH": str(tmp_path), "PYTHONHOME": "/nowhere"}

    script = f"{hook}\nawsenv use robot; awsenv whoami | head -n 1; awsenv list --names >/dev/null"
    finished = run_script(shell, script, hostile)

    assert finished.stderr == b""
    assert b"robot" in finished.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_a_program_that_has_moved_is_found_on_the_path(household: Household, shell: Dialect, tmp_path: Path) -> None:
    """A venv that went elsewhere: PATH leads to the new one, and where it does not, one line says so."""
    environment = environment_of(household)
    printed = run([AWSENV, "init", shell], environment).stdout.decode()
    hook = printed.replace(str(BIN / "python"), str(tmp_path / "gone"))
    status = _status(shell)
    script = (
        f"{hook}\nawsenv use --region x robot; echo {status} $AWSENV_PROFILE; awsenv list >/dev/null; echo {status}"
    )

    found = run_script(shell, script, environment)
    lost = run_script(shell, script, environment | {"PATH": "/usr/bin:/bin"})

    assert (found.stdout, found.stderr) == (b"0 robot\n0\n", b"")
    told = f"awsenv: the program is gone: {tmp_path}/gone\nhint: install it again: pipx install awsenv-shell\n"
    assert (lost.stdout.split(), lost.stderr.decode()) == ([b"127", b"127"], told * 2)


def test_a_broken_installation_is_told_in_a_line(tmp_path: Path) -> None:
    """Half an upgrade, or a Python that was changed under it: words, and the status of a local file."""
    package = Path(awsenv.__file__).parent
    shutil.copytree(package, tmp_path / "awsenv", ignore=shutil.ignore_patterns("__pycache__"))
    environment = {"PATH": os.defpath, "PYTHONPATH": str(tmp_path)}

    finished = run([str(BIN / "python"), "-S", str(tmp_path / "awsenv" / "__main__.py"), "list"], environment)

    assert (finished.returncode, finished.stdout) == (7, b"")
    assert finished.stderr.startswith(b"awsenv: this installation is broken: No module named 'click'\nhint: ")
