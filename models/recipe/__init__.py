"""How the heads are made: voices, people, one line model, features, training. In an environment of its own."""
