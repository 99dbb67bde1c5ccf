"""Certificates made on the fly by the openssl program; their keys live as long as the test's folder."""

import shutil
import ssl
import subprocess
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from stage import miss

_LIFE = timedelta(days=30)
_RULES = """
[ca]
default_ca = own
[own]
database = {folder}/issued.txt
new_certs_dir = {folder}
default_md = sha256
policy = any
rand_serial = yes
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
"""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate, its key, and what a server sends beside it."""

    path: Path
    key_path: Path
    chain: tuple[Path, ...] = ()

    @property
    def pem(self) -> bytes:
        """The certificate alone."""
        return self.path.read_bytes()

    def server_context(self, *, is_whole: bool = True) -> ssl.SSLContext:
        """Return what a server needs to show it; without the intermediate ones if it is not whole."""
        sent = self.path.with_suffix(f".sent-{is_whole}")
        sent.write_bytes(b"".join(path.read_bytes() for path in (self.path, *(self.chain if is_whole else ()))))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sent, self.key_path)
        return context


class Authority:
    """Issues certificates, as a root or below another authority; that one may not have entitled it to."""

    def __init__(
        self, folder: Path, name: str = "Practice Root", *, above: "Authority | None" = None, is_entitled: bool = True
    ) -> None:
        self.folder = folder / name.replace(" ", "-")
        self.folder.mkdir()
        (self.folder / "issued.txt").touch()
        (self.folder / "rules").write_text(_RULES.format(folder=self.folder))
        self._chain: tuple[Path, ...] = ()
        if above is not None:
            self.own = above.issue(name, is_authority=is_entitled)
            self._chain = (self.own.path, *self.own.chain)
        else:
            extensions = ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign")
            self.own = _requested(self.folder, name, extensions, is_root=True)

    @property
    def bundle(self) -> Path:
        """A file of this authority's certificate."""
        return self.own.path

    def issue(
        self,
        name: str,
        *subjects: str,
        begins: timedelta = timedelta(hours=-1),
        ends: timedelta = _LIFE,
        is_authority: bool = False,
        is_for_clients: bool = False,
    ) -> Certificate:
        """Return a certificate for `subjects` (`DNS:localhost`, `IP:::1`), good from `begins` to `ends` from now on."""
        number = len(list(self.folder.glob("*.csr")))
        extensions = [f"basicConstraints=critical,CA:{'TRUE' if is_authority else 'FALSE'}"]
        extensions += [f"subjectAltName={','.join(subjects)}"] if subjects else []
        extensions += ["extendedKeyUsage=clientAuth"] if is_for_clients else []
        request = _requested(self.folder, name, extensions, stem=f"leaf{number}")
        issued = request.path.with_suffix(".issued")
        now = datetime.now(timezone.utc)
        _openssl(
            *("ca", "-batch", "-notext", "-config", str(self.folder / "rules")),
            *("-cert", str(self.own.path), "-keyfile", str(self.own.key_path)),
            *("-startdate", _written(now + begins), "-enddate", _written(now + ends)),
            *("-in", str(request.path), "-out", str(issued)),
        )
        return Certificate(issued, request.key_path, self._chain)


def _requested(
    folder: Path, name: str, extensions: tuple[str, ...] | list[str], *, stem: str = "own", is_root: bool = False
) -> Certificate:
    found = Certificate(folder / f"{stem}.{'pem' if is_root else 'csr'}", folder / f"{stem}.key")
    kind = ("-x509", "-days", "30") if is_root else ("-new",)
    _openssl(
        *("req", *kind, "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}"),
        *("-config", str(folder / "rules"), "-keyout", str(found.key_path), "-out", str(found.path)),
        *(word for extension in extensions for word in ("-addext", extension)),
    )
    return found


def _written(moment: datetime) -> str:
    return moment.strftime("%Y%m%d%H%M%SZ")


def _openssl(*arguments: str) -> None:
    if shutil.which("openssl") is None:
        miss("openssl is not installed")
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
