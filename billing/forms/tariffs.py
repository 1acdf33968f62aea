# SPDX-License-Identifier: Apache-2.0
"""Forms of tariffs and their price lists."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _

from billing.forms.days import DaysForm, day_input
from billing.models import Part, SlotCalendarVersion, Solution, Unit
from billing.models.tariffs import LANGUAGES
from billing.services.tariffs import ComponentData, slots_of
from sites.models import BillingPoint, Site

LANGUAGE_NAMES = {"de": _("German"), "fr": _("French"), "it": _("Italian"), "en": _("English")}
VAT_CHOICES = [("standard", _("Standard rate")), ("reduced", _("Reduced rate")), ("exempt", _("No VAT"))]


class _Titles(forms.Form):
    """A title per language; one of them at least."""

    def __init__(self, *args: Any, titles: dict[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code in LANGUAGES:
            self.fields[f"title_{code}"] = forms.CharField(
                label=_("Title (%(language)s)") % {"language": LANGUAGE_NAMES[code]},
                max_length=120,
                required=False,
                initial=(titles or {}).get(code, ""),
            )

    @property
    def titles(self) -> dict[str, str]:
        given = {code: self.cleaned_data.get(f"title_{code}", "").strip() for code in LANGUAGES}
        return {code: text for code, text in given.items() if text}

    @property
    def title_fields(self) -> list[Any]:
        return [self[f"title_{code}"] for code in LANGUAGES]

    def _need_a_title(self) -> None:
        if not self.errors and not self.titles:
            self.add_error(f"title_{LANGUAGES[0]}", _("Give the title in at least one language."))


class TariffForm(_Titles, DaysForm):
    solution = forms.ModelChoiceField(label=_("Solution"), queryset=Solution.objects.none())
    calendar = forms.ModelChoiceField(
        label=_("Tariff hours"),
        queryset=SlotCalendarVersion.objects.none(),
        required=False,
        empty_label=_("One price round the clock"),
    )
    points = forms.ModelMultipleChoiceField(
        label=_("Billing points"),
        queryset=BillingPoint.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("A point has at most one tariff on a day."),
    )
    field_order = [
        "solution",
        *(f"title_{code}" for code in LANGUAGES),
        "start",
        "last",
        "calendar",
        "points",
    ]

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["solution"].queryset = Solution.objects.filter(site=site)
        self.fields["solution"].initial = Solution.objects.filter(site=site).last()
        # Only the latest wording of a calendar is offered.
        self.fields["calendar"].queryset = (
            SlotCalendarVersion.objects.select_related("calendar")
            .order_by("calendar_id", "-version")
            .distinct("calendar_id")
        )
        self.fields["points"].queryset = BillingPoint.objects.filter(building__site=site).select_related(
            "building"
        )
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self._need_a_title()
        return cleaned


class ComponentForm(_Titles):
    """One price.  Tiers are written `100: 0.25, 500: 0.22, : 0.20` (up to: price; the last one is open)."""

    part = forms.ChoiceField(label=_("Part"), choices=Part.choices)
    slot = forms.CharField(
        label=_("Tariff hours"), max_length=30, initial="all", help_text=_("all, high, low or a named slot")
    )
    unit = forms.ChoiceField(label=_("Unit"), choices=Unit.choices)
    price = forms.DecimalField(label=_("Price"), max_digits=12, decimal_places=5)
    vat_rule = forms.ChoiceField(label=_("VAT"), choices=VAT_CHOICES)
    tiers = forms.CharField(
        label=_("Tiers"), required=False, max_length=200, help_text="100: 0.25, 500: 0.22, : 0.20"
    )

    def clean_slot(self) -> str:
        return str(self.cleaned_data["slot"]).strip().lower()

    def clean_tiers(self) -> tuple[tuple[Decimal | None, Decimal], ...]:
        text = self.cleaned_data["tiers"].strip()
        if not text:
            return ()
        try:
            pairs = [part.split(":", 1) for part in text.split(",")]
            tiers = tuple(
                (Decimal(above.strip()) if above.strip() else None, Decimal(price.strip()))
                for above, price in pairs
            )
        except (ValueError, InvalidOperation):
            raise forms.ValidationError(_("Write tiers as “100: 0.25, 500: 0.22, : 0.20”.")) from None
        bounds = [above for above, _price in tiers]
        closed = [bound for bound in bounds[:-1] if bound is not None]
        if bounds[-1] is not None or len(closed) < len(bounds) - 1 or closed != sorted(set(closed)):
            raise forms.ValidationError(_("Tiers rise, and the last one is open (“: 0.20”)."))
        return tiers

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self._need_a_title()
        if cleaned.get("unit") != Unit.KWH and cleaned.get("part", Part.ALL) != Part.ALL:
            self.add_error("part", _("Only energy has a solar and a grid part."))
        if cleaned.get("unit") != Unit.KWH and cleaned.get("tiers"):
            self.add_error("tiers", _("Only energy has tiers."))
        return cleaned

    @property
    def data_of(self) -> ComponentData:
        cleaned = self.cleaned_data
        return ComponentData(
            part=cleaned["part"],
            slot=cleaned["slot"],
            unit=cleaned["unit"],
            price=cleaned["price"],
            titles=self.titles,
            vat_rule=cleaned["vat_rule"],
            tiers=cleaned["tiers"],
        )


class _Components(BaseFormSet):
    """The price list; empty rows are left out."""

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        kwargs = super().get_form_kwargs(index)
        if index is not None and self.initial and index < len(self.initial):
            kwargs["titles"] = self.initial[index].get("titles", {})
        return kwargs

    @property
    def prices(self) -> list[ComponentData]:
        kept = [form for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        return [form.data_of for form in kept]

    def check_slots(self, calendar: SlotCalendarVersion | None) -> bool:
        """Whether every named slot exists; errors stand at their fields."""
        known = {"all", *slots_of(calendar)}
        for form in self.forms:
            slot = form.cleaned_data.get("slot") if form.cleaned_data else None
            if slot and slot not in known:
                form.add_error(
                    "slot",
                    _("The calendar has no hours “%(slot)s”, only %(known)s.")
                    % {"slot": slot, "known": ", ".join(sorted(known))},
                )
        return not any(form.errors for form in self.forms)


def component_formset(extra: int) -> type[_Components]:
    return formset_factory(ComponentForm, formset=_Components, extra=extra, can_delete=True, max_num=60)


class CopyForm(DaysForm):
    """From when to when the copy holds."""


class PointsForm(forms.Form):
    """Which billing points a tariff serves; may change after its approval."""

    points = forms.ModelMultipleChoiceField(
        label=_("Billing points"),
        queryset=BillingPoint.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("A point has at most one tariff on a day."),
    )

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["points"].queryset = BillingPoint.objects.filter(building__site=site).select_related(
            "building"
        )


class EndForm(forms.Form):
    """The last day of a tariff."""

    last = forms.DateField(label=_("Last day"), widget=day_input())
