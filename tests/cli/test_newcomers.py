import shlex
from collections.abc import Sequence

import pexpect
import pytest
from stage import AWSENV, TIME_LIMIT, environment_of, run

from awsenv.demo.household import Household

NOTHING = {"AWS_CONFIG_FILE": "", "AWS_SHARED_CREDENTIALS_FILE": ""}


def _told(household: Household, words: Sequence[str], more: dict[str, str], status: int) -> list[str]:
    said = run([AWSENV, *words], environment_of(household, more))
    assert said.returncode == status, said.stderr
    return said.stderr.decode().splitlines()


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["use", "--shell", "sh", "unicorn"], 3),
        (["exec", "unicorn", "--", "true"], 125),
        (["login"], 2),
        (["logout"], 2),
        (["populate"], 3),
        (["migrate"], 3),
        (["list"], 0),
        (["status"], 0),
    ],
)
def test_who_has_nothing_yet_is_led_to_the_first_run(household: Household, words: list[str], status: int) -> None:
    """Where the shared files are empty, every command that looks there names the one that fills them."""
    assert _told(household, words, NOTHING, status)[-1] == "hint: awsenv setup"


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("usee", 'did you mean "use"? all are in: awsenv --help'),
        ("ls", 'did you mean "list"? all are in: awsenv --help'),
        ("unicorn", "awsenv use unicorn"),
        ("unicron", "awsenv use unicorn"),
        ('it\'s a "quoted" name', """awsenv use 'it'"'"'s a "quoted" name'"""),
        ("weather", "awsenv --help"),
    ],
)
def test_a_word_that_is_no_command(household: Household, word: str, hint: str) -> None:
    """The command or the profile that was probably meant is named, and nothing is switched for a guess."""
    assert _told(household, [word], {}, 2) == [f'awsenv: there is no command "{word}"', f"hint: {hint}"]


def test_a_word_that_is_no_command_where_no_file_can_be_read(household: Household) -> None:
    """Only the commands are looked through then, and it is the word that is complained of."""
    household.config_path.unlink()
    household.config_path.mkdir()

    assert _told(household, ["unicorn"], {}, 2)[0] == 'awsenv: there is no command "unicorn"'


@pytest.mark.parametrize("verb", ["login", "logout", "status"])
def test_an_sso_session_in_the_place_of_a_profile(household: Household, verb: str) -> None:
    """Its name is known for what it is, and the hint is the command that takes it."""
    assert _told(household, [verb, "company"], {}, 3) == [
        'awsenv: "company" is an sso-session, and no profile',
        f"hint: awsenv {verb} --sso-session company",
    ]


@pytest.mark.parametrize("verb", ["login", "logout"])
def test_several_sso_sessions_to_choose_from(household: Household, verb: str) -> None:
    """What is listed can be put into the command of the hint."""
    problem, hint = _told(household, [verb], {}, 2)

    assert problem.startswith("awsenv: which sso-session? There are: company, partner, ")
    assert hint == f"hint: awsenv {verb} --sso-session NAME"


def test_a_wrong_mfa_code_is_told_for_what_it_is(household: Household) -> None:
    """The profile is not to blame where STS says that the code was wrong."""
    line = shlex.join([AWSENV, "use", "--shell", "sh", "mfa"])
    screen = pexpect.spawn(
        "sh", ["-c", f"{line} >statements"], env=environment_of(household), cwd=household.home, timeout=TIME_LIMIT
    )
    screen.expect_exact(b"mfa/robot: ")

    screen.send("000000\r")

    screen.expect_exact(b"hint: a code is good once, and for half a minute: try again with the next one")
    screen.expect(pexpect.EOF)


def test_globs_that_nothing_fits(household: Household) -> None:
    """Who mistypes a glob is told so, and not that all is as it should be; without a glob there is nothing to tell."""
    warning = "awsenv: warning: nothing fits: look at --account and --role, and at [populate] in the settings"
    words = ["populate", "--sso-session", "company", "--dry-run"]

    assert _told(household, [*words, "--role", "ReadOnlly"], {}, 0)[-1] == warning
    assert warning not in _told(household, [*words, "--role", "ReadOnly"], {}, 0)


def test_a_logout_counts_nothing_where_nothing_was_cached(household: Household) -> None:
    """A sign-in without cached roles goes without a word of them."""
    assert _told(household, ["logout", "--sso-session", "company"], {}, 0)[0] == "awsenv: signed out of company"


@pytest.mark.parametrize(("words", "problem"), [([], "which shell?"), (["/bin/zsh"], 'unknown shell "/bin/zsh"')])
def test_init_names_the_shells_that_it_is_for(household: Household, words: list[str], problem: str) -> None:
    """Without a shell, or with one that it does not know, the hint is of `init` and not of an option of others."""
    told = _told(household, ["init", *words], {}, 2)

    assert told == [f"awsenv: {problem}", "hint: awsenv init with one of: bash, zsh, fish"]


def test_what_a_shell_waits_for_is_not_stopped(household: Household) -> None:
    """Ctrl-Z at a question of `use` does nothing: no shell could wake what stands still in its substitution."""
    screen = pexpect.spawn("bash", ["--norc", "-i"], env=environment_of(household), timeout=TIME_LIMIT)
    screen.sendline(
        f"{AWSENV} logout --all; {AWSENV} use --shell sh unicorn >{household.home}/statements; echo ended=$?"
    )
    screen.expect_exact(b"Sign in to company now? [Y/n] ")

    screen.send("\x1a")
    screen.send("n\r")

    screen.expect(rb"(ended=\d|Stopped)")
    assert screen.match[0] == b"ended=4"
    screen.close(force=True)
