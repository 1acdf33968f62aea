# SPDX-License-Identifier: Apache-2.0
"""What a quantity costs: slots of the day, components, tiers, caps, VAT, rounding."""
