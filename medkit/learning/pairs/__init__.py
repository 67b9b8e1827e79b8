"""The ten pairs: two algorithms that work as one, each held against both its parents.

A pair is worth its trouble where one parent has what the other lacks. `archive` holds what
was learned beforehand, `questions` what is asked of new patients, `trials` asks one question
of each pair (`cines` that of CNN + RNN, `drawing` those in which a GAN draws), and `study`
repeats all of them with ten draws.
"""
