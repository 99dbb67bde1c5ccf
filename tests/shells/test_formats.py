"""What `export` prints is read by each format's own reader as the very values that were meant, or not written."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from shells.format_readers import READERS, Variables, read_by_docker, read_jq
from shells.hostile import HOT, scale, values
from shells.shell_runs import DUMP, MAIN_SHELLS, Bench, Shell, as_bytes

from awsenv.errors import UnusableName
from awsenv.model import EnvChange
from awsenv.runtime import decoded
from awsenv.shells.formats import LINE_LIMIT, Format, render_format, render_masks

BATCH = 500
COUNT = scale(1_000, 10_000)


def batches(form: Format, seed: int = 7) -> Iterator[tuple[bytes, Variables]]:
    """Yield texts in a format with the variables in each; what the format refuses is left out of both."""
    kept: Variables = {}
    for index, value in enumerate(values(seed, COUNT)):
        try:
            render_format(EnvChange({"AWS_T": value}), form)
        except UnusableName:
            continue
        kept[f"AWS_T{index}"] = value
        if len(kept) == BATCH:
            yield render_format(EnvChange(kept), form), kept
            kept = {}
    if kept:
        yield render_format(EnvChange(kept), form), kept


@pytest.mark.parametrize("shell", MAIN_SHELLS, ids=str)
def test_shells(bench: Bench, shell: Shell) -> None:
    """bash, zsh, dash and fish evaluate the text to the values, and unset what is not to be there."""
    form: Format = "fish" if shell.dialect == "fish" else "env"
    for text, wanted in batches(form):
        unset = render_format(EnvChange({"AWS_GONE": None, "AWS_NEVER": None}), form)
        outcome = bench.run(shell, text + unset + DUMP.encode(), {b"AWS_GONE": b"x"})

        assert (outcome.status, outcome.stderr, outcome.files) == (0, b"", [])
        assert outcome.dumps == [as_bytes(wanted)]


@pytest.mark.parametrize("form", READERS)
def test_readers(form: Format) -> None:
    """Each reader gets every value that its format takes, and there are few that it does not."""
    count = 0
    for text, wanted in batches(form):
        assert READERS[form](text) == wanted
        count += len(wanted)

    assert count > COUNT // 2


def test_docker_itself(tmp_path: Path) -> None:
    """The client that gives a container its variables reads the values that our reading of its rules has."""
    if not shutil.which("docker"):
        # Not a failure, even in CI: not every machine may have it.
        pytest.skip("docker is not installed: how it reads its file is only tried by its rules")
    texts, wanted = zip(*batches("docker"), strict=True)

    assert read_by_docker(texts, tmp_path) == list(wanted)
    longest = {"AWS_T": "x" * (LINE_LIMIT - len("AWS_T=\n"))}
    assert read_by_docker([render_format(EnvChange(longest), "docker")], tmp_path) == [longest]
    with pytest.raises(UnusableName, match="AWS_T is too long"):
        render_format(EnvChange({"AWS_T": longest["AWS_T"] + "x"}), "docker")


def test_jq() -> None:
    """Jq reads the values that json reads."""
    assert shutil.which("jq"), "jq is not installed: sh .ci/tools jq"
    for text, wanted in batches("json"):
        assert read_jq(text) == wanted


@pytest.mark.parametrize("form", ["dotenv", "docker", "env"])
def test_a_real_key_stands_as_it_is(form: Format) -> None:
    """What AWS gives needs no signs that one of the many readers of such files could take for something else."""
    chance = random.Random(5)  # noqa: S311 - no secret
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
    for _ in range(100):
        token = "".join(chance.choices(alphabet, k=800))
        line = f"AWS_SESSION_TOKEN={token}" if form != "env" else f"export AWS_SESSION_TOKEN='{token}';"
        assert line in render_format(EnvChange({"AWS_SESSION_TOKEN": token}), form).decode().splitlines()


@pytest.mark.parametrize("value", ["a\nb", "a\r", "\n", "\udcff"])
def test_what_docker_cannot_hold_is_refused(value: str) -> None:
    """A value that ends a line, or is no UTF-8, is an error that names the variable and does not show the value."""
    with pytest.raises(UnusableName, match="AWS_T") as raised:
        render_format(EnvChange({"AWS_T": value}), "docker")

    assert value not in str(raised.value)


@pytest.mark.parametrize("form", ["dotenv", "json", "docker", "github"])
def test_what_is_unset_is_left_out(form: Format) -> None:
    """Formats that only set variables do not name the others."""
    assert b"AWS_GONE" not in render_format(EnvChange({"AWS_T": "x", "AWS_GONE": None}), form)


def test_a_mask_is_one_line() -> None:
    """Whatever a value holds, a runner hides it, and takes no line of it for a command."""
    for value in HOT:
        command, _, text = decoded(render_masks([value])).partition("::add-mask::")
        assert command == ""
        assert not value or text.endswith("\n")
        assert text.removesuffix("\n").replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%") == value


@pytest.mark.parametrize("shell", MAIN_SHELLS, ids=str)
def test_text_that_was_cut_sets_nothing(bench: Bench, shell: Shell) -> None:
    """Of text that ends too early a shell evaluates nothing."""
    form: Format = "fish" if shell.dialect == "fish" else "env"
    text = render_format(EnvChange({"AWS_A": "one", "AWS_B": "two", "AWS_GONE": None}), form)
    for length in range(1, len(text.rstrip()), 9):
        (bench.root / "cut").write_bytes(text[:length])
        script = f'(eval "$(cat {bench.root}/cut)"; {DUMP}) 2>/dev/null'
        if form == "fish":
            script = f"source {bench.root}/cut 2>/dev/null; {DUMP}"
        outcome = bench.run(shell, script, {b"AWS_GONE": b"x"})

        # POSIX lets a shell end at a syntax error.
        assert outcome.dumps in ([], [{b"AWS_GONE": b"x"}]), text[:length]
