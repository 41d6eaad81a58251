"""Measurements: ratios within one run first, then figures with the machine they were seen on."""
