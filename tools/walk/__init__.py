"""The generated walk: every dialog is run on a scripted twin of `Talk`, through all that a party can do.

The states are found by replay, not listed: a dialog runs until it waits for something that the script does not answer;
where it stands then, with what it remembers, is a state. Nothing of a telephone, a clock or a store is there, so that
thousands of runs take a second.
"""
