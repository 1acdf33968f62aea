# SPDX-License-Identifier: Apache-2.0
"""What the law sets: rates, caps, holidays, as dated data per country, each entry with its source.

Code asks for the entry of a day (`dated.load`), never for a constant.
"""
