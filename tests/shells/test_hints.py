"""The hints that a person pastes, read back by the shells that they are pasted into."""

import itertools
import shutil
import subprocess

import pytest
from cli.real_shells import SHELLS
from stage import TIME_LIMIT, clean_environment
from unit.actions.fakes import ACME

from awsenv.actions.hints import login_command, quoted, shown_argument
from awsenv.model import NoSource, Place, Profile, SsoSession

NAMES = (
    *("=ls", "a=b", "=", "~", "~root", "a~", "%self", "%1", "a%b", "-x", "--all", "+1", "@x", ",", "a,b", "x:y"),
    *("", " ", "two words", "o'brien", 'quo"te', "'", "''", "a\\b", "$(id)", "`id`", "$HOME", "${x}", "{a,b}"),
    *("*", "?", "[a]", "a;b", "a&b", "a|b", "<x", ">x", "#x", "a#b", "!!", "!x", "^x", "(x)", "日本", "naïve", "a\tb"),
)
# Characters by which a shell may take a word for something else, in all places of a short word.
MADE = tuple("".join(each) for size in (1, 2) for each in itertools.product("=~%-+@,.:/a1'$ ", repeat=size))


@pytest.mark.parametrize("shell", SHELLS)
def test_a_quoted_word_is_the_same_in_all_three_shells(shell: str) -> None:
    """Each of bash, zsh and fish reads a name back as it is, not as a command's path, a number or a home folder."""
    program = shutil.which(SHELLS[shell][0])
    assert program is not None
    names = [*NAMES, *MADE]
    script = "\n".join(f"printf '%s\\0' {quoted(name)}" for name in names)
    finished = subprocess.run(
        [program, *SHELLS[shell][1:]],
        input=script.encode(),
        env=clean_environment({"HOME": "/nowhere"}),
        capture_output=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    assert finished.stderr == b""
    assert finished.stdout.decode().split("\0")[:-1] == names


def test_a_plain_name_stays_as_it_is() -> None:
    """A hint is read before it is pasted: what needs no quotes has none."""
    for name in ("company", "my-company_2", "a/b", "x@y.example:1", "50%", "a+b", "a,b"):
        assert quoted(name) == name


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("=ls", "awsenv login --sso-session '=ls'"),
        ("-x", "awsenv login --sso-session=-x"),
        ("-=ls", "awsenv login --sso-session='-=ls'"),
        ("~root", "awsenv login --sso-session '~root'"),
    ],
)
def test_a_login_for_an_odd_name_can_be_pasted(name: str, command: str) -> None:
    """The hint leads to the session of that name in whichever shell it is pasted."""
    profile = Profile("=p", NoSource("is none"), Place("f"))
    assert login_command(SsoSession(name, ACME.start_url, ACME.region), profile) == command
    assert login_command(SsoSession(None, ACME.start_url, ACME.region), profile) == "awsenv login '=p'"
    assert shown_argument("-=p") == "-- '-=p'"
