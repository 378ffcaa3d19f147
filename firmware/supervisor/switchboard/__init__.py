"""Who gets which call, and the flows of a call from its beginning to its end."""
