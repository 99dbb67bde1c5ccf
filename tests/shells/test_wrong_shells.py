import pytest
from shells.changes import CHANGE, NEW, OLD, preset
from shells.shell_runs import BASH, DASH, DUMP, FISH, QUOTING_MODES, ZSH, Bench, Shell, as_bytes

from awsenv.environ import OWNED_VARIABLES
from awsenv.model import Dialect, EnvChange
from awsenv.shells.rendering import render

ZSH_INTERACTIVE = Shell("zsh-interactive", "zsh", ("zsh", "-f", "-i"))
ZSH_CSH = Shell("zsh-csh", "zsh", ("zsh", "-f", "-o", "CSH_JUNKIE_LOOPS", "-o", "CSH_JUNKIE_QUOTES"))
SHELLS = [BASH, QUOTING_MODES[4], ZSH, ZSH_INTERACTIVE, ZSH_CSH, DASH, FISH]
DIALECTS: list[Dialect] = ["bash", "zsh", "fish", "sh"]
# Every other shell's; POSIX sh is for bash and zsh as well.
WRONG = [(shell, d) for shell in SHELLS for d in DIALECTS if d != shell.dialect and (d != "sh" or shell == FISH)]
FORMS = {"fish": ["eval (cat {})", 'eval "$(cat {})"', "cat {} | source"], "sh": ['eval "$(cat {})"', "eval $(cat {})"]}
VALUES = [
    "canary",
    "canary'canary",
    "canary\ncanary; canary\ntouch pwned; canary\n",
    "canary\\",
    "canary\"canary'\"'canary",
    "canary) fi; end; canary (canary ;; esac }",
    "canary # canary",
    "$canary `canary` $(touch pwned; canary)",
    "\udcffcanary é canary",
]
CHANGES = [
    CHANGE,
    EnvChange({name: NEW.get(name) for name in OWNED_VARIABLES} | {"AWSENV_SAVED": None, "AWSENV_ROLE": "canary"}),
    EnvChange({"AWS_PROFILE": "canary", "AWSENV_SAVED": "{}"}),
    *[EnvChange(dict.fromkeys(OWNED_VARIABLES, value)) for value in VALUES],
]


@pytest.mark.parametrize(("shell", "dialect"), WRONG, ids=str)
def test_text_for_another_shell_changes_nothing_and_is_not_printed(
    shell: Shell, dialect: Dialect, bench: Bench
) -> None:
    """A shell that gets another's text refuses it: nothing is changed, and its complaint shows no value."""
    for index, change in enumerate(CHANGES):
        part = bench.root / f"part{index}"
        part.write_bytes(render(change, dialect))
        for form in FORMS["fish" if shell == FISH else "sh"]:
            tried = form.format(part)
            if shell == FISH:
                script = f"{preset(shell)}\n{tried}; and echo applied; {DUMP}"
            else:
                # A syntax error ends dash, and bash in POSIX mode, hence the trap.
                trap = f"trap '{DUMP.replace(chr(39), chr(34))}' EXIT"
                script = f"{preset(shell)}\n({trap}; {tried}) && echo applied"
            outcome = bench.run(shell, script)

            assert (outcome.dumps, outcome.files) == ([as_bytes(OLD)], []), (form, outcome)
            assert outcome.stderr
            assert outcome.stdout == b"", (form, outcome)
            assert b"canary" not in outcome.stderr, (form, outcome.stderr)
            assert b"new" not in outcome.stderr, (form, outcome.stderr)


@pytest.mark.parametrize("shell", [BASH, ZSH, DASH], ids=str)
def test_sourced_text_for_another_shell_is_refused_too(shell: Shell, bench: Bench) -> None:
    """`.` reads line by line where eval has the whole: no line of it does anything by itself."""
    for dialect in DIALECTS:
        if dialect in {shell.dialect, "sh"}:
            continue
        part = bench.root / f"part.{dialect}"
        part.write_bytes(render(EnvChange(dict.fromkeys(OWNED_VARIABLES, VALUES[2])), dialect))
        trap = f"trap '{DUMP.replace(chr(39), chr(34))}' EXIT"
        outcome = bench.run(shell, f"{preset(shell)}\n({trap}; . {part}) && echo applied")

        assert (outcome.dumps, outcome.files, outcome.stdout) == ([as_bytes(OLD)], [], b"")
        assert b"canary" not in outcome.stderr


def test_a_shell_says_that_the_text_is_not_its_own(bench: Bench) -> None:
    """Where the wrong shell can be told, it is one line and status 7, and nothing is left over."""
    for shell, dialect in [(BASH, "zsh"), (ZSH, "bash"), (DASH, "bash")]:
        part = bench.root / f"part.{shell}"
        part.write_bytes(render(CHANGE, dialect))  # type: ignore[arg-type]
        outcome = bench.run(shell, f'eval "$(cat {part})"; echo $?; type __awsenv_check >/dev/null 2>&1 && echo left')

        assert (outcome.stdout, outcome.stderr) == (
            b"7\n",
            f"awsenv: this text is for {dialect}: nothing was changed\n".encode(),
        )
