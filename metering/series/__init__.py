# SPDX-License-Identifier: Apache-2.0
"""Time and energy as arrays: calendar, counters, slots, vectors, substitute values.

Nothing here knows a database.  Every instant is UTC; local time enters only as a
`ZoneInfo` that somebody passes in.  Energy is a whole number of a register's
unit (Wh or ml times a power of ten), in every function and in every array.
"""
