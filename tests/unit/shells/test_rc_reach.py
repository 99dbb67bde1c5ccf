from pathlib import Path

import pytest
from stage import clean_environment
from unit.files.fakes import make_runtime

from awsenv.files.rc_text import code_lines
from awsenv.model import Dialect
from awsenv.runtime import Runtime
from awsenv.shells.rc_files import HOOKED
from awsenv.shells.rc_reach import Obstacle, find_obstacle, told


def found(text: str, dialect: Dialect, runtime: Runtime) -> Obstacle | None:
    """Return what stands in the way below a start file of this text."""
    content = text.encode()
    return find_obstacle(content.splitlines(keepends=True), code_lines(content), dialect, runtime)


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    """Return a runtime that finds the shells."""
    return make_runtime(tmp_path, clean_environment())


POSIX: tuple[Dialect, ...] = ("bash", "zsh")
FISH: tuple[Dialect, ...] = ("fish",)


@pytest.mark.parametrize(
    ("dialects", "text", "obstacle"),
    [
        (HOOKED, "", None),
        (HOOKED, "echo a\\\\\n# C:\\\n", None),
        (HOOKED, "echo a \\", None),
        (HOOKED, "a\nreturn # done\nb\n", Obstacle("left", 1)),
        (HOOKED, "return 0", Obstacle("left", 0)),
        (HOOKED, "exit;", Obstacle("left", 0)),
        (HOOKED, "exec fish -l\n", Obstacle("replaced", 0)),
        (HOOKED, "exec 2>/dev/null\nexec >/dev/null\n# return\nreturning\n", None),
        (HOOKED, "test -n a &&\nreturn\ntrue || \\\nreturn\n", None),
        (HOOKED, 'echo "a\nreturn\n"\n', None),
        (HOOKED, 'echo "a\n', Obstacle("broken")),
        (POSIX, "[[ $- != *i* ]] && return\ncase $- in *i*) ;; *) return ;; esac\n", None),
        (POSIX, "if test -t 0; then\nexec fish\nfi\nf() {\nreturn\n}\n", None),
        (POSIX, "if true; then\nreturn\n", Obstacle("broken")),
        (POSIX, "cat <<EOF\nreturn\nEOF\n", None),
        (POSIX, "cat <<EOF\nreturn\n", Obstacle("open")),
        (("bash",), "shopt -s extglob\nls !(a|b)\n", None),
        (FISH, "if not status is-interactive\n  return\nend\nfunction f\nreturn\nend\n", None),
        (FISH, "function f\n", Obstacle("broken")),
    ],
)
def test_what_the_shell_never_gets_to(
    dialects: tuple[Dialect, ...], text: str, obstacle: Obstacle | None, runtime: Runtime
) -> None:
    """Only what always leaves the file, or is no code to the shell itself, stands in the way."""
    for dialect in dialects:
        assert found(text, dialect, runtime) == obstacle


def test_nobody_guesses(tmp_path: Path, runtime: Runtime) -> None:
    """Without the shell, and of what is too long for it, nothing is said; of many conditions a few are looked at."""
    assert found("return\n", "zsh", make_runtime(tmp_path, {"PATH": str(tmp_path)})) is None
    assert found("return\n" + "#\n" * 100_000, "zsh", runtime) is None
    assert found("if true; then\nreturn\nfi\n" * 21 + "return\n", "zsh", runtime) is None


def test_it_is_told_with_its_place() -> None:
    """What leaves is named by file and line."""
    assert told(Obstacle("replaced", 4), "/home/a/.bashrc", "bash").startswith("/home/a/.bashrc:5 always makes")
    assert told(Obstacle("left", 0), "/home/a/.bashrc", "bash").startswith("/home/a/.bashrc:1 always leaves")
    assert "bash cannot parse /home/a/.bashrc" in told(Obstacle("broken"), "/home/a/.bashrc", "bash")
    assert "the end of /home/a/.bashrc" in told(Obstacle("open"), "/home/a/.bashrc", "bash")
