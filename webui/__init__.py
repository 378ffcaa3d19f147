"""The web page: its own process, Bottle on cheroot, reads the store and asks the supervisor for every change."""
