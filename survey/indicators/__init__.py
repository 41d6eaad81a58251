"""Indicators of the quantified competition: trees, values with evidence, approval, scores."""
