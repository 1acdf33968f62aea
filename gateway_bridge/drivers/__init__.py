# SPDX-License-Identifier: Apache-2.0
"""Bytes to named quantities, and nothing else: no database, no clock, no web.

`errors` and `samples` are the vocabulary; `link` and its sub-classes own one connection; `modbus_driver` and
`mbus_driver` read a device through a link; `modbus_decode` and `mbus` are pure and decode what was stored.
"""
