# SPDX-License-Identifier: Apache-2.0
"""Which blocks of registers to read for a set of quantities.

Neighbours are joined when the gap between them is small and the block stays within what the device allows:
fewer questions, and the counters of one reading come from one instant.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway_bridge.drivers.modbus_pdu import MAX_WORDS
from gateway_bridge.drivers.profile import IdentityCheck, Profile, Quantity, Registers


@dataclass(frozen=True, slots=True)
class Block:
    """One read: function code, first address, number of words."""

    fc: int
    address: int
    count: int

    @property
    def end(self) -> int:
        return self.address + self.count

    def holds(self, registers: Registers) -> bool:
        return registers.fc == self.fc and self.address <= registers.address and registers.end <= self.end


@dataclass(frozen=True, slots=True)
class Plan:
    """What a visit asks: the identity first, then the blocks in this order."""

    profile: Profile
    quantities: tuple[Quantity, ...]
    blocks: tuple[Block, ...]

    @property
    def identity(self) -> Block | None:
        check = self.profile.identity
        if not isinstance(check, IdentityCheck):
            return None
        return block_of(check.registers)


def block_of(registers: Registers) -> Block:
    return Block(registers.fc, registers.address, registers.words)


def plan_reads(profile: Profile, quantities: Sequence[Quantity] | None = None) -> Plan:
    """
    Plan the reads for some quantities of a profile (all that are billed, if none are named).

    >>> from gateway_bridge.profiles import shipped
    >>> plan_reads(shipped()["eastron-sdm630"]).blocks
    (Block(fc=4, address=72, count=4),)
    """
    chosen = tuple(profile.billing if quantities is None else quantities)
    registers = [quantity.source for quantity in chosen if isinstance(quantity.source, Registers)]
    assert len(registers) == len(chosen), "a plan of registers is made for Modbus profiles only"
    blocks = coalesce(registers, max_gap=profile.max_gap, max_words=profile.max_registers)
    return Plan(profile, chosen, tuple(_unlike_identity(blocks, profile)))


def coalesce(registers: Iterable[Registers], *, max_gap: int, max_words: int) -> list[Block]:
    """Join registers into blocks of at most `max_words` that bridge at most `max_gap` words."""
    limit = min(max_words, MAX_WORDS)
    blocks: list[Block] = []
    for item in sorted(registers, key=lambda each: (each.fc, each.address)):
        last = blocks[-1] if blocks else None
        end = max(item.end, last.end) if last else item.end
        if last and last.fc == item.fc and item.address - last.end <= max_gap and end - last.address <= limit:
            blocks[-1] = Block(last.fc, last.address, end - last.address)
        else:
            blocks.append(block_of(item))
    return blocks


def single_reads(plan: Plan, block: Block) -> list[Block]:
    """The reads that replace a joined block which the device refused (exception 2): one for each quantity."""
    registers = [q.source for q in plan.quantities if isinstance(q.source, Registers)]
    return sorted({block_of(item) for item in registers if block.holds(item)}, key=lambda each: each.address)


def _unlike_identity(blocks: list[Block], profile: Profile) -> list[Block]:
    """
    Make every block one word longer that is as long as the identity.

    On a shared bus an answer is known by unit, function code and length only.  Where the word after a
    block does not exist, the device refuses the block and its registers are read one by one.
    """
    check = profile.identity
    if not isinstance(check, IdentityCheck):
        return blocks
    alike = (check.registers.fc, check.registers.words)
    return [
        Block(block.fc, block.address, block.count + 1) if (block.fc, block.count) == alike else block
        for block in blocks
    ]
