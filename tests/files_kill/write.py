"""Write one file in a home, as a process that strace may kill or lie to. Says how it ended; see `faults.py`.

Arguments: the home, the token, role or config to write, and the secret or region to put into it. Two calls that fail
mark the window.
"""

import contextlib
import os
import sys
from datetime import datetime, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from awsenv.errors import LocalFileError
from awsenv.files.editor import config_file, edit_shared
from awsenv.files.locks import locked
from awsenv.files.owned import SectionId
from awsenv.files.reading import ignore
from awsenv.files.role_cache import write_credentials
from awsenv.files.tokens import write_token
from awsenv.model import AccessToken, Credentials, SsoRole, SsoSession
from awsenv.runtime import Runtime, from_process
from awsenv.values import replace

SESSION = SsoSession("acme", "https://acme.awsapps.com/start", "eu-west-1")
ROLE = SsoRole(SESSION, "123456789012", "Admin")
SECTION = SectionId("profile", "x")
EXPIRES_AT = datetime(2030, 1, 1, tzinfo=timezone.utc)


def write(runtime: Runtime, what: str, secret: str) -> str:
    """Do it and return how it ended."""
    try:
        match what:
            case "token":
                write_token(runtime, SESSION, AccessToken(None, None, EXPIRES_AT, secret))
            case "role":
                write_credentials(runtime, ROLE, Credentials("ASIA", secret, "session", EXPIRES_AT))
            case "config":
                file = config_file(runtime)
                edit_shared(file, lambda text: text.put(SECTION, {"region": secret}), runtime=runtime, notify=ignore)
            case _:
                with locked(runtime, what, 0.1) as is_held:
                    return "held" if is_held else "no locks here"
    except LocalFileError as error:
        return f"failed: {error.problem}"
    return "written"


def main() -> None:
    """Mark the window, write in between."""
    home, what, secret = sys.argv[1:]
    runtime = replace(from_process(), home=Path(home))
    with contextlib.suppress(OSError):
        os.chdir("/window-begins")
    ended = write(runtime, what, secret)
    with contextlib.suppress(OSError):
        os.chdir("/window-ends")
    sys.stdout.write(f"{ended}\n")


main()
