"""The acts: what a person may do with what the box keeps, the same by telephone, page and mail link.

Each act asks the right, makes its change and writes its audit row in one transaction, and tells the others afterwards.
"""
