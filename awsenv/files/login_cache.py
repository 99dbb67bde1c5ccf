"""Console credentials that `aws login` left. Only read: to renew them is the AWS CLI's."""

from awsenv.errors import LocalFileError
from awsenv.files.paths import expanded, home_path
from awsenv.files.reading import Notify, find_json_object, ignore
from awsenv.files.tokens import find_moment, find_plain
from awsenv.model import Credentials, Notice, Place
from awsenv.runtime import Runtime, encoded


def login_path(runtime: Runtime, arn: str) -> str:
    """Return the path of the entry for a `login_session`; `AWS_LOGIN_CACHE_DIRECTORY` moves it."""
    folder = runtime.environment.get("AWS_LOGIN_CACHE_DIRECTORY")
    folder = expanded(runtime, folder) if folder else home_path(runtime, ".aws", "login", "cache")
    # Imported here: few have such a login, and OpenSSL takes its time to load.
    import hashlib

    return f"{folder}/{hashlib.sha256(encoded(arn)).hexdigest()}.json"


def find_login_credentials(runtime: Runtime, arn: str, notify: Notify = ignore) -> Credentials | None:
    """Return the credentials of a `login_session` if they are complete and not expired yet, else None."""
    path = login_path(runtime, arn)
    try:
        entry = find_json_object(path, notify)
    except LocalFileError as error:
        notify(Notice(error.problem))
        return None
    fields = (entry or {}).get("accessToken")
    if not isinstance(fields, dict):
        return None
    access_key_id, secret_access_key = find_plain(fields, "accessKeyId"), find_plain(fields, "secretAccessKey")
    session_token, expires_at = find_plain(fields, "sessionToken"), find_moment(fields, "expiresAt")
    if access_key_id is None or secret_access_key is None or session_token is None or expires_at is None:
        notify(Notice("this file holds no complete credentials, so it counts as absent", Place(path)))
        return None
    if expires_at <= runtime.now():
        return None
    return Credentials(access_key_id, secret_access_key, session_token, expires_at, find_plain(fields, "accountId"))
