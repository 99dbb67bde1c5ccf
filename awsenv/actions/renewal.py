"""renew: new keys for a shell that is open already; in silence where it can be, with one question where it must be."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import cast

from awsenv.actions.background import within
from awsenv.actions.credentials import SAFETY_MARGIN, CredentialFinder
from awsenv.actions.flows import Progress
from awsenv.actions.hints import login_command, shown_argument
from awsenv.actions.label import label_for
from awsenv.actions.login import sign_in, wish_for
from awsenv.actions.nobody import NobodyThere
from awsenv.actions.switch import destination_of, sign_in_behind
from awsenv.environ import REGION_VARIABLES, has_drifted, renewal
from awsenv.errors import AwsenvError, ExitCode, HookCode, LoginDeclined, LoginRequired
from awsenv.files.marks import leave_dead_mark
from awsenv.files.profiles import Profiles, load_profiles
from awsenv.files.reading import ignore
from awsenv.files.settings import Settings, load_settings
from awsenv.model import Credentials, EnvChange, Export, Mode, NoSource, Notice, Profile, SsoSession
from awsenv.runtime import Runtime
from awsenv.values import Value, asdict, replace

# With less than this, a command that starts now may end without keys.
DEAD = timedelta(seconds=30)
# While the keys still work, nobody waits longer for new ones.
PATIENCE = 3.0

# How often a key that is no answer is put right.
_TRIES = 3

_SECONDS = re.compile(r"0|[1-9][0-9]{0,10}", re.ASCII)
_TOKEN_NAME = re.compile(r"[0-9a-f]{40}", re.ASCII)


class Occasion(Value):
    """Why the hook calls: `mode` None is that of the settings, `may_hold` says that a command can be held back."""

    mode: Mode | None = None
    may_hold: bool = False


class Refusal(Value):
    """The shell stays as it is: the exit code, and the line to tell, where there is anything to tell."""

    code: ExitCode | HookCode
    line: str | None = None


class _Refused(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__()
        self.refusal = refusal


def renew(
    occasion: Occasion, *, runtime: Runtime, notify: Callable[[Notice], None], progress: Progress
) -> EnvChange | Refusal:
    """Return the change that renews the keys of this shell, or why it stays as it is.

    While the keys work, nothing is said or asked, and nothing waited for longer than `PATIENCE`. A login that is needed
    and not made leaves the mark that the hook compares with the token file.
    """
    began, expires_at = runtime.now(), _moment(runtime.environment.get("AWSENV_EXPIRES", ""))
    if expires_at is None or has_drifted(runtime.environment):
        return Refusal(ExitCode.CONFIG)
    attempt = _Attempt(occasion, runtime, expires_at, began, is_dead=expires_at - began < DEAD)
    try:
        return attempt.change(notify, progress)
    except _Refused as refused:
        answer = refused.refusal
    except AwsenvError as error:
        is_silent = not attempt.is_dead or (isinstance(error, LoginRequired) and attempt.mode == "off")
        answer = Refusal(error.exit_code, None if is_silent else attempt.line(error))
    if answer.code == ExitCode.LOGIN_REQUIRED:
        attempt.mark_dead()
    return answer


@dataclass
class _Attempt:
    occasion: Occasion
    runtime: Runtime
    expires_at: datetime
    began: datetime
    is_dead: bool
    mode: Mode | None = None
    token_name: str | None = None

    def __post_init__(self) -> None:
        self.mode = self.occasion.mode
        name = self.runtime.environment.get("AWSENV_SIGN_IN", "")
        self.token_name = name if _TOKEN_NAME.fullmatch(name) else None
        self.name = self.runtime.environment["AWSENV_PROFILE"]

    def change(self, notify: Callable[[Notice], None], progress: Progress) -> EnvChange:
        settings, profiles = load_settings(self.runtime), load_profiles(self.runtime)
        self.mode = self.mode or settings.guard_mode
        profile = profiles.find(self.name)
        if profile is None:
            problem = f'profile "{self.name}", which this shell is in, is gone from {profiles.config_path}'
            raise _Refused(Refusal(ExitCode.CONFIG, f"{problem}: awsenv list"))
        self.token_name = self.token_name or sign_in_behind(profile, profiles)
        if not isinstance(profile.source, NoSource):
            self._check_identity(profile.account_id, profile.role)
        finder = self._finder(profile, profiles, settings)
        if self.is_dead:
            finder.offer_login = _Question(self, settings, finder, notify, progress)
            credentials = finder.find()
        else:
            credentials = self._silently(finder)
        self._check_identity(credentials.account_id, profile.role)
        return self._change(profile, profiles, settings, credentials)

    def mark_dead(self) -> None:
        if self.token_name:
            # As of the beginning, so that a login made in the meantime elsewhere is newer.
            leave_dead_mark(self.runtime, self.token_name, self.began)

    def line(self, error: AwsenvError) -> str:
        if type(error) is LoginRequired:
            # The only one that no login mends.
            return f'the keys of "{self.name}" have expired, and new ones need an MFA code: {self._use}'
        return f"{error.problem}: {error.hint}" if error.hint else error.problem

    @property
    def _use(self) -> str:
        return f"awsenv use {shown_argument(self.name)}"

    def _finder(self, profile: Profile, profiles: Profiles, settings: Settings) -> CredentialFinder:
        quiet = replace(self.runtime, terminal=NobodyThere())
        # Of keys that are dead already, any that live are better.
        min_ttl = None if self.is_dead else max(SAFETY_MARGIN, settings.renew_margin)
        return CredentialFinder(profile, profiles, quiet, ignore, settings.allowed_endpoints, min_ttl)

    def _silently(self, finder: CredentialFinder) -> Credentials:
        told = within(PATIENCE, lambda: _tell(finder), self.runtime)
        answer = json.loads(told) if told else int(ExitCode.AWS_UNREACHABLE)
        if isinstance(answer, str):
            raise _Refused(Refusal(ExitCode.BUG, f"a bug in awsenv: {answer}"))
        if isinstance(answer, int):
            raise _Refused(Refusal(ExitCode(answer)))
        moment = answer.pop("expires_at")
        credentials = Credentials(**answer, expires_at=moment and datetime.fromtimestamp(moment, timezone.utc))
        if credentials.expires_at and credentials.expires_at.replace(microsecond=0) <= self.expires_at:
            # A source that hands out the same keys until they are over.
            raise _Refused(Refusal(ExitCode.LOGIN_REQUIRED))
        return credentials

    def _check_identity(self, account_id: str | None, role: str | None) -> None:
        before = self.runtime.environment.get("AWSENV_ACCOUNT_ID")
        is_same = not (account_id and before) or account_id == before
        if not is_same or role != self.runtime.environment.get("AWSENV_ROLE"):
            # New keys of somebody else, in a prompt that goes on to name the one of before: never.
            problem = f'profile "{self.name}" leads to another account or role than when this shell was switched'
            raise _Refused(Refusal(ExitCode.CONFIG, f"{problem}: {self._use}"))

    def _change(self, profile: Profile, profiles: Profiles, settings: Settings, credentials: Credentials) -> EnvChange:
        environment = self.runtime.environment
        region = next((environment[name] for name in REGION_VARIABLES if environment.get(name)), None)
        destination = destination_of(profile, region, credentials, self.runtime)
        label = label_for(destination, settings.prompt_format, region=region)
        destination = replace(destination, label=label, sign_in=sign_in_behind(profile, profiles))
        return renewal(destination, cast(Export, environment["AWSENV_EXPORT"]))


@dataclass
class _Question:
    """Offers the login, as the finder asks for it; the answers that are neither yes nor no end the renewal."""

    attempt: _Attempt
    settings: Settings
    finder: CredentialFinder
    notify: Callable[[Notice], None]
    progress: Progress

    def __call__(self, sso_session: SsoSession, error: LoginRequired) -> None:
        terminal = self.attempt.runtime.terminal
        if self.attempt.mode not in ("ask", "auto") or not terminal.can_ask():
            raise error
        if self.attempt.mode == "ask":
            self._ask(sso_session)
        # So that a login made elsewhere counts, however this one ends.
        self.attempt.mark_dead()
        with terminal.sane():
            # From here on somebody is watching.
            self.finder.notify = self.notify
            wish = wish_for(sso_session, self.settings)
            self.progress.finish(sign_in(sso_session, wish, finder=self.finder, progress=self.progress))
            self.finder.notify = ignore

    def _ask(self, sso_session: SsoSession) -> None:
        hint = login_command(sso_session, self.finder.profile)
        hold = ", [c]ancel the command" if self.attempt.occasion.may_hold else ""
        question = f"awsenv: the sign-in to {sso_session.token_key} is over: [l]og in now, [n]ot now"
        question += f", not in [t]his terminal{hold}? "
        for _ in range(_TRIES):
            match self._key(question):
                case "" | "l" | "L":
                    return
                case "t" | "T":
                    raise _Refused(Refusal(HookCode.NOT_HERE, f"not asked again in this terminal; to log in: {hint}"))
                case "c" | "C" if hold:
                    raise _Refused(Refusal(HookCode.HELD_BACK))
                case "n" | "N" | " ":
                    break
                case _:
                    # Typed without looking, most likely: no answer at all.
                    question = f"awsenv: l, n{', t or c' if hold else ' or t'}? "
        raise LoginDeclined(f"not signed in to {sso_session.token_key}", hint=hint)

    def _key(self, question: str) -> str:
        try:
            key = self.attempt.runtime.terminal.ask_key(question)
        except KeyboardInterrupt:
            self.attempt.mark_dead()
            raise
        if key is None:
            raise _Refused(Refusal(HookCode.DEFERRED))
        # Whatever the answer is, a login made elsewhere afterwards counts.
        self.attempt.mark_dead()
        return key


def _tell(finder: CredentialFinder) -> bytes:
    try:
        credentials = finder.find()
    except AwsenvError as error:
        return json.dumps(int(error.exit_code)).encode()
    except Exception as error:  # noqa: BLE001 - told by its kind alone, as any bug is
        return json.dumps(type(error).__name__).encode()
    moment = credentials.expires_at.timestamp() if credentials.expires_at else None
    return json.dumps(asdict(credentials) | {"expires_at": moment}).encode()


def _moment(text: str) -> datetime | None:
    # Digits only, as the hook takes them: the variable is anybody's to set.
    try:
        return datetime.fromtimestamp(int(text), timezone.utc) if _SECONDS.fullmatch(text) else None
    except (ValueError, OverflowError):
        return None
