"""Verify an AWS Signature Version 4 from the request as it was received."""

import hashlib
import hmac
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl, quote

from awsenv.demo.wire import Request
from awsenv.values import Value

ALGORITHM = "AWS4-HMAC-SHA256"
LARGEST_SKEW = timedelta(minutes=15)


class Authorization(Value):
    """The parts of an Authorization header."""

    access_key_id: str
    scope: tuple[str, ...]
    signed_headers: tuple[str, ...]
    signature: str


def parse_authorization(header: str) -> Authorization | None:
    """Return the parts, or None for anything that is not a whole version 4 signature."""
    algorithm, _, rest = header.partition(" ")
    parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    access_key_id, *scope = parts.get("Credential", "").split("/")
    names, signature = parts.get("SignedHeaders", ""), parts.get("Signature", "")
    if algorithm != ALGORITHM or len(scope) != 4 or not (names and signature):  # noqa: PLR2004 - date/region/service/end
        return None
    return Authorization(access_key_id, tuple(scope), tuple(names.split(";")), signature)


def is_signed_by(request: Request, authorization: Authorization, secret_access_key: str) -> bool:
    """Tell whether the holder of the secret signed exactly this request."""
    canonical = hashlib.sha256(_canonical(request, authorization).encode()).hexdigest()
    date = request.headers.get("x-amz-date", "")
    text = "\n".join((ALGORITHM, date, "/".join(authorization.scope), canonical))
    key = b"AWS4" + secret_access_key.encode()
    for part in authorization.scope:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    wanted = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted, authorization.signature)


def is_timely(request: Request, now: datetime) -> bool:
    """Tell whether the signature's date is near `now`: a laptop's clock that is off is refused by AWS."""
    try:
        signed_at = datetime.strptime(request.headers.get("x-amz-date", ""), "%Y%m%dT%H%M%S%z")
    except ValueError:
        return False
    return abs(signed_at.astimezone(timezone.utc) - now) <= LARGEST_SKEW


def _canonical(request: Request, authorization: Authorization) -> str:
    query = sorted(
        (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
        for name, value in parse_qsl(request.query, keep_blank_values=True)
    )
    headers = [f"{name}:{' '.join(request.headers.get(name, '').split())}" for name in authorization.signed_headers]
    return "\n".join(
        (
            request.method,
            request.path,
            "&".join(f"{name}={value}" for name, value in query),
            *headers,
            "",
            ";".join(authorization.signed_headers),
            hashlib.sha256(request.body).hexdigest(),
        )
    )
