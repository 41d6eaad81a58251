"""The anonymity boundary: sealed on arrival, opened once, never joined to a person or a time."""
