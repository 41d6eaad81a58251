"""Meetings where people answer together (集中测评): opened, counted, closed, announced."""
