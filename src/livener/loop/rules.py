"""What a project decides about the loop (``Project.settings["loop"]``)."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from livener.errors import InputError
from livener.loop.conditions import Schedule
from livener.monitoring.drift import registry

Days = Annotated[float, Field(gt=0, le=400)]


def _test(name: str) -> str:
    try:
        registry.get(name)
    except InputError as error:
        raise ValueError(str(error)) from None
    return name


DriftTests = Annotated[tuple[Annotated[str, AfterValidator(_test)], ...], Field(max_length=50)]
Cron = Annotated[str, AfterValidator(lambda cron: Schedule(cron=cron).cron)]


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


class WatchArguments(_Strict):
    """The last ``current`` days are compared with the ``reference`` days before them (or of the same weekdays).

    ``log`` is where the inference log is, the folder ``log`` of the project when not given; ``level`` the rate of
    false alarms; ``tests`` are names of drift tests, the usual ones where there are none; ``ece`` the calibration
    error of what people were shown from which there is an alert.
    """

    log: str | None = None
    reference: Days = 28.0
    current: Days = 1.0
    same_weekday: bool = False
    level: Annotated[float, Field(gt=0, lt=1)] = 0.01
    tests: DriftTests = ()
    ece: Annotated[float, Field(gt=0, le=1)] = 0.1


class WatchRules(WatchArguments):
    """When the watch over production begins by itself (``cron``, UTC), and what it compares."""

    enabled: bool = True
    cron: Cron = "30 3 * * *"


class SampleArguments(_Strict):
    """``size`` documents of the last ``days`` of the log (the folder ``log`` of the project when not given)."""

    log: str | None = None
    size: Annotated[int, Field(ge=1, le=1000)] = 20
    days: Days = 1.0


class SampleRules(SampleArguments):
    """Whether a sample of production goes to people by itself, and when (``cron``, UTC): it costs their time."""

    enabled: bool = False
    cron: Cron = "0 4 * * *"


class LoopRules(_Strict):
    """The loop's rules. Only with ``auto_promote`` does a candidate that passed the gate serve without a person.

    >>> LoopRules.of({"loop": {"live": {"refresh": 5}}}).live.refresh
    5
    """

    auto_promote: bool = False
    live: LiveRules = LiveRules()
    watch: WatchRules = WatchRules()
    sample: SampleRules = SampleRules()

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
