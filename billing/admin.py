# SPDX-License-Identifier: Apache-2.0
"""The platform operator sees no organization's money here: rows need an organization's scope."""
