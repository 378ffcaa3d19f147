"""The box's settings: their schema, what is in force and from where, and how they are shown."""
