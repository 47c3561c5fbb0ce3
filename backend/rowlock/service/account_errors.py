"""What accounts refuse, each with a stable `code`; what a code means over HTTP is not known here.

AccountError
|- InvalidUsername, InvalidPassword     the text cannot be one
|- UsernameTaken                        somebody has the name, or one that looks like it
|- BadCredentials                       unknown name or wrong password: the caller is not told which
|- Unauthorized                         no session, or no longer
|- UnknownUser                          nobody of that name (said to operators only)
`- TooManyAttempts, Busy                worth another try after `retry_after` seconds
"""

from typing import ClassVar


class AccountError(Exception):
    """A refusal; its text is one sentence for a person."""

    code: ClassVar[str]


class InvalidUsername(AccountError):
    """The text cannot be a user name; the sentence says why."""

    code = "invalid_username"


class InvalidPassword(AccountError):
    """The text cannot be a password; the sentence says why."""

    code = "invalid_password"


class UsernameTaken(AccountError):
    """An account of this name, or of a look-alike, exists."""

    code = "username_taken"

    def __init__(self) -> None:
        super().__init__("This user name, or one that looks like it, is taken.")


class BadCredentials(AccountError):
    """Name and password do not belong together."""

    code = "bad_credentials"

    def __init__(self) -> None:
        super().__init__("User name or password is wrong.")


class Unauthorized(AccountError):
    """The token is none of ours, or its session has ended."""

    code = "unauthorized"

    def __init__(self) -> None:
        super().__init__("There is no such session, or it has ended. Log in again.")


class UnknownUser(AccountError):
    """There is no account of this name."""

    code = "unknown_user"

    def __init__(self) -> None:
        super().__init__("There is no such user.")


class TooManyAttempts(AccountError):
    """Too many failures lately; the next attempt is heard in `retry_after` seconds."""

    code = "too_many_attempts"

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Too many failed attempts. Try again in {retry_after} seconds.")
        self.retry_after = retry_after


class Busy(AccountError):
    """Too many passwords wait to be checked; nothing was tried."""

    code = "busy"
    retry_after = 2

    def __init__(self) -> None:
        super().__init__("Too many people are logging in at this moment. Try again in a few seconds.")
