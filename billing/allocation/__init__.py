# SPDX-License-Identifier: Apache-2.0
"""Who gets which part of a whole: money by largest remainder, solar energy by quarter hours.

Parts always add up to the whole; every function here asserts it before it returns.
"""
