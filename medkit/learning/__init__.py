"""What machines learn, all with the scikit-learn interface.

``classical`` and ``networks`` learn, ``pairs`` of them too; ``by_hand`` are the same
algorithms written out in NumPy; ``text`` reads reports; ``evaluation`` judges; ``studies``
are what takes minutes. Importing this package loads no Keras: only networks do.
"""
