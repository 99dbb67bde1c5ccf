"""Answer a warm `use` or `exec` from an answer that was prepared before, and import next to nothing for it.

What is unusual in any way is left to the command line, which knows the reasons and has the words. All text is bytes.
"""

import os
from time import time

from awsenv import prepared
from awsenv.prepared import Unusual

_DIALECTS = (b"bash", b"zsh", b"fish", b"sh")
_MODES = (b"profile", b"keys")
_LARGEST = 65_536
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK

Fields = dict[bytes, bytes]


def main(arguments: list[bytes], environment: dict[bytes, bytes]) -> None:
    """Answer the command line and end this process, or return where nothing is prepared for it."""
    try:
        wish = Wish(arguments, environment)
        fields, body = _read(wish, environment)
        saved, previous = _carried(fields, environment)
        if wish.form == prepared.EXEC:
            _become(wish.command, _changed(body, saved, previous, environment))
        else:
            body = body.replace(prepared.SAVED, b"'%b'" % saved)
            _print(fields, body.replace(prepared.PREVIOUS, b"'%b'" % previous))
    except (Unusual, OSError, ValueError, LookupError):
        return
    except KeyboardInterrupt:
        os._exit(130)


class Wish:
    """A command line of `use` or `exec` that an answer may be prepared for: `form` is a dialect, or `EXEC`."""

    def __init__(self, arguments: list[bytes], environment: dict[bytes, bytes]) -> None:
        """Read the words behind the program's name; raises Unusual, or LookupError, for any that are not so."""
        self.mode = prepared.DEFAULT_MODE
        self._is_use = arguments[0] == b"use"
        self._shell: bytes | None = None
        self._rest = arguments[:0:-1]
        names = self._read()
        (name,) = names
        self.name = environment.get(b"AWSENV_PREVIOUS", b"") if name == b"-" else name
        self.command = self._rest[::-1]
        if self._is_use:
            self.form = _one_of(_DIALECTS, _calling_shell() if self._shell is None else self._shell)
        else:
            self.form = prepared.EXEC
            if self.command[0] == b"--":
                del self.command[0]
        if os.isatty(1) if self._is_use else self.command[0][:1] in (b"-", b""):
            raise Unusual

    def _read(self) -> list[bytes]:
        names: list[bytes] = []
        rest = self._rest
        while rest and (self._is_use or not names):
            word = rest.pop()
            option, equals, value = word.partition(b"=")
            if word == b"--":
                names += [rest.pop() for _ in (rest[:] if self._is_use else rest[:1])]
            elif option == b"--only":
                self.mode = _one_of(_MODES, value if equals else rest.pop())
            elif option == b"--shell" and self._is_use:
                self._shell = value if equals else rest.pop()
            elif word[:1] != b"-" or word == b"-":
                names.append(word)
            elif word != b"--no-login":
                raise Unusual
        return names


def _read(wish: Wish, environment: dict[bytes, bytes]) -> tuple[Fields, bytes]:
    path = prepared.answer_path(environment, wish.form, wish.mode, wish.name)
    if not prepared.is_private_folder(path.rpartition(b"/")[0]) or environment.get(b"AWSENV_DEBUG") == b"1":
        raise Unusual
    descriptor = os.open(path, _READ)
    try:
        if not prepared.is_private(os.fstat(descriptor)):
            raise Unusual
        content = os.read(descriptor, _LARGEST)
    finally:
        os.close(descriptor)
    head, _, body = content.partition(b"\ntext\n")
    lines = head.split(b"\n")
    beginning = prepared.expected_head(environment, wish.form, wish.mode, wish.name)
    if not body.endswith(b"\nend\n") or lines[: len(beginning)] != beginning:
        raise Unusual
    fields = _fields(lines[len(beginning) :], environment)
    if not int(fields[b"made"]) <= time() < int(fields[b"until"]):
        raise Unusual
    return fields, body[:-4]


def _fields(lines: list[bytes], environment: dict[bytes, bytes]) -> Fields:
    fields: Fields = {b"warnings": b""}
    paths: list[bytes] = []
    for line in lines:
        key, _, value = line.partition(b" ")
        if key == b"source":
            state, _, path = value.partition(b" ")
            paths.append(path)
            if prepared.state_of(path) != state:
                raise Unusual
        elif key == b"warning":
            fields[b"warnings"] += b"awsenv: warning: %b\n" % value
        else:
            fields[key] = value
    if paths[:3] != prepared.shared_paths(environment):
        raise Unusual
    return fields


def _carried(fields: Fields, environment: dict[bytes, bytes]) -> tuple[bytes, bytes]:
    # What a shell takes along from profile to profile: the variables of before the first, and the name of the last.
    names = fields[b"saves"].split(b" ")
    before, saved = environment.get(b"AWSENV_PROFILE"), environment.get(b"AWSENV_SAVED")
    if (saved is None) is not (before is None) or before == b"":
        raise Unusual
    if saved is None:
        saved = b"{%b}" % b",".join(b'"%b":"%b"' % (name, environment[name]) for name in names if name in environment)
    if not prepared.is_saved_text(saved, names) or (fields[b"region"] == b"saved" and b"REGION" in saved):
        raise Unusual
    previous = environment.get(b"AWSENV_PREVIOUS", b"") if before in (None, fields[b"profile"]) else before or b""
    if not prepared.is_plain(previous):
        raise Unusual
    return saved, previous


def _print(fields: Fields, text: bytes) -> None:
    told = fields[b"warnings"]
    if os.isatty(2):
        ends = fields[b"ends"]
        left = b" \xc2\xb7 %b left" % _time_left(int(ends) - int(time())) if ends else b""
        told += b"awsenv: %b%b\n" % (fields[b"said"], left)
    # Where not even the beginning goes out, the command line tells why; what is out must not come a second time.
    written = os.write(1, text)
    try:
        while written < len(text):
            written += os.write(1, text[written:])
    except OSError as error:
        _tell(b"awsenv: the output was not all written: %b\n" % os.strerror(error.errno or 0).encode())
        os._exit(7)
    if told:
        _tell(told)
    # Nothing is open and nothing buffered: what Python would tidy up takes longer than all of this.
    os._exit(0)


def _tell(text: bytes) -> None:
    try:
        os.write(2, text)
    except OSError:
        # Nobody listens.
        return


def _time_left(seconds: int) -> bytes:
    hours, minutes = divmod(seconds // 60, 60)
    if hours >= 48:  # noqa: PLR2004 - two days and more read better as days
        return b"%dd%dh" % divmod(hours, 24)
    return b"%dh%02dm" % (hours, minutes) if hours else b"%dm" % minutes


def _changed(body: bytes, saved: bytes, previous: bytes, environment: dict[bytes, bytes]) -> dict[bytes, bytes]:
    changed = dict(environment)
    if b"LC_CTYPE" in changed:
        # In a C locale Python sets it for itself (PEP 538); the command should see what the caller set.
        del changed[b"LC_CTYPE"]
        with open("/proc/self/environ", "rb", 0) as file:  # noqa: PTH123 - pathlib costs as much as all of this
            for entry in file.read().split(b"\0"):
                if entry.startswith(b"LC_CTYPE="):
                    changed[b"LC_CTYPE"] = entry[9:]
    for line in body.split(b"\n")[:-1]:
        name, equals, value = line.partition(b"=")
        changed.pop(name, None)
        if equals:
            changed[name] = value
    changed[b"AWSENV_SAVED"] = saved
    if previous:
        changed[b"AWSENV_PREVIOUS"] = previous
    return changed


def _become(command: list[bytes], variables: dict[bytes, bytes]) -> None:
    import _signal  # type: ignore[import-not-found] # what is behind `signal`, without the enumerations

    # Python ignores these at start; a command that inherits that would not end when its reader does.
    for number in (_signal.SIGPIPE, _signal.SIGXFSZ):
        _signal.signal(number, _signal.SIG_DFL)
    if b"/" in command[0]:
        candidates = command[:1]
    else:
        folders = variables.get(b"PATH", os.defpath.encode()).split(b":")
        candidates = [(folder or b".") + b"/" + command[0] for folder in folders]
    for candidate in candidates:
        try:
            os.execve(candidate, command, variables)
        except (FileNotFoundError, NotADirectoryError):
            continue
    raise Unusual


def _one_of(choices: tuple[bytes, ...], word: bytes) -> bytes:
    if word not in choices:
        raise Unusual
    return word


def _calling_shell() -> bytes:
    with open(b"/proc/%d/cmdline" % os.getppid(), "rb", 0) as file:  # noqa: PTH123 - pathlib costs as much as all of this
        program = file.read(4096).partition(b"\0")[0]
    return program.rpartition(b"/")[2].removeprefix(b"-")
