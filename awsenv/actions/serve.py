"""serve: a credentials endpoint beside a command or in the foreground, which ends with the process it is for."""

import asyncio
import contextlib
import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import NoReturn

from awsenv.actions.label import label_for
from awsenv.actions.serve_credentials import MARGIN, Keeper, Renewer
from awsenv.actions.switch import Switch
from awsenv.aws.container import Endpoint, Gate, listen
from awsenv.environ import REGION_VARIABLES, saved_variables, switch
from awsenv.errors import AwsenvError, IncompleteProfile, LocalFileError, UsageError
from awsenv.files.ini import load_ini
from awsenv.files.paths import config_path, credentials_path
from awsenv.files.profiles import Profiles
from awsenv.files.settings import load_settings
from awsenv.model import EnvChange, NoSource, Place
from awsenv.runtime import Runtime
from awsenv.values import Value, replace

_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Report = Callable[[AwsenvError], None]


class Life(Value):
    """How long an endpoint lives: until a process ends, or for so long; `at_end` is done then."""

    process_id: int | None = None
    lasts: timedelta | None = None
    at_end: Callable[[], None] | None = None


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
            UsageError: the process that it is to end with cannot be watched.
            LocalFileError: there is no process to be had.
        """
        ending = _Ending(life.process_id)
        try:
            child = os.fork()
        except OSError as error:
            raise LocalFileError(f"no process to be had for the server: {error.strerror}") from error
        if child == 0:
            # Twice, so that the command that this process becomes has no child that it did not start.
            _alone_with(self._listener, ending, lambda: self._run(ending, life, report))
        os.waitpid(child, 0)
        ending.close()
        self._listener.close()

    def serve(self, life: Life, report: Report) -> signal.Signals | None:
        """Serve in this process as long as `life` says; return the signal that ended it, if one did."""
        ending = _Ending(life.process_id)
        before = {number: signal.getsignal(number) for number in _ENDINGS}
        try:
            # What the caller ignores, as nohup does, stays ignored.
            return self._run(ending, life, report, [each for each in before if before[each] != signal.SIG_IGN])
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _run(
        self, ending: "_Ending", life: Life, report: Report, numbers: "list[signal.Signals] | None" = None
    ) -> signal.Signals | None:
        try:
            return asyncio.run(self._attend(ending, life, report, numbers or []))
        finally:
            if life.at_end is not None:
                life.at_end()

    async def _attend(
        self, ending: "_Ending", life: Life, report: Report, numbers: list[signal.Signals]
    ) -> signal.Signals | None:
        loop = asyncio.get_running_loop()
        # What goes wrong with a connection is not awsenv's concern, and nothing of it is told.
        loop.set_exception_handler(lambda *_: None)
        over: asyncio.Future[signal.Signals | None] = loop.create_future()

        def end(number: signal.Signals | None = None) -> None:
            if not over.done():
                over.set_result(number)

        for number in numbers:
            loop.add_signal_handler(number, end, number)
        if life.lasts is not None:
            loop.call_later(life.lasts.total_seconds(), end)
        ending.tell(loop, end)
        renewer, now = self._renewer, self._runtime.now
        keeper = Keeper(renewer.fetch, self._first, now=now, report=report, margin=renewer.margin)
        endpoint = Endpoint(self._listener, self.gate, keeper.answer)
        await endpoint.start()
        keeping = asyncio.ensure_future(keeper.keep())
        ended_by = await over
        endpoint.close()
        keeping.cancel()
        await keeper.finish()
        return ended_by


def served_change(switched: Switch, gate: Gate, runtime: Runtime) -> EnvChange:
    """Return the change that makes a shell or command ask the endpoint, and nobody else, for credentials.

    Keys and profile variables are unset, since every SDK takes them first; what tells of their end is, too.
    """
    there = replace(switched.destination, credentials=None, sign_in=None)
    region = there.region or saved_variables(runtime.environment).get(REGION_VARIABLES[0])
    there = replace(there, label=label_for(there, load_settings(runtime).prompt_format, region=region))
    variables = {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": gate.url,
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": gate.token,
    }
    return EnvChange({**switch(runtime.environment, there, "keys").variables, **variables})


def shadows(runtime: Runtime) -> dict[str, Place]:
    """Return the `[default]` of each shared file that SDKs take before any endpoint, by the file's variable."""
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
    return {name: place for name, place in found.items() if place is not None}


def _default_in(profiles: Profiles) -> Place | None:
    profile = profiles.find("default")
    if profile is None or (isinstance(profile.source, NoSource) and profile.source.is_bare):
        return None
    return profile.place


class _Ending:
    """The end of a process, as something that a loop can wait for. Made before a fork, it cannot mean another one."""

    def __init__(self, process_id: int | None) -> None:
        self._process_id = process_id
        self._descriptor: int | None = None
        if process_id is not None and sys.platform == "linux":
            try:
                self._descriptor = os.pidfd_open(process_id)
            except OSError as error:
                raise UsageError(f"process {process_id} cannot be watched: {error.strerror}") from error

    def tell(self, loop: asyncio.AbstractEventLoop, end: Callable[[], None]) -> None:
        """Call `end` in the loop once the process has ended."""
        if sys.platform != "linux" and self._process_id is not None:
            # Not made before: a child does not inherit it. Tried by nobody.
            queue = select.kqueue()
            event = select.kevent(self._process_id, select.KQ_FILTER_PROC, select.KQ_EV_ADD, select.KQ_NOTE_EXIT)
            try:
                queue.control([event], 0)
            except ProcessLookupError:
                end()
            self._descriptor = os.dup(queue.fileno())
        if self._descriptor is not None:
            loop.add_reader(self._descriptor, end)

    def kept(self) -> set[int]:
        """Return the descriptors that a child must not close."""
        return set() if self._descriptor is None else {self._descriptor}

    def close(self) -> None:
        """Let go of it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _alone_with(listener: socket.socket, ending: _Ending, work: Callable[[], object]) -> NoReturn:
    # Nothing of the caller may run twice: neither what is registered for its end, nor what is left in a buffer.
    status = 1
    try:
        # A session of its own: Ctrl-C is the command's, which may go on after it.
        os.setsid()
        if os.fork() != 0:
            os._exit(0)
        _let_go({listener.fileno(), *ending.kept()})
        for number in _ENDINGS:
            signal.signal(number, signal.SIG_DFL)
        work()
        status = 0
    finally:
        os._exit(status)


def _let_go(kept: set[int]) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1) if os.isatty(2) else (0, 1, 2):
        os.dup2(nothing, stream)
    # Whoever reads from a pipe of the caller's is not kept waiting, and what it has locked is not held.
    for descriptor in map(int, os.listdir("/dev/fd")):  # noqa: PTH208 - numbers, not paths
        if descriptor > 2 and descriptor not in kept:  # noqa: PLR2004 - the streams
            with contextlib.suppress(OSError):
                os.close(descriptor)
