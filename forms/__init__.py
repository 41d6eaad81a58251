"""The instrument. No imports here: the definition must not load WTForms."""
