"""What `init` prints: the file of the shell, and before it what the settings change."""

import pytest
from cli.real_shells import SHELLS, run_script
from stage import AWSENV, environment_of, run

from awsenv.demo.household import Household
from awsenv.model import Dialect
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
    assert finished.stdout == load_script(shell)


@pytest.mark.parametrize("shell", SHELLS)
def test_settings_arrive_in_the_shell_as_they_are(household: Household, shell: Dialect) -> None:
    """What differs from the defaults is assigned before the file, quoted by the shell's own rule, and not exported."""
    configure(household, SETTINGS)
    printed = run([AWSENV, "init", shell], environment_of(household)).stdout
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
    printed = run([AWSENV, "init", "--no-prompt", shell], environment_of(household)).stdout

    script = load_script(shell)
    assert printed.removesuffix(script).count(b"\n") == 1
    assert b"__awsenv_prompt" in printed.removesuffix(script)


@pytest.mark.parametrize("shell", SHELLS)
def test_broken_settings_do_not_take_the_hook_away(household: Household, shell: Dialect) -> None:
    """A typo in the settings is told at the start of the shell, which has the hook with its defaults."""
    configure(household, 'guard.mod = "off"')

    finished = run([AWSENV, "init", shell], environment_of(household))

    assert (finished.returncode, finished.stdout) == (0, load_script(shell))
    assert b'unknown key "mod"\nhint: did you mean "mode"?\n' in finished.stderr
