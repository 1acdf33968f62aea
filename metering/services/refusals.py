# SPDX-License-Identifier: Apache-2.0
"""What meter management refuses, in the words the person reads."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SENTENCES: dict[str, Promise | str] = {
    "number": _("A meter needs the number that is printed on it."),
    "kind": _("The meter kind “%(name)s” is deactivated. Choose another one."),
    "registers": _("A meter needs at least one register."),
    "factor": _("The factor is a whole number from 1 up."),
    "obis": _("“%(code)s” is not an OBIS code. Write it as 1-0:1.8.0."),
    "obis twice": _("Two registers of a meter cannot have the same OBIS code."),
    "other site": _("“%(parent)s” and “%(child)s” belong to different sites; a tree stays on one site."),
    "other unit": _("“%(parent)s” and “%(child)s” do not count the same unit; a tree adds up one unit only."),
    "cycle": _("“%(child)s” cannot hang below “%(parent)s”: “%(parent)s” already hangs below it."),
    "second parent": _("“%(child)s” already hangs below another meter in that period. End that place first."),
    "tree not allowed": _("The definition of “%(meter)s” does not allow a tree structure."),
    "other site's point": _("“%(point)s” does not belong to the site of meter “%(meter)s”."),
    "assigned": _("“%(meter)s” is already assigned in that period. End that assignment first."),
    "empty period": _("The end must lie after the begin."),
    "closed": _("“%(meter)s” was already taken out of service."),
    "final index": _("The final index of register %(obis)s is below its last reading (%(last)s)."),
    "registers differ": _("Give a final and a first index for each of the registers %(codes)s."),
    "later readings": _("“%(meter)s” has readings after the exchange. Choose a later instant."),
}


class MeterRefused(ValueError):
    """An act of meter management that cannot be; its text is for the person who asked."""


def refusal(name: str, /, **given: object) -> str:
    """The sentence in the language in force."""
    return str(SENTENCES[name]) % given
