"""Ratings: composites of several rounds, leagues, and stars that one proposes, another approves."""
