"""Find the shell files that `init` prints. Knows where they lie in a wheel and in a checkout, not what they say."""

from pathlib import Path

import awsenv
from awsenv.errors import LocalFileError, UsageError
from awsenv.model import Dialect

PACKAGE = Path(awsenv.__file__).parent


def load_script(dialect: Dialect, package: Path = PACKAGE) -> bytes:
    """Return the init script of a shell, byte for byte as it stands in `shell/` of this installation.

    Raises:
        UsageError: there is none for plain sh.
        LocalFileError: this installation lacks it.
    """
    if dialect == "sh":
        raise UsageError('there is no init script for "sh"', hint='eval "$(awsenv use --shell sh PROFILE)"')
    # A wheel carries them inside the package; an editable install reads the checkout.
    for folder in (package / "shell", package.parent / "shell"):
        path = folder / f"awsenv.{dialect}"
        if path.is_file():
            return _read(path)
    raise LocalFileError(f"awsenv.{dialect} is missing from this installation", hint="pip install --force awsenv-shell")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise LocalFileError(f"cannot read {path}: {error.strerror}") from error
