"""The invented district of `sample/`, and simulated residents who answer over HTTP."""
