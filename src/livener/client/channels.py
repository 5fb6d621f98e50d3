"""What the server answers about the channels of a project."""

from typing import Literal

from livener.client.answers import Answer


class ChannelAnswer(Answer):
    """A channel: the host of its address, which may hold a secret, or how many people it goes to."""

    name: str
    kind: Literal["webhook", "slack", "email"]
    host: str | None
    people: int
    kinds: tuple[str, ...]


class Told(Answer):
    """A message was sent."""

    channel: str
    sent: bool
