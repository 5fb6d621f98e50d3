"""What a project decides about the loop (``Project.settings["loop"]``)."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from livener.errors import InputError


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LiveRules(_Strict):
    """How the live model learns.

    After each answer it learns that with ``replay`` sentences that it knew, ``epochs`` times, and reads the
    ``refresh`` tasks next in line again. It begins with ``least`` annotated documents where no model is there to go
    on from.
    """

    enabled: bool = True
    refresh: Annotated[int, Field(ge=0, le=200)] = 10
    replay: Annotated[int, Field(ge=0, le=10_000)] = 24
    epochs: Annotated[int, Field(ge=1, le=100)] = 4
    least: Annotated[int, Field(ge=1, le=10_000)] = 5


class LoopRules(_Strict):
    """The loop's rules. Only with ``auto_promote`` does a candidate that passed the gate serve without a person.

    >>> LoopRules.of({"loop": {"live": {"refresh": 5}}}).live.refresh
    5
    """

    auto_promote: bool = False
    live: LiveRules = LiveRules()

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "LoopRules":
        """Those of a project's settings.

        Raises:
            InputError: an unknown key or a value out of its range.
        """
        try:
            return cls.model_validate(settings.get("loop", {}))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, ("loop", *first["loc"])))
            raise InputError(first["msg"], where=where, fix=f"keys: {', '.join(cls.model_fields)}") from None
