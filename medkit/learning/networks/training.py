"""One training loop for every network: seeds, live progress, early stopping, best weights.

A network is a small function ``build(shape, …)`` in its own module; `Network` puts the
scikit-learn interface around it, so that it works in pipelines, in cross-validation and in
grid search like any other estimator.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import check_is_fitted

from medkit.learning.backend import keras, seeded
from medkit.learning.networks.augment import Augmentation, Augmented

#: Called after each epoch with its number (from 1), the number of epochs, and the losses.
Progress = Callable[[int, int, dict[str, float]], None]


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to learn.

    Parameters
    ----------
    epochs : int
        The most passes over the training data.
    batch_size : int
        Images a step.
    learning_rate : float
        Of AdamW at the start; it falls to zero along a cosine.
    weight_decay : float
        Of AdamW.
    patience : int or None
        Stop after so many epochs without a lower validation loss. In any case the
        weights of the best epoch are kept. None: train to the end and keep the last.
    warmup_epochs : int
        Epochs in which the learning rate rises to its height before it falls: larger
        rates become possible.
    """

    epochs: int = 20
    batch_size: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    patience: int | None = None
    warmup_epochs: int = 0

    def rate(self, steps: int):
        """Return the learning rate of each step, where an epoch has so many steps."""
        warm, all_ = self.warmup_epochs * steps, self.epochs * steps
        if not warm:
            return keras.optimizers.schedules.CosineDecay(self.learning_rate, max(1, all_))
        return keras.optimizers.schedules.CosineDecay(
            self.learning_rate / 20,
            max(1, all_ - warm),
            warmup_target=self.learning_rate,
            warmup_steps=warm,
        )


class _Report(keras.callbacks.Callback):
    def __init__(self, progress, epochs):
        super().__init__()
        self.progress, self.epochs = progress, epochs

    def on_epoch_end(self, epoch, logs=None):
        numbers = {key: float(value) for key, value in (logs or {}).items()}
        self.progress(epoch + 1, self.epochs, numbers)


def train(
    model,
    x,
    y,
    *,
    schedule: Schedule,
    loss=None,
    validation=None,
    progress: Progress | None = None,
    callbacks=(),
    weights=None,
) -> dict[str, list[float]]:
    """Fit a network with AdamW and a cosine; return its losses, one number an epoch.

    Parameters
    ----------
    model : keras.Model
        Compiled or not. It learns in place.
    x, y : array_like or keras.utils.PyDataset
        Training data; for a PyDataset `y` is None.
    schedule : Schedule
    loss : keras.losses.Loss or str, optional
        Needed if the model is not compiled yet.
    validation : tuple of arrays, optional
        (x, y) for early stopping. It is never learned from.
    progress : callable, optional
        ``progress(epoch, epochs, losses)`` after each epoch.
    callbacks : sequence of keras.callbacks.Callback
        Others to run.
    weights : array_like, optional
        Weight of each training sample.

    Returns
    -------
    dict
        "loss", "val_loss", … each a list of one number an epoch.

    Raises
    ------
    ValueError
        If there is nothing to learn from.
    """
    if y is not None and len(x) == 0:
        raise ValueError("no training data: x is empty")
    if not model.compiled:
        steps = len(x) if y is None else -(-len(x) // schedule.batch_size)
        optimizer = keras.optimizers.AdamW(schedule.rate(steps), weight_decay=schedule.weight_decay)
        model.compile(optimizer=optimizer, loss=loss)
    callbacks = list(callbacks)
    if progress is not None:
        callbacks.append(_Report(progress, schedule.epochs))
    if schedule.patience is not None and validation is not None:
        callbacks.append(
            keras.callbacks.EarlyStopping(
                "val_loss", patience=schedule.patience, restore_best_weights=True
            )
        )
    history = model.fit(
        x,
        y,
        epochs=schedule.epochs,
        batch_size=None if y is None else schedule.batch_size,
        validation_data=validation,
        callbacks=callbacks,
        sample_weight=weights,
        verbose=0,
    )
    return {key: [float(value) for value in values] for key, values in history.history.items()}


class Network(BaseEstimator):
    """What all networks share: how they are fitted, their seed, clock, losses and weights.

    A subclass has an ``__init__`` that stores its settings, among them `schedule`, `seed`
    and perhaps an `augmentation`, and the methods `pair` and `make`.

    Attributes
    ----------
    model_ : keras.Model
        What was learned.
    history_ : dict of list of float
        Losses, one number an epoch.
    seconds_ : float
        Wall-clock time of `fit`.
    """

    schedule: Schedule
    seed: int
    augmentation: Augmentation | None = None

    def pair(self, x, y, learn: bool = True):
        """Return samples and what should come out as the network takes them, or say what is wrong.

        `learn` is False for those of the validation.
        """
        raise NotImplementedError(f"{type(self).__name__} must say what it learns from")

    def make(self, x, y):
        """Return the network for what `pair` returned, and what is to become small."""
        raise NotImplementedError(f"{type(self).__name__} must say how to build its network")

    def weigh(self, y, sample_weight) -> np.ndarray | None:
        """Return how much each sample counts, or None where all count alike."""
        if sample_weight is None:
            return None
        weights = np.asarray(sample_weight, np.float32)
        if weights.shape != (len(y),) or not (weights >= 0).all():
            raise ValueError(
                f"sample_weight of shape {weights.shape}: expected {len(y)} numbers, none below 0"
            )
        return weights

    def batches(self, x, y, weights):
        """Return what `train` learns from: augmented batches, if there is an augmentation."""
        if self.augmentation is None:
            return {"x": x, "y": y, "weights": weights}
        size, seed = self.schedule.batch_size, self.seed
        some = Augmented(x, y, self.augmentation, weights=weights, batch_size=size, seed=seed)
        return {"x": some, "y": None}

    def fit(
        self, x, y=None, sample_weight=None, *, validation=None, progress: Progress | None = None
    ):
        """Learn.

        Parameters
        ----------
        x : array_like
            Samples, shape (n, …).
        y : array_like
            What should come out for each: labels (n,), masks or images (n, rows, columns, …).
        sample_weight : array_like, optional
            Shape (n,): how much each counts in the loss. Those of the validation count alike.
        validation : tuple of arrays, optional
            (x, y) for early stopping. It is never learned from.
        progress : callable, optional
            ``progress(epoch, epochs, losses)`` after each epoch.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If x and y do not fit together or there is nothing to learn from.
        """
        start = time.perf_counter()
        x, y = self.pair(x, y)
        if validation is not None:
            validation = self.pair(*validation, learn=False)
        with seeded(self.seed):
            self.model_, loss = self.make(x, y)
            self.history_ = train(
                self.model_,
                **self.batches(x, y, self.weigh(y, sample_weight)),
                schedule=self.schedule,
                loss=loss,
                validation=validation,
                progress=progress,
            )
        self.seconds_ = time.perf_counter() - start
        return self

    @property
    def n_parameters_(self) -> int:
        """Number of weights that were learned."""
        check_is_fitted(self, "model_")
        return count_weights(self.model_)


def count_weights(model) -> int:
    """Return how many numbers of a Keras model are learned."""
    return int(sum(np.prod(weight.shape) for weight in model.trainable_weights))


class NetworkClassifier(ClassifierMixin, Network):
    """A network that classifies, behind the scikit-learn interface.

    A subclass has a method ``build(shape, outputs)`` that returns an uncompiled
    `keras.Model` whose output are logits: one for two classes, else one a class. Where it has a
    setting `class_weight`, this is scikit-learn's: None, "balanced", or {class: weight}.

    Attributes
    ----------
    classes_ : numpy.ndarray
        The labels, sorted.
    """

    class_weight: str | dict | None = None

    def build(self, shape: tuple[int, ...], outputs: int):
        """Return the network for samples of `shape`, with `outputs` logits."""
        raise NotImplementedError(f"{type(self).__name__} must say how to build its network")

    def prepare(self, x) -> np.ndarray:
        """Return samples as the network takes them; here float32, and nothing else."""
        return np.asarray(x, np.float32)

    def loss(self, outputs: int):
        """Return what is to become small; here the cross-entropy of the logits."""
        return logit_loss(outputs)

    def pair(self, x, y, learn=True):
        """Return prepared samples, and the place of each label among the classes."""
        x, y = self.prepare(x), np.asarray(y)
        if y.shape[:1] != (len(x),):
            raise ValueError(f"{len(x)} samples, but {len(y) if y.ndim else 'no'} labels")
        if y.ndim > 1:
            raise ValueError(f"labels of shape {y.shape}; expected (n,): one class a sample")
        if learn:
            self.classes_ = np.unique(y)
            if len(self.classes_) < 2:
                raise ValueError(f"one class only ({self.classes_}); a classifier needs two")
        codes = np.searchsorted(self.classes_, y).clip(max=len(self.classes_) - 1)
        if not np.array_equal(self.classes_[codes], y):
            raise ValueError(f"labels that were not among those learned, {self.classes_}")
        return x, codes.astype(np.float32)

    def weigh(self, y, sample_weight):
        """Return the weights of the samples, times those of their classes."""
        weights = super().weigh(y, sample_weight)
        if self.class_weight is None:
            return weights
        own = compute_sample_weight(self.class_weight, self.classes_[y.astype(int)])
        return np.float32(own if weights is None else own * weights)

    def make(self, x, y):
        """Return the network for these samples and classes, and its loss."""
        outputs = len(self.classes_) if len(self.classes_) > 2 else 1
        return self.build(x.shape[1:], outputs), self.loss(outputs)

    def decision_function(self, x) -> np.ndarray:
        """Return the logits: shape (n,) for two classes, (n, classes) for more."""
        check_is_fitted(self, "model_")
        logits = self.model_.predict(self.prepare(x), batch_size=256, verbose=0)
        return logits[:, 0] if logits.shape[1] == 1 else logits

    def predict_proba(self, x) -> np.ndarray:
        """Return the probability of each class, shape (n, classes)."""
        logits = self.decision_function(x).astype(float)
        if logits.ndim == 1:
            logits = np.stack([np.zeros_like(logits), logits], 1)
        logits -= logits.max(1, keepdims=True)
        return np.exp(logits) / np.exp(logits).sum(1, keepdims=True)

    def predict(self, x) -> np.ndarray:
        """Return the most probable label of each sample, shape (n,)."""
        return self.classes_[self.predict_proba(x).argmax(1)]


def logit_loss(outputs: int, smoothing: float = 0.0):
    """Return the cross-entropy of logits: binary for one output, categorical for more.

    With smoothing s the truth counts as 1 − s, and s is dealt to all classes: the
    network is not urged to be surer than sure.
    """
    if outputs == 1:
        return keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=smoothing)
    if not smoothing:
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def smooth(truth, logits):
        truth = keras.ops.one_hot(keras.ops.cast(keras.ops.reshape(truth, (-1,)), "int32"), outputs)
        return keras.losses.categorical_crossentropy(
            truth, logits, from_logits=True, label_smoothing=smoothing
        )

    return smooth
