# SPDX-License-Identifier: Apache-2.0
"""What every app's pages share: lists with filters and export, forms, charts, and how numbers are written."""
