"""Which of several processes this is that train one model together."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Team:
    """This process is number ``rank`` of ``size``; who ``leads`` writes what was learned.

    A launcher (``torchrun``, ``accelerate launch``) starts them and tells each in its environment.

    >>> Team.of({"RANK": "1", "WORLD_SIZE": "4", "LOCAL_RANK": "1"})
    Team(rank=1, size=4, place=1)
    >>> Team.of({}).leads
    True
    """

    rank: int = 0
    size: int = 1
    place: int = 0
    """Its number on this machine, and that of its GPU."""

    @classmethod
    def of(cls, environment: Mapping[str, str] | None = None) -> Self:
        """The one that an environment tells, that of this process by default."""
        said = os.environ if environment is None else environment
        return cls(
            *(int(said.get(name, usual)) for name, usual in (("RANK", 0), ("WORLD_SIZE", 1), ("LOCAL_RANK", 0)))
        )

    @property
    def leads(self) -> bool:
        """Whether it is the first of them."""
        return self.rank == 0
