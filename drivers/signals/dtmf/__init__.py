"""DTMF digits in sound: a gate that is cheap, a fit that is exact, and the streams that are listened to."""
