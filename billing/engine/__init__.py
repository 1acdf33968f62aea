# SPDX-License-Identifier: Apache-2.0
"""From quarter hours to priced lines, without a database: what a run, a screen and an explanation share.

`basis` says what is calculated, `slots` cuts the period into groups, `energy` splits, `lines` prices,
`explain` tells a line's story.  All of them are functions of their arguments.
"""
