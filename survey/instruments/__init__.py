"""Published questionnaires: immutable versions, named by digest."""
