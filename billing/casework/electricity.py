# SPDX-License-Identifier: Apache-2.0
"""Cases ELEC: who gets which part of the solar energy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from billing.allocation.apportion import apportion, whole_weights
from billing.allocation.balance import SiteFlows, pool_without_export_meter, residual, self_consumed_pool
from billing.allocation.net_balance import split_net_balances
from billing.allocation.split import Split, split_solar
from billing.allocation.static_keys import split_by_keys
from billing.casework.inputs import Answers, Inputs, answers, to_count
from billing.casework.units import UnusableInput, leaves, number, places, split_unit

Ints = NDArray[np.int64]
_FLOWS = ("production", "export", "import", "charge", "discharge")
_ENERGIES = (*_FLOWS, "consumption", "net_balance", "draw", "feed_in")
# Places behind Wh in each unit of energy.
_PLACES_OF_WH = {None: 0, "wh": 0, "kwh": 3, "mwh": 6}


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    """Participants and energies of one group of slots, as whole numbers of 10^-fine Wh."""

    names: list[str]
    consumption: Ints
    flows: Mapping[str, Ints]
    fine: int

    @property
    def slots(self) -> int:
        return int(self.consumption.shape[1])

    @property
    def demand(self) -> Ints:
        return np.asarray(self.consumption.sum(axis=0, dtype=np.int64))

    @property
    def site(self) -> SiteFlows:
        return SiteFlows(
            production=self.flows["production"],
            exported=self.flows["export"],
            imported=self.flows["import"],
            charged=self.flows["charge"],
            discharged=self.flows["discharge"],
        )

    def energy(self, amount: Any) -> Fraction:
        """Back to Wh."""
        return Fraction(int(amount), 10**self.fine)

    def by_name(self, amounts: Sequence[Any] | Ints) -> dict[str, Fraction]:
        return {name: self.energy(amount) for name, amount in zip(self.names, amounts, strict=True)}


@answers("ELEC", "production", "consumption")
def split_by_use(inputs: Inputs) -> Answers:
    """Pro rata to simultaneous use, by priority where there is one."""
    scene = _scene(inputs)
    pool = _pool(scene)
    split = split_solar(
        consumption=scene.consumption,
        pool=pool,
        groups=np.zeros(scene.slots, dtype=np.int32),
        group_count=1,
        priorities=_priorities(inputs, scene.names),
    )
    return _of_split(scene, split, pool)


@answers("ELEC", "production", "consumption", "static_key")
def split_statically(inputs: Inputs) -> Answers:
    """By fixed shares."""
    scene = _scene(inputs)
    pool = _pool(scene)
    split = split_by_keys(
        consumption=scene.consumption,
        pool=pool,
        keys=_keys(inputs.raw("static_key"), scene.names),
        groups=np.zeros(scene.slots, dtype=np.int32),
        group_count=1,
        redistribute=inputs.raw("redistribute", "redistribution", default=False) is True,
    )
    divisible = int(np.minimum(pool, scene.demand).sum())
    fed_in = int(scene.flows["production"].sum() - split.pool.sum())
    return {
        **_of_split(scene, split, pool),
        "divisible": scene.energy(divisible),
        "allocated": scene.by_name(split.solar[:, 0]),
        "allocated_total": scene.energy(split.pool[0]),
        "fed_in": scene.energy(fed_in),
        "export": scene.energy(fed_in),
        "residual_supply": scene.by_name(split.grid[:, 0]),
    }


@answers("ELEC", "production", "consumption", "key")
def split_by_named_key(inputs: Inputs) -> Answers:
    """`key: equal` or fixed shares under another name."""
    renamed = {"static_key" if name == "key" else name: value for name, value in inputs.case.inputs.items()}
    return split_statically(Inputs(replace(inputs.case, inputs=renamed)))


@answers("ELEC", "solar", "weights")
def share_whole_units(inputs: Inputs) -> Answers:
    """A whole number of Wh by weights, largest remainder."""
    weights = {str(name): number(weight, name) for name, weight in dict(inputs.raw("weights")).items()}
    total = inputs.measure("solar")
    if total.denominator != 1:
        raise UnusableInput("solar is no whole number of Wh")
    shares = apportion(total=int(total), weights=whole_weights(list(weights.values())))
    return {"solar": dict(zip(weights, map(Fraction, shares), strict=True)), "total": Fraction(sum(shares))}


@answers("ELEC", "net_balance")
def trade_net_balances(inputs: Inputs) -> Answers:
    """Virtual community: buyers and sellers, each pro rata."""
    return _traded(inputs, {str(name): energy for name, energy in inputs.measure("net_balance").items()})


@answers("ELEC", "draw", "feed_in")
def trade_draw_and_feed_in(inputs: Inputs) -> Answers:
    """The same from two-way meters: each participant is netted first."""
    draw, feed_in = inputs.measure("draw"), inputs.measure("feed_in")
    names = dict.fromkeys([*draw, *feed_in])
    return _traded(inputs, {str(name): draw.get(name, 0) - feed_in.get(name, Fraction(0)) for name in names})


def _traded(inputs: Inputs, balances: Mapping[str, Any]) -> Answers:
    fine = _fine(inputs)
    scene = _Scene(list(balances), _matrix(list(balances.values()), fine), {}, fine)
    traded = split_net_balances(
        balances=scene.consumption, groups=np.zeros(scene.slots, dtype=np.int32), group_count=1
    )
    total = int(scene.consumption.sum())
    return {
        "buy_internal": scene.by_name(traded.bought[:, 0]),
        "grid_import": scene.by_name(traded.imported[:, 0]),
        "sell_internal": scene.by_name(traded.sold[:, 0]),
        "grid_export": scene.by_name(traded.exported[:, 0]),
        "community_balance": scene.energy(total),
        "internal": scene.energy(traded.bought.sum()),
        "net_balance": balances,
        "internal_total": scene.energy(traded.bought.sum()),
    }


def _of_split(scene: _Scene, split: Split, pool: Ints) -> dict[str, Any]:
    used, demand = int(split.pool[0]), int(scene.demand.sum())
    unused = pool_without_export_meter(scene.flows["production"], scene.demand)[1].sum()
    exported = scene.flows["export"].sum() or unused
    return {
        "solar": scene.by_name(split.solar[:, 0]),
        "grid": scene.by_name(split.grid[:, 0]),
        "self_consumption": scene.energy(used),
        "solar_total": scene.energy(used),
        "pool": scene.energy(used),
        "export": scene.energy(exported),
        "fed_in": scene.energy(exported),
        "community_grid_import": scene.energy(demand - used),
        "grid_total": scene.energy(demand - used),
        "grid_import": scene.by_name(split.grid[:, 0]),
        "residual": scene.energy(residual(scene.site, scene.demand).sum()),
        "consumption": scene.by_name(split.consumption[:, 0]),
        "consumption_total": scene.energy(demand),
    }


def _scene(inputs: Inputs) -> _Scene:
    uses = inputs.measure("consumption")
    if not isinstance(uses, Mapping):
        raise UnusableInput("consumption does not name its participants")
    given = [name for name in _FLOWS if name in inputs]
    fine = _fine(inputs)
    consumption = _matrix(list(uses.values()), fine)
    slots = consumption.shape[1]
    flows = {name: np.zeros(slots, dtype=np.int64) for name in _FLOWS}
    flows |= {name: _matrix([inputs.measure(name)], fine)[0] for name in given}
    if any(len(flow) != slots for flow in flows.values()):
        raise UnusableInput("production and consumption have different numbers of slots")
    return _Scene([str(name) for name in uses], consumption, flows, fine)


def _pool(scene: _Scene) -> Ints:
    """Energy to share: what was not fed in; without an export meter, what there was to use."""
    return self_consumed_pool(scene.site, scene.demand)


def _matrix(rows: Sequence[Any], fine: int) -> Ints:
    """Whole numbers [rows, slots] from a number or a list of numbers each."""
    listed = [row if isinstance(row, list) else [row] for row in rows]
    if len({len(row) for row in listed}) > 1:
        raise UnusableInput("the participants have different numbers of slots")
    exact = [[part * 10**fine for part in row] for row in listed]
    if any(part.denominator != 1 for row in exact for part in row):
        raise UnusableInput("an energy is no whole number of the register's unit")
    return np.array([[int(part) for part in row] for row in exact], dtype=np.int64).reshape(len(rows), -1)


def _fine(inputs: Inputs) -> int:
    """
    Places behind the Wh that the registers of a case have: those its energies are written with.

    Shares are whole numbers of that unit; without finer figures in the case it is the Wh.
    """
    named = [(*split_unit(str(name)), value) for name, value in inputs.case.inputs.items()]
    own = [(unit, leaf) for stem, unit, value in named if stem in _ENERGIES for leaf in leaves(value)]
    asked = [(split_unit(str(name))[1], value) for name, value in inputs.case.expected.items()]
    wanted = [(unit, leaf) for unit, value in asked if unit is not None for leaf in leaves(value)]
    finest = [places(leaf) - _PLACES_OF_WH[unit] for unit, leaf in [*own, *wanted] if unit in _PLACES_OF_WH]
    return max([0, *finest])


def _priorities(inputs: Inputs, names: Sequence[str]) -> list[int]:
    """Larger is served first; a list (of names or of groups of names) is in the order of service."""
    given = inputs.raw("priorities", "priority", "self_consumption_priority", "priority_order", default={})
    if isinstance(given, list):
        groups = [group if isinstance(group, list) else [group] for group in given]
        given = {str(name): len(groups) - place for place, group in enumerate(groups) for name in group}
    if not isinstance(given, Mapping):
        raise UnusableInput("priorities do not name their participants")
    return [to_count(given.get(name, 0), "priority") for name in names]


def _keys(given: Any, names: Sequence[str]) -> list[Decimal | Fraction]:
    """Parts of 1; parts that add up to more are percentages or plain proportions."""
    if str(given).lower() == "equal":
        return [Fraction(1, len(names)) for _ in names]
    if not isinstance(given, Mapping):
        raise UnusableInput("the static key does not name its participants")
    keys = [number(given.get(name, 0), "static_key") for name in names]
    whole = sum(keys)
    return [key / max(whole, 1) for key in keys] if whole > 1 else list(keys)
