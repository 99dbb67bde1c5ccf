"""Servers on loopback that answer with whatever bytes a test has for them, with TLS or without."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Reply = bytes | Callable[[socket.socket], None]


@dataclass
class Wire:
    """A server: its port, and what each connection sent to it; without TLS that failed."""

    port: int
    heads: list[bytes] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


@contextmanager
def wire(
    reply: Reply, context: ssl.SSLContext | None = None, family: socket.AddressFamily = socket.AF_INET
) -> Iterator[Wire]:
    """Answer every connection with `reply`, once its request has come whole."""
    listener = socket.socket(family)
    listener.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
    listener.listen(64)
    server, is_over = Wire(listener.getsockname()[1]), threading.Event()

    def serve() -> None:
        while not is_over.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            if is_over.is_set():
                connection.close()
                return
            connection.settimeout(20)
            _serve(server, connection, reply, context)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server
    finally:
        is_over.set()
        with contextlib.suppress(OSError):
            socket.create_connection(listener.getsockname()[:2], 5).close()
        thread.join()
        listener.close()


def _serve(server: Wire, connection: socket.socket, reply: Reply, context: ssl.SSLContext | None) -> None:
    with contextlib.closing(connection):
        secured = connection
        try:
            if context is not None:
                secured = context.wrap_socket(connection, server_side=True)
            head = b""
            while b"\r\n\r\n" not in head:
                part = secured.recv(65_536)
                if not part:
                    break
                head += part
        except OSError as error:
            server.broken.append(type(error).__name__)
            return
        if head:
            server.heads.append(head)
        with contextlib.suppress(OSError), contextlib.closing(secured):
            if callable(reply):
                reply(secured)
            else:
                secured.sendall(reply)
                if context is None:
                    secured.shutdown(socket.SHUT_WR)
