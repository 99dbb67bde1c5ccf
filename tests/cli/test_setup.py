"""setup: from an empty home to working profiles, and back, against the practice Identity Center."""

import json
from pathlib import Path

import pytest
from botocore.configloader import load_config
from cli.companies import account, world_of
from cli.setups import END, ENTER, Newcomer, arrive
from stage import AWSENV, environment_of, furnish, run

from awsenv.demo.server import PracticeServer
from awsenv.demo.story import UNICORN
from awsenv.shells.rc_files import HOOKED

URL, REGION = "https://practice.awsapps.com/start", "eu-west-1"
TOLD = ("--yes", "--start-url", URL, "--sso-region", REGION, "--shell", "zsh")
RC = {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}
RC_TEXT = b"export A=1 # \xff\r\nlast line without an end"
OURS = "[sso-session practice]"


@pytest.fixture
def newcomer(
    tmp_path: Path, practice: PracticeServer, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Newcomer:
    """Return somebody new."""
    return arrive(tmp_path, practice, monkeypatch, capfd)


def versions(home: Path) -> dict[str, tuple[int, int, bytes]]:
    """Return what is another after every writing, of each file that setup writes."""
    paths = [home / name for name in (".aws/config", *RC.values())]
    return {
        path.name: (path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes()) for path in paths if path.exists()
    }


def write_rc(home: Path, shell: str, content: bytes = RC_TEXT) -> Path:
    """Write a start file."""
    path = home / RC[shell]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_newcomer_is_guided(newcomer: Newcomer) -> None:
    """From nothing: what is mistyped is asked again, each writing is shown before, and a profile is proven."""
    said = newcomer.setup(
        "--shell",
        "zsh",
        answers=[
            ("the start URL", "https://console.aws.amazon.com/"),
            ("the start URL", "practice.awsapps.com/start/#/ "),
            ("the region of Identity Center", "eu-west-1a"),
            ("the region of Identity Center", "eu-wset-1"),
            ("the region of Identity Center", REGION),
            ("a name for this sso-session [practice]", ENTER),
            ("sign in to practice now? [Y/n]", ENTER),
            ("write the sso-session to", ENTER),
            ("the region of the profiles [eu-west-1]", "eu-central-1"),
            ("write 9 profiles to", "y"),
            ("show profile and time left in the prompt?", ENTER),
            ("write this line to", "yes"),
            ("before a command when the sign-in is over: ask, auto", "always"),
            ("before a command when the sign-in is over: ask, auto", ENTER),
        ],
    )

    assert '"https://console.aws.amazon.com/" is no start URL' in said
    assert 'did you mean "eu-west-1"?' in said
    assert f"+{OURS}" in said
    assert "+[profile Team_Unicorn-ReadOnly]" in said
    assert '+if command -v awsenv >/dev/null 2>&1; then eval "$(awsenv init zsh)"; fi # awsenv setup' in said
    assert "awsenv: DevOps-ReadOnly works: 444455556666 (DevOps) · ReadOnly · eu-central-1 · 59m left" in said
    assert "assumed-role/AWSReservedSSO_ReadOnly" in said
    assert said.endswith("awsenv: next, in this shell:\n    exec zsh\n    awsenv use DevOps-ReadOnly\n")
    profiles = load_config(str(newcomer.household.config_path))["profiles"]
    assert len(profiles) == 9
    assert {profile["region"] for profile in profiles.values()} == {"eu-central-1"}
    who = run(
        [AWSENV, "exec", "Team_Unicorn-Developer", "--", "sh", "-c", "echo $AWSENV_ACCOUNT_ID"],
        environment_of(newcomer.household),
    )
    assert who.stdout.decode().strip() == UNICORN


def test_unattended_and_again(newcomer: Newcomer, monkeypatch: pytest.MonkeyPatch) -> None:
    """By flags alone the same comes about, without a terminal; run again, with or without them, nothing changes."""
    newcomer.setup(*TOLD, "--account", "Team*", "--role", "Dev*", "--region", "us-east-1")
    before = versions(newcomer.home)
    assert list(before) == ["config", ".zshrc"]
    assert newcomer.config.count("[profile ") == 2
    assert newcomer.config.count("region = us-east-1") == 2

    again = newcomer.setup(*TOLD, "--account", "Team*", "--role", "Dev*")
    # As in a shell that has loaded the hook.
    monkeypatch.setenv("AWSENV_SEGMENT", "")
    by_default = newcomer.setup("--yes", "--shell", "zsh", "--account", "Team*", "--role", "Dev*")

    assert versions(newcomer.home) == before
    for said in (again, by_default):
        assert "2 profiles: nothing to change" in said
        assert ".zshrc loads the hook already" in said
        assert ("    exec zsh\n    awsenv use" in said) is (said is again)
    assert len(newcomer.person.opened()) == 1


def test_the_guard_is_set(newcomer: Newcomer) -> None:
    """--guard, or the answer, is a line in the settings, which --remove takes out; a [guard] of one's own stays."""
    settings = newcomer.home / ".config" / "awsenv" / "config.toml"
    only_hook = ("--no-login", "--no-populate", "--shell", "zsh")
    questions = [("show profile", ENTER), ("write this line to", ENTER), ("before a command", "auto")]
    newcomer.setup(*only_hook, answers=[*questions, ("write this line to", ENTER)])
    assert settings.read_text() == 'guard.mode = "auto" # awsenv setup and this file\n'
    newcomer.setup(*only_hook, "--yes", "--guard", "warn")
    assert settings.read_text() == 'guard.mode = "warn" # awsenv setup and this file\n'
    newcomer.setup("--remove", "--yes")
    assert not settings.exists()

    settings.write_text('[guard]\nmode = "off"\n')
    newcomer.setup(*only_hook, "--yes", "--guard", "off")
    said = newcomer.setup(*only_hook, "--yes", "--guard", "auto", status=3)
    assert f'set mode = "auto" under [guard] in {settings}' in said
    assert settings.read_text() == '[guard]\nmode = "off"\n'


def test_what_is_known_already_is_not_asked(newcomer: Newcomer) -> None:
    """The region of [default] is that of the profiles; where login shells miss the hook, that is said."""
    config = newcomer.household.config_path
    config.parent.mkdir()
    config.write_text("[default]\nregion = ap-south-1\n")
    (newcomer.home / ".bash_profile").write_text("export A=1\n")
    said = newcomer.setup(
        *("--start-url", URL, "--sso-region", REGION, "--sso-session", "x", "--shell", "bash"),
        *("--account", "Team_Awesome", "--role", "ReadOnly", "--prompt", "--guard", "ask"),
        answers=[
            ("sign in to x now?", ENTER),
            ("write the sso-session to", ENTER),
            ("write 1 profile to", ENTER),
            ("write this line to", ENTER),
        ],
    )

    assert newcomer.config.count("region = ap-south-1") == 2
    assert "login shells of bash read" in said


@pytest.mark.parametrize("shell", HOOKED)
def test_remove_gives_everything_back(newcomer: Newcomer, shell: str) -> None:
    """The start file is as it was, to the byte, a link included; sections of awsenv's go, and the sign-in when told."""
    target = write_rc(newcomer.home, shell)
    target = target.rename(newcomer.home / "dotfile")
    path = newcomer.home / RC[shell]
    path.symlink_to(target)
    config = newcomer.household.config_path
    config.parent.mkdir()
    config.write_bytes(b"# mine\n[profile mine]\nregion = eu-west-1")

    newcomer.setup(*TOLD, *(() if shell == "zsh" else ("--no-login", "--no-populate")), "--shell", shell)
    assert target.read_bytes() != RC_TEXT
    assert OURS in newcomer.config
    said = newcomer.setup("--remove", "--yes", "--logout")

    assert path.is_symlink()
    assert target.read_bytes() == RC_TEXT
    assert config.read_bytes() == b"# mine\n[profile mine]\nregion = eu-west-1"
    assert "signed out of practice" in said
    assert f"{config}.before-awsenv" in said
    assert not newcomer.household.token_path("practice").exists()
    assert "nothing was removed" in newcomer.setup("--remove", "--yes")


def test_files_that_setup_made_go(newcomer: Newcomer) -> None:
    """A start file that was not there before is not there afterwards; what others have put into it keeps it."""
    newcomer.setup("--yes", "--no-login", "--no-populate", "--shell", "fish")
    newcomer.setup("--yes", "--no-login", "--no-populate", "--shell", "zsh")
    with (newcomer.home / ".zshrc").open("a") as file:
        file.write("mine\n")
    newcomer.setup("--remove", "--yes")

    assert not (newcomer.home / RC["fish"]).exists()
    assert (newcomer.home / ".zshrc").read_text() == "mine\n"


def test_remove_asks_for_each_part(newcomer: Newcomer) -> None:
    """What is not agreed to stays, and what somebody else's section names stays even so."""
    newcomer.setup(*TOLD, "--account", "Team_Unicorn")
    with newcomer.household.config_path.open("a") as file:
        file.write("\n[profile mine]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = Team_Unicorn-Developer\n")
    before = versions(newcomer.home)

    newcomer.setup("--remove", answers=[("take this line out of", "n"), ("remove 1 section from", END)])
    assert versions(newcomer.home) == before
    assert "nothing was removed" in newcomer.setup("--remove", "--dry-run")
    assert versions(newcomer.home) == before

    said = newcomer.setup("--remove", "--no-hook", answers=[("remove 1 section from", "y")])
    assert "[profile Team_Unicorn-ReadOnly]" not in newcomer.config
    assert "[profile Team_Unicorn-Developer]" in newcomer.config
    assert OURS in newcomer.config
    assert f"{OURS} stays: a section that is not awsenv's names it" in said
    assert (newcomer.home / ".zshrc").exists()


def test_nobody_is_asked_unattended(newcomer: Newcomer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a person and without --yes, or with --yes and too little said, it ends before anything is done."""
    assert "awsenv setup --yes --start-url" in newcomer.setup(status=2)
    assert "setup must be told: the start URL" in newcomer.setup("--yes", "--shell", "zsh", status=2)
    assert "setup must be told: the region" in newcomer.setup(
        "--yes", "--start-url", "practice", "--shell", "zsh", status=2
    )
    assert 'unknown shell "csh"' in newcomer.setup(*TOLD, "--shell", "csh", status=2)
    monkeypatch.setenv("SHELL", "/bin/csh")
    assert "bash, zsh and fish" in newcomer.setup(*TOLD, "--shell", "sh", status=2)
    assert versions(newcomer.home) == {}
    assert newcomer.person.opened() == []


def test_a_session_that_is_there_is_chosen(newcomer: Newcomer) -> None:
    """The sso-sessions of the config file are offered, and used as they are, whoever wrote them."""
    furnish(newcomer.home, newcomer.household.practice)
    before = newcomer.config
    said = newcomer.setup(
        "--no-hook",
        "--no-populate",
        answers=[("which sso-session? [1]", "7"), ("which sso-session? [1]", "2")],
    )

    assert "1  company (https://practice.awsapps.com/start, eu-west-1)" in said
    assert "type a number from 1 to 3" in said
    assert "awsenv: partner works: 555566667777" in said
    assert said.endswith('next, in this shell:\n    eval "$(awsenv use partner)"\n')
    assert newcomer.config == before
    assert "which sso-session? There are: company, partner" in newcomer.setup("--yes", "--no-hook", status=2)


def test_legacy_profiles_get_a_session(newcomer: Newcomer) -> None:
    """The start URL of legacy profiles makes an sso-session of awsenv's; the profiles stay to the byte, and work."""
    furnish(newcomer.home, newcomer.household.practice)
    text = newcomer.config
    legacy = "[profile legacy]" + text.partition("[profile legacy]")[2].partition("\n[")[0]
    newcomer.household.config_path.write_text(legacy)
    said = newcomer.setup(
        "--no-hook",
        "--account",
        "Team_A*",
        answers=[
            ("which sso-session? [1]", ENTER),
            ("a name for this sso-session [practice]", "work"),
            ("sign in to work now?", ENTER),
            ("write the sso-session to", ENTER),
            ("the region of the profiles", ENTER),
            ("write 2 profiles", ENTER),
        ],
    )

    assert f"1  a new sso-session for {URL}, eu-west-1, as of profile legacy; they stay as they are" in said
    assert newcomer.config.startswith(legacy)
    assert "[sso-session work]" in newcomer.config
    used = run([AWSENV, "use", "--json", "--shell", "sh", "legacy"], environment_of(newcomer.household))
    assert json.loads(used.stdout)["set"]["AWSENV_PROFILE"] == "legacy"


def test_somebody_elses_session_is_never_changed(newcomer: Newcomer) -> None:
    """A section of that name with the same values is used as it is; with others it is refused by name."""
    config = newcomer.household.config_path
    config.parent.mkdir()
    theirs = f"[sso-session practice]\nsso_region={REGION}\nsso_start_url={URL}/\n"
    config.write_text(theirs)
    newcomer.setup(*TOLD, "--sso-session", "practice", "--no-populate")
    assert config.read_text() == theirs

    other = theirs.replace("eu-west-1", "us-east-1")
    config.write_text(other)
    said = newcomer.setup(*TOLD, "--sso-session", "practice", "--no-login", status=7)
    assert f"[sso-session practice] stands in {config}:1 with another start URL or region" in said
    assert config.read_text() == other


def test_a_long_list_is_not_shown_line_by_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Of many profiles a few are named before they are written; a name that is taken is refused, the rest goes on."""
    with PracticeServer(world_of([account(number) for number in range(4)])) as practice:
        newcomer = arrive(tmp_path, practice, monkeypatch, capfd)
        told = ("--start-url", URL, "--sso-region", REGION, "--sso-session", "x", "--region", REGION, "--no-hook")
        begin = [("sign in to x now?", ENTER), ("write the sso-session to", ENTER)]
        said = newcomer.setup(*told, answers=[*begin, ("write 16 profiles to", "n")])
        assert "16 profiles: Team-000-Admin, Team-000-Billing," in said
        assert "+[profile" not in said
        assert newcomer.config.count("[profile") == 0

        with newcomer.household.config_path.open("a") as file:
            file.write("\n[profile Team-000-ReadOnly]\nregion = us-east-1\n")
        said = newcomer.setup(*told, "--yes", status=7)
        assert newcomer.config.count("[profile") == 16
        assert "Team-001-ReadOnly works" in said
        assert 'a profile that is not awsenv\'s has the name: "Team-000-ReadOnly"' in said
        assert "--template" in newcomer.setup(*told, "--yes", "--template", "{nothing}", status=2)


def test_a_wrong_start_url_is_not_kept(newcomer: Newcomer) -> None:
    """Where the sign-in fails by it, that is said, nothing is written, and it is asked for again."""
    said = newcomer.setup(
        *("--no-hook", "--device-code", "--account", "Team_A*"),
        answers=[
            ("the start URL", "https://wrong.awsapps.com/start"),
            ("the region of Identity Center", REGION),
            ("a name for this sso-session [wrong]", "work"),
            ("sign in to work now?", ENTER),
            ("try another start URL or region?", ENTER),
            ("the start URL (AWS access portal URL) [https://wrong.awsapps.com/start]", "practice"),
            ("the region of Identity Center (the SSO region) [eu-west-1]", ENTER),
            ("sign in to work now?", ENTER),
            ("write the sso-session to", ENTER),
            ("the region of the profiles", ENTER),
            ("write 2 profiles", ENTER),
        ],
    )

    assert "not signed in at https://wrong.awsapps.com/start in eu-west-1; nothing of it is kept" in said
    assert f"sso_start_url = {URL}\n" in newcomer.config
    assert "wrong" not in newcomer.config


def test_a_declined_sign_in_leaves_nothing(newcomer: Newcomer) -> None:
    """Declined in the browser, it ends with the status of a login, and no file is written."""
    newcomer.person.will("deny")
    newcomer.setup(*TOLD, status=4)
    assert versions(newcomer.home) == {}


def test_ctrl_c_leaves_whole_what_was_done(newcomer: Newcomer) -> None:
    """Interrupted at a question, what is written is whole and is told; the rest is as it was."""
    said = newcomer.setup(
        *("--start-url", URL, "--sso-region", REGION, "--sso-session", "work", "--shell", "zsh"),
        answers=[
            ("sign in to work now?", ENTER),
            ("write the sso-session to", ENTER),
            ("the region of the profiles", KeyboardInterrupt),
        ],
        status=130,
    )

    assert said.endswith(
        f"awsenv: done so far: signed in to work; sso-session work in {newcomer.household.config_path}\n"
    )
    assert newcomer.config.count("[") == 1
    assert not (newcomer.home / ".zshrc").exists()


def test_no_is_an_answer(newcomer: Newcomer) -> None:
    """Each step may be left out by an answer, and what hangs on it is left out with it."""
    told = ("--start-url", URL, "--sso-region", REGION, "--sso-session", "work", "--shell", "zsh")
    said = newcomer.setup(
        *told,
        answers=[
            ("sign in to work now?", "n"),
            ("write the sso-session to", "n"),
            ("show profile", "n"),
            ("write this line", "n"),
        ],
    )
    assert "without the sso-session no profile is written" in said
    # There is nothing to use yet.
    assert said.endswith("awsenv: next, in this shell:\n    awsenv setup\n")
    assert versions(newcomer.home) == {}

    said = newcomer.setup(
        *told, "--no-hook", answers=[("sign in to work now?", "n"), ("write the sso-session to", ENTER)]
    )
    assert "without a sign-in no profile is written" in said
    assert newcomer.config.count("[") == 1
    assert newcomer.person.opened() == []


def test_dry_run_writes_nothing(newcomer: Newcomer) -> None:
    """Every change is shown, profiles only where the sign-in is good already, and none is made."""
    said = newcomer.setup(*TOLD[1:], "--dry-run")
    assert f"+{OURS}" in said
    assert "+if command -v awsenv" in said
    assert "only a sign-in to practice can tell" in said
    assert versions(newcomer.home) == {}

    furnish(newcomer.home, newcomer.household.practice)
    before = versions(newcomer.home)
    said = newcomer.setup("--dry-run", "--sso-session", "company", "--shell", "fish")
    assert "+[profile DevOps-Admin]" in said
    assert versions(newcomer.home) == before
    assert newcomer.person.opened() == []


def test_a_start_file_that_cannot_be_written(newcomer: Newcomer) -> None:
    """All else is done and proven; the line to put there by hand is named, and the status is that of a local file."""
    path = write_rc(newcomer.home, "zsh")
    path.chmod(0o400)
    said = newcomer.setup(*TOLD, "--account", "Team_A*", status=7)

    assert "works: 111122223333" in said
    assert f"{path} is read-only, so it is left alone" in said
    assert f"put this line at the end of {path}: if command -v awsenv" in said
    assert path.read_bytes() == RC_TEXT


def test_a_line_of_ones_own_suffices(newcomer: Newcomer) -> None:
    """Where a line loads the hook already, however it is written and where, none is added, and none is removed."""
    only_hook = ("--yes", "--no-login", "--no-populate", "--shell")
    path = write_rc(newcomer.home, "zsh", b"a\nsource <(/opt/awsenv init zsh)\n")
    conf = newcomer.home / ".config" / "fish" / "conf.d" / "aws.fish"
    conf.parent.mkdir(parents=True)
    conf.write_text("awsenv init fish | source\n")

    assert "command -v" not in newcomer.setup("--dry-run", *only_hook[1:], "zsh")
    assert f"{path}:2 loads the hook already" in newcomer.setup(*only_hook, "zsh")
    assert f"{conf}:1 loads the hook already" in newcomer.setup(*only_hook, "fish")
    assert list(versions(newcomer.home)) == [".zshrc"]
    said = newcomer.setup("--remove", "--yes")
    assert f"{path}:2 loads the hook, and stays" in said
    assert f"{conf}:1 loads the hook, and stays" in said


def test_the_prompt_may_be_left_alone(newcomer: Newcomer) -> None:
    """--no-prompt is in the line, stays when nothing is said of it, and --prompt takes it out again."""
    only_hook = ("--yes", "--no-login", "--no-populate", "--shell", "zsh")
    path = write_rc(newcomer.home, "zsh")
    for options, is_in in (((), False), (("--no-prompt",), True), ((), True), (("--prompt",), False)):
        newcomer.setup(*only_hook, *options)
        assert (b"awsenv init zsh --no-prompt" in path.read_bytes()) is is_in
        assert path.read_bytes().count(b"awsenv init") == 1
    newcomer.setup("--remove", "--yes", "--no-populate")
    assert path.read_bytes() == RC_TEXT


def test_a_start_file_of_ones_choice(newcomer: Newcomer) -> None:
    """--rc-file says where the line goes, and where it is removed from."""
    path = newcomer.home / "more" / "aws.zsh"
    newcomer.setup("--yes", "--no-login", "--no-populate", "--shell", "zsh", "--rc-file", str(path))
    assert path.exists()
    assert not (newcomer.home / ".zshrc").exists()
    newcomer.setup("--remove", "--yes", "--shell", "zsh", "--rc-file", str(path))
    assert not path.exists()


@pytest.mark.parametrize(("shell", "leave"), [("bash", b"return"), ("zsh", b"return 0"), ("fish", b"return")])
def test_the_line_takes_effect(newcomer: Newcomer, shell: str, leave: bytes) -> None:
    """Where a start file always ends early, the line goes before that, and takes effect; it goes again to the byte."""
    content = b"set -x A 1\n" + leave + b"\n# never read"
    path = write_rc(newcomer.home, shell, content)
    only_hook = ("--yes", "--no-login", "--no-populate", "--shell", shell)

    assert "will not get to" not in newcomer.setup(*only_hook)
    environment = environment_of(newcomer.household)
    started = run([shell, "-i", "-c", "type awsenv; set +x"], {**environment, "HOME": str(newcomer.home)})
    assert b"awsenv is a" in started.stdout
    written = path.read_bytes()
    newcomer.setup(*only_hook)
    assert path.read_bytes() == written
    newcomer.setup("--remove", "--yes")
    assert path.read_bytes() == content


def test_what_keeps_the_line_from_being_read_is_told(newcomer: Newcomer) -> None:
    """A start file that becomes another shell is named with its line, each time, and before anything is written."""
    path = write_rc(newcomer.home, "bash", b"export A=1\nexec fish\n")
    config = newcomer.home / ".aws" / "config"
    config.parent.mkdir()
    config.write_text("[profile mine]\nregion = eu-west-1\n", encoding="utf-8")
    only_hook = ("--no-login", "--no-populate", "--shell", "bash")
    for options in (("--dry-run",), ("--yes",), ("--yes",)):
        said = newcomer.setup(*only_hook, *options)
        assert f"{path}:2 always makes another program of bash" in said
        assert ('    eval "$(awsenv use PROFILE)"\n' in said) is ("--yes" in options)


def test_no_sso_session_takes_the_place_of_another(newcomer: Newcomer) -> None:
    """A name that is taken by another start URL is neither the default nor an answer, and its sign-in stays."""
    told = ("--no-login", "--no-populate", "--no-hook", "--sso-region", REGION, "--start-url")
    newcomer.setup("--yes", *told, "https://d-1111111111.awsapps.com/start")
    newcomer.setup("--yes", *told, "https://d-2222222222.awsapps.com/start")
    assert newcomer.config.count("[sso-session my-sso") == 2
    assert "https://d-1111111111.awsapps.com/start" in newcomer.config
    said = newcomer.setup(
        *told,
        "https://d-3333333333.awsapps.com/start",
        answers=[("a name for this sso-session [my-sso-3]", "my-sso"), ("a name", "third"), ("write the", ENTER)],
    )
    assert 'the sso-session "my-sso" is of another start URL or region' in said

    # One's own is put right by naming it, or its region.
    newcomer.setup("--yes", *told, "https://d-4444444444.awsapps.com/start", "--sso-session", "third")
    assert "d-3333333333" not in newcomer.config
    newcomer.setup("--yes", "--sso-region", "us-east-1", *told[:3], told[-1], "https://d-4444444444.awsapps.com/start")
    assert newcomer.config.count("[") == 4


def test_a_foreign_section_is_refused_before_the_sign_in(newcomer: Newcomer) -> None:
    """Nobody signs in for a section that cannot be written: its token would take the place of the other's."""
    furnish(newcomer.home, newcomer.household.practice)
    token = newcomer.household.token_path("company").read_bytes()
    said = newcomer.setup(
        *("--yes", "--no-hook", "--start-url", URL, "--sso-region", "us-east-1", "--sso-session", "company"), status=7
    )

    assert "with another start URL or region" in said
    assert newcomer.household.token_path("company").read_bytes() == token
    assert newcomer.person.opened() == []


def test_no_copy_of_what_awsenv_alone_has_written(newcomer: Newcomer) -> None:
    """In a config file that setup itself has made there is nothing of before to be kept, and no word of it."""
    said = newcomer.setup(*TOLD, "--no-hook", "--account", "Team_A*")

    assert "as it was before" not in said
    assert not newcomer.household.config_path.with_name("config.before-awsenv").exists()


def test_keys_that_would_go_with_a_section_are_named(newcomer: Newcomer) -> None:
    """Before a section of awsenv's goes, what somebody else has written into it is told, nested settings too."""
    newcomer.setup(*TOLD, "--no-hook", "--account", "Team_Awesome", "--role", "Dev*")
    with newcomer.household.config_path.open("a") as file:
        file.write("output = json\ns3 =\n  addressing_style = path\n")
    said = newcomer.setup("--remove", answers=[("remove 2 sections from", END)])

    assert "[profile Team_Awesome-Developer] in " in said
    assert "was written by awsenv, but for output, s3, which would go with it" in said


def test_who_is_given_nothing_is_told_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Without an account it is the administrator's turn; where none of them fits what was asked for, that is said."""
    for name in ("none", "one"):
        (tmp_path / name).mkdir()
    with PracticeServer(world_of([])) as practice:
        newcomer = arrive(tmp_path / "none", practice, monkeypatch, capfd)
        assert "practice gives you no account: who administers" in newcomer.setup(*TOLD)
    with PracticeServer(world_of([account(1)])) as practice:
        newcomer = arrive(tmp_path / "one", practice, monkeypatch, capfd)
        said = newcomer.setup(*TOLD, "--role", "Nobody")
        assert "of the 1 accounts of practice, none has a role that was asked for" in said


def test_older_profiles_are_shown_the_way(newcomer: Newcomer) -> None:
    """Who has long-lived keys, roles behind them or a start URL of their own is told of migrate."""
    newcomer.household.config_path.parent.mkdir()
    newcomer.household.config_path.write_text(
        "[default]\naws_access_key_id = a\naws_secret_access_key = b\n[profile process]\ncredential_process = x\n"
        f"[profile unicorn]\nrole_arn = arn:aws:iam::{UNICORN}:role/Developer\nsource_profile = default\n"
        f"[profile legacy]\nsso_start_url = https://a.awsapps.com/start\nsso_region = {REGION}\n"
        f"sso_account_id = {UNICORN}\nsso_role_name = Developer\n"
    )
    said = newcomer.setup(*TOLD, "--no-hook", "--account", "Team_A*")

    assert "as before: default, unicorn, legacy; to move them to SSO: awsenv migrate\n" in said
