"""What the box does by the calendar and beside its calls: copies of the store, the house kept, the clock looked at.

Each duty is one coroutine that runs for as long as the box does, and says how it fares in ``checks()``.
"""
