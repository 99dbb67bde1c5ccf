"""How this very program is started again by somebody who has another PATH and stands in another folder."""

import os
import shutil
import sys
from pathlib import Path

from awsenv.runtime import decoded


def own_program() -> tuple[str, ...]:
    """Return the words that start awsenv; the first one is a whole path.

    A link to it is kept: what it leads to may be another after an upgrade.
    """
    called = sys.argv[0]
    if Path(called).name == "__main__.py":
        beside = Path(sys.executable).parent / "awsenv"
        # Without -I, Python would look for awsenv in whatever folder an SDK is started in.
        return (decoded(str(beside)),) if beside.exists() else (decoded(sys.executable), "-I", "-m", "awsenv")
    found = called if os.sep in called else shutil.which(called) or called
    # Not `resolve`, which would follow the link.
    return (decoded(os.path.abspath(found)),)  # noqa: PTH100
