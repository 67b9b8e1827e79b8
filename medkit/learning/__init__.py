"""What machines learn: one module an algorithm, all with the scikit-learn interface.

``svm``, ``cnn``, ``rnn``, ``autoencoder``, ``gan`` and their ten ``pairs`` learn;
``training`` is the one training loop of the networks; ``evaluation`` and ``explain``
judge. Importing this package loads no Keras: only the modules of networks do.
"""
