"""The check of a kit, the off-chain half of an application: its settings, its population, its words on a run."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from apps.appcheck.loading import NotLoadable, in_one_line, load_object

if TYPE_CHECKING:
    from pydantic import BaseModel

    from apps.kit import Kit, Population
_METHODS = ("populate", "summarise", "tables", "charts")


def kit_faults(value: str) -> Iterator[str]:
    """Everything that is wrong with the kit at `module:OBJECT`."""
    try:
        kit = load_object(value)
    except NotLoadable as error:
        yield str(error)
        return
    if isinstance(kit, type):
        yield f"{value}: got the class itself, expected an object: write `{kit.__name__.upper()} = {kit.__name__}()`"
        return
    missing = [name for name in _METHODS if not callable(getattr(kit, name, None))]
    yield from (f"{value}: no method {name}: expected what apps.kit.Kit lists" for name in missing)
    faults = list(_model_faults(getattr(kit, "settings", None)))
    yield from (f"{value}: {fault}" for fault in faults)
    if not missing and not faults:
        yield from (f"{value}: {fault}" for fault in _trial(cast("Kit[BaseModel]", kit)))


def _model_faults(model: object) -> Iterator[str]:
    from pydantic import BaseModel

    if not isinstance(model, type) or not issubclass(model, BaseModel):
        yield f"settings: got {model!r}, expected a subclass of pydantic.BaseModel"
    elif model.model_config.get("extra") != "forbid":
        fault = "takes unknown keys, so that a typing error in a scenario would pass"
        yield f'settings: {model.__name__} {fault}; expected ConfigDict(extra="forbid")'


def _trial(kit: "Kit[BaseModel]") -> Iterator[str]:
    """What goes wrong with the defaults, where every setting has one."""
    from pydantic import ValidationError

    model: type[BaseModel] = kit.settings
    if any(field.is_required() for field in model.model_fields.values()):
        return
    try:
        settings = model()
        again = model.model_validate(settings.model_dump(mode="json"))
    except ValidationError as error:
        for found in error.errors():
            key = ".".join(map(str, found["loc"])) or "as a whole"
            yield f"settings: {model.__name__} refuses its own defaults: {key}: {found['msg']}"
        return
    if again != settings:
        yield f"settings: {model.__name__} reads back other settings than it wrote: {again!r}, not {settings!r}"
    try:
        population = kit.populate(settings, _surroundings())
    except Exception as error:
        yield f"populate: with the defaults: {in_one_line(error)}"
        return
    yield from _population_faults(population)
    yield from _report_faults(kit, settings, population)


def _population_faults(population: "Population") -> Iterator[str]:
    names = [participant.name for participant in population.participants]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        yield f"populate: got {', '.join(twice)} more than once, expected a name of its own for every participant"


def _report_faults(kit: "Kit[BaseModel]", settings: "BaseModel", population: "Population") -> Iterator[str]:
    """A run may be interrupted before its first block, and its folder is to say so all the same."""
    from apps.kit import Miner, Outcome
    from apps.testing import account_of

    doing = "summarise"
    try:
        outcome = Outcome(
            accounts={one.name: account_of(one.name) for one in population.participants},
            blocks=(),
            events=(),
            measures=(),
            miners={one.name: Miner(0.0, 0.0, 0) for one in population.participants if one.hash_rate > 0},
        )
        summary: dict[str, Any] = json.loads(json.dumps(kit.summarise(settings, outcome)))
        doing = "tables"
        kit.tables(summary)
        doing = "charts"
        kit.charts(summary)
    except Exception as error:
        yield f"{doing}: for a run without blocks: {in_one_line(error)}"


def _surroundings() -> Any:
    import numpy as np

    from apps.kit import Surroundings
    from apps.testing import account_of

    return Surroundings(1e9, 60_000, np.random.default_rng(0), account_of)
