"""The same sound on other processors: ``make kernels``.

Numpy and its BLAS carry code for many processors and take the best that this one can execute. The code differs in the
last bits of what it computes, so that what is heard must never hang on them: digits, times in samples and decisions are
the same on every machine. Each kernel is tried here in a child process, with the same corpus and the signal tests.
"""
