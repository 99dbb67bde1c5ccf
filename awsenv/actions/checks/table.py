"""All checks, in the order in which they are listed."""

from awsenv.actions.checks import (
    caches,
    endpoints,
    environment,
    headers,
    keys,
    own,
    permissions,
    profiles,
    programs,
    roles,
    sso_sessions,
    start_files,
    values,
    whole_files,
)

CHECKS = (
    *whole_files.CHECKS,
    *headers.CHECKS,
    *values.CHECKS,
    *profiles.CHECKS,
    *roles.CHECKS,
    *sso_sessions.CHECKS,
    *keys.CHECKS,
    *environment.CHECKS,
    *endpoints.CHECKS,
    *permissions.CHECKS,
    *caches.CHECKS,
    *start_files.CHECKS,
    *own.CHECKS,
    # Last: they wait for programs that were asked in the meantime.
    *programs.CHECKS,
)
