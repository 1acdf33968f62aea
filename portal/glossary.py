# SPDX-License-Identifier: Apache-2.0
"""The words of the trade in four languages, as data: one word for one thing, everywhere."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Term:
    """One thing, its word in each language, and what it means in the reader's."""

    en: str
    de: str
    fr: str
    it: str
    meaning: Promise | str

    def mentions(self, wanted: str) -> bool:
        words = (self.en, self.de, self.fr, self.it, str(self.meaning))
        return any(wanted.casefold() in word.casefold() for word in words)


TERMS = (
    Term(
        "Account",
        "Konto",
        "Compte",
        "Conto",
        _("A person or company that uses, owns or installs, and to which documents are addressed."),
    ),
    Term(
        "Autarky",
        "Autarkiegrad",
        "Taux d’autarcie",
        "Grado di autarchia",
        _("Share of the consumption that was covered by own production."),
    ),
    Term(
        "Billing point",
        "Abrechnungspunkt",
        "Point de décompte",
        "Punto di conteggio",
        _("A place that is billed: a flat, a shop, the common area, a parking bay. Never a person."),
    ),
    Term(
        "Billing run",
        "Abrechnungslauf",
        "Cycle de facturation",
        "Ciclo di fatturazione",
        _("Computing and issuing the invoices of many billing points for one period."),
    ),
    Term(
        "Calibration",
        "Eichung",
        "Étalonnage",
        "Taratura",
        _("The official proof that a meter measures correctly; it expires."),
    ),
    Term(
        "Common electricity",
        "Allgemeinstrom",
        "Électricité des communs",
        "Elettricità comune",
        _("What stairs, lift, heating and garage use."),
    ),
    Term(
        "Cost statement",
        "Nebenkostenabrechnung",
        "Décompte de frais accessoires",
        "Conteggio delle spese accessorie",
        _("The yearly settlement of heating, water and other ancillary costs."),
    ),
    Term(
        "Credit note",
        "Gutschrift",
        "Note de crédit",
        "Nota di credito",
        _("The document that takes back an invoice or a part of it."),
    ),
    Term(
        "Feed-in",
        "Einspeisung",
        "Injection",
        "Immissione in rete",
        _("Solar energy that the building does not use and gives to the grid."),
    ),
    Term(
        "Gateway",
        "Gateway",
        "Passerelle",
        "Gateway",
        _("The device in the building through which meters are read."),
    ),
    Term(
        "Grid import",
        "Netzbezug",
        "Soutirage du réseau",
        "Prelievo dalla rete",
        _("Energy that the building takes from the grid."),
    ),
    Term(
        "Heat meter",
        "Wärmezähler",
        "Compteur de chaleur",
        "Contatore di calore",
        _("Measures thermal energy from flow and two temperatures."),
    ),
    Term(
        "High tariff",
        "Hochtarif",
        "Heures pleines",
        "Alta tariffa",
        _("The price in the hours that the tariff names, in the site’s local time."),
    ),
    Term(
        "Invoice",
        "Rechnung",
        "Facture",
        "Fattura",
        _("Demands payment; once issued it never changes."),
    ),
    Term(
        "Load curve",
        "Lastgang",
        "Courbe de charge",
        "Curva di carico",
        _("Consumption or production quarter hour by quarter hour."),
    ),
    Term(
        "Local electricity community",
        "Lokale Elektrizitätsgemeinschaft (LEG)",
        "Communauté électrique locale (CEL)",
        "Comunità locale di energia elettrica (CLE)",
        _("Neighbours who share their solar power over the public grid."),
    ),
    Term(
        "Low tariff",
        "Niedertarif",
        "Heures creuses",
        "Bassa tariffa",
        _("The price in all other hours."),
    ),
    Term(
        "Meter",
        "Zähler",
        "Compteur",
        "Contatore",
        _("A device with one or more registers and a serial number."),
    ),
    Term(
        "Meter exchange",
        "Zählerwechsel",
        "Remplacement de compteur",
        "Sostituzione del contatore",
        _("An old meter goes with its last reading, a new one comes with its first."),
    ),
    Term(
        "Occupancy",
        "Nutzungsverhältnis",
        "Occupation",
        "Occupazione",
        _("Who has a billing point from which day to which day."),
    ),
    Term(
        "Organization",
        "Mandant",
        "Organisation",
        "Organizzazione",
        _("The company that works with Zählwerk and to which all data belong."),
    ),
    Term(
        "Priority",
        "Priorität",
        "Priorité",
        "Priorità",
        _("Who is served with solar power first when there is not enough for all."),
    ),
    Term(
        "QR-bill",
        "QR-Rechnung",
        "QR-facture",
        "QR-fattura",
        _("The payment part of a Swiss invoice."),
    ),
    Term(
        "Reading",
        "Zählerstand",
        "Index",
        "Lettura",
        _("What a register shows at one instant."),
    ),
    Term(
        "Register",
        "Zählwerk",
        "Registre",
        "Registro",
        _("One counter inside a meter, for example import at high tariff."),
    ),
    Term(
        "Reminder",
        "Mahnung",
        "Rappel",
        "Sollecito",
        _("A letter about an invoice that is overdue."),
    ),
    Term(
        "Self-consumption",
        "Eigenverbrauch",
        "Consommation propre",
        "Consumo proprio",
        _("Share of the solar production that the building uses itself."),
    ),
    Term(
        "Self-consumption community",
        "Zusammenschluss zum Eigenverbrauch (ZEV)",
        "Regroupement dans le cadre de la consommation propre (RCP)",
        "Raggruppamento ai fini del consumo proprio (RCP)",
        _("People behind one grid connection who use solar power together."),
    ),
    Term(
        "Site",
        "Liegenschaft",
        "Immeuble",
        "Immobile",
        _("One property with its buildings, meters and people."),
    ),
    Term(
        "Substitute value",
        "Ersatzwert",
        "Valeur de remplacement",
        "Valore sostitutivo",
        _("A value put in for a missing one; always marked as such."),
    ),
    Term(
        "Tariff",
        "Tarif",
        "Tarif",
        "Tariffa",
        _("Prices with the days on which they hold."),
    ),
    Term(
        "Vacancy",
        "Leerstand",
        "Logement vacant",
        "Sfitto",
        _("Nobody lives here; the owner pays."),
    ),
)
