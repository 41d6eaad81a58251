"""Measurements: ratios within one run first, absolute figures with the machine they were seen on."""
