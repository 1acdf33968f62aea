# SPDX-License-Identifier: Apache-2.0
"""`make decode`: run files of telegrams, register words or counters through the product's own decoders."""
