"""The kit of frequency coordination: who takes part."""

import numpy as np

from apps.coordination.agents import FrequencyBuyer, SensingOwner
from apps.coordination.agents_review import CertificationAgency, Provider
from apps.coordination.coordination_kit import COORDINATION_KIT
from apps.coordination.settings import CoordinationSettings
from apps.kit import Participant, Surroundings
from apps.testing import account_of

TABLE = {
    "agencies": [{"hash_rate": 0.5}, {"name": "idle", "behaviour": "silent"}],
    "owners": [{"vsps": 3, "measurements": 30}, {"name": "mute", "behaviour": "silent"}],
    "providers": [{"count": 2}, {"name": "nobody", "behaviour": "silent"}],
}


def people() -> dict[str, Participant]:
    settings = CoordinationSettings.model_validate(TABLE)
    surroundings = Surroundings(1e9, 15_000, np.random.default_rng(1), account_of)
    return {one.name: one for one in COORDINATION_KIT.populate(settings, surroundings).participants}


def test_everybody_has_an_account_and_those_who_act_an_agent() -> None:
    found = people()
    kinds = {
        "fb-user": FrequencyBuyer,
        "ss-owner": SensingOwner,
        "ca-miner": CertificationAgency,
        "rsp-1": Provider,
        "rsp-2": Provider,
    }
    for name, kind in kinds.items():
        assert isinstance(found[name].agent, kind)
    assert [found[name].agent for name in ("idle", "mute", "nobody", "ss-owner/vsp-1")] == [None] * 4
    assert sum(one.role == "vsp" for one in found.values()) == 3 + 20


def test_agencies_mine_and_the_others_do_not() -> None:
    rates = {name: one.hash_rate for name, one in people().items() if one.hash_rate}
    assert rates == {"ca-miner": 0.5e9, "idle": 1e9}
