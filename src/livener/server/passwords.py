"""Passwords, kept as argon2id hashes (RFC 9106)."""

from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from livener.server.settings import PasswordSettings

SHORTEST, LONGEST = 12, 1000  # characters
_AT_ONCE = 2  # each takes tens of megabytes


class Passwords:
    """Makes and checks hashes, a few at a time.

    >>> passwords = Passwords(PasswordSettings(time_cost=1, memory_kib=8, parallelism=1))
    >>> passwords.check(passwords.hash("correct horse"), "correct horse"), passwords.check(None, "correct horse")
    (True, False)
    """

    def __init__(self, settings: PasswordSettings) -> None:
        self._hasher = PasswordHasher(settings.time_cost, settings.memory_kib, settings.parallelism)
        self._turns = BoundedSemaphore(_AT_ONCE)
        self._nobodys = self._hasher.hash("")

    def hash(self, password: str) -> str:
        """What the store keeps of a password."""
        with self._turns:
            return self._hasher.hash(password)

    def check(self, kept: str | None, password: str) -> bool:
        """Whether it is the one; it takes as long when there is none to compare with."""
        with self._turns:
            try:
                return self._hasher.verify(kept or self._nobodys, password) and kept is not None
            except (VerificationError, InvalidHashError):
                return False
