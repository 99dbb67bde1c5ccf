"""serve: a credentials endpoint beside a command or in the foreground, which ends with the process it is for."""

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial

from awsenv.actions.alone import start_alone
from awsenv.actions.label import label_for
from awsenv.actions.serve_credentials import MARGIN, Keeper, Renewer
from awsenv.actions.serve_process import Ending
from awsenv.actions.switch import Switch
from awsenv.aws.container import Endpoint, Gate, listen
from awsenv.environ import REGION_VARIABLES, SERVED_VARIABLES, saved_variables, switch
from awsenv.errors import AwsenvError, IncompleteProfile, LocalFileError
from awsenv.files.ini import load_ini
from awsenv.files.paths import config_path, credentials_path, expanded, home_path
from awsenv.files.profiles import Profiles
from awsenv.files.settings import load_settings
from awsenv.model import EnvChange, NoSource, Place
from awsenv.runtime import Runtime
from awsenv.values import Value, replace

_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Report = Callable[[AwsenvError], None]


class Life(Value):
    """How long an endpoint lives: until the `ending` of a process, or for so long; `at_end` is done then."""

    ending: Ending
    lasts: timedelta | None = None
    at_end: Callable[[], None] | None = None


def _nobody_waits() -> None:
    pass


class Server:
    """An endpoint for the destination of a switch: its port is open, and asked questions wait, from its making on."""

    def __init__(self, switched: Switch, runtime: Runtime, min_ttl: timedelta | None = None) -> None:
        """Open the port.

        Raises:
            IncompleteProfile: the switch brings no credentials.
            LocalFileError: there is no port to be had.
        """
        credentials = switched.destination.credentials
        if credentials is None:
            raise IncompleteProfile(f'profile "{switched.destination.profile_name}" gives no credentials to serve')
        self._first = credentials
        self._renewer = Renewer(switched.destination, runtime, max(MARGIN, min_ttl or MARGIN))
        self._runtime = runtime
        try:
            self._listener, self.gate = listen()
        except OSError as error:
            raise LocalFileError(f"no port of 127.0.0.1 to listen on: {error.strerror}") from error

    def detach(self, life: Life, report: Report) -> None:
        """Serve in a process of its own, which is nobody's child, as long as `life` says.

        It has no streams but the terminal, if stderr is one, and none of the caller's files.

        Raises:
            LocalFileError: it did not start.
        """
        start_alone(
            lambda started: self._run(life, report, started=started),
            what="the server",
            kept={self._listener.fileno(), *life.ending.kept()},
        )
        life.ending.close()
        self._listener.close()

    def serve(self, life: Life, report: Report) -> signal.Signals | None:
        """Serve in this process as long as `life` says; return the signal that ended it, if one did."""
        before = {number: signal.getsignal(number) for number in _ENDINGS}
        try:
            # What the caller ignores, as nohup does, stays ignored.
            return self._run(life, report, [each for each in before if before[each] != signal.SIG_IGN])
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _run(
        self,
        life: Life,
        report: Report,
        numbers: Sequence[signal.Signals] = (),
        started: Callable[[], None] = _nobody_waits,
    ) -> signal.Signals | None:
        try:
            return asyncio.run(self._attend(_over(life, numbers), report, started))
        finally:
            if life.at_end is not None:
                life.at_end()

    async def _attend(
        self, over: Awaitable[signal.Signals | None], report: Report, started: Callable[[], None]
    ) -> signal.Signals | None:
        # What goes wrong with a connection is not awsenv's concern, and nothing of it is told.
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        ended = asyncio.ensure_future(over)
        renewer, now = self._renewer, self._runtime.now
        keeper = Keeper(renewer.fetch, self._first, now=now, report=partial(_tell, report), margin=renewer.margin)
        endpoint = Endpoint(self._listener, self.gate, keeper.answer)
        await endpoint.start()
        started()
        keeping = asyncio.ensure_future(keeper.keep())
        ended_by = await ended
        endpoint.close()
        keeping.cancel()
        await keeper.finish()
        return ended_by


def _tell(report: Report, error: AwsenvError) -> None:
    # Whoever stops a terminal's output (Ctrl-S, a connection that hangs) stops neither the endpoint nor its end.
    with contextlib.suppress(RuntimeError):
        threading.Thread(target=report, args=(error,), daemon=True).start()


async def _over(life: Life, numbers: Sequence[signal.Signals]) -> signal.Signals | None:
    loop = asyncio.get_running_loop()
    over: asyncio.Future[signal.Signals | None] = loop.create_future()

    def end(number: signal.Signals | None = None) -> None:
        if not over.done():
            over.set_result(number)

    for number in numbers:
        loop.add_signal_handler(number, end, number)
    if life.lasts is not None:
        loop.call_later(life.lasts.total_seconds(), end)
    life.ending.tell(loop, end)
    return await over


def served_change(switched: Switch, gate: Gate, runtime: Runtime) -> EnvChange:
    """Return the change that makes a shell or command ask the endpoint, and nobody else, for credentials.

    Keys and profile variables are unset, since every SDK takes them first; what tells of their end is, too.
    """
    there = replace(switched.destination, credentials=None, sign_in=None)
    region = there.region or saved_variables(runtime.environment).get(REGION_VARIABLES[0])
    there = replace(there, label=label_for(there, load_settings(runtime).prompt_format, region=region))
    variables = dict(zip(SERVED_VARIABLES, (gate.url, gate.token), strict=True))
    return EnvChange({**switch(runtime.environment, there, "keys").variables, **variables})


def shadows(runtime: Runtime) -> dict[str, Place]:
    """Return where credentials are that SDKs take before any endpoint, by the variable that names the file.

    It is the `[default]` of the shared files, and what boto3 takes from the boto of old.
    """
    config, credentials = load_ini(config_path(runtime)), load_ini(credentials_path(runtime))
    nothing = load_ini(os.devnull)
    found = {
        "AWS_CONFIG_FILE": _default_in(Profiles(config, nothing)),
        "AWS_SHARED_CREDENTIALS_FILE": _default_in(Profiles(nothing, credentials)),
    }
    whole = _default_in(Profiles(config, credentials))
    if whole is not None and not any(found.values()):
        # Half a pair of keys in each of them.
        found = dict.fromkeys(found, whole)
    found["BOTO_CONFIG"] = _in_boto_files(runtime)
    return {name: place for name, place in found.items() if place is not None}


def _default_in(profiles: Profiles) -> Place | None:
    profile = profiles.find("default")
    if profile is None or (isinstance(profile.source, NoSource) and profile.source.is_bare):
        return None
    return profile.place


def _in_boto_files(runtime: Runtime) -> Place | None:
    named = runtime.environment.get("BOTO_CONFIG")
    paths = ("/etc/boto.cfg", home_path(runtime, ".boto")) if named is None else (expanded(runtime, named),)
    for path in paths:
        # What cannot be read, boto3 passes over as well.
        with contextlib.suppress(AwsenvError):
            found = load_ini(path).sections.get("Credentials")
            if found is not None and "aws_access_key_id" in found.entries:
                return Place(path, found.line)
    return None
