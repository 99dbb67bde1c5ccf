"""The verbs: they join the rooms and print nothing."""
