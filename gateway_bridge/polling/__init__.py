# SPDX-License-Identifier: Apache-2.0
"""One cycle over the buses of a shard: pure asyncio, without database, clock or settings.

`shapes` are the frozen rows that go in and come out, `engine` visits the devices, `backoff` says who is
asked again when.  `docs/algorithms/polling.md` explains the rules.
"""
