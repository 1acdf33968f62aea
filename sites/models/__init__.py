# SPDX-License-Identifier: Apache-2.0
from sites.models.equipment import Equipment, EquipmentDefinition
from sites.models.occupancies import Occupancy
from sites.models.sites import BillingPoint, Building, Site, SiteActor

__all__ = ["BillingPoint", "Building", "Equipment", "EquipmentDefinition", "Occupancy", "Site", "SiteActor"]
