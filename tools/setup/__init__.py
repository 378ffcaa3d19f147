"""Makes a fresh clone ready to run and to test: ``make setup``, which ``run``, ``test`` and ``check`` call as well.

Written for a bare Debian 12 with nothing but git, make and python3: standard library only, no package of ours imported
before ``.venv`` exists. Each step knows whether it is done, so that a second run does nothing and is quick; what cannot
be done is said in one line with the way to get it, and the other steps go on.
"""
