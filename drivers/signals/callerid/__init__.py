"""Caller ID: the wire formats, heard and made (FSK in Bell 202 and V.23, DTMF, NTT)."""
