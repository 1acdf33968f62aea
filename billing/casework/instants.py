# SPDX-License-Identifier: Apache-2.0
"""Cases TIME: local days in quarter hours, and observations that only have a number."""

from datetime import timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from billing.casework.inputs import Answers, Inputs, answers, to_count, to_day, to_moment
from billing.casework.units import UnusableInput
from metering.series.calendar import local_day_bounds, slot_count, slot_start

_ZONE = "Europe/Zurich"
_QUARTER = 15


@answers("TIME", "local_date")
def slots_of_a_local_day(inputs: Inputs) -> Answers:
    """Begin, end and number of intervals of a local day."""
    day = to_day(inputs.raw("local_date"))
    begin, end = local_day_bounds(day, zone(inputs))
    intervals = slot_count(begin, end)
    resolution = to_count(inputs.raw("resolution_min", "resolution", default=_QUARTER), "resolution")
    return {
        "intervals": intervals * _QUARTER // resolution,
        "hours": intervals * _QUARTER // 60,
        "start_utc": begin,
        "end_utc": end,
    }


@answers("TIME", "interval_start", "sequence")
def instant_of_an_observation(inputs: Inputs) -> Answers:
    """Begin of the nth interval; its end is the next one's begin."""
    start = to_moment(inputs.raw("interval_start"))
    minutes = to_count(inputs.raw("resolution", "resolution_min", default=_QUARTER), "resolution")
    sequence = inputs.raw("sequence")
    many = sequence if isinstance(sequence, list) else [sequence]
    step = timedelta(minutes=minutes)
    begins = [slot_start(start, to_count(one, "sequence"), step) for one in many]
    ends = [begin + step for begin in begins]
    if isinstance(sequence, list):
        return {"measured_at": begins, "start_utc": begins, "end_utc": ends}
    return {"measured_at": begins[0], "start_utc": begins[0], "end_utc": ends[0]}


def zone(inputs: Inputs) -> ZoneInfo:
    """The case's time zone; Zurich where it names none."""
    name = str(inputs.raw("tz", "timezone", "zone", default=_ZONE))
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise UnusableInput(f"{name!r} is no time zone") from error
