"""Lines and handsets as the call code sees them: the bank, its ports, and what they play."""
